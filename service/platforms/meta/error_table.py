"""Meta's error codes, one row each: what they mean for us, how long they last, and what a person should do.

Sources are Meta's pages "Error Reference", "Insights API Error Codes", "Rate limiting", "Handling Errors" (Graph API),
"Ad Account", "Ad Campaign" (ad sets) and "Custom Audiences". Codes that Meta does not document and that clients report
are marked "assumption". A code in no row keeps the safe default: a read may be tried again, a write is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """What a code means for the one who asked."""

    RETRY_LATER = "retry later"
    NOT_READY = "not ready"
    TOO_MUCH_DATA = "too much data"
    THROTTLED = "throttled"
    AUTH = "auth"
    PERMISSION = "permission"
    VALIDATION = "validation"
    CONFLICT = "conflict"


class Scope(StrEnum):
    """Whose calls a throttle stops."""

    APP = "app"
    ACCOUNT = "account"
    INSIGHTS = "insights"
    MANAGEMENT = "management"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Row:
    """One code. `code` None: the subcode says it whatever the code; `subcode` None: the code whatever the subcode.

    `wait_seconds` is how long it lasts where Meta documents that, None where only the usage headers know.
    """

    code: int | None
    subcode: int | None
    family: Family
    advice: str
    wait_seconds: float | None = None
    scope: Scope = Scope.ACCOUNT


HOUR, DAY, QUARTER = 3600.0, 86400.0, 900.0

_SLOWER = "nothing to do: Caudal waits as long as Meta says; if it stays so, ask Meta for the Full access tier"
_SPLIT = "nothing to do: Caudal asks for less at a time"
_WAIT = "nothing to do: reads are tried again, a write is read back"
_RENEW = "renew the access token"
_RIGHTS = "give the token's user or system user the missing permission on this ad account"
_FIELD = "correct the field that the message names"
_BUDGET = "choose a budget above Meta's minimum for this ad set"
_LEVEL = "set the budget on the campaign or on its ad sets, never on both"
_GONE = "nothing to do: the object is gone; Caudal leaves it out at the next reading"
_TERMS = "accept Meta's terms for custom audiences, or share the audience with this account"
_EVENT = "correct the event that the message names: one bad event refuses all that are sent with it"
_REPLACE = "wait until the audience is ready again, and begin the replacement anew with batch 1"
_REPLACEMENTS = (1870144, 1870145, 1870147, 1870148, 1870158, 1870159)
_PAYOR = "name the payor and beneficiary of ads shown in the European Union"
_SUPPORT = "look into Account Quality of the ad account, and settle it with Meta"


def _throttles() -> Iterator[Row]:
    def row(
        code: int,
        subcode: int | None = None,
        seconds: float | None = None,
        scope: Scope = Scope.ACCOUNT,
        advice: str = _SLOWER,
    ) -> Row:
        return Row(code, subcode, Family.THROTTLED, advice, seconds, scope)

    yield from (row(4, None, None, Scope.APP), row(32, None, None, Scope.APP), row(341, None, None, Scope.APP))
    yield from (row(4, subcode, None, Scope.INSIGHTS) for subcode in (1504022, 1504039))
    yield from (row(17), row(17, 2446079, 60.0), row(613), row(613, 1487742, 60.0), row(613, 1996, HOUR))
    yield row(613, 5044001, 1.0, Scope.MANAGEMENT)
    yield row(613, 1487632, HOUR, Scope.OBJECT, "wait an hour: this ad set's budget was changed four times within one")
    yield row(613, 1487225, HOUR, Scope.OBJECT, "create fewer ads: Meta limits them by the account's daily spend")
    yield row(
        17, 1885172, DAY, Scope.OBJECT, "wait a day: the account's spending limit was changed ten times within one"
    )
    own = {80000: Scope.INSIGHTS, 80003: Scope.OBJECT, 80004: Scope.MANAGEMENT}
    for code in range(80000, 80015):
        scope = own.get(code, Scope.OBJECT)
        yield row(code, None, None, scope)
        yield row(code, 2446079, 60.0, scope)
    yield row(
        368, None, HOUR, Scope.ACCOUNT, "read the policy warning in Ads Manager: Meta has blocked the action for now"
    )
    for code in (2859015, 1404078):
        yield from _either(code, Family.THROTTLED, _SUPPORT, HOUR)


def _either(number: int, family: Family, advice: str, seconds: float | None = None) -> Iterator[Row]:
    """Numbers that Meta's page lists without saying whether they come as code or as subcode: both."""
    yield Row(number, None, family, advice, seconds)
    yield Row(None, number, family, advice, seconds)


def _passing() -> Iterator[Row]:
    for code, subcode in ((1, None), (2, None), (2, 1504043), (2, 1504044), (100, 1487390)):
        yield Row(code, subcode, Family.RETRY_LATER, _WAIT)
    yield from _either(3910001, Family.RETRY_LATER, _WAIT)
    yield Row(1, 99, Family.RETRY_LATER, "ask for less, or for another level: Meta could not work it out")
    yield Row(-2, 2490547, Family.RETRY_LATER, _WAIT)
    yield from (Row(2601, subcode, Family.NOT_READY, _WAIT) for subcode in (None, 1815107))
    for code, subcode in ((100, 1487534), (100, 1504018), (2, 1504038), (-3, 1504045)):
        yield Row(code, subcode, Family.TOO_MUCH_DATA, _SPLIT)


def _rights() -> Iterator[Row]:
    yield from (Row(code, None, Family.AUTH, _RENEW) for code in (102, 104, 190))
    yield Row(101, None, Family.AUTH, "check META_APP_ID and META_APP_SECRET: Meta does not know the app that asks")
    yield from (Row(190, subcode, Family.AUTH, _RENEW) for subcode in (460, 463, 464, 467, 492))
    yield Row(190, 458, Family.AUTH, "let the user authorise the app again: it was removed, then renew the token")
    yield Row(190, 459, Family.AUTH, "let the user log in to facebook.com and pass the check, then renew the token")
    yield from (Row(code, None, Family.PERMISSION, _RIGHTS) for code in (3, 10, *range(200, 300)))
    yield Row(100, 33, Family.PERMISSION, "check the id: the object does not exist, or the token may not see it")
    yield Row(100, 3191001, Family.PERMISSION, _RIGHTS)
    yield Row(2654, 1713092, Family.PERMISSION, _TERMS)
    yield from (Row(200, subcode, Family.PERMISSION, _TERMS) for subcode in (1870034, 1870090, 1870050))
    yield from _either(1404163, Family.PERMISSION, _SUPPORT)


def _fields() -> Iterator[Row]:
    yield from (Row(code, None, Family.VALIDATION, _FIELD) for code in (100, 801, 2500, 2641, 2654, 3018))
    yield Row(900, None, Family.VALIDATION, "check META_APP_ID: there is no such app")
    yield Row(2635, None, Family.VALIDATION, "set META_API_VERSION to one that Meta still speaks")
    yield Row(2695, None, Family.VALIDATION, "pause or remove an iOS 14 ad set: the campaign has as many as it may")
    for number in (1885272, 2238055, 2446307):
        yield from _either(number, Family.VALIDATION, _BUDGET)
    yield from _either(1487901, Family.VALIDATION, _FIELD)
    for number in (1885621, 4834002, 4834009, 4834011):
        yield from _either(number, Family.VALIDATION, _LEVEL)
    for number in (3858079, 3858081, 3858152):
        yield from _either(number, Family.VALIDATION, _PAYOR)
    yield Row(100, 1815001, Family.VALIDATION, _FIELD)
    yield from (Row(100, subcode, Family.VALIDATION, _FIELD) for subcode in (1363030, 1363037, 1487411, 1885364))
    yield Row(100, 2804003, Family.VALIDATION, "send events within seven days of their time")
    yield from (Row(100, subcode, Family.VALIDATION, _EVENT) for subcode in (2804019, 2804043, 2804050, 2804066))
    yield Row(100, 1713098, Family.VALIDATION, "correct the audience's rule: it is no rule that Meta understands")
    yield Row(105, None, Family.VALIDATION, "send fewer values at a time")
    yield Row(2200, None, Family.VALIDATION, "check that the callback address answers Meta's challenge")
    yield Row(2656, None, Family.VALIDATION, "delete the lookalike audiences that were made from this one first")
    yield from (Row(2650, subcode, Family.VALIDATION, _REPLACE) for subcode in (None, *_REPLACEMENTS))
    yield Row(100, 1713232, Family.VALIDATION, "choose another seed audience: this one is restricted")


def _states() -> Iterator[Row]:
    yield from _either(
        1885650, Family.CONFLICT, "wait a quarter of an hour: an earlier budget change still settles", QUARTER
    )
    for number in (1487056, 1487566, 1885088):
        yield from _either(number, Family.CONFLICT, _GONE)
    yield from _either(1487033, Family.CONFLICT, "choose an end date in the future")
    yield from _either(1487007, Family.CONFLICT, "give the ad set a later end date before anything else: it is over")
    yield from _either(1487990, Family.CONFLICT, "delete archived objects: the account holds as many as it may")


def _indexed(rows: Iterable[Row]) -> dict[tuple[int | None, int | None], Row]:
    found: dict[tuple[int | None, int | None], Row] = {}
    for row in rows:
        pair = (row.code, row.subcode)
        if pair in found:
            raise ValueError(f"two rows for {pair}")
        found[pair] = row
    return found


_INDEX = _indexed((*_throttles(), *_passing(), *_rights(), *_fields(), *_states()))
ROWS = tuple(_INDEX.values())


def row_of(code: int | None, subcode: int | None) -> Row | None:
    """The row of an error: the pair, else the subcode on its own, else the code on its own; None if Meta is news to us.

    >>> row_of(613, 1487632).wait_seconds, row_of(100, 1885272).family.value, row_of(987654, None)
    (3600.0, 'validation', None)
    """
    pairs = ((code, subcode), (None, subcode), (code, None))
    return next((row for pair in pairs if pair != (None, None) and (row := _INDEX.get(pair))), None)


def knows(code: int | None, subcode: int | None) -> bool:
    """Whether a row names exactly this error: its pair, or where it has a subcode the subcode on its own."""
    return (code, subcode) in _INDEX or (subcode is not None and (None, subcode) in _INDEX)

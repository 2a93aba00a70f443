"""Parameters of writes, read one by one; what is wrong is named.

A parameter that an object does not have is ignored, as Graph ignores it; but one that looks like money or status is
refused (assumption: Meta ignores some of these too, and a client that believes it has lowered a budget loses money).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.graph_api.errors import GraphError, bad_param, known
from simulator.graph_api.params import integer, names, parsed

if TYPE_CHECKING:
    from simulator.graph_api.account import Account

LONGEST_NAME = 400
MOST_MINOR = 10**13
MANNERS = frozenset({"execution_options", "fields", "include_headers", "summary", "date_format", "redownload"})
"""Parameters of a write that say how to answer it, not what to write."""
OPTIONS = ("validate_only", "include_recommendations", "synchronous_ad_review")
_SENSITIVE = ("budget", "spend", "bid", "status", "cap")
_SIMILAR = 0.8


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def asked_of(params: Mapping[str, Any], settable: Collection[str], title: str) -> dict[str, Any]:
    """What a write wants to set, still as sent.

    Raises:
        GraphError: a name that looks like money or status and is none of the object's.
    """
    for option in names(params, "execution_options"):
        if option not in OPTIONS:
            raise bad_param("execution_options", f"must be among {', '.join(OPTIONS)}")
    found = {name: value for name, value in params.items() if name not in MANNERS}
    for name in found:
        if name not in settable:
            _refuse_if_sensitive(name, settable, title)
    return {name: value for name, value in found.items() if name in settable}


def _refuse_if_sensitive(name: str, settable: Collection[str], title: str) -> None:
    sensitive = [word for word in settable if any(part in word for part in _SENSITIVE)]
    near = difflib.get_close_matches(name.lower(), sensitive, n=1, cutoff=_SIMILAR)
    if near or any(part in name.lower().split("_") for part in _SENSITIVE):
        hint = f" Did you mean {near[0]}?" if near else ""
        raise bad_param(name, f"cannot be set on {title}.{hint}")


def only_validates(params: Mapping[str, Any]) -> bool:
    """Whether a write is to be checked and not done."""
    return "validate_only" in names(params, "execution_options")


def missing(name: str) -> GraphError:
    """A required parameter that was not given."""
    return known(100, message=f"(#100) The parameter {name} is required.", blame=[[name]])


def name_of(asked: Mapping[str, Any]) -> str:
    """A name.

    Raises:
        GraphError: missing, empty or too long.
    """
    if asked.get("name") is None:
        raise missing("name")
    name = str(asked["name"])
    if not 0 < len(name) <= LONGEST_NAME:
        raise bad_param("name", f"must be 1 to {LONGEST_NAME} characters")
    return name


def money(asked: Mapping[str, Any], name: str) -> int:
    """An amount of minor units.

    Raises:
        GraphError: no whole number, negative, or more than there is.
    """
    amount = integer(asked, name)
    if amount is None or not 0 <= amount <= MOST_MINOR:
        raise bad_param(name, f"must be an integer from 0 to {MOST_MINOR}")
    return amount


def option(asked: Mapping[str, Any], name: str, options: Iterable[str]) -> str:
    """A word of an enumeration.

    Raises:
        GraphError: another one; says which there are.
    """
    value, allowed = asked[name], sorted(options)
    if value not in allowed:
        raise bad_param(name, f"must be one of {{{', '.join(allowed)}}}, got {value!r}")
    return str(value)


def flag(asked: Mapping[str, Any], name: str) -> bool:
    """True or false, said plainly.

    Raises:
        GraphError: anything else.
    """
    value = parsed(asked, name)
    if value in ("true", "false"):
        return bool(value == "true")
    if value not in (True, False, 0, 1):
        raise bad_param(name, "must be true or false")
    return bool(value)


def mapping(asked: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object.

    Raises:
        GraphError: something else.
    """
    value = parsed(asked, name)
    if not isinstance(value, dict):
        raise bad_param(name, "must be an object")
    return value


def rows(asked: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """An array of objects.

    Raises:
        GraphError: something else.
    """
    value = parsed(asked, name, [])
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise bad_param(name, "must be an array of objects")
    return value


def instant_of(asked: Mapping[str, Any], name: str, account: Account) -> datetime | None:
    """An instant: seconds since 1970, or ISO text (local to the account where it says no offset); 0 is none.

    Raises:
        GraphError: something else, or an instant before 1970 or after 2100.
    """
    value = parsed(asked, name)
    if value in (None, 0):
        return None
    try:
        found = _instant(value, account)
    except (ValueError, OverflowError):
        raise bad_param(name, f"must be an ISO 8601 time or a UNIX timestamp, got {value!r}") from None
    if not _EARLIEST <= found <= _LATEST:
        raise bad_param(name, f"must be a time from {_EARLIEST.year} to {_LATEST.year}, got {value!r}")
    return found


_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _instant(value: Any, account: Account) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(value))
    found = datetime.fromisoformat(str(value))
    return (found if found.tzinfo else found.replace(tzinfo=account.zone)).astimezone(UTC)

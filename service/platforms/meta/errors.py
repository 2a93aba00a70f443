"""Meta's errors as ours. Branches on codes and subcodes, never on the text (Marketing API, "Error Reference").

What Meta says               a read raises     a write raises
throttling (4, 17, 613, …)   Throttled         Throttled           nothing was done; `retry_after_seconds` if known
token (102, 104, 190)        Unauthorised      Unauthorised        nothing was done
permission (10, 200-299, …)  PermissionDenied  PermissionDenied    nothing was done
a wrong field (100, …)       InvalidRequest    InvalidRequest      nothing was done
too much data (100/1487534)  TooMuchData       OutcomeUnknown
passing (1, 2, transient)    Unavailable       OutcomeUnknown
anything else                Unavailable       OutcomeUnknown
any of these with HTTP 5xx   as above          OutcomeUnknown      a failing server may have done it all the same
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from service.errors import (
    InvalidRequest,
    OutcomeUnknown,
    PermissionDenied,
    PlatformError,
    Throttled,
    Unauthorised,
    Unavailable,
)
from service.platforms.meta.usage import Usage


class TooMuchData(Unavailable):
    """A report too large to be answered at once: ask for an asynchronous one."""


class Malformed(Unavailable):
    """An answer that arrived whole and cannot be understood: the message names the object and the field."""


THROTTLES = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
LOGINS = frozenset({102, 104, 190})
PERMISSIONS = frozenset({3, 10, 368, *range(200, 300)})
PERMISSION_PAIRS = frozenset({(100, 33), (100, 3191001), (2654, 1713092)})
TOO_MUCH = frozenset({(100, 1487534), (100, 1504018), (2, 1504038), (-3, 1504045)})
PASSING = frozenset({1, 2, 2601, 3910001})
PASSING_PAIRS = frozenset({(100, 1487390)})
WRONG_FIELDS = frozenset({100, 801, 900, 2500, 2635, 2641, 2654, 2695, 3018})
WRONG_STATES = frozenset(
    {
        # budgets: too low, too low while an update settles, campaign minimum, spending limit, both levels, cap
        *(1885272, 1885650, 2238055, 2446307, 1885621, 1487901, 4834002, 4834009, 4834011),
        # objects: deleted, archived, over, too many; accounts: restricted, blocked
        *(1487056, 1487566, 1885088, 1487033, 1487007, 1487990, 1404163, 2859015, 1404078),
    }
)
SHORTEST_SECRET = 8
"""Shorter words are no secrets, and would be found inside innocent ones."""

SECRET_PARAMETERS = ("access_token", "appsecret_proof", "client_secret", "input_token")
_SECRET_QUERY = re.compile(rf"\b({'|'.join(SECRET_PARAMETERS)})(=|%3D)[^&\s\"'<>)\\]+")

OWN_PERIODS_SECONDS = {1487632: 3600.0, 1885172: 86400.0, 1487742: 60.0, 2446079: 60.0}
"""Throttles that last a known time whatever the headers say: budget edits of an ad set, spending limit, API score."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Meta's error object, with secrets scrubbed from its texts."""

    code: int | None
    subcode: int | None
    message: str
    fields: tuple[str, ...]
    transient: bool
    trace: str
    http_status: int

    def words(self) -> str:
        """The complaint in one line, for people."""
        marks = [f"code {self.code}"] if self.code is not None else ["no code"]
        marks += [f"subcode {self.subcode}"] if self.subcode is not None else []
        marks += [f"field {', '.join(self.fields)}"] if self.fields else []
        marks += [f"trace {self.trace}"] if self.trace else []
        return f"{self.message} ({', '.join(marks)})"


class Complained(Exception):
    """Raised by the transport for an answer that holds Meta's error object; never leaves this package."""

    def __init__(self, complaint: Complaint, usage: Usage | None) -> None:
        """Keep what Meta said, and the allowances of the same answer."""
        super().__init__(complaint.words())
        self.complaint = complaint
        self.usage = usage


class BadAnswer(Exception):
    """Raised by the transport for an answer that is none of Meta's; never leaves this package."""


def scrubber(secrets: Iterable[str | None]) -> Callable[[str], str]:
    """A function that takes these secrets, as they are and as URLs and JSON write them, out of a text."""
    writings: tuple[Callable[[str], str], ...] = (
        str,
        quote_plus,
        lambda secret: quote(secret, safe=""),
        lambda secret: secret.replace("/", "\\/"),
    )
    known = [secret for secret in secrets if secret and len(secret) >= SHORTEST_SECRET]
    forms = {write(secret) for secret in known for write in writings}
    ordered = sorted(forms, key=len, reverse=True)

    def scrub(text: str) -> str:
        for form in ordered:
            text = text.replace(form, "[secret]")
        return scrub_queries(text)

    return scrub


def scrub_queries(text: str) -> str:
    """The text without the values of query parameters that hold secrets.

    >>> scrub_queries("GET /me?access_token=abc&fields=id")
    'GET /me?access_token=[secret]&fields=id'
    """
    if not any(name in text for name in SECRET_PARAMETERS):
        return text  # most answers; the expression below takes its time over a long one
    return _SECRET_QUERY.sub(r"\1\2[secret]", text)


def complaint_of(body: Mapping[str, Any], http_status: int, scrub: Callable[[str], str]) -> Complaint:
    """Meta's error object as a value.

    Raises:
        BadAnswer: `error` is no object.
    """
    error = body.get("error")
    if not isinstance(error, Mapping):
        raise BadAnswer("an error without content")
    texts = [error.get(name) for name in ("error_user_title", "error_user_msg")]
    told = ": ".join(text.rstrip(".") for text in texts if isinstance(text, str) and text)
    message = told or str(error.get("message") or "no message")
    return Complaint(
        code=_whole(error.get("code")),
        subcode=_whole(error.get("error_subcode")),
        message=scrub(message)[:500],
        fields=tuple(scrub(name)[:80] for name in _blamed(error.get("error_data"))),
        transient=error.get("is_transient") is True,
        trace=scrub(str(error.get("fbtrace_id") or ""))[:80],
        http_status=http_status,
    )


def classify(complaint: Complaint, usage: Usage | None, *, what: str, writing: bool) -> PlatformError:
    """The error a complaint is, in words that begin with `what` was being done."""
    kind, text = _kind(complaint), f"{what}: {complaint.words()}"
    if writing and (issubclass(kind, Unavailable) or complaint.http_status >= 500):  # noqa: PLR2004 - server errors
        return OutcomeUnknown(f"{text}; it may or may not have been applied")
    if kind is Throttled:
        return Throttled(text, _wait_seconds(complaint, usage))
    return kind(f"{text}; renew the access token" if kind is Unauthorised else text)


def _kind(complaint: Complaint) -> type[PlatformError]:
    """What a read raises. The first rule that holds decides; what is in no list is taken as passing."""
    code, pair = complaint.code, (complaint.code, complaint.subcode)
    states = {code, complaint.subcode} & WRONG_STATES
    passing = complaint.transient or code is None or code < 0 or code in PASSING or pair in PASSING_PAIRS
    rules = (
        (Throttled, code in THROTTLES),
        (Unauthorised, code in LOGINS),
        (TooMuchData, pair in TOO_MUCH),
        (Unavailable, passing),
        (PermissionDenied, code in PERMISSIONS or pair in PERMISSION_PAIRS),
        (InvalidRequest, code in WRONG_FIELDS or bool(states)),
    )
    return next((kind for kind, holds in rules if holds), Unavailable)


def _wait_seconds(complaint: Complaint, usage: Usage | None) -> float | None:
    """The longest wait anybody names."""
    named = (usage.regain_seconds if usage else None, OWN_PERIODS_SECONDS.get(complaint.subcode or 0))
    return max((seconds for seconds in named if seconds is not None), default=None)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _blamed(data: object) -> list[str]:
    """Field names in `error_data`, which Meta sends as an object or as JSON text, and sometimes as neither."""
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            return []
    specs = data.get("blame_field_specs") if isinstance(data, Mapping) else None
    if not isinstance(specs, list):
        return []
    return [".".join(map(str, spec)) if isinstance(spec, list) else str(spec) for spec in specs][:8]

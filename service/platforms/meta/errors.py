"""Meta's errors as ours. Branches on codes and subcodes, never on the text (Marketing API, "Error Reference").

The codes themselves are in `error_table`.

What Meta says               a read raises     a write raises
throttling (4, 17, 613, …)   Throttled         Throttled           nothing was done; `retry_after_seconds` if known
token (102, 104, 190)        Unauthorised      Unauthorised        nothing was done
permission (10, 200-299, …)  PermissionDenied  PermissionDenied    nothing was done
a wrong field (100, …)       InvalidRequest    InvalidRequest      nothing was done
a wrong state (archived, …)  WrongState        WrongState          nothing was done
too much data (100/1487534)  TooMuchData       OutcomeUnknown
not ready (2601)             NotReady          OutcomeUnknown
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
    WrongState,
)
from service.platforms.meta.error_table import Family, Row, row_of
from service.platforms.meta.usage import Usage


class TooMuchData(Unavailable):
    """A report too large to be answered at once: ask for an asynchronous one."""


class NotReady(Unavailable):
    """An asynchronous report that is not there yet: ask again in a while."""


class Malformed(Unavailable):
    """An answer that arrived whole and cannot be understood: the message names the object and the field."""


SHORTEST_SECRET = 8
"""Shorter words are no secrets, and would be found inside innocent ones."""

SECRET_PARAMETERS = ("access_token", "appsecret_proof", "client_secret", "input_token")
_SECRET_QUERY = re.compile(rf"\b({'|'.join(SECRET_PARAMETERS)})(=|%3D)[^&\s\"'<>)\\]+")


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


def classify(
    complaint: Complaint, usage: Usage | None, *, what: str, writing: bool
) -> tuple[PlatformError, Row | None]:
    """The error a complaint is, in words that begin with `what` was being done, and its row of the table if it has one.

    A write that Meta flags as transient, does not explain, or refuses with HTTP 5xx may have been done all the same.
    """
    row, kind, text = row_of(complaint.code, complaint.subcode), _kind(complaint), f"{what}: {complaint.words()}"
    if row is not None:
        text = f"{text}; {row.advice}"
    if writing and (issubclass(kind, Unavailable) or complaint.http_status >= 500):  # noqa: PLR2004 - server errors
        return OutcomeUnknown(f"{text}; it may or may not have been applied"), row
    if kind is Throttled:
        return Throttled(text, _wait_seconds(row, usage)), row
    return kind(text), row


_KINDS: Mapping[Family, type[PlatformError]] = {
    Family.RETRY_LATER: Unavailable,
    Family.NOT_READY: NotReady,
    Family.TOO_MUCH_DATA: TooMuchData,
    Family.THROTTLED: Throttled,
    Family.AUTH: Unauthorised,
    Family.PERMISSION: PermissionDenied,
    Family.VALIDATION: InvalidRequest,
    Family.CONFLICT: WrongState,
}
_CERTAIN = frozenset({Family.THROTTLED, Family.AUTH, Family.TOO_MUCH_DATA, Family.NOT_READY})
"""Families that Meta's `is_transient` does not change."""


def _kind(complaint: Complaint) -> type[PlatformError]:
    """What a read raises. What is in no row, or flagged as transient, is taken as passing."""
    row = row_of(complaint.code, complaint.subcode)
    if row is None or (complaint.transient and row.family not in _CERTAIN):
        return Unavailable
    return _KINDS[row.family]


def _wait_seconds(row: Row | None, usage: Usage | None) -> float | None:
    """The longest wait anybody names."""
    named = (usage.regain_seconds if usage else None, row.wait_seconds if row else None)
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

"""What can go wrong with one request: the kinds of faults, what they are told, and how that is checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from simulator.errors import did_you_mean
from simulator.graph_api.catalogue import Entry, find
from simulator.graph_api.errors import EmulatorError

Fits: TypeAlias = Literal["any", "write", "list", "insights", "report", "batch"]

STATUSES = (500, 502, 503, 504)
DATA_FORMS = ("object", "text")
NUMBERS: dict[str, tuple[float, float, type]] = {
    "minutes": (1, 60, int),
    "seconds": (-86400, 86400, float),
    "reads": (1, 1000, int),
    "share": (0, 1, float),
}
"""Least and most of each number that a fault may be told; a pair [low, high] draws one between them."""

ERROR = ("code", "subcode", "type", "error_data", "is_transient")


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to go wrong.

    `applies` says whether the request takes effect: the first is what happens untold, the others may be asked for.
    `defaults` are its options with what they are untold.
    """

    about: str
    applies: tuple[bool, ...] = (False,)
    fits: Fits = "any"
    defaults: Mapping[str, Any] = field(default_factory=dict)


DONE, NOT_DONE, EITHER = (True,), (False,), (False, True)
ANY_ERROR = {"code": 1, "subcode": None, "type": None, "error_data": None, "is_transient": None}

KINDS: dict[str, Kind] = {
    "latency": Kind("the answer comes late, by real seconds", DONE, defaults={"seconds": 0.5}),
    "slow_drip": Kind("the answer comes in small pieces, over real seconds", DONE, defaults={"seconds": 2.0}),
    "timeout": Kind("no answer until the client gives up, or real seconds pass", EITHER, defaults={"seconds": 600.0}),
    "drop": Kind("the connection ends before anything is done", NOT_DONE),
    "lost_answer": Kind("it is done, and the connection ends without an answer", DONE),
    "duplicate": Kind("it is delivered and done twice; the answer is that of the second time", DONE, "write"),
    "http_500_html": Kind("a 5xx page in HTML", EITHER, defaults={"status": 500}),
    "http_500_json": Kind("a 5xx with an error object", EITHER, defaults={"status": 500}),
    "http_500_plain_json": Kind("a 5xx with JSON that holds no error object", EITHER, defaults={"status": 503}),
    "error": Kind("one row of GET /_emulator/errors", EITHER, defaults=ANY_ERROR),
    "error_200": Kind("an error object with status 200", EITHER, defaults=ANY_ERROR),
    "wrong_transient": Kind("an error that passes, flagged is_transient false", NOT_DONE, defaults={"code": 2}),
    "transient": Kind("error 2, flagged is_transient", NOT_DONE),
    "empty_200": Kind("status 200 and no body", EITHER),
    "empty_500": Kind("a 5xx and no body", EITHER, defaults={"status": 500}),
    "truncated_json": Kind("half of the answer's JSON", DONE),
    "throttle": Kind("too many calls: 80004, or 80000 for insights", NOT_DONE, defaults={"minutes": 1}),
    "too_much_data": Kind("error 100/1487534", NOT_DONE),
    "outage": Kind("5xx of every sort, and connections that end", EITHER),
    "partial_batch": Kind(
        "a share of a batch's operations fails or is null; a null may or may not have been done",
        DONE,
        "batch",
        {"share": 0.5},
    ),
    "stale_read": Kind(
        "a write is done, and the next reads answer from before it; simulated seconds end that sooner",
        DONE,
        "write",
        {"reads": 3, "seconds": None},
    ),
    "restated": Kind("insights with a share of the conversions and their value gone", DONE, "insights", {"share": 0.2}),
    "empty_page": Kind("a page without rows that says there are more", DONE, "list"),
    "repeated_cursor": Kind("a page whose cursor leads to the same page again", DONE, "list"),
    "report_failed": Kind("an asynchronous report says that it failed", DONE, "report"),
    "report_skipped": Kind("an asynchronous report says that it was skipped: ask for it again", DONE, "report"),
    "report_stuck": Kind("an asynchronous report says 100 per cent and still runs", DONE, "report"),
    "clock_skew": Kind("Date and the timestamps of the answer are off by seconds", DONE, defaults={"seconds": 3600.0}),
    "token_expiry": Kind(
        "the caller's token ends now: 190 with this subcode, and from then on", NOT_DONE, defaults={"subcode": 463}
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that strikes one request.

    `origin` is who asked for it; `seed` and `number` are what chose it: the same again when they are the same.
    """

    kind: str
    applies: bool
    options: Mapping[str, Any]
    origin: str
    seed: int = 0
    number: int = 0

    def luck(self, *purpose: object) -> float:
        """A number from 0 to 1 for a purpose."""
        return luck(self.seed, self.number, *purpose)

    @property
    def entry(self) -> Entry:
        """The row of the catalogue, for kinds that are told one."""
        return find(self.options["code"], self.options["subcode"], type=self.options["type"])


def says(line: str, words: tuple[str, ...]) -> bool:
    """Whether the line of a request has every word, and none of those after an exclamation mark.

    >>> says("POST /v26.0/act_1/adsets account/adsets name", ("POST", "adset")), says("POST a/b", ("POST", "!a/"))
    (True, False)
    """
    return all((word[1:] not in line) if word.startswith("!") else (word in line) for word in words)


def words_of(match: Any) -> tuple[str, ...]:
    """The words of a `match`, for `says`.

    Raises:
        EmulatorError: it is no text.
    """
    if not isinstance(match, str | None):
        raise EmulatorError(f"match is words of a request's line, for instance 'POST adset'; got {match!r}")
    return tuple((match or "").split())


def luck(*key: object) -> float:
    """A number from 0 (included) to 1 (excluded) that follows from the key alone."""
    digest = hashlib.sha256("|".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


@dataclass(frozen=True, slots=True)
class Wish:
    """A fault that somebody asks for, checked: made into a `Fault` when it strikes."""

    kind: str
    applies: bool
    options: Mapping[str, Any]

    def strike(self, origin: str, seed: int, number: int) -> Fault:
        """This fault on one request; numbers given as a range are drawn now."""
        drawn = {name: _drawn(name, value, luck(seed, number, "option", name)) for name, value in self.options.items()}
        return Fault(self.kind, self.applies, drawn, origin, seed, number)


def read_wish(spec: Mapping[str, Any], also: tuple[str, ...] = ()) -> Wish:
    """Check {"kind", "apply", and the kind's own options}.

    Args:
        spec: what somebody asks for.
        also: keys that are somebody else's to check.

    Raises:
        EmulatorError: an unknown kind or key, or a value that cannot be.
    """
    name = spec.get("kind")
    if name is None:
        raise EmulatorError(
            f"say which fault by its kind, for instance kind latency; known: {', '.join(sorted(KINDS))}"
        )
    if not isinstance(name, str) or name not in KINDS:
        raise EmulatorError(f"there is no fault {name!r}; {did_you_mean(str(name), KINDS)}")
    kind = KINDS[name]
    known = {"kind", "apply", *kind.defaults, *also}
    if unknown := [str(key) for key in spec if key not in known]:
        raise EmulatorError(f"fault {name} has no {unknown[0]!r}; {did_you_mean(unknown[0], known)}")
    applies = spec.get("apply", kind.applies[0])
    if not isinstance(applies, bool) or applies not in kind.applies:
        told = "cannot apply the request (lost_answer does that)" if kind.applies == NOT_DONE else "always applies it"
        told = "takes true or false for apply" if kind.applies == EITHER else told
        raise EmulatorError(f"fault {name} {told}; got apply {applies!r}")
    options = {key: _checked(name, key, spec.get(key, default)) for key, default in kind.defaults.items()}
    if set(ERROR) <= set(kind.defaults):
        _check_entry(options)
    return Wish(name, applies, options)


def _checked(kind: str, key: str, value: Any) -> Any:
    if value is None:
        return None
    if key in NUMBERS:
        return _range(kind, key, value) if isinstance(value, list) else _number(kind, key, value)
    if key == "status" and value not in STATUSES:
        raise EmulatorError(f"status of fault {kind} is one of {', '.join(map(str, STATUSES))}; got {value!r}")
    if key == "error_data" and value not in DATA_FORMS:
        raise EmulatorError(f"error_data of fault {kind} is one of {', '.join(DATA_FORMS)}; got {value!r}")
    if key == "is_transient" and not isinstance(value, bool):
        raise EmulatorError(f"is_transient of fault {kind} is true or false; got {value!r}")
    if key == "type" and not isinstance(value, str):
        raise EmulatorError(f"type of fault {kind} is a word such as OAuthException; got {value!r}")
    if key in ("code", "subcode") and (isinstance(value, bool) or not isinstance(value, int)):
        raise EmulatorError(f"{key} of fault {kind} is a whole number; got {value!r}")
    return value


def _range(kind: str, key: str, value: list[Any]) -> list[float]:
    found = [_number(kind, key, one) for one in value]
    if len(found) != 2 or found[0] > found[1]:  # noqa: PLR2004 - low and high
        raise EmulatorError(f"{key} of fault {kind} is a number, or [low, high] to draw one between; got {value!r}")
    return found


def _number(kind: str, key: str, value: Any) -> float:
    low, high, whole = NUMBERS[key]
    low = low if kind == "clock_skew" else max(0, low)
    fits = isinstance(value, int) if whole is int else isinstance(value, int | float)
    if isinstance(value, bool) or not fits or not low <= value <= high:
        raise EmulatorError(f"{key} of fault {kind} is a number from {low:g} to {high:g}; got {value!r}")
    return float(value) if whole is float else int(value)


def _check_entry(options: Mapping[str, Any]) -> None:
    try:
        find(options["code"], options["subcode"], type=options["type"])
    except KeyError as error:
        raise EmulatorError(str(error.args[0])) from error


def _drawn(name: str, value: Any, chance: float) -> Any:
    if not isinstance(value, list) or name not in NUMBERS:
        return value
    low, high = value
    return low + int((high - low + 1) * chance) if NUMBERS[name][2] is int else low + (high - low) * chance

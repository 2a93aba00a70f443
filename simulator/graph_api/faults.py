"""Faults on demand: what networks and platforms do to a client, one request at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from simulator.graph_api.catalogue import Entry, find
from simulator.graph_api.errors import EmulatorError, GraphError, from_entry, known, throttled, too_much_data
from simulator.graph_api.messages import Request, Response
from simulator.graph_api.paging import encode, url

APPLIES = {
    "lost_answer": True,
    "truncated_json": True,
    "empty_page": True,
    "empty_200": False,
    "http_500_html": False,
    "drop": False,
    "throttle": False,
    "too_much_data": False,
    "transient": False,
    "error": False,
}
"""Kinds, and whether the request takes effect before the answer goes wrong."""

WORDED = ("empty_page", "throttle", "too_much_data", "transient", "error")
"""Kinds that are well-formed answers; the others are answers gone wrong on the way."""

ERROR_KEYS = ("code", "subcode", "type")
REFUSALS = ("throttle", "too_much_data", "transient")
KEPT = 10_000
HTML = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>"
MOST_MINUTES = 60


@dataclass(slots=True)
class Fault:
    """`remaining` requests whose line has every word of `words` go wrong as `kind` says."""

    kind: str
    remaining: int
    words: tuple[str, ...]
    applies: bool
    minutes: int
    entry: Entry | None = None

    def refusal(self, *, insights: bool) -> GraphError | None:
        """The error of a fault that the platform itself puts into words."""
        if self.kind == "throttle":
            return throttled(insights=insights)
        if self.kind == "too_much_data":
            return too_much_data()
        if self.kind == "transient":
            return known(2)
        if self.entry:
            return from_entry(self.entry)
        return None


def _entry(spec: Mapping[str, Any]) -> Entry:
    try:
        return find(spec.get("code", 1), spec.get("subcode"), type=spec.get("type"))
    except KeyError as error:
        raise EmulatorError(str(error.args[0])) from error


class Faults:
    """What is going to go wrong, and what has."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self.history: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def plan(self, spec: Mapping[str, Any]) -> Fault:
        """Plan a fault from {"kind", "next", "match", "apply", "minutes"}; only `kind` is required.

        Kind "error" also takes "code", "subcode" and "type": one row of the catalogue.

        `match` is words that must all occur in the line of a request: "METHOD /path route parameter names", for
        instance "POST adset daily_budget" or "GET account/insights". `apply` overrides whether it takes effect.

        Raises:
            EmulatorError: an unknown kind or key, or a number out of range.
        """
        if unknown := set(spec) - {"kind", "next", "match", "apply", "minutes", *ERROR_KEYS}:
            raise EmulatorError(
                f"a fault has no {', '.join(sorted(unknown))}; known: kind, next, match, apply, minutes"
            )
        kind, count, minutes = spec.get("kind"), spec.get("next", 1), spec.get("minutes", 1)
        if kind not in APPLIES:
            raise EmulatorError(f"there is no fault {kind!r}; known: {', '.join(APPLIES)}")
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise EmulatorError(f"next is how many requests go wrong, 1 or more; got {count!r}")
        if not isinstance(minutes, int) or not 1 <= minutes <= MOST_MINUTES:
            raise EmulatorError(f"minutes is 1 to {MOST_MINUTES}; got {minutes!r}")
        applies = bool(spec.get("apply", APPLIES[kind]))
        if applies and kind in (*REFUSALS, "drop"):
            raise EmulatorError(f"{kind} refuses a request; it cannot apply it too (lost_answer does that)")
        entry = _entry(spec) if kind == "error" else None
        fault = Fault(str(kind), count, tuple(str(spec.get("match") or "").split()), applies, minutes, entry)
        self._planned.append(fault)
        return fault

    def take(self, line: str) -> Fault | None:
        """The fault that strikes this request, if any: the oldest one planned that fits."""
        for fault in self._planned:
            if all(word in line for word in fault.words):
                fault.remaining -= 1
                if not fault.remaining:
                    self._planned.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Nothing more goes wrong."""
        self._planned.clear()

    @property
    def planned(self) -> list[dict[str, Any]]:
        """What is still to come."""
        return [
            {"kind": fault.kind, "next": fault.remaining, "match": " ".join(fault.words), "apply": fault.applies}
            for fault in self._planned
        ]


def emptied(request: Request, response: Response) -> Response:
    """A page without rows that says there are more; the rows come when its cursor is followed.

    Meta's lists can do this, and a client that stops at the first empty page loses what follows.
    """
    if request.method != "GET" or not isinstance(response.body, dict) or "data" not in response.body:
        return response
    cursor = str(request.params.get("after") or encode(""))
    paging = {"cursors": {"before": cursor, "after": cursor}, "next": url(request, after=cursor)}
    return replace(response, body={**response.body, "data": [], "paging": paging})


def spoiled(kind: str, response: Response, payload: bytes) -> tuple[int, str, bytes] | None:
    """Status, content type and bytes of an answer gone wrong; None means that the connection just ends."""
    if kind == "http_500_html":
        return 500, "text/html; charset=utf-8", HTML.encode()
    if kind == "empty_200":
        return 200, "application/json; charset=UTF-8", b""
    if kind == "truncated_json":
        return response.status, "application/json; charset=UTF-8", payload[: max(1, len(payload) // 2)]
    return None

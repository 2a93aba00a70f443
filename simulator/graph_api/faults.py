"""Faults on demand: what networks and platforms do to a client, one request at a time.

A fault comes from a header of the request itself, from what was planned at the admin door, or from a profile, in this
order. Which one strikes follows from the seed and the number of the request, never from a wall clock.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.fault_kinds import KINDS, Fault, Wish, read_wish, says, words_of
from simulator.graph_api.profiles import Profile

HEADER = "x-emulator-fault"
KEPT = 10_000
PLAN_KEYS = ("next", "match", "for_seconds")


@dataclass(slots=True)
class Planned:
    """`remaining` requests (None: any number) go wrong whose line says `words` (see `says`), until `until`."""

    wish: Wish
    remaining: int | None
    words: tuple[str, ...]
    until: datetime | None

    def shown(self) -> dict[str, Any]:
        """As the admin door tells it."""
        told = {name: value for name, value in self.wish.options.items() if value is not None}
        until = {"until": self.until.isoformat()} if self.until else {}
        match, applies = " ".join(self.words), self.wish.applies
        return {"kind": self.wish.kind, "next": self.remaining, "match": match, "apply": applies, **told, **until}


class Faults:
    """What is going to go wrong, and what has.

    Args:
        profile: what goes wrong by itself.
        now: simulated; the profile begins here.
    """

    def __init__(self, profile: Profile | None, now: datetime) -> None:
        self._planned: list[Planned] = []
        self._number = 0
        self.history: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.follow(profile, now)

    def follow(self, profile: Profile | None, now: datetime) -> None:
        """Let a profile decide from the next request on; None: nothing goes wrong by itself."""
        self.profile = profile
        self._began_at, self._began_after = now, self._number

    def plan(self, spec: Mapping[str, Any], now: datetime) -> None:
        """Plan a fault from {"kind", "next", "match", "for_seconds", "apply"} and its own options; see `KINDS`.

        `match` is words that must all occur in the line of a request: "METHOD /path route parameter names", for
        instance "POST adset daily_budget" or "GET account/insights"; a word after "!" must not occur. `next` is how
        many requests go wrong (1); with `for_seconds`, every one does until that many simulated seconds have passed.

        Raises:
            EmulatorError: an unknown kind or key, or a number out of range.
        """
        wish = read_wish(spec, also=PLAN_KEYS)
        seconds = spec.get("for_seconds")
        count = spec.get("next", 1 if seconds is None else None)
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            raise EmulatorError(f"next is how many requests go wrong, 1 or more; got {count!r}")
        if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0):
            raise EmulatorError(f"for_seconds is simulated seconds, more than 0; got {seconds!r}")
        until = None if seconds is None else _after(now, seconds)
        self._planned.append(Planned(wish, count, words_of(spec.get("match")), until))

    def take(self, line: str, fits: frozenset[str], now: datetime, header: str | None = None) -> Fault | None:
        """The fault that strikes the next request, if any.

        Raises:
            EmulatorError: the header asks for something that cannot be.
        """
        wish = read_header(header) if header else None
        self._number += 1
        if wish:
            return wish.strike("header", 0, self._number) if KINDS[wish.kind].fits in fits else None
        self._planned = [planned for planned in self._planned if planned.until is None or now < planned.until]
        for planned in self._planned:
            if KINDS[planned.wish.kind].fits in fits and says(line, planned.words):
                if planned.remaining is not None:
                    planned.remaining -= 1
                if planned.remaining == 0:
                    self._planned.remove(planned)
                return planned.wish.strike("plan", 0, self._number)
        if self.profile is None:
            return None
        seconds = (now - self._began_at).total_seconds()
        return self.profile.strike(self._number - self._began_after, seconds, line, fits)

    def clear(self) -> None:
        """Nothing more goes wrong."""
        self._planned.clear()
        self.profile = None

    @property
    def planned(self) -> list[dict[str, Any]]:
        """What is still to come."""
        return [planned.shown() for planned in self._planned]


def read_header(text: str) -> Wish:
    """A fault from a header: JSON, "kind=latency; seconds=2", or "lost_answer" alone.

    Raises:
        EmulatorError: it cannot be read, or asks for something that cannot be.
    """
    if text.lstrip().startswith("{"):
        try:
            return read_wish(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise EmulatorError(f"{HEADER} is no JSON: {error}") from error
    parts = [part for part in text.split(";") if part.strip()]
    pairs = [(part if "=" in part else f"kind={part}").partition("=") for part in parts]
    return read_wish({name.strip(): _value(value.strip()) for name, _, value in pairs})


def _after(now: datetime, seconds: float) -> datetime:
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        raise EmulatorError(f"for_seconds ends beyond the calendar; got {seconds!r}") from None


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def what_it_is(method: str, route: str) -> frozenset[str]:
    """What a request is, in the words of `Kind.fits`."""
    found = {"any"}
    if route == "batch":
        found.add("batch")
    if method != "GET":
        found.add("write")
    elif route == "report":
        found.add("report")
    elif "/" in route:
        found.add("list")
    if method == "GET" and route.endswith("/insights"):
        found.add("insights")
    return frozenset(found)

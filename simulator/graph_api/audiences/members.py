"""Who is in an uploaded audience: people and the changes that are still on their way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from simulator.graph_api.audiences.rows import Person

Action = Literal["add", "remove", "replace"]
LONGEST_HOURS = 24


def lag(purpose: str, shortest_hours: int, longest_hours: int) -> timedelta:
    """How long the platform takes for something, by the hash of what it is: whole minutes, the same every time."""
    digest = int.from_bytes(hashlib.sha256(f"lag|{purpose}".encode()).digest()[:4])
    return timedelta(minutes=60 * shortest_hours + digest % (60 * (longest_hours - shortest_hours) + 1))


@dataclass(frozen=True, slots=True)
class Change:
    """People to add or to remove, or the only ones to keep, from `effective_at` on."""

    effective_at: datetime
    action: Action
    people: tuple[Person, ...]


class Members:
    """People of one audience; a change takes 1 to 24 simulated hours, and changes keep their order.

    Two rows that share an e-mail address, a phone number or another identifier are one person.
    """

    def __init__(self, audience_id: str) -> None:
        self._audience_id = audience_id
        self._people: dict[int, Person] = {}
        self._by_name: dict[int, int] = {}
        self._pending: list[Change] = []
        self._changes = 0
        self._matching = 0
        self.settled_at: datetime | None = None
        """When the last change took effect; None while none has."""

    def change(self, now: datetime, action: Action, people: Iterable[Person]) -> None:
        """Send a change on its way."""
        self._changes += 1
        at = now + lag(f"{self._audience_id}|{self._changes}", 1, LONGEST_HOURS)
        if self._pending:
            at = max(at, self._pending[-1].effective_at)
        self._pending.append(Change(at, action, tuple(people)))

    def pending(self, now: datetime) -> bool:
        """Whether changes are still on their way."""
        self._settle(now)
        return bool(self._pending)

    def matched(self, now: datetime, country: int | None = None) -> int:
        """How many people there are; in a country, those who are not known to live in another one."""
        self._settle(now)
        if country is None:
            return self._matching
        return sum(person.matches and person.country in (None, country) for person in self._people.values())

    def _settle(self, now: datetime) -> None:
        while self._pending and self._pending[0].effective_at <= now:
            change = self._pending.pop(0)
            if change.action == "replace":
                self._people.clear()
                self._by_name.clear()
                self._matching = 0
            for person in change.people:
                self._remove(person)
                if change.action != "remove":
                    self._add(person)
            self.settled_at = change.effective_at

    def _add(self, person: Person) -> None:
        self._people[person.names[0]] = person
        self._matching += person.matches
        for name in person.names:
            self._by_name[name] = person.names[0]

    def _remove(self, person: Person) -> None:
        for name in person.names:
            before = self._people.pop(self._by_name.get(name, name), None)
            if before:
                self._matching -= before.matches
                for other in before.names:
                    self._by_name.pop(other, None)

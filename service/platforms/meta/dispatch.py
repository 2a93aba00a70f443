"""One account's calls take turns, the most urgent first. Usable from several threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from service.platforms.meta.urgency import Ticket, Urgency, next_ticket


class Turns:
    """At most `at_once` calls in flight; the others wait in the order of `urgency.next_ticket`."""

    def __init__(self, at_once: int, monotonic: Callable[[], float]) -> None:
        """Args: at_once: calls in flight, at least 1; monotonic: real seconds, for the end of waiting."""
        self._free = at_once
        self._monotonic = monotonic
        self._waiting: dict[int, Ticket] = {}
        self._arrivals = 0
        self._changed = threading.Condition()

    def take(self, urgency: Urgency, until: float) -> bool:
        """Wait for a turn, at most until `monotonic()` says so; False where none came. `give` ends the turn."""
        with self._changed:
            number = self._arrivals = self._arrivals + 1
            self._waiting[number] = Ticket(number, urgency)
            try:
                while not self._mine(number):
                    left = until - self._monotonic()
                    if left <= 0:
                        return False
                    self._changed.wait(left)
                self._free -= 1
                self._pass_over(number)
                return True
            finally:  # also where the wait was interrupted: a ticket that nobody holds would stop the queue for good
                del self._waiting[number]
                self._changed.notify_all()

    def give(self) -> None:
        """End a turn."""
        with self._changed:
            self._free += 1
            self._changed.notify_all()

    def _mine(self, number: int) -> bool:
        return self._free > 0 and next_ticket(list(self._waiting.values())).number == number

    def _pass_over(self, number: int) -> None:
        for earlier, ticket in self._waiting.items():
            if earlier < number:
                self._waiting[earlier] = replace(ticket, passed=ticket.passed + 1)

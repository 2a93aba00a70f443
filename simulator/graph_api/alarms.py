"""Things that happen at an instant of simulated time, whoever looks: an ad rule's half hour, for one."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime


class Alarms:
    """Actions by name, each at its next instant; setting one again moves it."""

    def __init__(self) -> None:
        self._queue: list[tuple[datetime, str]] = []
        self._set: dict[str, tuple[datetime, Callable[[], None]]] = {}

    def set(self, name: str, at: datetime, action: Callable[[], None]) -> None:
        """Have `action` happen once, at `at`."""
        self._set[name] = (at, action)
        heapq.heappush(self._queue, (at, name))

    def next_at(self) -> datetime | None:
        """When the next one is due."""
        while self._queue and self._set.get(self._queue[0][1], (None,))[0] != self._queue[0][0]:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def ring(self) -> None:
        """Let the next one happen; it may set itself again."""
        if self.next_at() is not None:
            _, name = heapq.heappop(self._queue)
            self._set.pop(name)[1]()

"""Simulated time: stepped by hand or running at a speed; it never runs backwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from simulator.graph_api.errors import EmulatorError

LONGEST = timedelta(days=3660)


def real_now() -> datetime:
    """The instant it really is, aware, UTC: asked once, when a world is to begin now."""
    return datetime.now(UTC)  # noqa: TID251 - this is the adapter to real time


class SimulatedClock:
    """Simulated seconds pass `speed` times as fast as `wall` seconds; a speed of 0 stands still.

    Args:
        start: aware UTC instant at which it begins.
        speed: simulated seconds per wall second.
        wall: a monotonic counter of seconds, handed in so that tests own it.
    """

    def __init__(self, start: datetime, speed: float, wall: Callable[[], float]) -> None:
        self._base = start
        self._speed = speed
        self._wall = wall
        self._since = wall()

    @property
    def speed(self) -> float:
        """Simulated seconds per wall second."""
        return self._speed

    def now(self) -> datetime:
        """The simulated instant, aware, UTC, whole microseconds."""
        if not self._speed:
            return self._base
        return self._base + timedelta(seconds=(self._wall() - self._since) * self._speed)

    def move_to(self, to: datetime) -> datetime:
        """Jump forward.

        Raises:
            EmulatorError: `to` is in the past, or further ahead than ten years.
        """
        now = self.now()
        if to < now:
            raise EmulatorError(f"simulated time is {now.isoformat()} and cannot go back to {to.isoformat()}")
        if to - now > LONGEST:
            raise EmulatorError(f"{to.isoformat()} is more than {LONGEST.days} days ahead of {now.isoformat()}")
        self._base, self._since = to, self._wall()
        return to

    def run_at(self, speed: float) -> None:
        """Change the speed from this moment on.

        Raises:
            EmulatorError: a speed that is negative or not finite.
        """
        if not 0 <= speed < float("inf"):
            raise EmulatorError(f"speed is simulated seconds per real second, 0 or more; got {speed}")
        self._base, self._since = self.now(), self._wall()
        self._speed = speed

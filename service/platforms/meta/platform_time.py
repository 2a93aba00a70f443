"""The time that the platform lives in, from the `Date` header of its own answers.

Its limits count in its time, which is not this machine's where a clock is wrong or the platform is simulated.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from email.utils import parsedate_to_datetime


class PlatformTime:
    """Seconds since the epoch as the latest answer had it, going on with the seconds that passed here since."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Args: monotonic: seconds that pass here."""
        self._monotonic = monotonic
        self._offset = 0.0
        self._lock = threading.Lock()

    def heard(self, date: str | None) -> None:
        """Take note of a `Date` header; one that is missing or unreadable changes nothing."""
        try:
            seconds = parsedate_to_datetime(date or "").timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        with self._lock:
            self._offset = seconds - self._monotonic()

    def now(self) -> float:
        """Seconds since the epoch; before the first answer, seconds since some instant."""
        return self._monotonic() + self._offset

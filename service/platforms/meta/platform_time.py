"""The time that the platform lives in, from the `Date` header of its own answers.

Its limits count in its time, which is not this machine's where a clock is wrong or the platform is simulated.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

JUMP_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in both times: `platform` seconds since the epoch, None before the first answer; `here` monotonic."""

    platform: float | None
    here: float

    def seconds_since(self, earlier: Moment) -> float:
        """How long ago `earlier` was, by the time that went further; never negative.

        Simulated platforms hurry, and platform time that is put back, or that one account has not heard yet, must not
        make anybody wait for longer than the seconds that pass here.

        >>> Moment(None, 130.0).seconds_since(Moment(1.7e9, 100.0)), Moment(5.0, 1.0).seconds_since(Moment(9.0, 0.0))
        (30.0, 1.0)
        """
        here = self.here - earlier.here
        there = here if self.platform is None or earlier.platform is None else self.platform - earlier.platform
        return max(0.0, here, there)


class PlatformTime:
    """Seconds since the epoch as the latest answer had it, going on with the seconds that passed here since."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Args: monotonic: seconds that pass here."""
        self._monotonic = monotonic
        self._offset: float | None = None
        self._rumour: float | None = None
        self._lock = threading.Lock()

    def heard(self, date: str | None) -> None:
        """Take note of a `Date` header; one that is missing or unreadable changes nothing, nor does a single odd one.

        A jump of more than two minutes is believed when two answers in a row tell it, or one still further on.
        """
        try:
            seconds = parsedate_to_datetime(date or "").timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        with self._lock:
            offset = seconds - self._monotonic()
            if self._offset is None or believable(self._offset, self._rumour, offset):
                self._offset, self._rumour = offset, None
            else:
                self._rumour = offset

    def moment(self) -> Moment:
        """This instant."""
        here = self._monotonic()
        return Moment(None if self._offset is None else here + self._offset, here)

    def now(self) -> float:
        """Seconds since the epoch; before the first answer, seconds since some instant."""
        return self._monotonic() + (self._offset or 0.0)


def believable(offset: float, rumour: float | None, told: float) -> bool:
    """Whether platform time is as far ahead of this machine's as an answer tells it, in seconds. Pure.

    Args:
        offset: what holds.
        rumour: what the last answer told, if that was not believed.
        told: what this one tells.
    """
    if abs(told - offset) <= JUMP_SECONDS:
        return True
    if rumour is None:
        return False
    hurrying = rumour > offset and told >= rumour  # simulated time may run faster than two answers agree
    return hurrying or abs(told - rumour) <= JUMP_SECONDS

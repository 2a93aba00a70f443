"""What was caused and what is known of it: orders belong to their click's day and become known as they come in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.delay import LAGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRICS = ("spend_minor", "impressions", "reach", "clicks", "conversions", "value_minor")
"""What is reported for an ad set and day."""

_AT_ONCE = METRICS[:4]


@dataclass(frozen=True, eq=False, slots=True)
class Day:
    """What happened on one day, (W, A); orders and their worth by days until they are known, (W, A, 8)."""

    spend_minor: NDArray[np.int64]
    impressions: NDArray[np.int64]
    reach: NDArray[np.int64]
    clicks: NDArray[np.int64]
    orders: NDArray[np.int64]
    worth_minor: NDArray[np.int64]


class Ledger:
    """Days of W worlds, in order. Known and caused figures agree to the unit once a day is eight days old."""

    def __init__(self, worlds: int, ad_sets: int) -> None:
        """Args: worlds: W. ad_sets: A."""
        self._days = 0
        self._known = np.zeros((32, len(METRICS), worlds, ad_sets), dtype=np.int64)
        self._caused = np.zeros((32, 2, worlds, ad_sets), dtype=np.int64)
        self._young: deque[Day] = deque(maxlen=LAGS)

    def __len__(self) -> int:
        """How many days are written: D."""
        return self._days

    def record(self, day: Day) -> None:
        """Write the day that closes, and book what came in today for the days before."""
        if self._days == len(self._known):
            self._known = np.concatenate([self._known, np.zeros_like(self._known)])
            self._caused = np.concatenate([self._caused, np.zeros_like(self._caused)])
        d = self._days
        for m, name in enumerate(_AT_ONCE):
            self._known[d, m] = getattr(day, name)
        self._caused[d] = day.orders.sum(axis=-1), day.worth_minor.sum(axis=-1)
        self._young.appendleft(day)
        for lag, young in enumerate(self._young):
            self._known[d - lag, 4] += young.orders[..., lag]
            self._known[d - lag, 5] += young.worth_minor[..., lag]
        self._days += 1

    def known(self, start: int, stop: int) -> dict[str, NDArray[np.int64]]:
        """Figures (W, A, stop - start) of days by index, as known now; days that were never written are zero."""
        return _window(self._known[: self._days], METRICS, start, stop)

    def caused(self, start: int = 0) -> dict[str, NDArray[np.int64]]:
        """Orders and worth (W, A, D - start) that were really caused from day `start` on, known yet or not."""
        return _window(self._caused[: self._days], ("conversions", "value_minor"), start, self._days)


def _window(days: NDArray[np.int64], names: tuple[str, ...], start: int, stop: int) -> dict[str, NDArray[np.int64]]:
    out = np.zeros((days.shape[1], *days.shape[2:], stop - start), dtype=np.int64)
    first, last = max(start, 0), min(stop, len(days))
    if first < last:
        out[..., first - start : last - start] = np.moveaxis(days[first:last], 0, -1)
    return dict(zip(names, out, strict=True))

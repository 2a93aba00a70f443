"""What was caused and what is known of it: orders belong to their click's day and become known as they come in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.delay import LAGS
from simulator.order_categories import LATE, VIEW_LAGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

METRICS = ("spend_minor", "impressions", "reach", "clicks", "conversions", "value_minor")
"""What is reported for an ad set and day."""

_CONVERSIONS, _VALUE = METRICS.index("conversions"), METRICS.index("value_minor")


@dataclass(frozen=True, eq=False, slots=True)
class Day:
    """What happened on one day, by ad (W, A, C), `reach` by ad set (W, A).

    Orders and their worth are by category, (K, W, A, C): K is 8 where all orders are clicks' and are reported,
    otherwise as in `simulator.order_categories`.
    """

    spend_minor: Ints
    impressions: Ints
    clicks: Ints
    orders: Ints
    worth_minor: Ints
    reach: Ints


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """A day's figures for the ad sets, or for the ads, of W worlds: (W, ...), orders and worth (K, W, ...)."""

    spend_minor: Ints
    impressions: Ints
    reach: Ints
    clicks: Ints
    orders: Ints
    worth_minor: Ints


class Ledger:
    """Days of W worlds, in order. Known and caused figures agree to the unit once a day is eight days old.

    What is never reported (late, untracked, lost) stays apart by its reason.
    """

    def __init__(self, shape: tuple[int, ...], *, truth: bool = True) -> None:
        """Begin without days.

        Args:
            shape: (W, A) for ad sets or (W, A, C) for ads.
            truth: keep what was caused and is never reported beside what is known.
        """
        self._shape, self._truth = shape, truth
        self._known: list[Ints] = []
        self._hidden: list[Ints] = []
        self._categories: list[Ints] = []
        self._young: deque[tuple[Ints, Ints]] = deque(maxlen=LAGS)
        self._sums: dict[int, Ints] = {}

    def __len__(self) -> int:
        """How many days are written: D."""
        return len(self._known)

    def record(self, day: Cells) -> None:
        """Write the day that closes, and book what came in today for the days before."""
        row = np.empty((len(METRICS), *self._shape), dtype=np.int64)
        row[0], row[1], row[2], row[3] = day.spend_minor, day.impressions, day.reach, day.clicks
        row[_CONVERSIONS], row[_VALUE] = _coming_in(day.orders, 0), _coming_in(day.worth_minor, 0)
        self._known.append(row)
        if self._truth and len(day.orders) > LAGS:
            self._hidden.append(np.stack([by_category[LATE:].sum(axis=0) for by_category in _both(day)]))
            self._categories.append(day.orders)
        self._young.appendleft((day.orders, day.worth_minor))
        self._book()
        for length, total in self._sums.items():
            self._move(length, total)

    def known(self, start: int, stop: int) -> dict[str, Ints]:
        """Figures (W, ..., stop - start) of days by index, as known now; days that were never written are zero."""
        return dict(zip(METRICS, self._window(self._known, len(METRICS), start, stop), strict=True))

    def caused(self, start: int = 0) -> dict[str, Ints]:
        """Orders and worth (W, ..., D - start) that were really caused from day `start` on, known yet or not."""
        shown, begin = max(start, 0), min(start, 0)
        known = self._window([row[_CONVERSIONS:] for row in self._known[shown:]], 2, begin)
        hidden = self._window(self._hidden[shown:], 2, begin) if self._hidden else (0, 0)
        coming = self.pending(start)
        return {name: seen + unseen + coming[name] for name, seen, unseen in zip(coming, known, hidden, strict=True)}

    def caused_last_minor(self) -> Ints:
        """Worth (W, ...) of everything that the last day caused."""
        worth: Ints = self._young[0][1].sum(axis=0)
        return worth

    def pending(self, start: int = 0) -> dict[str, Ints]:
        """Orders and worth (W, ..., D - start) of days from `start` on that are still to come in, and will be known."""
        out = {
            name: np.zeros((*self._shape, len(self) - start), dtype=np.int64) for name in ("conversions", "value_minor")
        }
        for age, day in enumerate(self._young):
            place = len(self) - 1 - age - start
            if place < 0:
                break
            for name, by_category in zip(out, day, strict=True):
                out[name][..., place] = by_category[age + 1 : LAGS].sum(axis=0)
                if len(by_category) > LAGS:
                    out[name][..., place] += by_category[LAGS:][age + 1 : VIEW_LAGS].sum(axis=0)
        return out

    def by_category(self, start: int = 0) -> Ints | None:
        """Caused orders (K, W, ..., D - start) by category from day `start` on; None where all are plainly reported."""
        return self._window(self._categories, len(self._categories[0]), start, len(self)) if self._categories else None

    def sums(self, days: int) -> dict[str, Ints]:
        """Sums (W, ...) of what is known now of the last `days` days; the first call counts, later ones are at hand."""
        if days not in self._sums:
            self._sums[days] = sum(self._known[-days:], start=np.zeros((len(METRICS), *self._shape), dtype=np.int64))
        return dict(zip(METRICS, self._sums[days], strict=True))

    def _book(self) -> None:
        """What came in today for days before the one that closes, there and in the running sums."""
        come = np.zeros((2, *self._shape), dtype=np.int64)
        for lag, day in enumerate(self._young):
            if lag == 0:
                continue
            row = self._known[-1 - lag]
            for i, by_category in enumerate(day):
                arrived = _coming_in(by_category, lag)
                row[_CONVERSIONS + i] += arrived
                if self._sums:
                    come[i] += arrived
            if lag in self._sums:
                self._sums[lag][_CONVERSIONS:] += come
        for length, total in self._sums.items():
            if length >= LAGS or length >= len(self._young):
                total[_CONVERSIONS:] += come

    def _move(self, length: int, total: Ints) -> None:
        """One day on: the new day is in, the one that is now too old is out."""
        total += self._known[-1]
        gone = len(self) - 1 - length
        if gone >= 0:
            total -= self._known[gone]

    def _window(self, days: list[Ints], figures: int, start: int, stop: int | None = None) -> Ints:
        """Days of (M, W, ...) from start to stop, as (M, W, ..., stop - start); days outside are zero."""
        stop = len(days) if stop is None else stop
        out = np.zeros((figures, *self._shape, stop - start), dtype=np.int64)
        for d in range(max(start, 0), min(stop, len(days))):
            out[..., d - start] = days[d]
        return out


def _both(day: Cells) -> tuple[Ints, Ints]:
    return day.orders, day.worth_minor


def _coming_in(by_category: Ints, lag: int) -> Ints:
    """What of a day's orders, or of their worth, (K, W, ...) becomes known `lag` days after it closed."""
    clicks: Ints = by_category[lag]
    viewed = len(by_category) > LAGS and lag < VIEW_LAGS
    return clicks + by_category[LAGS + lag] if viewed else clicks

"""What was caused and what is known of it: orders belong to their click's day and become known as they come in.

A day is written once, with all that will be known of it; what has not come in yet is taken off where somebody asks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.delay import LAGS
from simulator.order_categories import LATE, VIEW_LAGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

METRICS = ("spend_minor", "impressions", "reach", "clicks", "conversions", "value_minor")
"""What is reported for an ad set and day."""

SUMMED = tuple(name for name in METRICS if name != "reach")
"""What can be added up over days: people reached cannot, as they may be the same."""

_ORDERS = SUMMED.index("conversions")
"""Here begin, in what is kept of a day, orders and their worth."""
_DAYS_AT_ONCE = 16
"""Days that memory is asked for at a time: large pieces come with less work."""
_MOST_SMALL = 2**31 - 1
_SUMMANDS = 16
"""At most so many of a day's orders by category are ever added up for an ad: all, or those of each lag."""


@dataclass(frozen=True, eq=False, slots=True)
class Day:
    """What happened on one day, by ad (W, A, C).

    Orders and their worth are by category, (K, W, A, C): K is 8 where all orders are clicks' and are reported,
    otherwise as in `simulator.order_categories`. They may be smaller integers, as in `small_enough`.
    """

    spend_minor: Ints
    impressions: Ints
    clicks: Ints
    orders: Ints
    worth_minor: Ints


def small_enough(largest: int, ads: int) -> type[np.signedinteger[Any]]:
    """Of what size whole numbers up to `largest` are kept, by category and for so many ads of an ad set.

    Half a word takes half the memory and time, and is used wherever sums over categories and ads fit into it.
    """
    return np.int32 if largest * _SUMMANDS * ads <= _MOST_SMALL else np.int64


class Ledger:
    """Days of W worlds, in order. Known and caused figures agree to the unit once a day is eight days old.

    What is never reported (late, untracked, lost) stays apart by its reason.
    """

    def __init__(
        self, shape: tuple[int, ...], *, truth: bool = True, reach: Callable[[Ints], Ints] = np.zeros_like
    ) -> None:
        """Begin without days.

        Args:
            shape: (W, A) for ad sets or (W, A, C) for ads.
            truth: keep what was caused and is never reported beside what is known.
            reach: people (W, ...) who saw one of so many impressions of a day; without it nobody.
        """
        self._shape, self._truth, self._people = shape, truth, reach
        self._days: list[Ints] = []
        self._room: list[Ints] = []
        self._reach: dict[int, Ints] = {}
        self._hidden: list[Ints] = []
        self._categories: list[Ints] = []
        self._young: deque[tuple[Ints, Ints]] = deque(maxlen=LAGS)
        self._sums: dict[int, Ints] = {}
        self._settled_sums: dict[tuple[int, int], Ints] = {}

    def __len__(self) -> int:
        """How many days are written: D."""
        return len(self._days)

    def record(self, day: Day) -> None:
        """Write the day that closes; its arrays are (W, ...), orders and worth (K, W, ...)."""
        both = day.orders, day.worth_minor
        figures = (
            day.spend_minor,
            day.impressions,
            day.clicks,
            *(_sum(by_category[:LATE]) for by_category in both),
        )
        row = self._new_row(max(int(values.max()) for values in figures))
        for place, values in zip(row, figures, strict=True):
            place[...] = values
        self._days.append(row)
        if self._truth and len(day.orders) > LAGS:
            self._hidden.append(np.stack([_sum(by_category[LATE:]) for by_category in both]))
            self._categories.append(day.orders)
        self._young.appendleft(both)
        if self._sums:
            self._move_sums()
        for (length, since), total in self._settled_sums.items():
            for age, move in ((since, np.add), (since + length, np.subtract)):
                if age < len(self):
                    move(total, self._days[-1 - age], out=total)

    def known(self, start: int, stop: int) -> dict[str, Ints]:
        """Figures (W, ..., stop - start) of days by index, as known now; days that were never written are zero."""
        figures = dict(zip(SUMMED, self._window(self._days, len(SUMMED), start, stop), strict=True))
        for age, day in enumerate(self._young):
            place = len(self) - 1 - age - start
            if 0 <= place < stop - start:
                for name, by_category in zip(SUMMED[_ORDERS:], day, strict=True):
                    figures[name][..., place] -= _to_come(by_category, age)
        figures["reach"] = np.zeros((*self._shape, stop - start), dtype=np.int64)
        for d in range(max(start, 0), min(stop, len(self))):
            figures["reach"][..., d - start] = self._reached(d)
        return {name: figures[name] for name in METRICS}

    def caused(self, start: int = 0) -> dict[str, Ints]:
        """Orders and worth (W, ..., D - start) that were really caused from day `start` on, known yet or not."""
        shown, begin = max(start, 0), min(start, 0)
        seen = self._window([row[_ORDERS:] for row in self._days[shown:]], 2, begin)
        if self._hidden:
            seen += self._window(self._hidden[shown:], 2, begin)
        return dict(zip(SUMMED[_ORDERS:], seen, strict=True))

    def caused_last_minor(self) -> Ints:
        """Worth (W, ...) of everything that the last day caused."""
        worth: Ints = self._days[-1][-1].astype(np.int64)
        if self._hidden:
            worth += self._hidden[-1][-1]
        return worth

    def pending(self, start: int = 0) -> dict[str, Ints]:
        """Orders and worth (W, ..., D - start) of days from `start` on that are still to come in, and will be known."""
        out = {name: np.zeros((*self._shape, len(self) - start), dtype=np.int64) for name in SUMMED[_ORDERS:]}
        for age, day in enumerate(self._young):
            place = len(self) - 1 - age - start
            if place < 0:
                break
            for name, by_category in zip(out, day, strict=True):
                out[name][..., place] = _to_come(by_category, age)
        return out

    def by_category(self, start: int = 0) -> Ints | None:
        """Caused orders (K, W, ..., D - start) by category from day `start` on; None where all are plainly reported."""
        return self._window(self._categories, len(self._categories[0]), start, len(self)) if self._categories else None

    def sums(self, days: int, since: int = 0) -> dict[str, Ints]:
        """Sums (W, ...) of what is known now of `days` days, of all that can be added up.

        The first call counts, later ones have it at hand.

        Args:
            days: how many.
            since: days that have been written after them: none, or so many (7) that no more will come in for them.

        Raises:
            ValueError: `since` is something between.
        """
        if 0 < since < LAGS - 1:
            raise ValueError(f"since must be 0 or at least {LAGS - 1}, got {since}")
        found = self._settled_sums.get((days, since)) if since else self._sums.get(days)
        if found is None:
            stop = len(self) - since
            known = self.known(stop - days, stop)
            found = np.stack([known[name].sum(axis=-1) for name in SUMMED])
            if since:
                self._settled_sums[days, since] = found
            else:
                self._sums[days] = found
        return dict(zip(SUMMED, found, strict=True))

    def _new_row(self, largest: int) -> Ints:
        """Room for a day's figures (M, W, ...)."""
        shape = len(SUMMED), *self._shape
        if largest > _MOST_SMALL:
            return np.empty(shape, dtype=np.int64)
        if not self._room:
            self._room = list(np.empty((_DAYS_AT_ONCE, *shape), dtype=np.int32))
        return self._room.pop()

    def _reached(self, day: int) -> Ints:
        """People (W, ...) reached on a day: worked out when somebody asks for the first time."""
        if day not in self._reach:
            shown = self._days[day][SUMMED.index("impressions")]
            self._reach[day] = self._people(shown).astype(shown.dtype)
        return self._reach[day]

    def _move_sums(self) -> None:
        """One day on: what became known today comes into the running sums of the days it is of."""
        come = np.zeros((2, *self._shape), np.result_type(*(by.dtype for day in self._young for by in day)))
        for lag, day in enumerate(self._young):
            for total, by_category in zip(come, day, strict=True):
                np.add(total, _coming_in(by_category, lag), out=total)
            if lag + 1 in self._sums:
                self._move_sum(lag + 1, come)
        for length in self._sums:
            if length > len(self._young):
                self._move_sum(length, come)

    def _move_sum(self, length: int, come: Ints) -> None:
        """Today and the orders that came in, (2, W, ...), into a running sum; the day that is now too old out of it."""
        today = self._days[-1]
        change = np.empty(today.shape, np.result_type(today, come, *self._days[-1 - length : -length]))
        change[:_ORDERS], change[_ORDERS:] = today[:_ORDERS], come
        if len(self) > length:
            change -= self._days[-1 - length]
            if length < len(self._young):
                for known, by_category in zip(change[_ORDERS:], self._young[length], strict=True):
                    np.add(known, _to_come(by_category, length - 1), out=known)
        self._sums[length] += change

    def _window(self, days: list[Ints], figures: int, start: int, stop: int | None = None) -> Ints:
        """Days of (M, W, ...) from start to stop, as (M, W, ..., stop - start); days outside are zero."""
        stop = len(days) if stop is None else stop
        out = np.zeros((figures, *self._shape, stop - start), dtype=np.int64)
        for d in range(max(start, 0), min(stop, len(days))):
            out[..., d - start] = days[d]
        return out


def _coming_in(by_category: Ints, lag: int) -> Ints:
    """What of a day's orders, or of their worth, (K, W, ...) becomes known `lag` days after it closed."""
    clicks: Ints = by_category[lag]
    return clicks if len(by_category) == LAGS or lag >= VIEW_LAGS else clicks + by_category[LAGS + lag]


def _to_come(by_category: Ints, age: int) -> Ints:
    """What of a day's orders, or of their worth, (K, W, ...) becomes known when the day is older than `age` days."""
    coming = _sum(by_category[age + 1 : LAGS])
    if len(by_category) > LAGS:
        coming += _sum(by_category[LAGS:LATE][age + 1 :])
    return coming


def _sum(by_category: Ints) -> Ints:
    """Over categories, in numbers of the same size: they are small enough, see `small_enough`."""
    total: Ints = by_category.sum(axis=0, dtype=by_category.dtype)
    return total

"""The books of W worlds: what was reported of their days as known this morning, and what was really caused."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from simulator.ads import over_ads
from simulator.ledger import Day, Ledger

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Books(ABC):
    """What can be read of worlds whose past is written day by day, from `first_day` on."""

    def __init__(self, first_day: date, shape: tuple[int, int], ads: int) -> None:
        """Begin without days.

        Args:
            first_day: the day that is written first.
            shape: (W, A).
            ads: C; with one ad an ad set's figures are its ad's.
        """
        self.first_day = first_day
        self._ledger = Ledger(shape, reach=self._reached)
        self._ad_ledger = Ledger((*shape, ads), truth=False) if ads > 1 else None

    def report(self, days: int = 28) -> dict[str, Ints]:
        """Figures (W, A, days) of the last days before today, oldest first, as known this morning.

        Raises:
            ValueError: `days` is not positive.
        """
        if days <= 0:
            raise ValueError(f"days must be positive, got {days}")
        return self._ledger.known(len(self._ledger) - days, len(self._ledger))

    def report_range(self, since: date, until: date) -> dict[str, Ints]:
        """Figures (W, A, D) from `since` to `until`, both included, as known this morning.

        Days outside the world's past are zero.

        Raises:
            ValueError: `until` lies before `since`.
        """
        if until < since:
            raise ValueError(f"until ({until}) lies before since ({since})")
        return self._ledger.known((since - self.first_day).days, (until - self.first_day).days + 1)

    def recent(self, days: int, since: int = 0) -> dict[str, Ints]:
        """Sums (W, A) over `days` days as known this morning; cheap when asked for every day.

        The last days, or those that ended `since` days ago, at least 7: no more comes in for them.

        Of all figures but reach: the people of two days may be the same.

        Raises:
            ValueError: `days` is not positive, or `since` between 1 and 6.
        """
        if days <= 0:
            raise ValueError(f"days must be positive, got {days}")
        return self._ledger.sums(days, since)

    def report_ads(self, days: int = 28) -> dict[str, Ints]:
        """Figures (W, A, C, days) by ad, as `report`; reach is counted within the ad set only and is zero here.

        Raises:
            ValueError: `days` is not positive.
        """
        if self._ad_ledger is None:
            return {name: array[:, :, None] for name, array in self.report(days).items()}
        if days <= 0:
            raise ValueError(f"days must be positive, got {days}")
        return self._ad_ledger.known(len(self._ad_ledger) - days, len(self._ad_ledger))

    def caused(self, days: int | None = None) -> dict[str, Ints]:
        """`conversions` and `value_minor` (W, A, D) as really caused, known yet or not.

        Of every day so far, or of the last `days`.
        """
        return self._ledger.caused(0 if days is None else len(self._ledger) - days)

    def caused_yesterday_minor(self) -> Ints:
        """Order value (W, A) that the last day really caused, known yet or not, minor units."""
        return self._ledger.caused_last_minor()

    def caused_by_category(self, days: int | None = None) -> Ints | None:
        """Caused conversions (13, W, A, D) by what becomes of them (`simulator.order_categories`).

        None where the scenario has nothing that hides orders: all come within the window and are reported.
        """
        return self._ledger.by_category(0 if days is None else len(self._ledger) - days)

    def pending(self, days: int | None = None) -> dict[str, Ints]:
        """`conversions` and `value_minor` (W, A, D) that will be reported on a later morning.

        Of every day so far, or of the last `days`.
        """
        return self._ledger.pending(0 if days is None else len(self._ledger) - days)

    @abstractmethod
    def _reached(self, impressions: Ints) -> Ints:
        """People (W, A) who saw one of so many impressions (W, A) of a day."""

    def _record(self, day: Day) -> None:
        """Write the day that closes."""
        self._ledger.record(of_ad_sets(day))
        if self._ad_ledger is not None:
            self._ad_ledger.record(day)


def of_ad_sets(day: Day) -> Day:
    """The day's figures with ads added up, (W, A), orders and worth (K, W, A)."""
    figures = (day.spend_minor, day.impressions, day.clicks, day.orders, day.worth_minor)
    single = day.clicks.shape[-1] == 1
    return Day(*(f[..., 0] if single else over_ads(f) for f in figures))

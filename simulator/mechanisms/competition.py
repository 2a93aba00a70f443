"""Competitor entry: from a day on somebody else bids for the same people, and prices rise for a while or for good.

The size of such jumps is not published; the default is of the order of the seasonal peak in CPM, +40 % (Revealbot, US
campaigns 2021-2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from simulator.mechanism import Factors, Mechanism, Morning, Setting, param

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DRAWS = 3


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """When a competitor comes to each ad set's market, (W, A): days after the start, -1 never; log price rise."""

    first_day: NDArray[np.int64]
    rise: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Competition(Mechanism):
    """Somebody enters the auctions of some ad sets."""

    share: float = param(0.3, "share of ad sets whose market is entered", low=0.0, high=1.0)
    first_day: int = param(10, "earliest entry, days after the start of the scenario", low=0, high=3_650)
    window_days: int = param(30, "entries lie within so many days from there", low=1, high=3_650)
    stay_days: int = param(28, "days until the competitor leaves again", low=1, high=3_650)
    price_rise: float = param(0.35, "mean log rise of prices while it stays", low=-3.0, high=3.0)
    price_spread: float = param(0.15, "standard deviation of that rise between ad sets", low=0.0, high=2.0)

    def begin(self, setting: Setting) -> Entry:
        """Draw who is entered, when, and how hard."""
        draws = setting.streams.normals("competition", 0, _DRAWS, setting.shape[1])
        entered = special.ndtr(draws[0]) < self.share
        day = self.first_day + np.floor(special.ndtr(draws[1]) * self.window_days).astype(np.int64)
        return Entry(np.where(entered, day, -1), self.price_rise + self.price_spread * draws[2])

    def morning(self, state: Entry, morning: Morning) -> Factors:
        """Prices where somebody is there."""
        since = (morning.day - morning.setting.scenario.start_day).days - state.first_day
        there = (state.first_day >= 0) & (since >= 0) & (since < self.stay_days)
        return Factors(price=np.exp(np.where(there, state.rise, 0.0))[..., None])


MECHANISM: type[Mechanism] = Competition

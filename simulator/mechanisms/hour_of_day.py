"""Hour of day: traffic, prices and readiness to buy differ between hours.

Traffic is measured (Avito, 114 regions, one week by hour; the median region): a tenth of the average at 3 h, a quarter
at 6 h, 1.8 times as much at 11 h, and people who saw ads saw most of them from 11 to 15 h (the public marketing A/B
sample). Prices and conversions by hour are assumptions, see `simulator.traffic`. Each has mean one over a day's
traffic; still a day is a little better than its mean hour, because one bid buys more where it is cheap. Hour profiles
are also what `dayparting`, `clock_changes` and `pacing` go by.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from simulator.mechanism import Factors, Mechanism, Morning, Setting, param
from simulator.mechanisms._day_hours import DayHours, day_of
from simulator.traffic import conversions_by_hour, hour_shares, price_by_hour

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WEEK = 7


@dataclass(frozen=True, eq=False, slots=True)
class Days:
    """What the hours of each weekday amount to, (W, A, 7): opportunities and conversions per click."""

    supply: NDArray[np.float64]
    conversions: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HourOfDay(Mechanism):
    """Hours that are not alike."""

    traffic: float = param(1.0, "power of the measured traffic by hour; 0 is an even day", low=0.0, high=3.0)
    price: float = param(1.0, "strength of prices by hour", low=-3.0, high=3.0)
    conversions: float = param(1.0, "strength of conversions by hour", low=-3.0, high=3.0)

    def hours(self, weekday: int) -> DayHours:
        """Profiles (24,) of a weekday, 0 for Monday."""
        return _hours(self.traffic, self.price, self.conversions, weekday)

    def begin(self, setting: Setting) -> Days:
        """Every weekday once for all."""
        exponent = setting.population.exponent
        days = [day_of(self.hours(weekday), exponent) for weekday in range(_WEEK)]
        supply, conversions = (np.stack(values, axis=-1) for values in zip(*days, strict=True))
        return Days(supply, conversions)

    def morning(self, state: Days, morning: Morning) -> Factors:
        """The whole day; its supply only where it is not delivered hour by hour."""
        weekday = morning.day.weekday()
        paced = "pacing" in morning.setting.scenario.mechanisms
        return Factors(
            supply=1.0 if paced else state.supply[..., weekday, None],
            conversions=state.conversions[..., weekday, None],
        )


@cache
def _hours(traffic: float, price: float, conversions: float, weekday: int) -> DayHours:
    shares = hour_shares(weekday, traffic)
    return DayHours(shares, price_by_hour(shares, price), conversions_by_hour(shares, conversions))


MECHANISM: type[Mechanism] = HourOfDay

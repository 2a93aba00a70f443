"""The hours of a day as every mechanism of hours sees them, and what they amount to over the whole day.

At one bid all day, and far from its cheap end, a landscape with exponent e spends in an hour in proportion to
s p^(-1/(1-e)), with s the hour's share of opportunities and p its price. So the hours together are a day with that many
opportunities, and orders come as these weights say: both follow in closed form. Where `pacing` delivers by the hour,
supply and prices are left to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.calibration import HOURS
from simulator.hourly import total
from simulator.mechanism import Factors
from simulator.traffic import hour_lengths, hour_shares

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from simulator.scenario import Scenario

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class DayHours:
    """Each hour's share of a usual day's opportunities, price level and conversions per click.

    (24,) each; `supply` is (24, W, A) where ad sets have schedules.
    """

    supply: Floats
    price: Floats
    conversions: Floats


def usual_hours(scenario: Scenario, day: date) -> DayHours:
    """The hours of a weekday, whose clock is not changed."""
    profile: Any = scenario.mechanisms.get("hour_of_day")
    if profile is not None:
        hours: DayHours = profile.hours(day.weekday())
        return hours
    return DayHours(hour_shares(day.weekday()), np.ones(HOURS), np.ones(HOURS))


def hours_on(scenario: Scenario, day: date) -> DayHours:
    """The hours of a day, as long as the clock makes them."""
    hours = usual_hours(scenario, day)
    if "clock_changes" not in scenario.mechanisms:
        return hours
    return replace(hours, supply=hours.supply * np.array(hour_lengths(day, scenario.time_zone)))


def scheduled(hours: DayHours, allowed: NDArray[np.bool_]) -> DayHours:
    """The same day for ad sets that run in some hours only: `allowed` is (W, A, 24)."""
    # Hours first in memory as well: everything that reads them goes through an hour's ad sets.
    by_hour = np.ascontiguousarray(np.moveaxis(allowed, -1, 0))
    return replace(hours, supply=hours.supply[:, None, None] * by_hour)


def day_of(
    hours: DayHours, exponent: Floats, power: Floats | None = None, money: Floats | None = None
) -> tuple[Floats, Floats]:
    """What the hours amount to for ad sets with these exponents (W, A): opportunities and conversions, (W, A).

    `power` is what `_power` gives for the hours' prices, where it is at hand. `money` (24, W, A) is how much more is
    spent in each hour than at one bid, up to a common factor: the same money then buys as much as on a day at one bid
    with the opportunities that are returned.
    """
    power = _power(hours.price, exponent) if power is None else power
    weights = (hours.supply if hours.supply.ndim > 1 else hours.supply[:, None, None]) * power
    spent = None if money is None else total(weights * money)
    weights = weights if money is None else weights * money**exponent
    supply = np.broadcast_to(total(weights), exponent.shape)
    some = np.where(supply > 0.0, supply, 1.0)
    conversions = total(weights * hours.conversions[:, None, None]) / some
    conversions = np.where(supply > 0.0, conversions, 1.0)
    if spent is not None:
        supply = (supply * np.where(supply > 0.0, spent, 1.0) ** -exponent) ** (1.0 / (1.0 - exponent))
    return supply, conversions


def parts_of(hours: DayHours, exponent: Floats, money: Floats | None = None) -> dict[str, Floats]:
    """What is in proportion to each hour's "spend", "impressions" and "conversions", (24, W, A); `money` as above."""
    supply = hours.supply if hours.supply.ndim > 1 else hours.supply[:, None, None]
    weights = np.broadcast_to(supply * _power(hours.price, exponent), (HOURS, *exponent.shape))
    spent, shown = (weights, weights) if money is None else (weights * money, weights * money**exponent)
    return {"spend": spent, "impressions": shown, "conversions": shown * hours.conversions[:, None, None]}


def _power(price: Floats, exponent: Floats) -> Floats:
    """How spend at one bid goes with each hour's price, (24, 1, 1) or (24, W, A)."""
    flat = bool((price == 1.0).all())
    return np.ones((HOURS, 1, 1)) if flat else np.exp(-np.log(price)[:, None, None] / (1.0 - exponent))


def change(before: DayHours, after: DayHours, exponent: Floats, *, paced: bool, money: Floats | None = None) -> Factors:
    """How a day differs with other hours, and other `money` in them; an ad set without any does not deliver."""
    power = _power(before.price, exponent)
    supply_before, conversions_before = day_of(before, exponent, power)
    supply, conversions = day_of(after, exponent, power if after.price is before.price else None, money)
    delivers = supply > 0.0
    # A day that the calendar leaves out has no hours before either.
    ratio = np.where(delivers, supply / np.where(supply_before > 0.0, supply_before, 1.0), 1.0)
    return Factors(
        supply=1.0 if paced else ratio[..., None],
        conversions=np.where(delivers, conversions / conversions_before, 1.0)[..., None],
        delivers=delivers[..., None],
    )

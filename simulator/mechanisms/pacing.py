"""Pacing: the day is delivered hour by hour, by a controller that raises and lowers its bid.

How the controller works is in `simulator.hourly_delivery`, what a bid buys in `simulator.hourly`. With it, how much of
a budget is spent is no longer drawn: it follows from hours that bring more or less than expected, and from days whose
prices the platform did not foresee.

Bounds are Meta's: at most 75 % over the daily budget, then the day is over (Business Help Centre, "About daily
budgets"). Gain and noise are assumptions, so chosen that a day's spend spreads by 4 to 5 % of the budget. That every
auction is won at twelve usual budgets extrapolates iPinYou season 2, advertiser 1458: 21 % of auctions won, and
impressions grow as spend to the power 0.65. How slowly new ad sets start is an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator import auction
from simulator.ads import over_ads
from simulator.calibration import HOURS
from simulator.delivery import MOST_OF_A_DAY
from simulator.hourly import Market, at_one_bid
from simulator.mechanism import Mechanism, Morning, Outcome, Setting, param
from simulator.mechanisms._day_hours import hours_on, scheduled
from simulator.noise import mean_one

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.population import Population

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

_SLOWEST, _FASTEST = 0.1, 4.0


@dataclass(frozen=True, eq=False, slots=True)
class Memory:
    """What the platform remembers of each ad set, (W, A): its idea of log prices, days delivered, the last budget."""

    log_price: Floats
    days: Ints
    budget_minor: Ints


@dataclass(frozen=True, slots=True)
class Pacing(Mechanism):
    """Delivery by the hour instead of by the day."""

    order: ClassVar[int] = 90

    gain: float = param(0.2, "step of the controller, per mean hour's budget", above=0.0, high=0.5)
    hour_spread: float = param(0.25, "log standard deviation of an hour's supply", low=0.0, high=1.0)
    day_spread: float = param(0.15, "log standard deviation of a day's supply, unforeseen", low=0.0, high=1.0)
    capacity: float = param(12.0, "usual budgets at which every auction of a day is won", low=1.0, high=1e6)
    slow_start: float = param(0.8, "first pace of a new or changed ad set, to the right one", low=0.1, high=1.0)
    slow_days: int = param(3, "days for which an ad set counts as new", low=0, high=3_650)
    reset_change: float = param(0.2, "relative change of a budget after which it is new again", low=0.0, high=100.0)
    memory: float = param(0.7, "weight of what was believed about prices before today", low=0.0, high=1.0)

    def begin(self, setting: Setting) -> Memory:
        """Nothing is known yet: prices are believed to be usual, everything is new."""
        zeros = np.zeros(setting.shape, dtype=np.int64)
        return Memory(log_price=zeros.astype(np.float64), days=zeros, budget_minor=zeros)

    def market(self, morning: Morning, *, supply: Floats | float = 1.0, allowed: Bools | None = None) -> Market:
        """Today's market at usual prices.

        Args:
            morning: today.
            supply: the day's factor (W, A) on opportunities, without what its hours make of it.
            allowed: hours (W, A, 24) in which ads may run, where there are schedules.
        """
        people = morning.setting.population
        hours = hours_on(morning.setting.scenario, morning.day)
        hours = hours if allowed is None else scheduled(hours, allowed)
        return Market(
            rate=people.rate,
            depth=people.depth * supply,
            exponent=people.exponent,
            capacity_minor=self.capacity * people.scale_minor * supply,
            supply=hours.supply,
            price=hours.price,
        )

    def start(self, state: Memory, morning: Morning, market: Market, price: Floats | float = 1.0) -> Floats:
        """First pace (W, A) of the day, relative to the right one, where `price` (W, A) is the day's price level.

        Whoever believes in yesterday's prices starts too slowly on a dearer day. Budgets have no part in it.
        """
        people = morning.setting.population
        usual = at_one_bid(people.scale_minor, market)
        is_open = usual.impressions > 0.0
        figures = (np.where(is_open, values, 1.0) for values in (usual.spend_minor, usual.impressions))
        today = _log_price(people, *figures) + np.log(price)
        pace = np.exp((state.log_price - today) / (1.0 - people.exponent))
        return np.clip(np.where(state.days < self.slow_days, self.slow_start * pace, pace), _SLOWEST, _FASTEST)

    def noise(self, morning: Morning) -> Floats:
        """Factors (24, W, A) on the supply of each hour.

        An hour's own has mean one. The whole day's is such that what the day's money buys has mean one: impressions go
        with supply to the power 1 - e, and the expected day has to be the mean of days.
        """
        setting = morning.setting
        draws = setting.streams.normals("pacing", morning.day.toordinal(), HOURS + 1, setting.shape[1])
        concave = 1.0 - setting.population.exponent
        day: Floats = np.exp(self.day_spread * draws[HOURS] - concave * self.day_spread**2 / 2.0)
        return mean_one(draws[:HOURS], self.hour_spread) * day

    def expected_share(self, start: Floats, market: Market) -> Floats:
        """Share (W, A) of budgets that is spent on average.

        Steps add up: where the pace ends at the right one, the day is off by log(start) steps.
        """
        open_hours = np.maximum(np.count_nonzero(market.supply > 0.0, axis=0), 1)
        share: Floats = np.clip(1.0 + np.log(start) / (self.gain * open_hours), 0.0, MOST_OF_A_DAY)
        return share

    def evening(self, state: Memory, morning: Morning, outcome: Outcome) -> Memory:
        """Learn the level of prices from what was paid; a changed budget starts slowly tomorrow.

        What the account's own ad sets do to each other's prices is no part of it: no bid of the day's pace meets it.
        """
        spend, shown = (over_ads(total).astype(np.float64) for total in (outcome.spend_minor, outcome.impressions))
        shown = shown * outcome.own_pressure
        seen = (shown > 0) & (spend > 0)
        paid = _log_price(morning.setting.population, np.where(seen, spend, 1.0), np.where(seen, shown, 1.0))
        change = np.abs(morning.budgets_minor - state.budget_minor)
        changed = (state.budget_minor > 0) & (change > self.reset_change * state.budget_minor)
        return Memory(
            log_price=np.where(seen, self.memory * state.log_price + (1.0 - self.memory) * paid, state.log_price),
            days=np.where(seen & changed, 0, state.days + seen),
            budget_minor=np.where(seen, morning.budgets_minor, state.budget_minor),
        )


def _log_price(population: Population, spend_minor: Floats, impressions: Floats) -> Floats:
    """Log of what impressions (W, A) cost, against what the usual market asks for the same spend."""
    usual = auction.impressions(spend_minor, population.rate, population.depth, population.exponent)
    price: Floats = np.log(usual / impressions)
    return price


MECHANISM: type[Mechanism] = Pacing

"""A day delivered hour by hour, by a controller that raises and lowers its bid.

Adaptive pacing is gradient descent on the price of money (Balseiro and Gur 2019, "Learning in Repeated Auctions with
Budgets"), here with multiplicative steps (dual mirror descent: Balseiro, Lu and Mirrokni 2020): after each hour the
pace grows by gain * (target - spend) / (mean hourly budget). Targets follow the traffic and the prices that the
platform expects, as if one bid were held all day: without luck that is what happens, and the day is the concave one of
`simulator.hourly`. Steps add up, so a day's spend is off by as much as the log of the pace has moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.calibration import HOURS
from simulator.hourly import LEAST, Cells, Market, chunks, pressure, spend_by_hour, total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LARGEST_HOUR = 3.0
"""Mean hours' budgets that a day's largest hour may count for in a step."""


@dataclass(frozen=True, eq=False, slots=True)
class Hours:
    """A day by the hour, (24, ..., W, A): money in minor units, not rounded, and impressions."""

    spend_minor: Floats
    impressions: Floats

    def day(self) -> tuple[Floats, Floats]:
        """The day's spend and impressions, (..., W, A)."""
        return total(self.spend_minor), total(self.impressions)

    def shares(self) -> tuple[Floats, Floats]:
        """Each hour's share of the day's spend and of its impressions, (24, ..., W, A); zeros where there was none."""
        spend, shown = self.day()
        return self.spend_minor / np.maximum(spend, LEAST), self.impressions / np.maximum(shown, LEAST)


def deliver(
    budgets_minor: Floats,
    market: Market,
    most_minor: Floats,
    *,
    start: Floats | float = 1.0,
    noise: Floats | None = None,
    gain: float = 0.2,
) -> Hours:
    """A day, hour by hour.

    More budget spends and buys more, under the same luck as well. Only budgets so small (a few thousandths of a usual
    one) that they buy in the cheapest hours alone are an exception: luck there decides whether others begin to spend.

    Args:
        budgets_minor: (..., W, A) what the platform sets out to spend.
        market: the day's market.
        most_minor: (..., W, A) where delivery stops: the bounds of day and week.
        start: (W, A) first pace, relative to the one that is right without noise.
        noise: (24, W, A) factors on each hour's supply; None is a day without luck.
        gain: step of the controller.
    """
    flat = budgets_minor.reshape(-1, market.rate.size)
    stops = np.broadcast_to(most_minor, budgets_minor.shape).reshape(flat.shape)
    starts = np.broadcast_to(start, market.rate.shape).ravel()
    luck = None if noise is None else noise.reshape(HOURS, -1)
    spend, shown = np.empty((HOURS, *flat.shape)), np.empty((HOURS, *flat.shape))
    for some, cells in chunks(market, len(flat)):
        own = None if luck is None else luck[:, some]
        _live(flat[:, some], stops[:, some], starts[some], own, cells, gain, out=(spend[:, :, some], shown[:, :, some]))
    shape = (HOURS, *budgets_minor.shape)
    return Hours(spend.reshape(shape), shown.reshape(shape))


def _live(
    budgets: Floats,
    stops: Floats,
    starts: Floats,
    noise: Floats | None,
    cells: Cells,
    gain: float,
    *,
    out: tuple[Floats, Floats],
) -> None:
    """The 24 hours of n ad sets under L budgets each, (L, n), into `out` (24, L, n). Works in place."""
    planned = pressure(budgets, cells)
    targets = spend_by_hour(planned, cells)
    pace = (planned - 1.0) * starts
    left = np.array(stops)
    # A day of few hours that matter: the step is what keeps its largest hour from overshooting.
    steepest = _LARGEST_HOUR / np.maximum(targets.max(axis=0), LEAST)
    step = gain * np.minimum(cells.open_hours / np.maximum(budgets, LEAST), steepest)
    exponent = np.array(np.broadcast_to(cells.exponent, budgets.shape))
    opportunities = cells.supply * cells.depth if noise is None else cells.supply * cells.depth * noise
    worth = opportunities / cells.price * (cells.rate / cells.exponent)
    part = np.empty(budgets.shape)
    for hour in range(HOURS):
        spend, shown, error = out[0][hour], out[1][hour], targets[hour]
        w = pace + 1.0
        w *= cells.relative[hour]
        np.maximum(w, 1.0, out=w)
        np.minimum(w, cells.most, out=w)
        np.power(w, exponent, out=shown)
        shown -= 1.0
        shown *= worth[hour]
        w -= 1.0
        np.multiply(w, opportunities[hour], out=spend)
        # The money may run out within the hour: then only a part of it is delivered.
        np.maximum(spend, LEAST, out=part)
        np.divide(left, part, out=part)
        np.minimum(part, 1.0, out=part)
        spend *= part
        shown *= part
        left -= spend
        np.maximum(left, 0.0, out=left)
        error -= spend
        error *= step
        np.exp(error, out=error)
        pace *= error

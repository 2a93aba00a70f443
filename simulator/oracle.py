"""The clairvoyant: the best budgets for today, knowing the truth.

What is best is judged by `World.expected_value_minor`, today and without luck; what today does to later days counts for
nothing. Where each ad set's value depends on its own budget alone and `World.marginal_value` says how, the answer is
exact (`simulator.smooth_filling`; where curves begin slowly, `simulator.bent_filling`). Otherwise it is searched for:

* Bids, limits, lifetime sums: spend follows the budget by a rule of the platform's. Values are looked at instead of
  marginals, so a limit, a jump or a threshold may be in them (`simulator.hull_filling`, `simulator.jump_filling`).
* Advantage campaign budgets: only a campaign's sum matters, and which ad sets take part; so sums are filled, each is
  spread evenly between the bounds of its ad sets, and ad sets that may have nothing get it where that helps.
* Overlap: ad sets make each other's impressions dearer, and the sum of values is not concave. In turns, prices are held
  where the present point puts them, every marginal value is multiplied by the share of it that is left when the harm
  to others is counted (a numerical gradient), the money is filled in anew, and the best point on the way there is kept.
  A point that stays is one where all true marginal values are equal. Two starts are tried: there may be many hills.

A searched answer is within a few ten-thousandths of the best (brute force over two and three ad sets), no proof.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator import waterfilling
from simulator.bent_filling import fill_bent
from simulator.oracle_search import Search
from simulator.smooth_filling import fill_smooth

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from simulator.world import World

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def best_budgets(
    world: World,
    total_minor: ArrayLike,
    lo: ArrayLike,
    hi: ArrayLike,
    *,
    spend_all: bool = True,
    weights: ArrayLike = 1.0,
) -> Ints:
    """Budgets (W, A) with the largest expected value of today.

    Args:
        world: W worlds on the morning in question.
        total_minor: (W,) money to give out, minor units.
        lo: (W, A) smallest budgets.
        hi: (W, A) largest budgets.
        spend_all: budgets sum to `total_minor` exactly. Without it they sum to at most that, and what is maximised is
            value minus spend: money whose last unit earns less than itself stays idle.
        weights: (W, A) factors on the ad sets' values, for somebody who mistakes their levels.

    Raises:
        ValueError: bounds that allow no such split; the world is named.
    """
    total, low, high = np.asarray(total_minor), np.asarray(lo), np.asarray(hi)
    factors = np.broadcast_to(np.asarray(weights, dtype=np.float64), low.shape)
    if spend_all and world.separable:
        return _filled(world, total, low, high, factors)
    waterfilling.check(total, low, high, exactly=spend_all)
    return Search.of(world, total, low, high, factors, spend_all=spend_all).run()


def _filled(world: World, total: Ints, low: Ints, high: Ints, factors: Floats) -> Ints:
    """The exact answer where every ad set's value depends on its own budget alone."""

    def marginal(budgets: Floats) -> Floats:
        return factors * world.marginal_value(budgets)

    start = world.budgets_minor.astype(np.float64)
    waterfilling.check(total, low, high)
    turn = world.turning_budgets(low)
    if turn is None:
        return fill_smooth(marginal, total, low, high, start)

    def value(budgets: Floats) -> Floats:
        return factors * world.expected_value_minor(budgets)

    return fill_bent(value, marginal, turn, total, low, high, start)


def best_within(
    world: World, total_minor: ArrayLike, max_change: float | None = None, *, weights: ArrayLike = 1.0
) -> Ints:
    """The best budgets (W, A) that a policy under the platform's rules could set this morning.

    No active ad set gets less than platform and owner allow (or than it has, if that is less), nor more (or than it
    has); with `max_change` none moves by more than that share of its present budget. What is paused keeps its budget.
    Where the bounds cannot hold the whole total, as much of it is given out as they can; where they ask for more, they
    are scaled down together.

    Args:
        world: W worlds on the morning in question.
        total_minor: (W,) money for the active ad sets, minor units.
        max_change: cap on relative steps; None for none.
        weights: as in `best_budgets`.
    """
    now, active, total = world.budgets_minor, world.active, np.asarray(total_minor)
    low = np.minimum(now, world.floors_minor[:, None])
    high = np.minimum(total[:, None], np.maximum(now, world.ceilings_minor[:, None]))
    if max_change is not None:
        low = np.maximum(low, np.ceil(now * (1.0 - max_change)).astype(np.int64))
        high = np.minimum(high, np.floor(now * (1.0 + max_change)).astype(np.int64))
    low, high = np.where(active, low, 0), np.where(active, high, 0)
    asked = low.sum(axis=-1)
    squeezed = np.floor(low * (total / np.maximum(asked, 1))[:, None]).astype(np.int64)
    low = np.where((asked > total)[:, None], squeezed, low)
    high = np.maximum(low, high)
    best = best_budgets(world, np.minimum(total, high.sum(axis=-1)), low, high, weights=weights)
    return np.where(active, best, now)

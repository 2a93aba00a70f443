"""`caudal/BidAndBudget-v0`: how to split a sum of money between ad sets, and what each of them may bid.

The action has 2 A numbers in [-1, 1]. The first A are wishes for budgets, as in `budget_allocation`. The others move
the levels of bid caps, cost goals and ROAS goals (see the mechanism `bid_strategies`): 1 multiplies a level by
1 + daily_cap, -1 divides it by that, 0 leaves it. An ad set without a promise ignores its number. In scenarios with
learning, a level that moves by more than a budget may begins learning anew, the same morning.

The observation ends with 4 A numbers more than `episode` says: log(1 + level) of every ad set (major units per result,
or value per spend for ROAS goals), then three rows of A flags: has a cost cap, a bid cap, a minimum ROAS.

Reward: caps leave money unspent, and unspent money is not lost. It counts at par: order value plus what is left of the
budgets, divided by the total budget. So 1 is what doing nothing earns.

A scenario that says nothing of bid strategies gets a bid cap in every ad set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.environments.action import budgets_after, refuse_unless_finite
from simulator.environments.kind import Kind
from simulator.environments.single import AccountEnv
from simulator.environments.vector import AccountVectorEnv
from simulator.mechanisms.bid_strategies import BID_CAP, COST_CAP, LOWEST_COST, MINIMUM_ROAS, with_levels
from simulator.mechanisms.learning import Learning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario import Scenario
    from simulator.world import World

_NAME = "bid_strategies"
_ROUNDING = 1e-9
"""So much beyond the limit is the limit still."""
_PROMISES = (COST_CAP, BID_CAP, MINIMUM_ROAS)


class BidAndBudget(Kind):
    """Budgets and the levels of bid strategies."""

    needs = (_NAME,)
    defaults = {_NAME: {"strategy": "bid_cap"}}  # noqa: RUF012 - never written to
    keeps_unspent = True

    def actions(self, scenario: Scenario) -> int:
        """A wish for the budget and one for the level of each ad set."""
        return 2 * scenario.ad_sets

    def sights(self, scenario: Scenario) -> int:
        """Level and three flags for each ad set."""
        return (1 + len(_PROMISES)) * scenario.ad_sets

    def see(self, world: World) -> list[NDArray[np.float64]]:
        """Levels and strategies, (W, A) each."""
        bids = world.mechanism_state(_NAME)
        unit = np.where(bids.strategy == MINIMUM_ROAS, 1, world.scenario.minor_per_major)
        level = np.where(bids.strategy == LOWEST_COST, 0.0, np.log1p(bids.level / unit))
        return [level, *((bids.strategy == code).astype(np.float64) for code in _PROMISES)]

    def act(self, world: World, actions: NDArray[np.floating], daily_cap: float) -> dict[str, NDArray[Any]]:
        """Set the budgets and levels that the wishes come to."""
        refuse_unless_finite(actions)
        ad_sets = world.scenario.ad_sets
        world.set_budgets(budgets_after(world.budgets_minor, actions[:, :ad_sets], daily_cap))
        bids = world.mechanism_state(_NAME)
        wish = np.clip(actions[:, ad_sets:], -1.0, 1.0).astype(np.float64)
        levels = bids.level * (1.0 + daily_cap) ** wish
        learning = world.scenario.mechanisms.get("learning")
        if isinstance(learning, Learning):
            moved = np.abs(levels / bids.level - 1.0) > learning.significant_change + _ROUNDING
            world.note_significant_edit(moved & (bids.strategy != LOWEST_COST))
        world.replace_mechanism_state(_NAME, with_levels(bids, levels))
        return {"levels": levels}


class BidAndBudgetEnv(AccountEnv):
    """Budgets and bids of one simulated account, set every morning."""

    kind = BidAndBudget()


class BidAndBudgetVectorEnv(AccountVectorEnv):
    """Budgets and bids of many simulated accounts."""

    kind = BidAndBudget()

"""`caudal/BudgetAllocation-v0`: how to split a sum of money between ad sets, every morning.

The action is a wish for every ad set (A), from -1 (as much less as the cap allows) to 1; wishes are shifted so that the
total stays what it was (see `action`). The observation is the account as `episode` describes it, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.environments.action import budgets_after
from simulator.environments.kind import Kind
from simulator.environments.single import AccountEnv
from simulator.environments.vector import AccountVectorEnv

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulator.scenario import Scenario
    from simulator.world import World


class BudgetAllocation(Kind):
    """Budgets only."""

    def actions(self, scenario: Scenario) -> int:
        """One wish for each ad set."""
        return scenario.ad_sets

    def act(self, world: World, actions: NDArray[np.floating], daily_cap: float) -> dict[str, NDArray[Any]]:
        """Set the budgets that the wishes come to."""
        world.set_budgets(budgets_after(world.budgets_minor, actions, daily_cap))
        return {}


class BudgetAllocationEnv(AccountEnv):
    """Budgets of one simulated account, set every morning.

    >>> env = BudgetAllocationEnv("small", days=3)
    >>> observation, _ = env.reset(seed=1)
    >>> observation.shape
    (64,)
    """

    kind = BudgetAllocation()


class BudgetAllocationVectorEnv(AccountVectorEnv):
    """Budgets of many simulated accounts."""

    kind = BudgetAllocation()

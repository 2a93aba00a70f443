"""The simulator as reinforcement-learning environments: importing this registers them with gymnasium.

| id | what is decided every morning |
| --- | --- |
| `caudal/BudgetAllocation-v0` | the split of the budget between ad sets |
| `caudal/BidAndBudget-v0` | that, and the levels of bid caps, cost goals and ROAS goals |
| `caudal/CreativeRotation-v0` | which ads run, which rest, and when new ones are launched |

Each has a native vector form (`gymnasium.make_vec`), bitwise equal to a vector of single ones. Observations and rewards
are described in `episode`, actions and what else is seen in the module of each kind.
"""

from __future__ import annotations

import gymnasium

from simulator.environments.bid_and_budget import BidAndBudgetEnv, BidAndBudgetVectorEnv
from simulator.environments.budget_allocation import BudgetAllocationEnv, BudgetAllocationVectorEnv
from simulator.environments.checker import check_vector_env
from simulator.environments.creative_rotation import CreativeRotationEnv, CreativeRotationVectorEnv

ENV_ID = "caudal/BudgetAllocation-v0"
IDS = {
    ENV_ID: (BudgetAllocationEnv, BudgetAllocationVectorEnv),
    "caudal/BidAndBudget-v0": (BidAndBudgetEnv, BidAndBudgetVectorEnv),
    "caudal/CreativeRotation-v0": (CreativeRotationEnv, CreativeRotationVectorEnv),
}
"""Every environment: its single and its vector form, by id."""

__all__ = [
    "ENV_ID",
    "IDS",
    "BidAndBudgetEnv",
    "BidAndBudgetVectorEnv",
    "BudgetAllocationEnv",
    "BudgetAllocationVectorEnv",
    "CreativeRotationEnv",
    "CreativeRotationVectorEnv",
    "check_vector_env",
]

for _id, (_single, _vector) in IDS.items():
    if _id not in gymnasium.registry:
        gymnasium.register(
            id=_id,
            entry_point=f"{_single.__module__}:{_single.__name__}",
            vector_entry_point=f"{_vector.__module__}:{_vector.__name__}",
        )

"""The simulator as a reinforcement-learning environment: importing this registers `caudal/BudgetAllocation-v0`."""

from __future__ import annotations

import gymnasium

from simulator.environments.single import BudgetAllocationEnv
from simulator.environments.vector import BudgetAllocationVectorEnv

ENV_ID = "caudal/BudgetAllocation-v0"

__all__ = ["ENV_ID", "BudgetAllocationEnv", "BudgetAllocationVectorEnv"]

if ENV_ID not in gymnasium.registry:
    gymnasium.register(
        id=ENV_ID,
        entry_point="simulator.environments.single:BudgetAllocationEnv",
        vector_entry_point="simulator.environments.vector:BudgetAllocationVectorEnv",
    )

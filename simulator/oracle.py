"""The clairvoyant: the best budgets for today, knowing the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator import waterfilling

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from simulator.world import World


def best_budgets(world: World, total_minor: ArrayLike, lo: ArrayLike, hi: ArrayLike) -> NDArray[np.int64]:
    """Budgets (W, A) with the largest expected value of today that sum to `total_minor` exactly.

    Args:
        world: W worlds on the morning in question.
        total_minor: (W,) money to give out, minor units.
        lo: (W, A) smallest budgets.
        hi: (W, A) largest budgets.

    Raises:
        ValueError: bounds that allow no such split; the world is named.
    """
    return waterfilling.fill(world.marginal_value, np.asarray(total_minor), np.asarray(lo), np.asarray(hi))

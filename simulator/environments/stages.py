"""Where ad sets are in Meta's learning phase, as Ads Manager shows it, in scenarios that have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.mechanisms.learning import LEARNING, LEARNING_LIMITED, stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.world import World

LIMITED_OR_NOT = (LEARNING, LEARNING_LIMITED)
WORDS = {LEARNING: "learning", LEARNING_LIMITED: "limited"}


def stages(world: World) -> NDArray[np.int64] | None:
    """The stage of each ad set this morning (W, A), by the codes of the mechanism; None in worlds without learning."""
    if "learning" not in world.scenario.mechanisms:
        return None
    return stage(world.mechanism_state("learning"))


def in_learning(world: World) -> NDArray[np.bool_]:
    """Which ad sets (W, A) have not left learning this morning, limited or not."""
    found = stages(world)
    if found is None:
        return np.zeros((len(world.seeds), world.scenario.ad_sets), dtype=np.bool_)
    return np.isin(found, LIMITED_OR_NOT)

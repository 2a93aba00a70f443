"""Every active ad set gets the same: what can be done knowing nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.allocation import conclude, leeway, proportional
from agents.explanation.words import money
from agents.policies._params import check_max_change
from agents.policies._words import check_single, sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng


@dataclass(frozen=True, slots=True)
class EqualSplit:
    """Equal budgets, approached by at most `max_change` of the present budget a day (None: at once)."""

    max_change: float | None = 0.2

    def __post_init__(self) -> None:
        check_max_change(self.max_change)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:  # noqa: ARG002 - nothing is left to chance
        """Budgets (..., A), as equal as bounds allow."""
        room = leeway(observation, self.max_change)
        return conclude(observation, room, proportional(np.ones(observation.ad_sets.active.shape), room))

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        active = int(observation.ad_sets.active.sum())
        even = money(int(observation.budget_minor) // max(active, 1), observation)
        why = f"an equal share among {active} active ad sets is {even}"
        return sentences(observation, allocation, self.max_change, lambda _: why)


POLICY: type[Policy] = EqualSplit

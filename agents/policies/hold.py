"""Leave budgets as people set them: what every other policy is measured against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.allocation import conclude, leeway, proportional
from agents.policies._words import sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep each ad set's share of the account. Nothing moves unless the day's total does, then all move together."""

    def decide(self, observation: Observation, rng: Rng) -> Allocation:  # noqa: ARG002 - nothing is left to chance
        """Budgets (..., A) in the present proportions."""
        room = leeway(observation, None)
        now = np.where(observation.ad_sets.adjustable, observation.ad_sets.budgets_minor, 0)
        fits = ((room.lo_minor <= now) & (now <= room.hi_minor)).all(axis=-1) & (now.sum(axis=-1) == room.total_minor)
        split = proportional(now.astype(np.float64), room)
        return conclude(observation, room, np.where(fits[..., None], now, split))

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        return sentences(observation, allocation, None, lambda _: "every ad set keeps its share of the account")


POLICY: type[Policy] = Hold

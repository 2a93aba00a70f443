"""Budgets that are not ours to move stay as they are: paused ad sets, and those a person protected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from service.guardrails._words import money

if TYPE_CHECKING:
    from agents.vocabulary import IntArray, Observation


@dataclass(frozen=True, slots=True)
class Protected:
    """Keeps every budget that is inactive or protected, whatever was asked. It has no limits to set."""

    def check(self, observation: Observation, targets_minor: IntArray) -> IntArray:
        """Targets (..., A) where the ad set is adjustable, its present budget elsewhere."""
        left: IntArray = np.where(observation.ad_sets.adjustable, targets_minor, observation.ad_sets.budgets_minor)
        return left

    def because(self, observation: Observation, index: int, asked_minor: int, left_minor: int) -> str:
        """Why it stays: protected by a person, or paused."""
        why = "is protected by a person" if observation.ad_sets.protected[index] else "is not active"
        asked, left = money(observation, asked_minor), money(observation, left_minor)
        return f"the ad set {why}, so its budget stays at {left} although {asked} was asked"


GUARDRAIL = Protected

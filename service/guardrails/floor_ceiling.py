"""Every ad set has a smallest and a largest daily budget: its own, and one for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from service.guardrails._limits import require_whole
from service.guardrails._words import money

if TYPE_CHECKING:
    from agents.vocabulary import IntArray, Observation


@dataclass(frozen=True, slots=True)
class FloorCeiling:
    """Keeps targets between floor and ceiling, as far as that takes no raise that nobody asked for.

    The ad set's own limits and the account-wide ones of this guardrail both hold: the higher floor, the lower ceiling.
    A cut to below the floor stops at the floor; a budget that is below its floor already is left where it is.
    """

    floor_minor: int = 0
    ceiling_minor: int | None = None

    def __post_init__(self) -> None:
        require_whole("floor_minor", self.floor_minor)
        if self.ceiling_minor is not None:
            require_whole("ceiling_minor", self.ceiling_minor, at_least=self.floor_minor)

    def check(self, observation: Observation, targets_minor: IntArray) -> IntArray:
        """Targets (..., A) between floor and ceiling where they may move; a ceiling wins over a floor above it."""
        now = observation.ad_sets.budgets_minor
        floors, ceilings = self._limits(observation)
        lifted = np.minimum(np.maximum(targets_minor, floors), np.maximum(targets_minor, now))
        left: IntArray = np.where(observation.ad_sets.adjustable, np.minimum(lifted, ceilings), targets_minor)
        return left

    def because(self, observation: Observation, index: int, asked_minor: int, left_minor: int) -> str:
        """Which limit held."""
        floors, ceilings = self._limits(observation)
        low = left_minor > asked_minor
        word, limit = ("floor", floors[index]) if low else ("ceiling", ceilings[index])
        asked, left = money(observation, asked_minor), money(observation, left_minor)
        return f"{asked} is {'below' if low else 'above'} the {word} of {money(observation, int(limit))}: {left}"

    def _limits(self, observation: Observation) -> tuple[IntArray, IntArray]:
        floors = np.maximum(observation.ad_sets.floors_minor, self.floor_minor)
        ceilings = observation.ad_sets.ceilings_minor
        return floors, ceilings if self.ceiling_minor is None else np.minimum(ceilings, self.ceiling_minor)


GUARDRAIL = FloorCeiling

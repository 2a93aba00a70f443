"""On old data nothing may rise: yesterday's conclusions must not spend today's money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from service.guardrails._limits import require_whole
from service.guardrails._words import money

if TYPE_CHECKING:
    from agents.vocabulary import IntArray, Observation


@dataclass(frozen=True, slots=True)
class StaleData:
    """Nothing rises unless the platform has data up to `max_age_days` days before the day being decided.

    1 means that yesterday must be there. Data dated after the day being decided count as no data: some clock is wrong.
    """

    max_age_days: int = 1

    def __post_init__(self) -> None:
        require_whole("max_age_days", self.max_age_days)

    def check(self, observation: Observation, targets_minor: IntArray) -> IntArray:
        """Targets (..., A); where the data are too old, none above its present budget."""
        if self._fresh(observation):
            return targets_minor
        return np.minimum(targets_minor, observation.ad_sets.budgets_minor)

    def because(self, observation: Observation, index: int, asked_minor: int, left_minor: int) -> str:  # noqa: ARG002 - the protocol asks so
        """How old the data are, and how old they may be."""
        through = observation.collected_through
        have = "the platform reported no data at all" if through is None else f"the platform's data end on {through}"
        asked, left = money(observation, asked_minor), money(observation, left_minor)
        return f"{have}, more than {self.max_age_days} day(s) off {observation.day}: stays at {left} instead of {asked}"

    def _fresh(self, observation: Observation) -> bool:
        through = observation.collected_through
        return through is not None and 0 <= (observation.day - through).days <= self.max_age_days


GUARDRAIL = StaleData

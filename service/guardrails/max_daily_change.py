"""No budget moves far in one day: larger edits restart delivery learning, and a mistake stays small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from service.guardrails._limits import require_whole
from service.guardrails._words import money

if TYPE_CHECKING:
    from agents.vocabulary import IntArray, Observation

_PARTS = 1_000_000


@dataclass(frozen=True, slots=True)
class MaxDailyChange:
    """At most `max_ratio` of the present budget up or down, and at most `max_step_minor` where that is set.

    Steps are rounded down to whole minor units, so a tiny budget may not be able to move at all. That a budget edit of
    20 % or less spares delivery learning is practice among advertisers, not a rule the platform publishes.
    """

    max_ratio: float = 0.2
    max_step_minor: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.max_ratio, bool) or not 0 <= self.max_ratio <= 1:
            raise ValueError(f"max_ratio must be between 0 and 1, got {self.max_ratio!r}")
        if self.max_step_minor is not None:
            require_whole("max_step_minor", self.max_step_minor)

    def check(self, observation: Observation, targets_minor: IntArray) -> IntArray:
        """Targets (..., A) no further than one step from the present budgets."""
        now, step = observation.ad_sets.budgets_minor, self._steps(observation)
        left: IntArray = np.clip(targets_minor, now - step, now + step)
        return left

    def because(self, observation: Observation, index: int, asked_minor: int, left_minor: int) -> str:
        """How far it may move today."""
        now = int(observation.ad_sets.budgets_minor[index])
        step = money(observation, int(self._steps(observation)[index]))
        direction = "up" if asked_minor > now else "down"
        asked, left = money(observation, asked_minor), money(observation, left_minor)
        return f"at most {step} {direction} from {money(observation, now)} in one day: {left} instead of {asked}"

    def _steps(self, observation: Observation) -> IntArray:
        """Largest step per ad set, (..., A); whole numbers all the way, so that every machine rounds alike."""
        millionths = round(self.max_ratio * _PARTS)
        whole, rest = np.divmod(observation.ad_sets.budgets_minor, _PARTS)
        step: IntArray = whole * millionths + rest * millionths // _PARTS
        return step if self.max_step_minor is None else np.minimum(step, self.max_step_minor)


GUARDRAIL = MaxDailyChange

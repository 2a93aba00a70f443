"""Nothing rises, whoever asks: for mornings on which the books are not clear, and for owners who want a pause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from service.guardrails._words import money

if TYPE_CHECKING:
    from agents.vocabulary import IntArray, Observation


@dataclass(frozen=True, slots=True)
class Freeze:
    """Lets every cut through and no raise. `why` is what people read.

    The cycle adds it to a morning's guardrails while an earlier change is still unknown, so that the reason is stored
    with the decision and the decision can be made again.
    """

    why: str = "raises are frozen"

    def __post_init__(self) -> None:
        if not isinstance(self.why, str) or not self.why.strip():
            raise ValueError(f"why must be a sentence, got {self.why!r}")

    def check(self, observation: Observation, targets_minor: IntArray) -> IntArray:
        """Targets (..., A), none above its present budget."""
        return np.minimum(targets_minor, observation.ad_sets.budgets_minor)

    def because(self, observation: Observation, index: int, asked_minor: int, left_minor: int) -> str:  # noqa: ARG002 - the protocol asks so
        """The reason given."""
        return f"{self.why}: stays at {money(observation, left_minor)} instead of {money(observation, asked_minor)}"


GUARDRAIL = Freeze

"""Variance-stabilising weights with two-point allocation, for logs of bandits (Hadad et al. 2021, section 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from experiments.ope.estimator import Contributions, Estimator, Need
from experiments.ope.estimators._adaptive import overlap, past_only_scores
from experiments.ope.estimators._checks import at_least

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class TwoPointAllocation:
    """Variance is allotted by whether an arm will be drawn always from here on, or as t ** -`decay` falls."""

    needs: ClassVar[frozenset[Need]] = frozenset({"target", "logging"})
    in_time_order: ClassVar[bool] = True

    decay: float = 0.7

    def __post_init__(self) -> None:
        at_least(0.0, decay=self.decay)
        if not self.decay < 1.0:
            raise ValueError(f"decay is {self.decay}, and must be below 1")

    def contributions(self, evidence: Evidence) -> Contributions:
        """Scores times their weights over weights, (N,) each."""
        share = overlap(evidence)
        steady = np.sqrt(self._allotted(share) * share)
        return Contributions(steady * past_only_scores(evidence), denominator=steady, weights=evidence.weights)

    def _allotted(self, share: FloatArray) -> FloatArray:
        """h_t² v_t (N,): each round takes its rate of what the rounds before it left."""
        rounds = len(share)
        t = np.arange(1, rounds + 1)
        left, room = 1.0 - self.decay, rounds * (t / rounds) ** self.decay - t
        rate = np.clip((1.0 - share) * left / (left + room) + share / (1.0 + rounds - t), 0.0, 1.0)
        rate[-1] = 1.0
        remains = np.concatenate([[1.0], np.cumprod(1.0 - rate[:-1])])
        allotted: FloatArray = rate * remains
        return allotted


ESTIMATOR: type[Estimator] = TwoPointAllocation

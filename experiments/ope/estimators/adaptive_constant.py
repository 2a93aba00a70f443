"""Variance-stabilising weights with constant allocation, for logs of bandits (Hadad et al. 2021, section 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from experiments.ope.estimator import Contributions, Estimator, Need
from experiments.ope.estimators._adaptive import overlap, past_only_scores

if TYPE_CHECKING:
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class ConstantAllocation:
    """sum(h s) / sum(h) of past-only doubly robust scores s with h = v ** -0.5: equal variance to each round."""

    needs: ClassVar[frozenset[Need]] = frozenset({"target", "logging"})
    in_time_order: ClassVar[bool] = True

    def contributions(self, evidence: Evidence) -> Contributions:
        """Scores times their weights over weights, (N,) each."""
        steady = np.sqrt(overlap(evidence))
        return Contributions(steady * past_only_scores(evidence), denominator=steady, weights=evidence.weights)


ESTIMATOR: type[Estimator] = ConstantAllocation

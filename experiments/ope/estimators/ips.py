"""Inverse propensity scoring: rewards weighted by how much more often the target would have acted so.

Horvitz and Thompson 1952. With `clip`, weights are cut off there (Bottou et al. 2013), which biases downwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from experiments.ope.estimator import Contributions, Estimator, Need
from experiments.ope.estimators._checks import at_least

if TYPE_CHECKING:
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class InversePropensity:
    """mean(min(w, clip) r); unbiased where nothing is clipped."""

    needs: ClassVar[frozenset[Need]] = frozenset()
    in_time_order: ClassVar[bool] = False

    clip: float = np.inf

    def __post_init__(self) -> None:
        at_least(0.0, clip=self.clip)

    def contributions(self, evidence: Evidence) -> Contributions:
        """Weighted rewards (N,)."""
        weights = evidence.weights if self.clip == np.inf else np.minimum(evidence.weights, self.clip)
        return Contributions(weights * evidence.log.rewards, weights=evidence.weights)


ESTIMATOR: type[Estimator] = InversePropensity

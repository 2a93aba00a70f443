"""Self-normalised inverse propensity scoring: the weighted mean of rewards (Swaminathan and Joachims 2015)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from experiments.ope.estimator import Contributions, Estimator, Need

if TYPE_CHECKING:
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class SelfNormalised:
    """sum(w r) / sum(w): never outside the range of rewards; its bias falls as 1/N."""

    needs: ClassVar[frozenset[Need]] = frozenset()
    in_time_order: ClassVar[bool] = False

    def contributions(self, evidence: Evidence) -> Contributions:
        """Weighted rewards over weights, (N,) each."""
        weights = evidence.weights
        return Contributions(weights * evidence.log.rewards, denominator=weights, weights=weights)


ESTIMATOR: type[Estimator] = SelfNormalised

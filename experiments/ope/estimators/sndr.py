"""Self-normalised doubly robust: residuals are averaged with weights that sum to one (Robins et al. 2007)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from experiments.ope.estimator import Contributions, Estimator, Need
from experiments.ope.estimators._checks import modelled

if TYPE_CHECKING:
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class SelfNormalisedDoublyRobust:
    """mean(q(x, target)) + sum(w (r - q(x, a))) / sum(w)."""

    needs: ClassVar[frozenset[Need]] = frozenset({"model", "target"})
    in_time_order: ClassVar[bool] = False

    def contributions(self, evidence: Evidence) -> Contributions:
        """Expected rewards, weighted residuals and weights (N,)."""
        logged, target = modelled(evidence)
        weights = evidence.weights
        residuals = weights * (evidence.log.rewards - logged)
        return Contributions(residuals, denominator=weights, base=target, weights=weights)


ESTIMATOR: type[Estimator] = SelfNormalisedDoublyRobust

"""Doubly robust: the model's expectation, corrected by weighted residuals (Dudik, Langford and Li 2011)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from experiments.ope.estimator import Contributions, Estimator, Need
from experiments.ope.estimators._checks import modelled

if TYPE_CHECKING:
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class DoublyRobust:
    """mean(q(x, target) + w (r - q(x, a))): unbiased with right propensities, whatever the (cross-fitted) model."""

    needs: ClassVar[frozenset[Need]] = frozenset({"model", "target"})
    in_time_order: ClassVar[bool] = False

    def contributions(self, evidence: Evidence) -> Contributions:
        """Expected rewards and weighted residuals (N,)."""
        logged, target = modelled(evidence)
        residuals = evidence.weights * (evidence.log.rewards - logged)
        return Contributions(residuals, base=target, weights=evidence.weights)


ESTIMATOR: type[Estimator] = DoublyRobust

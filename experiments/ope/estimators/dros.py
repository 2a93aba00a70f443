"""Doubly robust with optimistic shrinkage of weights (Su, Dimakopoulou, Krishnamurthy and Dudik 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from experiments.ope.estimator import Contributions, Estimator, Need
from experiments.ope.estimators._checks import at_least, modelled

if TYPE_CHECKING:
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class OptimisticShrinkage:
    """DR with weights `shrinkage` w / (w² + `shrinkage`): infinite is DR, 0 is DM; weights peak at sqrt(shrinkage)."""

    needs: ClassVar[frozenset[Need]] = frozenset({"model", "target"})
    in_time_order: ClassVar[bool] = False

    shrinkage: float = 100.0

    def __post_init__(self) -> None:
        at_least(0.0, shrinkage=self.shrinkage)

    def contributions(self, evidence: Evidence) -> Contributions:
        """Expected rewards and shrunk residuals (N,)."""
        logged, target = modelled(evidence)
        residuals = self._shrunk(evidence) * (evidence.log.rewards - logged)
        return Contributions(residuals, base=target, weights=evidence.weights)

    def _shrunk(self, evidence: Evidence) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        weights = evidence.weights
        if self.shrinkage == np.inf:
            return weights
        below = np.square(weights) + self.shrinkage
        return np.divide(self.shrinkage * weights, below, out=np.zeros_like(weights), where=below > 0.0)


ESTIMATOR: type[Estimator] = OptimisticShrinkage

"""SWITCH: doubly robust where weights are small, the model alone where they are not (Wang, Agarwal and Dudik 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from experiments.ope.estimator import Contributions, Estimator, Need
from experiments.ope.estimators._checks import at_least, modelled

if TYPE_CHECKING:
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class SwitchDoublyRobust:
    """DR with residuals of rounds whose weight is at most `threshold`; infinite is DR, below every weight is DM."""

    needs: ClassVar[frozenset[Need]] = frozenset({"model", "target"})
    in_time_order: ClassVar[bool] = False

    threshold: float = 10.0

    def __post_init__(self) -> None:
        at_least(0.0, threshold=self.threshold)

    def contributions(self, evidence: Evidence) -> Contributions:
        """Expected rewards and the residuals that are kept, weighted (N,)."""
        logged, target = modelled(evidence)
        kept = np.where(evidence.weights <= self.threshold, evidence.weights, 0.0)
        return Contributions(kept * (evidence.log.rewards - logged), base=target, weights=evidence.weights)


ESTIMATOR: type[Estimator] = SwitchDoublyRobust

"""The value of late: self-normalised inverse propensity scoring of the last rounds only, for worlds that drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from experiments.ope.estimator import Contributions, Estimator, Need
from experiments.ope.estimators._checks import at_least

if TYPE_CHECKING:
    from experiments.ope.evidence import Evidence


@dataclass(frozen=True, slots=True)
class SlidingWindow:
    """sum(w r) / sum(w) over the last `window` rounds, or all where there are fewer."""

    needs: ClassVar[frozenset[Need]] = frozenset()
    in_time_order: ClassVar[bool] = True

    window: int = 2_000

    def __post_init__(self) -> None:
        at_least(1, window=self.window)

    def contributions(self, evidence: Evidence) -> Contributions:
        """Weighted rewards over weights (N,), zero before the window."""
        weights, start = evidence.weights.copy(), max(len(evidence.log) - self.window, 0)
        weights[:start] = 0.0
        return Contributions(weights * evidence.log.rewards, denominator=weights, weights=weights[start:])


ESTIMATOR: type[Estimator] = SlidingWindow

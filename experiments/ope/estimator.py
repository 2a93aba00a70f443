"""The words for estimators: each gives contributions per round, and from these come value, error and interval.

    value = mean(base) + sum(numerator) / sum(denominator)

with a denominator of ones where an estimator is a plain mean. One form for all of them lets one set of bootstrap
resamples, one linearisation and one verdict on support serve every estimator.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias

import numpy as np

from agents.errors import did_you_mean
from agents.registry import discover
from experiments.errors import UnknownName

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray
    from experiments.ope.evidence import Evidence

Need: TypeAlias = Literal["model", "target", "embeddings", "logging"]
"""A reward model; probabilities of all actions, not only of logged ones, by target or logging policy; embeddings."""


@dataclass(frozen=True, eq=False, slots=True)
class Contributions:
    """One round's part in an estimate, (N,) each.

    Attributes:
        numerator: summed, and divided by the sum of denominators.
        denominator: None stands for ones.
        base: averaged and added; None stands for zeros.
        weights: importance weights that the estimate rests on, by which its support is judged, (M,) of the last M
            rounds; None if on none.
    """

    numerator: FloatArray
    denominator: FloatArray | None = None
    base: FloatArray | None = None
    weights: FloatArray | None = None

    @property
    def value(self) -> float:
        """The estimate; NaN where the denominators sum to zero."""
        return ratio(self.numerator.sum(), self._below) + self._base_mean

    @property
    def influence(self) -> FloatArray:
        """What each round moves the value by, times N: (N,), mean zero; exact for means, linearised for ratios."""
        quotient = ratio(self.numerator.sum(), self._below)
        if self.denominator is None:
            moved = self.numerator - quotient
        else:
            moved = (self.numerator - quotient * self.denominator) * ratio(len(self.numerator), self._below)
        return moved if self.base is None else moved + self.base - self._base_mean

    @property
    def standard_error(self) -> float:
        """Root of the sum of squared influences, over N; right for adaptive logs where weights stabilise variance."""
        return float(np.sqrt(np.square(self.influence).sum())) / len(self.numerator)

    @property
    def _below(self) -> float:
        return float(len(self.numerator)) if self.denominator is None else float(self.denominator.sum())

    @property
    def _base_mean(self) -> float:
        return 0.0 if self.base is None else float(self.base.mean())


class Estimator(Protocol):
    """An estimator's hyper-parameters, and its contributions.

    `needs` says what it cannot do without; `in_time_order` is True where it matters which round came first.
    """

    needs: ClassVar[frozenset[Need]]
    in_time_order: ClassVar[bool]

    def contributions(self, evidence: Evidence) -> Contributions:
        """Contributions (N,) of each round."""


@cache
def estimators() -> dict[str, type[Estimator]]:
    """Every estimator in `experiments/ope/estimators`, by name; called without arguments, each is its usual self."""
    return discover(import_module("experiments.ope.estimators"), "ESTIMATOR")


def load_estimator(name: str, **params: Any) -> Estimator:
    """The estimator of that name with these hyper-parameters.

    Raises:
        UnknownName: there is none; the message carries the nearest known name.
    """
    if name not in estimators():
        raise UnknownName(f"there is no estimator {name!r}: {did_you_mean(name, estimators())}")
    return estimators()[name](**params)


def ratio(above: float, below: float) -> float:
    """A quotient that is NaN, without a warning, where nothing is below."""
    return float(above) / float(below) if below != 0.0 else float("nan")

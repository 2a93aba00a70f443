"""Which way is better: a metric knows whether more or less of it is wanted, so that nobody has to remember."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from agents.errors import SpecError, did_you_mean

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray, IntArray


class Direction(IntEnum):
    """What is wanted of a metric; the sign of its goodness."""

    MAXIMISE = 1
    MINIMISE = -1


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of merit and its direction. Compare by `goodness`, never by the figures themselves.

    >>> CPA.goodness(np.array([20.0, 50.0])).tolist()
    [-20.0, -50.0]
    >>> int(CPA.best(np.array([20.0, 50.0]))), int(ROAS.best(np.array([2.0, 5.0])))
    (0, 1)
    """

    name: str
    direction: Direction
    unit: str

    def goodness(self, figures: FloatArray) -> FloatArray:
        """Figures of any shape turned so that more is better; what is not a number is worse than anything."""
        turned = np.asarray(figures, dtype=np.float64) * int(self.direction)
        good: FloatArray = np.where(np.isnan(turned), -np.inf, turned)
        return good

    def better(self, one: FloatArray, other: FloatArray) -> BoolArray:
        """Where `one` is better than `other`, element by element."""
        better: BoolArray = self.goodness(one) > self.goodness(other)
        return better

    def best(self, figures: FloatArray) -> IntArray:
        """Index of the best along the last axis, (...); of equal ones the first."""
        best: IntArray = self.goodness(figures).argmax(axis=-1)
        return best

    @property
    def negated(self) -> Metric:
        """The metric of the negated figures: what was to be minimised is to be maximised."""
        return Metric(f"negated {self.name}", Direction(-int(self.direction)), self.unit)


VALUE = Metric("value", Direction.MAXIMISE, "minor units")
CONVERSIONS = Metric("conversions", Direction.MAXIMISE, "conversions")
ROAS = Metric("roas", Direction.MAXIMISE, "value per unit spent")
CONVERSION_RATE = Metric("conversion_rate", Direction.MAXIMISE, "conversions per click")
CTR = Metric("ctr", Direction.MAXIMISE, "clicks per impression")
CPA = Metric("cpa", Direction.MINIMISE, "minor units per conversion")
CPC = Metric("cpc", Direction.MINIMISE, "minor units per click")
CPM = Metric("cpm", Direction.MINIMISE, "minor units per thousand impressions")

METRICS = {metric.name: metric for metric in (VALUE, CONVERSIONS, ROAS, CONVERSION_RATE, CTR, CPA, CPC, CPM)}


def metric_of(name: str) -> Metric:
    """The metric of that name.

    Raises:
        SpecError: there is none; the message carries the nearest known name.
    """
    if name not in METRICS:
        raise SpecError(f"there is no metric {name!r}: {did_you_mean(name, METRICS)}")
    return METRICS[name]

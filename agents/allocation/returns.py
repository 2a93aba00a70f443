"""What budgets bring: one concave curve per ad set, quadratic in the logarithm of spend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.allocation.shapes import as_rows, some, spread, where_set

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray

LOWEST_ELASTICITY, HIGHEST_ELASTICITY = 0.05, 0.95
FLATTEST = 1.0 / (1.0 - HIGHEST_ELASTICITY)
"""No curve answers to its multiplier with more than this many times its change, both in logarithms."""


class Reading(NamedTuple):
    """Curves looked at, each (..., A).

    `steepness` is minus the inverse of d log marginal / d log spend.
    """

    elasticity: FloatArray
    log_return: FloatArray
    log_marginal: FloatArray
    steepness: FloatArray


class Look(NamedTuple):
    """Curves looked at from somewhere, each (..., A): spend, its log, what is read there, and the return itself."""

    spend: FloatArray
    log_spend: FloatArray
    reading: Reading
    worth: FloatArray

    def rows(self, which: IntArray) -> Look:
        """Some rows of (R, A)."""
        reading = Reading(*(part[which] for part in self.reading))
        return Look(self.spend[which], self.log_spend[which], reading, self.worth[which])

    def as_rows(self, shape: tuple[int, ...]) -> Look:
        """The same as (R, A), for every account of a batch of this shape (..., A)."""
        parts = (self.spend, self.log_spend, self.worth, *self.reading)
        spend, log_spend, worth, *reading = (as_rows(spread(part, shape)) for part in parts)
        return Look(spend, log_spend, Reading(*reading), worth)


@dataclass(frozen=True, eq=False, slots=True)
class Returns:
    """Return per day as a function of spend; arrays (..., A).

    With x = log(spend) - log_anchor:  log return = level + elasticity * x - curvature * x^2 / 2. The slope of that, the
    elasticity there, is kept inside [0.05, 0.95]: beyond, the curve goes on as a power law. So every curve rises, is
    concave, and has a continuous, strictly falling marginal return.

    Attributes:
        log_anchor: log of the spend, in minor units, at which level and elasticity hold.
        level: log of the return at the anchor.
        elasticity: d log return / d log spend at the anchor.
        curvature: how much the elasticity falls when spend grows e-fold, >= 0; one number or (..., A).
        value_each: value in minor units of one unit of return: 1 where the return is value itself.
        conversions_each: conversions in one unit of return, 1 where the return is conversions; None if not known.
    """

    log_anchor: FloatArray
    level: FloatArray
    elasticity: FloatArray
    curvature: FloatArray | float = 0.0
    value_each: FloatArray | float = 1.0
    conversions_each: FloatArray | float | None = None

    def __post_init__(self) -> None:
        inside = np.clip(self.elasticity, LOWEST_ELASTICITY, HIGHEST_ELASTICITY)
        object.__setattr__(self, "elasticity", inside)

    @property
    def straight(self) -> bool:
        """Whether all curves are power laws throughout: one look, from anywhere, then says all."""
        return not isinstance(self.curvature, np.ndarray) and not self.curvature

    def at(self, log_spend: FloatArray) -> Reading:
        """The curves at the logarithm of a spend in minor units, (..., A)."""
        # In place wherever it can be: at ten thousand ad sets the time goes into fetching memory.
        x = log_spend - self.log_anchor
        e = self.curvature * x
        np.subtract(self.elasticity, e, out=e)
        beyond = e < LOWEST_ELASTICITY
        beyond |= e > HIGHEST_ELASTICITY
        log_return = self.elasticity + e
        log_return *= x
        log_return *= 0.5
        log_return += self.level
        steepness = self.curvature / e
        if some(beyond):
            which = where_set(beyond)
            e[which], log_return[which] = self.picked(which).continued(e[which], x[which])
            steepness[which] = 0.0
        log_marginal = np.log(e)
        log_marginal += log_return
        log_marginal -= log_spend
        steepness -= e
        steepness += 1.0
        np.divide(1.0, steepness, out=steepness)
        return Reading(e, log_return, log_marginal, steepness)

    def continued(self, elasticity: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Elasticity and log return (N,) where the curve has gone on as a power law, at x beyond the anchor."""
        e = np.clip(elasticity, LOWEST_ELASTICITY, HIGHEST_ELASTICITY)
        bend = self.elasticity - e
        return e, self.level + e * x + bend * bend * self._half_inverse()

    def look(self, spend_minor: FloatArray | IntArray) -> Look:
        """The curves at budgets (..., A), or at one minor unit where there is less."""
        spend = np.maximum(np.asarray(spend_minor, dtype=np.float64), 1.0)
        log_spend = np.log(spend)
        reading = self.at(log_spend)
        return Look(spend, log_spend, reading, np.exp(reading.log_return))

    def value(self, spend_minor: FloatArray | IntArray) -> FloatArray:
        """The return (..., A) of budgets >= 0; nothing comes of nothing."""
        log_spend = np.log(np.maximum(spend_minor, 1e-9))
        worth: FloatArray = np.where(np.asarray(spend_minor) > 0, np.exp(self.at(log_spend).log_return), 0.0)
        return worth

    def marginal(self, spend_minor: FloatArray | IntArray) -> FloatArray:
        """The return (..., A) of the next unit of money at budgets > 0."""
        marginal: FloatArray = np.exp(self.at(np.log(spend_minor)).log_marginal)
        return marginal

    def most_spend(self, log_floor: FloatArray) -> FloatArray:
        """Log of the largest spend (..., A) whose average return is still exp(log_floor); -inf for a floor of +inf.

        The average falls as spend grows, so a floor under it is a ceiling on spend. In closed form: where the
        average is the floor, (1 - e)^2 = (1 - elasticity)^2 - 2 curvature (log_floor + log anchor - level).
        """
        missing = log_floor + self.log_anchor - self.level
        root = np.sqrt(np.maximum((1.0 - self.elasticity) ** 2 - 2.0 * self.curvature * missing, 0.0))
        e = np.minimum(np.maximum(1.0 - root, LOWEST_ELASTICITY), HIGHEST_ELASTICITY)
        bend = self.elasticity - e
        x: FloatArray = (bend * bend * self._half_inverse() - missing) / (1.0 - e)
        return x + self.log_anchor

    def weighted(self, log_weight: FloatArray) -> Returns:
        """The same curves in other units: every return times exp(log_weight), (..., A)."""
        return replace(self, level=self.level + log_weight)

    def rows(self, which: IntArray) -> Returns:
        """Some rows of curves (R, A)."""
        return self._each(lambda part: part[which])

    def picked(self, which: tuple[IntArray, ...]) -> Returns:
        """Single ad sets of them, (N,), by their indices as `np.nonzero` gives them."""
        return self._each(lambda part: spread(part, self.level.shape)[which])

    def as_rows(self, shape: tuple[int, ...]) -> Returns:
        """The same curves as (R, A), for every account of a batch of this shape (..., A)."""
        return self._each(lambda part: as_rows(spread(part, shape)))

    def _each(self, change: Callable[[FloatArray], FloatArray]) -> Returns:
        same = object.__new__(Returns)  # elasticities are inside their bounds already
        for name in self.__slots__:
            part = getattr(self, name)
            object.__setattr__(same, name, change(part) if isinstance(part, np.ndarray) else part)
        return same

    def _half_inverse(self) -> FloatArray | float:
        """1 / (2 curvature), and zero for a pure power law."""
        if isinstance(self.curvature, float):
            return 0.5 / self.curvature if self.curvature > 0 else 0.0
        bent = self.curvature > 0
        half: FloatArray = np.where(bent, 0.5 / np.where(bent, self.curvature, 1.0), 0.0)
        return half

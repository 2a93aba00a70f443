"""What curves believed with Gaussian uncertainty say about money: returns, values, gains, and where they end.

The logarithm of a day's value is linear in level and elasticity, so its mean and variance are exact; so are the mean
and the variance of the difference between two budgets, as moments of log-normals that share their uncertainty. The
interval of a difference is that of the log-normal with these two moments: more money never returns less. Beliefs about
different ad sets are independent, as the filter has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    from agents.response import Curves
    from agents.vocabulary import FloatArray, IntArray

Z80 = 1.2815515655446004
"""Standard normal quantile of 0.9: an 80 % interval has this half-width."""
_HALVINGS = 60
_STEEPEST = 0.95
"""Where a curve's elasticity is higher than this, it is read far below what was ever spent."""
_LARGEST_LOG = 500.0
"""Beyond any account's money: keeps absurd beliefs finite."""


def log_value(curves: Curves, spend_minor: FloatArray) -> FloatArray:
    """Believed log of the value of a day (..., A) at `spend_minor` > 0."""
    return curves.log_marginal(spend_minor) - np.log(curves.elasticity_at(spend_minor)) + np.log(spend_minor)


def log_value_var(curves: Curves, spend_minor: FloatArray) -> FloatArray:
    """Variance of the log of the value of a day (..., A)."""
    x, s = np.log(spend_minor / curves.anchor_minor), curves.state
    variance: FloatArray = np.maximum(s.level_var + 2.0 * x * s.covariance + x * x * s.elasticity_var, 0.0)
    return variance


def value(curves: Curves, budgets_minor: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Low, mean and high of a day's value in minor units, each (..., A); nothing at no budget."""
    spend = np.maximum(budgets_minor, 1).astype(np.float64)
    middle, var = log_value(curves, spend), log_value_var(curves, spend)
    some = budgets_minor > 0
    low, mean, high = (
        np.where(some, _exp(middle + shift), 0.0) for shift in (-Z80 * np.sqrt(var), 0.5 * var, Z80 * np.sqrt(var))
    )
    return low, mean, high


def gain(curves: Curves, before_minor: IntArray, after_minor: IntArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance (..., A) of the value of a day at `after_minor` less that at `before_minor`: exact moments."""
    both = (before_minor > 0) & (after_minor > 0)
    base = np.where(before_minor > 0, before_minor, after_minor)
    spend, then = (np.maximum(a, 1).astype(np.float64) for a in (base, np.where(both, after_minor, base)))
    level, var = log_value(curves, spend), log_value_var(curves, spend)
    scale = _exp(level + 0.5 * var)
    # The difference is value * (exp(shift) - 1), where shift is what the elasticity makes of the ratio of budgets.
    step, x = np.log(then / spend), np.log(spend / curves.anchor_minor)
    shift = log_value(curves, then) - level
    shared = step * (curves.state.covariance + x * curves.state.elasticity_var)
    spread = step * step * curves.state.elasticity_var
    mean = scale * np.expm1(shift + shared + 0.5 * spread)
    bent = shift + 2.0 * shared
    square = np.expm1(bent + 0.5 * spread) ** 2 + np.exp(2.0 * bent + spread) * np.expm1(spread)
    variance = scale * scale * np.exp(var) * square - mean * mean
    # To or from nothing, it is the whole value of a day that is won or lost.
    sign = np.sign(after_minor.astype(np.float64) - before_minor)
    whole = scale * sign, scale * scale * np.expm1(var)
    variance = np.where(before_minor == after_minor, 0.0, np.where(both, variance, whole[1]))
    return np.where(both, mean, whole[0]), np.maximum(variance, 0.0)


def gain_interval(mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ends of the 80 % interval of a gain or a loss, (..., A): log-normal with these moments, of the mean's sign."""
    size = np.where(mean != 0, np.abs(mean), 1.0)
    ratio = variance / (size * size)
    median, sd = size / np.sqrt(1.0 + ratio), np.sqrt(np.log1p(ratio))
    near, far = median * np.exp(-Z80 * sd), median * np.exp(Z80 * sd)
    low, high = np.where(mean < 0, -far, near), np.where(mean < 0, -near, far)
    nothing = mean == 0
    return np.where(nothing, 0.0, low), np.where(nothing, 0.0, high)


def probability_below(log_mean: FloatArray, log_sd: FloatArray, log_target: FloatArray | float) -> FloatArray:
    """Probability (..., A) that a log-normal figure is below a target."""
    probability: FloatArray = ndtr((log_target - log_mean) / np.maximum(log_sd, 1e-12))
    return probability


def spendable(curves: Curves, log_target: float, most_minor: IntArray) -> FloatArray:
    """Budget (..., A) at which the believed marginal return has fallen to the target; NaN where `most_minor` is less.

    Zero where no unit of money returns as much.
    """
    top = np.log(np.maximum(most_minor, 1).astype(np.float64))
    bottom = np.minimum(_steepest(curves), top)
    beyond = curves.log_marginal(np.exp(top)) > log_target
    never = curves.log_marginal(np.exp(bottom)) <= log_target
    for _ in range(_HALVINGS):
        middle = 0.5 * (bottom + top)
        pays = curves.log_marginal(np.exp(middle)) > log_target
        bottom, top = np.where(pays, middle, bottom), np.where(pays, top, middle)
    budget: FloatArray = np.where(beyond, np.nan, np.where(never, 0.0, np.exp(bottom)))
    return budget


def _steepest(curves: Curves) -> FloatArray:
    """Log of the budget (..., A) from which on the marginal return of a log-quadratic curve falls."""
    curvature = np.asarray(curves.curvature)
    bent = (curves.state.elasticity - _STEEPEST) / np.where(curvature > 0, curvature, 1.0)
    start: FloatArray = np.maximum(np.where(curvature > 0, np.log(curves.anchor_minor) + bent, 0.0), 0.0)
    return start


def _exp(power: FloatArray) -> FloatArray:
    return np.exp(np.minimum(power, _LARGEST_LOG))

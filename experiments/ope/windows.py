"""How an estimate moves over time: the value in each window of rounds, by cumulative sums of the same contributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from experiments.errors import LogRefused

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray
    from experiments.ope.estimator import Contributions


@dataclass(frozen=True, eq=False, slots=True)
class ValueOverTime:
    """Of windows that end after `rounds` (T,): values, normal bounds and effective sample sizes, (T,) each."""

    rounds: IntArray
    values: FloatArray
    low: FloatArray
    high: FloatArray
    ess: FloatArray


def value_over_time(contributions: Contributions, window: int, step: int, level: float = 0.95) -> ValueOverTime:
    """The estimate of every window of `window` rounds, one every `step` rounds.

    Raises:
        LogRefused: a window longer than the log, or no rounds in a window or step.
    """
    total = len(contributions.numerator)
    if not 1 <= window <= total or step < 1:
        raise LogRefused(f"windows of {window} rounds every {step}, and the log has {total}")
    ends = np.arange(window, total + 1, step)
    above = _sums(contributions.numerator, ends, window)
    below = np.full(len(ends), float(window))
    denominator = np.ones(total)
    if contributions.denominator is not None:
        denominator = contributions.denominator
        below = _sums(denominator, ends, window)
    base = np.zeros(total) if contributions.base is None else contributions.base
    means = _sums(base, ends, window) / window
    quotient = np.divide(above, below, out=np.full(len(ends), np.nan), where=below != 0.0)
    # The variance of influences in a window, from sums of products: (n - q d) / mean(d) + (b - mean(b)).
    columns = (contributions.numerator, denominator, base)
    scale = np.divide(window, below, out=np.zeros(len(ends)), where=below != 0.0)
    factor = (scale, -quotient * scale, np.ones(len(ends)))
    squares = -window * np.square(means)
    for i, (left, by) in enumerate(zip(columns, factor, strict=True)):
        for right, other in zip(columns[i:], factor[i:], strict=True):
            squares = squares + (1.0 if left is right else 2.0) * by * other * _sums(left * right, ends, window)
    reach = float(ndtri(0.5 + 0.5 * level)) * np.sqrt(np.maximum(squares, 0.0)) / window
    weights = contributions.weights if contributions.weights is not None else np.ones(total)
    weights = np.concatenate([np.zeros(total - len(weights)), weights])
    spread = _sums(np.square(weights), ends, window)
    ess = np.divide(np.square(_sums(weights, ends, window)), spread, out=np.zeros(len(ends)), where=spread > 0.0)
    values = quotient + means
    return ValueOverTime(ends, values, values - reach, values + reach, ess)


def _sums(column: FloatArray, ends: IntArray, window: int) -> FloatArray:
    running = np.concatenate([[0.0], np.cumsum(column)])
    found: FloatArray = running[ends] - running[ends - window]
    return found

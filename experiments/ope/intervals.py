"""Intervals around an estimate, from the same contributions as the estimate: normal, bootstrap, empirical likelihood.

The fourth, which stays valid however often one looks and whatever bandit collected the log, is in
`experiments.ope.always_valid`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri, ndtri

from experiments.ope.estimator import Contributions

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray

_BLOCK = 16
"""Resamples at a time: their counts of 10,000 rounds take 1.3 MB, which stays in the cache."""
_NEWTON_STEPS = 60
_FLAT = 1e-10
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds that hold the truth with probability `level`, and the method that they come from."""

    low: float
    high: float
    level: float
    method: str


def normal(contributions: Contributions, level: float = 0.95) -> Interval:
    """Value plus and minus a normal quantile of standard errors: fine for many rounds and no heavy weights."""
    reach = float(ndtri(0.5 + 0.5 * level)) * contributions.standard_error
    return Interval(contributions.value - reach, contributions.value + reach, level, "normal")


def bootstrap(
    estimates: Mapping[str, Contributions],
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = 1_000,
) -> dict[str, Interval]:
    """Percentiles over resamples of rounds (Efron 1979), the same resamples for every estimator."""
    values = resampled(estimates, rng, resamples)
    tail = 0.5 * (1.0 - level)
    found = {}
    for name, drawn in values.items():
        low, high = np.quantile(drawn[np.isfinite(drawn)], [tail, 1.0 - tail]) if np.isfinite(drawn).any() else _NONE
        found[name] = Interval(float(low), float(high), level, "bootstrap")
    return found


_NONE = (float("nan"), float("nan"))


def resampled(
    estimates: Mapping[str, Contributions], rng: np.random.Generator, resamples: int
) -> dict[str, FloatArray]:
    """Values (resamples,) of each estimate when its N rounds are drawn with replacement, by name.

    A resample is how often each round was drawn; sums of all columns under many resamples are one matrix product.
    """
    columns: dict[int, FloatArray] = {}
    for each in estimates.values():
        for column in (each.numerator, each.denominator, each.base):
            if column is not None:
                columns[id(column)] = column
    if not columns:
        return {}
    places = {key: place for place, key in enumerate(columns)}
    matrix = np.column_stack(list(columns.values()))
    rounds = len(matrix)
    sums = np.empty((resamples, matrix.shape[1]))
    for start in range(0, resamples, _BLOCK):
        size = min(_BLOCK, resamples - start)
        counts = np.empty((size, rounds))
        for row in range(size):
            counts[row] = np.bincount(rng.integers(rounds, size=rounds, dtype=np.int32), minlength=rounds)
        sums[start : start + size] = counts @ matrix

    def values(each: Contributions) -> FloatArray:
        above = sums[:, places[id(each.numerator)]]
        below = np.full(resamples, float(rounds))
        if each.denominator is not None:
            below = sums[:, places[id(each.denominator)]]
        base = 0.0 if each.base is None else sums[:, places[id(each.base)]] / rounds
        found: FloatArray = np.divide(above, below, out=np.full(resamples, np.nan), where=below != 0.0) + base
        return found

    return {name: values(each) for name, each in estimates.items()}


def empirical_likelihood(contributions: Contributions, level: float = 0.95, *, constrained: bool = True) -> Interval:
    """All values whose likelihood ratio against the sample is not too small, for rounds reweighted freely (Owen 1988).

    Where the estimate rests on weights and `constrained` is True, the reweighted rounds must also have a mean weight
    of one, as the truth has (Karampatziakis, Langford and Mineiro 2020): that is information, so that an estimate that
    ignores it may lie outside. Ratios are taken by their linearised influence.

    Values beyond all rounds have no likelihood: with few rewarded rounds this interval is too short, as all
    intervals that only look at the sample are.
    """
    points = contributions.value + contributions.influence
    weights = contributions.weights if constrained else None
    # The constraint can only be met where one is inside the range of logged weights, and those are of all rounds.
    if weights is not None and (len(weights) < len(points) or not weights.min() < 1.0 < weights.max()):
        weights = None
    largest = float(np.abs(points).max())
    if weights is not None:
        # The constraint says that this changes no mean; it parts what is asked from what is known.
        slope = float(np.mean((points - points.mean()) * (weights - weights.mean())) / weights.var())
        points = points - slope * (weights - 1.0)
    middle = float(points.mean())
    unit = float(np.abs(points - middle).max())
    if not unit > _NOTHING * max(largest, _NOTHING):
        return Interval(middle, middle, level, "empirical likelihood")
    points = (points - middle) / unit
    rows = points[:, None] if weights is None else np.column_stack([points, weights])
    rows, drawn = np.unique(rows, axis=0, return_counts=True)
    counts, values, constraint = drawn.astype(np.float64), rows[:, :1], rows[:, 1:] - 1.0
    shares = counts / (1.0 + constraint @ _tilt(constraint, counts))
    centre = float(shares @ values[:, 0] / shares.sum())
    # What the constraint costs in likelihood is no evidence against any value.
    limit = float(chdtri(1, 1.0 - level)) + 2.0 * _log_ratio(constraint, counts)

    def against(value: float) -> float:
        return 2.0 * _log_ratio(np.column_stack([values - value, constraint]), counts)

    low, high = (_bound(against, centre, float(extreme), limit) for extreme in (values.min(), values.max()))
    return Interval(middle + unit * low, middle + unit * high, level, "empirical likelihood")


def _bound(against: Callable[[float], float], centre: float, extreme: float, limit: float) -> float:
    """Where the ratio statistic reaches the limit between the centre and the outermost round."""
    step = (extreme - centre) * 1e-3
    inner, outer = centre, centre + step
    while against(outer) < limit:
        inner, step = outer, 2.0 * step
        outer = centre + step
        if abs(outer - centre) >= abs(extreme - centre) * (1.0 - 1e-9):
            return extreme
    return float(brentq(lambda value: against(value) - limit, inner, outer, xtol=1e-9 * abs(extreme - centre)))


def _log_ratio(residuals: FloatArray, counts: FloatArray) -> float:
    """Sum of log(1 + tilt . residual) at its maximum over tilts: minus the log likelihood ratio of mean zero."""
    tilt = _tilt(residuals, counts)
    return float(counts @ _log_star(1.0 + residuals @ tilt, counts.sum())[0])


def _tilt(residuals: FloatArray, counts: FloatArray) -> FloatArray:
    """The maximiser, by damped Newton steps on Owen's logarithm, which is a parabola below 1/n: concave everywhere."""
    scale = np.abs(residuals).max(axis=0)
    scaled, total = residuals / np.where(scale > 0.0, scale, 1.0), float(counts.sum())
    tilt = np.zeros(residuals.shape[1])
    height = 0.0
    for _ in range(_NEWTON_STEPS):
        _, first, second = _log_star(1.0 + scaled @ tilt, total)
        slope = scaled.T @ (counts * first)
        bend = (scaled * (counts * -second)[:, None]).T @ scaled
        step = np.linalg.solve(bend + 1e-12 * np.trace(bend) * np.eye(len(tilt)), slope)
        gain = float(slope @ step)
        if gain < _FLAT:
            break
        for _ in range(40):
            reached = float(counts @ _log_star(1.0 + scaled @ (tilt + step), total)[0])
            if reached > height:
                break
            step = 0.5 * step
        else:
            break
        tilt, height = tilt + step, reached
    found: FloatArray = tilt / np.where(scale > 0.0, scale, 1.0)
    return found


def _log_star(x: FloatArray, total: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Owen's logarithm, log x from 1/n on and below it the parabola that continues it, with its two derivatives."""
    edge = 1.0 / total
    inside = x >= edge
    safe = np.where(inside, x, edge)
    off = np.where(inside, 0.0, x / edge - 1.0)
    value = np.log(safe) + off - 0.5 * np.square(off)
    first = np.where(inside, 1.0 / safe, (1.0 - off) / edge)
    second = np.where(inside, -1.0 / np.square(safe), -1.0 / edge**2)
    return value, first, second

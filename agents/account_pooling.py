"""What an account's ad sets say about each other: levels to begin with, and elasticities after all days.

Both are empirical Bayes (Efron and Morris 1975; Gelman and Hill 2007, chapter 12): the population's figures are where
an account starts from, its own ad sets move it away from there, the more of them the further. Elasticities are pooled
after the filter's pass, which is exact for a Gaussian filter: an elasticity does not change from day to day, so its
posterior under another prior is had by taking one Gaussian factor out and putting another in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.filtering import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.filtering import Prior
    from agents.vocabulary import FloatArray

_LEAST_SPREAD = 0.03
_SPREAD_TRUST = 2.0
"""Ad sets that the population's spread of levels counts for in an account."""
_ROUNDS = 3
_LEAST_INFORMATION = 1e-3
"""Precision that an elasticity is taken to have where the data say nothing: as good as none."""


def level_prior(
    counts: FloatArray, expected: FloatArray, days: FloatArray, spread: FloatArray, overdispersion: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean log level and its spread between the ad sets of each account, (..., 1) each.

    Args:
        counts: (..., A) events of the account's first weeks.
        expected: (..., A) what they would have been at a level of one in each (log zero); 0 where nothing was seen.
        days: (..., A) on how many days.
        spread: (..., 1) the population's.
        overdispersion: (..., 1) relative variance of a day's count beyond Poisson's.
    """
    seen = expected > 0.0
    rate = (counts.sum(axis=-1, keepdims=True) + 0.5) / np.maximum(expected.sum(axis=-1, keepdims=True), 1e-9)
    usual = np.where(seen, expected * rate, 1.0)
    level = np.where(seen, np.log((counts + 0.5) / (usual + 0.5)), 0.0)
    noise = 1.0 / usual + overdispersion / np.maximum(days, 1.0)
    usual_var = np.maximum(spread, _LEAST_SPREAD) ** 2
    trust = 0.5 * _SPREAD_TRUST / usual_var**2
    variance = usual_var
    mean = np.zeros_like(rate)
    for _ in range(_ROUNDS):
        weight = np.where(seen, 1.0 / (noise + variance), 0.0)
        mean = (weight * level).sum(axis=-1, keepdims=True) / np.maximum(weight.sum(axis=-1, keepdims=True), 1e-9)
        weight *= weight
        excess = (weight * ((level - mean) ** 2 - noise)).sum(axis=-1, keepdims=True)
        variance = (excess + trust * usual_var) / (weight.sum(axis=-1, keepdims=True) + trust)
        variance = np.maximum(variance, _LEAST_SPREAD**2)
    return np.log(rate) + mean, np.sqrt(variance)


@dataclass(frozen=True, eq=False, slots=True)
class Chain:
    """Processes under one prior, each (..., A): what they are one by one, and products of the first so many.

    Levels and elasticities of a product add up, and so do their errors.
    """

    links: tuple[State, ...]
    products: tuple[State, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Link:
    """What one process says by itself of its elasticity, and how its level follows (..., A)."""

    mean: FloatArray
    var: FloatArray
    base: State
    slope: FloatArray


def chained(
    states: Sequence[State],
    priors: Sequence[Prior],
    doubts: Sequence[FloatArray],
    elasticity: float,
    elasticity_sd: float,
) -> Chain:
    """The beliefs under the joint prior of all elasticities, with the account's own means.

    What is known beforehand is the elasticity of what comes out at the end of the chain, the sum of all, and that of
    every process after the first; the first, whatever prior its filter had, takes what is left. The prior of the sum
    is then one more observation, and the answer has a closed form. A level moves with the elasticity it was estimated
    with.

    Args:
        states: beliefs of filters that took the elasticities for independent.
        priors: those that the filters had; the first one's elasticity is taken out again.
        doubts: (..., 1) how far an account's mean may be from the population's, sd: of the sum, then of each process
            after the first.
        elasticity: the population's mean of the sum, `elasticity_sd` its spread.
        elasticity_sd: see `elasticity`.
    """
    links = [_alone(states[0], priors[0]), *(_Link(s.elasticity, s.elasticity_var, s, _slope(s)) for s in states[1:])]
    total: FloatArray = np.add.reduce([link.var for link in links]) + elasticity_sd**2
    short: FloatArray = elasticity - np.add.reduce([link.mean for link in links])
    shifts = _account_shifts(links[1:], priors[1:], doubts, (short, total))
    # A gap that the data say little of goes along with its account's mean.
    moved = [
        link.mean + link.var / prior.elasticity_sd**2 * shift
        for link, prior, shift in zip(links[1:], priors[1:], shifts[1:], strict=True)
    ]
    means = [links[0].mean, *moved]
    short = elasticity + shifts[0] - np.add.reduce(means)
    means = [mean + link.var * (short / total) for mean, link in zip(means, links, strict=True)]
    one_by_one = [_product(means[i : i + 1], links[i : i + 1], total) for i in range(len(links))]
    return Chain(tuple(one_by_one), tuple(_product(means[:n], links[:n], total) for n in range(1, len(links) + 1)))


def _alone(state: State, prior: Prior) -> _Link:
    """A process without the prior of its elasticity."""
    information = np.maximum(1.0 / state.elasticity_var - 1.0 / prior.elasticity_sd**2, _LEAST_INFORMATION)
    off = (state.elasticity - prior.elasticity) / state.elasticity_var
    return _Link(prior.elasticity + off / information, 1.0 / information, state, _slope(state))


def _slope(state: State) -> FloatArray:
    """How far the level goes with the elasticity."""
    return state.covariance / state.elasticity_var


def _account_shifts(
    gaps: Sequence[_Link],
    priors: Sequence[Prior],
    doubts: Sequence[FloatArray],
    whole: tuple[FloatArray, FloatArray],
) -> list[FloatArray]:
    """How far an account's means are from the population's, (..., 1) each: of the sum, and of the gaps.

    Args:
        gaps: processes after the first.
        priors: theirs.
        doubts: sd of the shifts beforehand, (..., 1) each.
        whole: what the sum by the data misses of its prior mean, and the variance of that, (..., A).
    """
    short, total = whole
    free = [gap.var / prior.elasticity_sd**2 for gap, prior in zip(gaps, priors, strict=True)]
    along: list[Any] = [1.0, *(-share for share in free)]
    size = len(along)
    precision = np.zeros((*total.shape[:-1], size, size))
    score = np.zeros((*total.shape[:-1], size, 1))
    for i in range(size):
        own: Any = 0.0
        if i:
            gap, prior = gaps[i - 1], priors[i - 1]
            own = (gap.mean - prior.elasticity) / prior.elasticity_sd**2
            precision[..., i, i] = ((1.0 - free[i - 1]) / prior.elasticity_sd**2).sum(axis=-1)
        score[..., i, 0] = (own - along[i] * (short / total)).sum(axis=-1)
        for j in range(size):
            precision[..., i, j] += (along[i] * along[j] / total).sum(axis=-1)
        precision[..., i, i] += doubts[i][..., 0] ** -2
    shifts = np.linalg.solve(precision, score)
    return [shifts[..., i, :] for i in range(size)]


def _product(means: Sequence[FloatArray], links: Sequence[_Link], total: FloatArray) -> State:
    """Some of the processes multiplied, their elasticities now `means`: errors are tied by the prior of the sum."""
    var, tied, slopes, rest, level = (np.zeros_like(total) for _ in range(5))
    for mean, link in zip(means, links, strict=True):
        level += link.base.level + link.slope * (mean - link.base.elasticity)
        rest += link.base.level_var - link.slope * link.base.covariance + link.slope * link.slope * link.var
        slopes += link.slope * link.var
        var += link.var
    elasticity: FloatArray = np.zeros_like(total) + sum(means)
    tied = (total - var) / total
    return State(level, elasticity, rest - slopes * slopes / total, slopes * tied, var * tied)

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
from scipy.special import expit, logit

from agents.filtering import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.filtering import Prior
    from agents.vocabulary import FloatArray

_LEAST_SPREAD, _MOST_SPREADS = 0.03, 3.0
"""Between ad sets: the least, and the most in multiples of the population's. Wider ones come of figures that are wrong
or stand for something else, and would make a new ad set's mean a matter of its tail."""
_SPREAD_TRUST = 2.0
"""Ad sets that the population's spread of levels counts for in an account."""
_ALIKE, _ALIKE_SD = 0.5, 0.03
"""Probability that an account's ad sets answer alike to budgets, and the spread of their elasticities if they do."""
_ROUNDS = 3
_LEAST_INFORMATION = 1e-3
"""Precision that an elasticity is taken to have where the data say nothing: as good as none."""


def spread_var(off: FloatArray, noise: FloatArray, usual_sd: float) -> FloatArray:
    """Variance (..., 1) between the ad sets of an account, shrunk to the population's.

    Args:
        off: (..., A) estimates, from the account's mean, with errors of variance `noise`.
        noise: see `off`; infinite where nothing was seen.
        usual_sd: the population's spread.
    """
    usual_var = usual_sd**2
    trust = 0.5 * _SPREAD_TRUST / usual_var**2
    weight = (noise + usual_var) ** -2
    excess = np.where(weight > 0.0, weight * (off * off - np.where(weight > 0.0, noise, 0.0)), 0.0)
    variance = excess.sum(axis=-1, keepdims=True) + trust * usual_var
    variance = variance / (weight.sum(axis=-1, keepdims=True) + trust)
    found: FloatArray = np.clip(variance, _LEAST_SPREAD**2, _MOST_SPREADS**2 * usual_var)
    return found


def level_prior(
    counts: FloatArray, expected: FloatArray, days: FloatArray, spread: FloatArray, overdispersion: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean log level and its spread between the ad sets of each account, (..., 1) each.

    Where nothing was expected of anyone, the level is one and the spread the population's.

    Args:
        counts: (..., A) events of the account's first weeks.
        expected: (..., A) what they would have been at a level of one in each (log zero); 0 where nothing was seen.
        days: (..., A) on how many days.
        spread: (..., 1) the population's.
        overdispersion: (..., 1) relative variance of a day's count beyond Poisson's.
    """
    seen = expected > 0.0
    whole = expected.sum(axis=-1, keepdims=True)
    rate = np.where(whole > 0.0, (counts.sum(axis=-1, keepdims=True) + 0.5) / np.maximum(whole, 1e-9), 1.0)
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
        variance = np.clip(variance, _LEAST_SPREAD**2, _MOST_SPREADS**2 * usual_var)
    return np.log(rate) + mean, np.sqrt(variance)


@dataclass(frozen=True, eq=False, slots=True)
class Chain:
    """Processes under one prior, each (..., A): what they are one by one, and products of the first so many.

    Levels and elasticities of a product add up, and so do their errors.
    """

    links: tuple[State, ...]
    products: tuple[State, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Seen:
    """What the days of one process say of its elasticities: mean and precision without a prior, (..., A) each."""

    mean: FloatArray
    information: FloatArray
    base: State
    slope: FloatArray
    """How far the level goes with the elasticity."""

    def under(self, mean: float | FloatArray, var: FloatArray) -> _Link:
        """The same with a prior."""
        known = 1.0 / (self.information + 1.0 / var)
        return _Link(known * (self.information * self.mean + mean / var), known, self)


@dataclass(frozen=True, eq=False, slots=True)
class _Link:
    """What is believed of the elasticities of one process by themselves, (..., A)."""

    mean: FloatArray
    var: FloatArray
    seen: _Seen


@dataclass(frozen=True, eq=False, slots=True)
class _Account:
    """An account's elasticities under certain spreads between its ad sets.

    `total` (..., A) is the variance of what the sum by the data misses of its prior mean; `evidence` (..., 1) the log
    of the density of the data, but for what does not depend on the spreads.
    """

    links: list[_Link]
    means: list[FloatArray]
    total: FloatArray
    evidence: FloatArray


def chained(
    states: Sequence[State],
    priors: Sequence[Prior],
    doubts: Sequence[FloatArray],
    elasticity: float,
    elasticity_sd: float,
) -> Chain:
    """The beliefs under the joint prior of all elasticities, with the account's own means and spreads.

    What is known beforehand is the elasticity of what comes out at the end of the chain, the sum of all, and that of
    every process after the first; the first, whatever prior its filter had, takes what is left. The prior of the sum
    is then one more observation, and the answer has a closed form. A level moves with the elasticity it was estimated
    with. Either an account's ad sets differ as those of the population, or they answer alike to money: how likely each
    is by the data decides on the spreads.

    Args:
        states: beliefs of filters that took the elasticities for independent.
        priors: those that the filters had; they are taken out again.
        doubts: (..., 1) how far an account's mean may be from the population's, sd: of the sum, then of each process
            after the first.
        elasticity: the population's mean of the sum, `elasticity_sd` its spread.
        elasticity_sd: see `elasticity`.
    """
    seen = [_seen(state, prior) for state, prior in zip(states, priors, strict=True)]
    means = [np.asarray(elasticity), *(prior.elasticity for prior in priors[1:])]
    usual = [np.asarray(elasticity_sd) ** 2, *(prior.elasticity_sd**2 for prior in priors[1:])]
    alike = [np.minimum(var, _ALIKE_SD**2) for var in usual]
    differing, same = (_account(seen, means, spreads, doubts) for spreads in (usual, alike))
    differ = expit(differing.evidence - same.evidence - logit(_ALIKE))
    spreads = [low + differ * (high - low) for low, high in zip(alike, usual, strict=True)]
    account = _account(seen, means, spreads, doubts)
    n = len(seen)
    return Chain(
        tuple(_product(account, range(i, i + 1)) for i in range(n)),
        tuple(_product(account, range(i + 1)) for i in range(n)),
    )


def _seen(state: State, prior: Prior) -> _Seen:
    """A process without the prior of its elasticity."""
    own = prior.elasticity_sd**-2
    information = np.maximum(1.0 / state.elasticity_var - own, _LEAST_INFORMATION)
    mean = prior.elasticity + (state.elasticity - prior.elasticity) / state.elasticity_var / information
    return _Seen(mean, information, state, state.covariance / state.elasticity_var)


def _account(
    seen: Sequence[_Seen], means: Sequence[FloatArray], spreads: Sequence[FloatArray], doubts: Sequence[FloatArray]
) -> _Account:
    """Elasticities where `spreads`, variances (..., 1) of the sum and of each process after the first, are known."""
    first = _Link(seen[0].mean, 1.0 / seen[0].information, seen[0])
    gaps = [each.under(mean, var) for each, mean, var in zip(seen[1:], means[1:], spreads[1:], strict=True)]
    links = [first, *gaps]
    total: FloatArray = np.add.reduce([link.var for link in links]) + spreads[0]
    short = means[0] - np.add.reduce([link.mean for link in links])
    shifts, evidence = _shifts(gaps, (means, spreads), doubts, (short, total))
    # A gap that the data say little of goes along with its account's mean.
    moved = [link.mean + link.var / var * shift for link, var, shift in zip(gaps, spreads[1:], shifts[1:], strict=True)]
    found = [first.mean, *moved]
    short = means[0] + shifts[0] - np.add.reduce(found)
    found = [mean + link.var * (short / total) for mean, link in zip(found, links, strict=True)]
    return _Account(links, found, total, evidence)


def _shifts(
    gaps: Sequence[_Link],
    before: tuple[Sequence[FloatArray], Sequence[FloatArray]],
    doubts: Sequence[FloatArray],
    whole: tuple[FloatArray, FloatArray],
) -> tuple[list[FloatArray], FloatArray]:
    """How far an account's means are from the population's, of the sum and of the gaps, and the evidence, (..., 1).

    Args:
        gaps: processes after the first.
        before: the population's means and variances, of the sum and of the gaps.
        doubts: sd of the shifts beforehand, (..., 1) each.
        whole: what the sum by the data misses of its prior mean, and the variance of that, (..., A).
    """
    short, total = whole
    means, spreads = before
    free = [gap.var / var for gap, var in zip(gaps, spreads[1:], strict=True)]
    along: list[Any] = [1.0, *(-share for share in free)]
    size = len(along)
    precision = np.zeros((*total.shape[:-1], size, size))
    score = np.zeros((*total.shape[:-1], size, 1))
    density = np.log(total) + short * short / total
    for i in range(size):
        own: Any = 0.0
        if i:
            gap, var = gaps[i - 1], spreads[i]
            off = gap.mean - means[i]
            own = off / var
            wide = 1.0 / gap.seen.information + var
            density = density + np.log(wide) + (gap.seen.mean - means[i]) ** 2 / wide
            precision[..., i, i] = ((1.0 - free[i - 1]) / var).sum(axis=-1)
        score[..., i, 0] = (own - along[i] * (short / total)).sum(axis=-1)
        for j in range(size):
            precision[..., i, j] += (along[i] * along[j] / total).sum(axis=-1)
        precision[..., i, i] += doubts[i][..., 0] ** -2
    found = np.linalg.solve(precision, score)
    evidence = (score * found).sum(axis=-2) - np.linalg.slogdet(precision).logabsdet[..., None]
    return [found[..., i, :] for i in range(size)], 0.5 * (evidence - density.sum(axis=-1, keepdims=True))


def _product(account: _Account, which: range) -> State:
    """Some of the processes multiplied: errors are tied by the prior of the sum."""
    total = account.total
    var, tied, slopes, rest, level, elasticity = (np.zeros_like(total) for _ in range(6))
    for i in which:
        mean, link, seen = account.means[i], account.links[i], account.links[i].seen
        elasticity += mean
        level += seen.base.level + seen.slope * (mean - seen.base.elasticity)
        rest += seen.base.level_var - seen.slope * seen.base.covariance + seen.slope * seen.slope * link.var
        slopes += seen.slope * link.var
        var += link.var
    tied = (total - var) / total
    return State(level, elasticity, rest - slopes * slopes / total, slopes * tied, var * tied)

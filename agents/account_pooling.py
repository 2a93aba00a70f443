"""What an account's ad sets say about each other: levels to begin with, and elasticities after all days.

Both are empirical Bayes (Efron and Morris 1975; Gelman and Hill 2007, chapter 12): the population's figures are where
an account starts from, its own ad sets move it away from there, the more of them the further. Elasticities are pooled
after the filter's pass, which is exact for a Gaussian filter: an elasticity does not change from day to day, so its
posterior under another prior is had by taking one Gaussian factor out and putting another in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.filtering import State

if TYPE_CHECKING:
    from agents.filtering import Prior
    from agents.vocabulary import FloatArray

_LEAST_SPREAD = 0.03
_SPREAD_TRUST = 2.0
"""Ad sets that the population's spread of levels counts for in an account."""
_ROUNDS = 3
_ELASTICITY_TRUST = 8.0
"""Well-known ad sets that the population's spread of elasticities counts for in an account."""
_LEAST_RATIO = 0.05
ELASTICITY_DOUBT = 0.12
"""How far an account's mean elasticity may be from the population's: sd."""


def level_prior(
    counts: FloatArray, expected: FloatArray, days: FloatArray, spread: float, overdispersion: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean log level and its spread between the ad sets of each account, (..., 1) each.

    Args:
        counts: (..., A) events of the account's first weeks.
        expected: (..., A) what they would have been at a level of one in each (log zero); 0 where nothing was seen.
        days: (..., A) on how many days.
        spread: the population's.
        overdispersion: (..., 1) relative variance of a day's count beyond Poisson's.
    """
    seen = expected > 0.0
    rate = (counts.sum(axis=-1, keepdims=True) + 0.5) / np.maximum(expected.sum(axis=-1, keepdims=True), 1e-9)
    usual = np.where(seen, expected * rate, 1.0)
    level = np.where(seen, np.log((counts + 0.5) / (usual + 0.5)), 0.0)
    noise = 1.0 / usual + overdispersion / np.maximum(days, 1.0)
    trust = 0.5 * _SPREAD_TRUST * spread**-4
    variance = np.full_like(rate, spread**2)
    mean = np.zeros_like(rate)
    for _ in range(_ROUNDS):
        weight = np.where(seen, 1.0 / (noise + variance), 0.0)
        mean = (weight * level).sum(axis=-1, keepdims=True) / np.maximum(weight.sum(axis=-1, keepdims=True), 1e-9)
        weight *= weight
        excess = (weight * ((level - mean) ** 2 - noise)).sum(axis=-1, keepdims=True)
        variance = (excess + trust * spread**2) / (weight.sum(axis=-1, keepdims=True) + trust)
        np.maximum(variance, _LEAST_SPREAD**2, out=variance)
    return np.log(rate) + mean, np.sqrt(variance)


@dataclass(frozen=True, eq=False, slots=True)
class _Pair:
    """Symmetric two by two matrices, elementwise."""

    a: FloatArray
    b: FloatArray
    ab: FloatArray

    def inverse(self) -> _Pair:
        det = self.a * self.b - self.ab * self.ab
        return _Pair(self.b / det, self.a / det, -self.ab / det)

    def times(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.a * x + self.ab * y, self.ab * x + self.b * y


@dataclass(frozen=True, eq=False, slots=True)
class Joint:
    """Both processes under one prior, and their product: levels and elasticities add up, and so do their errors."""

    clicks: State
    conversions: State
    together: State


def joined(clicks: State, conversions: State, priors: tuple[Prior, Prior], shared: FloatArray) -> Joint:
    """The beliefs under the joint prior of both elasticities, with the account's own mean elasticity.

    The filters took the two elasticities for independent. They are not: what saturates in conversions is what counts,
    and a gap between clicks and conversions comes off the one and goes onto the other. A level moves along with the
    elasticity it was estimated with.

    Args:
        clicks: belief about clicks per unit of spend, (..., A).
        conversions: belief about conversions per click.
        priors: those that the filters had.
        shared: (..., 1) prior covariance of the two elasticities.
    """
    (info, score), (other_info, other_score) = (
        _information(state, prior) for state, prior in zip((clicks, conversions), priors, strict=True)
    )
    first, second = (prior.elasticity_sd * prior.elasticity_sd for prior in priors)
    ratio = _spread_ratio(info, score, first)
    prior = _Pair(ratio * first, ratio * second, ratio * shared).inverse()
    posterior = _Pair(prior.a + info, prior.b + other_info, prior.ab).inverse()
    here, there = posterior.times(score, other_score)
    by_here, by_there = posterior.times(prior.a, prior.ab)
    shift = _account_shift(prior, (here, there), (by_here, by_there))
    u = _moved(clicks, priors[0].elasticity + here + by_here * shift, posterior.a)
    v = _moved(conversions, priors[1].elasticity + there + by_there * shift, posterior.b)
    slope, other_slope = clicks.covariance / clicks.elasticity_var, conversions.covariance / conversions.elasticity_var
    together = State(
        u.level + v.level,
        u.elasticity + v.elasticity,
        u.level_var + v.level_var + 2.0 * slope * other_slope * posterior.ab,
        u.covariance + v.covariance + (slope + other_slope) * posterior.ab,
        u.elasticity_var + v.elasticity_var + 2.0 * posterior.ab,
    )
    return Joint(u, v, together)


def _information(state: State, prior: Prior) -> tuple[FloatArray, FloatArray]:
    """What the data alone say of elasticities: precision, and precision times their deviation from the prior mean."""
    precision = np.maximum(1.0 / state.elasticity_var - 1.0 / prior.elasticity_sd**2, 0.0)
    return precision, (state.elasticity - prior.elasticity) / state.elasticity_var


def _spread_ratio(precision: FloatArray, score: FloatArray, variance: FloatArray) -> FloatArray:
    """How much more or less the elasticities of this account vary than the population's, as a ratio of variances.

    Moments around the account's own mean, weighted by precision; (..., 1).

    Args:
        precision: (..., A) of what the data alone say of each elasticity.
        score: (..., A) precision times its deviation from the prior mean.
        variance: (..., 1) the population's.
    """
    trust = 0.5 * _ELASTICITY_TRUST * variance**-2
    own = variance
    for _ in range(_ROUNDS):
        seen = 1.0 / (1.0 + precision * own)
        weight = precision * seen
        mean = (score * seen).sum(axis=-1, keepdims=True)
        mean /= weight.sum(axis=-1, keepdims=True) + ELASTICITY_DOUBT**-2
        off = (score - precision * mean) * seen
        excess = (off * off - weight * seen).sum(axis=-1, keepdims=True)
        own = (excess + trust * variance) / ((weight * weight).sum(axis=-1, keepdims=True) + trust)
        own = np.maximum(own, _LEAST_RATIO * variance)
    ratio: FloatArray = own / variance
    return ratio


def _account_shift(
    prior: _Pair, moved: tuple[FloatArray, FloatArray], follows: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """How far the account's mean elasticity (..., 1) is from the population's, by all ad sets' evidence on it.

    Of each ad set, the precision and score about the prior mean are those of its data given the prior's spread;
    `moved` is how far the data moved it from the prior mean, `follows` how it follows a shift of that mean.
    """
    precision = np.maximum(prior.a - (prior.a * follows[0] + prior.ab * follows[1]), 0.0)
    score = prior.a * moved[0] + prior.ab * moved[1]
    shift: FloatArray = score.sum(axis=-1, keepdims=True) / (
        precision.sum(axis=-1, keepdims=True) + ELASTICITY_DOUBT**-2
    )
    return shift


def _moved(state: State, elasticity: FloatArray, elasticity_var: FloatArray) -> State:
    """The state with another belief about the elasticity: the level follows as far as the two are tied."""
    slope = state.covariance / state.elasticity_var
    return State(
        state.level + slope * (elasticity - state.elasticity),
        elasticity,
        state.level_var + slope * slope * (elasticity_var - state.elasticity_var),
        slope * elasticity_var,
        elasticity_var,
    )

"""How results of money differ between the keys of a breakdown: hours, segments, rings of an audience.

An ad set's results in key k are taken to grow as a power of the money there, with the same power e in every key. Then

    E[results of k] = level of the ad set * r_k * arrived * sum over days of money_k * weight_k^(e - 1)

where `weight` is how much more money the key got than the platform gives it by itself, and r_k what money brings there
at weight 1, relative to the ad set: that is what is learnt. Counts given the ad set's total are multinomial, so the
luck of a day, which all keys share, drops out.

Two layers, hierarchical gamma-Poisson with delay exposure (Vernade, Cappe and Perchet, Stochastic Bandit Models for
Delayed Conversions, 2017):

* the account's profile, log r_k ~ N(tilt_k, spread^2 * kernel), by Laplace's approximation (Rasmussen and Williams,
  Gaussian Processes for Machine Learning, 2006, algorithm 3.1); the kernel says which keys are alike;
* an ad set's own deviation from it, Gamma with mean 1.

Neither spread is given: each is averaged over a grid by its marginal likelihood, so keys that are all equal are seen to
be, and no evidence leaves the widest doubt. Shapes: A ad sets, K keys, D days, after any batch dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from agents.vocabulary import Breakdown, FloatArray, History, IntArray

Z80 = 1.2815515655446004
"""Standard normal quantile of 0.9: an 80 % interval has this half-width."""
_PROFILE_SPREADS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_OWN_SPREADS = (0.03, 0.1, 0.2, 0.4, 0.8)
_NEWTON_STEPS, _ROUNDS, _HALVINGS = 8, 2, 60
_FARTHEST = 6.0
"""Nothing is believed to differ more than e^6-fold."""


@dataclass(frozen=True, eq=False, slots=True)
class Counted:
    """What a breakdown shows, (..., A, K).

    `results` known so far; `money` in minor units, at weight 1 and as far as its results can have come in; `share` of
    the ad set's money that the platform gives the key by itself, summing to 1 (zeros where nothing was spent).
    """

    results: FloatArray
    money: FloatArray
    share: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Relative:
    """Belief about log r, (..., A, K): normal, with this mean and standard deviation."""

    log_mean: FloatArray
    log_sd: FloatArray

    @property
    def mean(self) -> FloatArray:
        """Expected r."""
        expected: FloatArray = np.exp(self.log_mean + 0.5 * self.log_sd**2)
        return expected

    def at(self, z: float) -> FloatArray:
        """The quantile of r that lies `z` standard deviations from the median."""
        quantile: FloatArray = np.exp(self.log_mean + z * self.log_sd)
        return quantile

    def centred(self, share: FloatArray) -> Relative:
        """The same relative to the ad set as a whole: the mean over money in these shares is 1."""
        whole = (share * self.mean).sum(axis=-1, keepdims=True)
        return Relative(self.log_mean - np.log(np.where(whole > 0, whole, 1.0)), self.log_sd)


def arrived(history: History, delay: Sequence[float]) -> FloatArray:
    """Share of each cell's conversions that is known this morning, (..., A, D)."""
    known = np.minimum(np.cumsum(np.asarray(delay, dtype=np.float64)), 1.0)
    known[-1] = 1.0
    share: FloatArray = known[np.minimum(history.maturity_days, len(known) - 1)]
    return share


def count(
    history: History,
    cut: Breakdown,
    *,
    delay: Sequence[float],
    elasticity: float,
    window_days: int = 400,
    places: IntArray | None = None,
) -> Counted:
    """What the breakdown shows on the last `window_days`, or only on those at these `places` of the history."""
    some = np.arange(len(history.days)) if places is None else places
    some = some[some >= len(history.days) - window_days]
    spend = np.ascontiguousarray(cut.spend_minor[..., some], dtype=np.float64)
    results = np.ascontiguousarray(cut.conversions[..., some], dtype=np.float64)
    known = np.ascontiguousarray(arrived(history, delay)[..., some])[..., None, :]
    weights = np.ones_like(spend) if cut.weights is None else np.ascontiguousarray(cut.weights[..., some])
    worth = np.where(weights > 0, np.where(weights > 0, weights, 1.0) ** (elasticity - 1.0), 0.0)
    by_day = np.ascontiguousarray(np.swapaxes(spend, -1, -2)).sum(axis=-1)
    due = (by_day[..., None, :] * weights).sum(axis=-1)
    share = np.where(due > 0, spend.sum(axis=-1) / np.where(due > 0, due, 1.0), 0.0)
    whole = share.sum(axis=-1, keepdims=True)
    return Counted(
        results=np.where(spend > 0, results, 0.0).sum(axis=-1),
        money=(spend * worth * known).sum(axis=-1),
        share=share / np.where(whole > 0, whole, 1.0),
    )


def relative(counted: Counted, kernel: FloatArray, tilt: FloatArray) -> Relative:
    """What is believed of every ad set's keys.

    Args:
        counted: results and money.
        kernel: (K, K) covariance between keys of the account's profile, for a spread of 1.
        tilt: (K,) what log r is expected to be before anything is seen.
    """
    results = np.where(counted.money > 0, counted.results, 0.0)
    profile = np.broadcast_to(tilt, (*results.shape[:-2], results.shape[-1]))
    noise = np.ones_like(profile)
    expected = _levelled(results, counted.money, profile)
    found, spread = Relative(np.zeros_like(results), np.ones_like(results)), np.zeros(profile.shape[:-1])
    for _ in range(_ROUNDS):
        profile, variance = _profile(_over_ad_sets(results) / noise, _over_ad_sets(expected) / noise, kernel, tilt)
        expected = _levelled(results, counted.money, profile)
        here = expected * np.exp(profile)[..., None, :]
        found, spread = _own(results, here, profile[..., None, :], variance[..., None, :])
        # Ad sets that differ say less of what they share than their counts do.
        total = _over_ad_sets(here)
        noise = 1.0 + spread[..., None] * _over_ad_sets(here * here) / np.where(total > 0, total, 1.0)
    return found


def _over_ad_sets(array: FloatArray) -> FloatArray:
    """Sum (..., K) over the ad sets of an account."""
    total: FloatArray = np.ascontiguousarray(np.swapaxes(array, -1, -2)).sum(axis=-1)
    return total


def _levelled(results: FloatArray, money: FloatArray, profile: FloatArray) -> FloatArray:
    """Expected results (..., A, K) of money if all keys were as the ad set is at its profile's zero."""
    due = (money * np.exp(profile)[..., None, :]).sum(axis=-1, keepdims=True)
    level = results.sum(axis=-1, keepdims=True) / np.where(due > 0, due, 1.0)
    expected: FloatArray = money * level
    return expected


def _profile(
    results: FloatArray, expected: FloatArray, kernel: FloatArray, tilt: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance (..., K) of the account's log r, over all spreads."""
    found = [_laplace(results, expected, spread**2 * kernel, tilt) for spread in _PROFILE_SPREADS]
    weights = _weighed([evidence for _, _, evidence in found])
    return _mixed(weights, [mean for mean, _, _ in found], [variance for _, variance, _ in found])


def _laplace(
    results: FloatArray, expected: FloatArray, kernel: FloatArray, tilt: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mode and variance (..., K) of log r under one prior, and its log evidence (...)."""
    eye = np.eye(kernel.shape[0])
    log_r = np.broadcast_to(tilt, results.shape)
    for _ in range(_NEWTON_STEPS):
        due, root, whole = _curved(expected, log_r, kernel, eye)
        b = due * (log_r - tilt) + results - due
        solved = np.linalg.solve(whole, (root * (kernel * b[..., None, :]).sum(axis=-1))[..., None])[..., 0]
        step = tilt + (kernel * (b - root * solved)[..., None, :]).sum(axis=-1) - log_r
        log_r = np.clip(log_r + np.clip(step, -1.0, 1.0), -_FARTHEST, _FARTHEST)
    due, root, whole = _curved(expected, log_r, kernel, eye)
    # At the mode the gradient of the likelihood is K^-1 (log r - tilt).
    pull = ((results - due) * (log_r - tilt)).sum(axis=-1)
    fit = (results * log_r - due).sum(axis=-1)
    solved = np.linalg.solve(whole, root[..., :, None] * kernel)
    seen = (np.ascontiguousarray(np.swapaxes(solved, -1, -2)) * (kernel * root[..., None, :])).sum(axis=-1)
    variance = np.maximum(np.diagonal(kernel) - seen, 0.0)
    return log_r, variance, fit - 0.5 * pull - 0.5 * np.linalg.slogdet(whole)[1]


def _curved(
    expected: FloatArray, log_r: FloatArray, kernel: FloatArray, eye: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Expected results, their roots, and 1 + W^(1/2) K W^(1/2), which is never singular."""
    due = expected * np.exp(log_r)
    root = np.sqrt(due)
    return due, root, eye + root[..., :, None] * kernel * root[..., None, :]


def _own(
    results: FloatArray, expected: FloatArray, profile: FloatArray, variance: FloatArray
) -> tuple[Relative, FloatArray]:
    """Every ad set's keys, drawn to the account's profile as far as ad sets are seen to be alike.

    And how much they differ, the variance (...) of log r between ad sets.
    """
    evidence, means, variances = [], [], []
    for spread in _OWN_SPREADS:
        shape = 1.0 / spread**2
        grown = results + shape
        log_likelihood = (
            gammaln(grown) - gammaln(shape) + shape * np.log(shape) - grown * np.log(shape + expected)
        ) * (expected > 0)
        evidence.append(log_likelihood.reshape(*log_likelihood.shape[:-2], -1).sum(axis=-1)[..., None])
        means.append(profile + np.log(grown / (shape + expected)) - 0.5 / grown)
        # What is unknown of the profile is made up for by the ad set's own evidence.
        variances.append(1.0 / grown + variance * (shape / (shape + expected)) ** 2)
    weights = _weighed(evidence)
    mean, own_variance = _mixed(weights, means, variances)
    apart = sum(
        (weight[..., 0] * spread**2 for weight, spread in zip(weights, _OWN_SPREADS, strict=True)), np.zeros(())
    )
    return Relative(mean, np.sqrt(own_variance)), np.asarray(apart)


def _weighed(evidence: Sequence[FloatArray]) -> list[FloatArray]:
    """Posterior probabilities of alternatives from their log evidence."""
    most = evidence[0]
    for other in evidence[1:]:
        most = np.maximum(most, other)
    weights = [np.exp(one - most) for one in evidence]
    total = weights[0]
    for other in weights[1:]:
        total = total + other
    return [one / total for one in weights]


def _mixed(
    weights: Sequence[FloatArray], means: Sequence[FloatArray], variances: Sequence[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of a mixture."""
    mean = square = np.zeros(())
    for weight, one, variance in zip(weights, means, variances, strict=True):
        mean = mean + weight[..., None] * one
        square = square + weight[..., None] * (variance + one * one)
    return np.asarray(mean), np.maximum(square - mean * mean, 1e-12)


def best_weights(r: FloatArray, share: FloatArray, elasticity: float, floor: float, ceiling: float) -> FloatArray:
    """The weights (..., K) that bring the most results with the same money: in proportion to r^(1 / (1 - e)).

    Held between `floor` and `ceiling`; their mean over `share` is 1. All 1 where nothing was spent.
    """
    height = np.log(r) / (1.0 - elasticity)
    spent = share > 0
    any_spent = spent.any(axis=-1, keepdims=True)
    left = np.where(spent, height, np.inf).min(axis=-1, keepdims=True) - np.log(ceiling)
    right = np.where(spent, height, -np.inf).max(axis=-1, keepdims=True) - np.log(floor)
    left, right = np.where(any_spent, left, 0.0), np.where(any_spent, right, 0.0)
    for _ in range(_HALVINGS):
        middle = 0.5 * (left + right)
        total = (share * np.exp(np.clip(height - middle, np.log(floor), np.log(ceiling)))).sum(axis=-1, keepdims=True)
        left, right = np.where(total > 1.0, middle, left), np.where(total > 1.0, right, middle)
    weights: FloatArray = np.exp(np.clip(height - 0.5 * (left + right), np.log(floor), np.log(ceiling)))
    return np.where(any_spent, weights, 1.0)


def expected_gain(
    weights: FloatArray, share: FloatArray, r: Relative, elasticity: float
) -> tuple[FloatArray, FloatArray]:
    """Share of results that `weights` (..., K) add to leaving all at 1, and its standard deviation, both (...)."""
    more = share * (np.where(weights > 0, weights, 1.0) ** elasticity * (weights > 0) - 1.0)
    spread = more * r.mean * np.sqrt(np.expm1(np.minimum(r.log_sd**2, _FARTHEST)))
    return (more * r.mean).sum(axis=-1), np.sqrt((spread * spread).sum(axis=-1))

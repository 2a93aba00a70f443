"""Thompson sampling with a Gaussian process per ad set, over log spend, around a saturating mean.

    log E[conversions] = level + elasticity * x - curvature * x^2 / 2 + f(x),   x = log(spend / usual spend),  f ~ GP

The scheme of Nuara, Trovo, Gatti and Restelli (Online Joint Bid/Daily Budget Optimization of Internet Advertising
Campaigns, AIJ 2022), with a mean that saturates (Gangopadhyay et al., AAMAS 2025) and marginal returns in place of a
knapsack over a grid of budgets. The process is held by inducing points (subset of regressors: Quinonero-Candela and
Rasmussen, A Unifying View of Sparse Approximate Gaussian Process Regression, JMLR 2005), so that a draw is one function
that can be looked at anywhere. Counts are overdispersed and enter through iterated weighted least squares. All days of
the window count alike: what drifts is not followed, which is what `curve_thompson` does better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import Leeway, conclude, leeway, to_cents, water_fill
from agents.beliefs import log_normal_beliefs
from agents.policies._figures import daily_spend, order_value
from agents.policies._params import check_max_change, check_number, check_whole
from agents.policies._words import check_single, next_unit_words, sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray

_CURVATURE = 0.12
_LEVEL_SD = 0.5
_DISPERSION = 12.0
"""Negative binomial: results vary by a third from day to day beyond the luck of counting."""
_ORDERS = 3.0
"""The account's order value counts as much as so many orders of the ad set's own."""
_KNOTS = np.linspace(-1.6, 1.6, 7)
_STEPS = 5
_LOOKS = 5
_NEAR = 0.25
"""Moves up to this share leave a curve so close to a power law that it is looked at once."""


@dataclass(frozen=True, eq=False, slots=True)
class _Posterior:
    """Normal belief about the weights (..., A, M) of the features, with what turns them into money."""

    weights: FloatArray
    factor: FloatArray
    """Lower triangle L (..., A, M, M): covariance is L L^T."""
    usual_minor: FloatArray
    order_value: FloatArray


@dataclass(frozen=True, slots=True)
class GpThompson:
    """Draw a response function per ad set, move each towards the point where all marginal returns are equal.

    Attributes:
        temperature: share of the posterior's spread that a draw shows: 1 is Thompson sampling, 0 the posterior mean.
        elasticity: prior mean of the elasticity, and `elasticity_sd` its spread between ad sets.
        amplitude: prior standard deviation of the process around the saturating mean, in logarithms; 0 for none.
        length: distance in log spend over which the process forgets itself.
        window_days: days of history that count, all alike.
        settle_days: youngest days left out, whose conversions are still arriving.
        max_change: most that a budget moves in a day, as a share of the present budget; None for no cap.
    """

    temperature: float = 1.0
    elasticity: float = 0.55
    elasticity_sd: float = 0.2
    amplitude: float = 0.2
    length: float = 0.8
    window_days: int = 28
    settle_days: int = 2
    max_change: float | None = 0.2

    def __post_init__(self) -> None:
        check_number("temperature", self.temperature, 0, 4)
        check_number("elasticity", self.elasticity, 0.05, 0.95)
        check_number("elasticity_sd", self.elasticity_sd, 0.001, 2)
        check_number("amplitude", self.amplitude, 0, 3)
        check_number("length", self.length, 0.05, 20)
        check_whole("window_days", self.window_days, 1, 400)
        check_whole("settle_days", self.settle_days, 0, 60)
        check_max_change(self.max_change)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets (..., A) by one draw, with beliefs at the present budgets and the account's marginal return."""
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        posterior = self._posterior(observation)
        noise = rng.standard_normal(posterior.weights.shape)
        drawn = posterior.weights + self.temperature * (posterior.factor * noise[..., None, :]).sum(axis=-1)
        room = leeway(observation, self.max_change)
        shares, dual = self._split(posterior, drawn, now, room)
        budgets = to_cents(shares, room.total_minor, room.lo_minor, room.hi_minor)
        log_mean, e, features, slopes = self._look(posterior, posterior.weights, now)
        gradient = (features + slopes / e[..., None])[..., None, :] @ posterior.factor
        log_sd = np.sqrt((gradient[..., 0, :] ** 2).sum(axis=-1))
        beliefs = log_normal_beliefs(log_mean, log_sd, observation.ad_sets.active)
        return conclude(observation, room, budgets, dual_value=dual, beliefs=beliefs)

    def _split(
        self, posterior: _Posterior, weights: FloatArray, now: FloatArray, room: Leeway
    ) -> tuple[FloatArray, FloatArray]:
        """Shares and multiplier: power laws at the present budgets, looked at again after a big move."""
        near = self.max_change is not None and self.max_change <= _NEAR
        at, shares, dual = now, now, np.full(now.shape[:-1], np.nan)
        for _ in range(1 if near else _LOOKS):
            log_marginal, e, _, _ = self._look(posterior, weights, at)
            shares, dual = water_fill(at, np.exp(log_marginal), 1.0 / (1.0 - e + _CURVATURE / e), room)
            at = np.maximum(shares, 1.0)
        return shares, dual

    def _look(
        self, posterior: _Posterior, weights: FloatArray, spend_minor: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Log marginal return and elasticity (..., A) of a response function, features and their slopes (..., A, M)."""
        x = np.log(spend_minor / posterior.usual_minor)
        features, slopes = self._features(x)
        e = np.clip((slopes * weights).sum(axis=-1) - _CURVATURE * x, 0.05, 0.95)
        log_value = (features * weights).sum(axis=-1) - 0.5 * _CURVATURE * x * x + np.log(posterior.order_value)
        return np.clip(log_value, -60.0, 60.0) + np.log(e) - np.log(spend_minor), e, features, slopes

    def _features(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Features (..., M) whose weights are level, elasticity and the whitened inducing points; and d / dx."""
        scaled = (x[..., None] - _KNOTS) / self.length
        kernel = np.exp(-0.5 * scaled * scaled)
        between = np.exp(-0.5 * ((_KNOTS[:, None] - _KNOTS) / self.length) ** 2) + 1e-6 * np.eye(len(_KNOTS))
        whiten = np.linalg.inv(np.linalg.cholesky(between))
        bumps = _rows(kernel, whiten)
        ramps = _rows(-kernel * scaled / self.length, whiten)
        line = np.stack([np.ones_like(x), x], axis=-1)
        rise = np.stack([np.zeros_like(x), np.ones_like(x)], axis=-1)
        return np.concatenate([line, bumps], axis=-1), np.concatenate([rise, ramps], axis=-1)

    def _posterior(self, observation: Observation) -> _Posterior:
        history = observation.history
        end = max(history.spend_minor.shape[-1] - self.settle_days, 1)
        start = max(end - self.window_days, 0)
        spend, count = (
            np.ascontiguousarray(a[..., start:end]).astype(np.float64)
            for a in (history.spend_minor, history.conversions)
        )
        seen = spend > 0
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        usual = daily_spend(history, self.window_days + self.settle_days, now)
        x = np.where(seen, np.log(np.maximum(spend, 1.0) / usual[..., None]), 0.0)
        features, _ = self._features(x)
        prior_sd = np.array([_LEVEL_SD, self.elasticity_sd, *[self.amplitude] * len(_KNOTS)])
        precision = np.diag(1.0 / np.maximum(prior_sd, 1e-4) ** 2)
        prior = np.zeros((*usual.shape, len(prior_sd)))
        all_count, all_spend = (np.where(seen, a, 0.0).sum(axis=-1).sum(axis=-1, keepdims=True) for a in (count, spend))
        prior[..., 0] = np.log((all_count + 0.5) / np.maximum(all_spend, 1.0) * usual)
        prior[..., 1] = self.elasticity
        weights, factor = _fitted(features, count, seen, -0.5 * _CURVATURE * x * x, prior, precision)
        return _Posterior(weights, factor, usual, order_value(history, self.window_days + self.settle_days, _ORDERS))

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)

        def because(i: int) -> str:
            beliefs, certificate = allocation.beliefs, allocation.certificate
            if beliefs is None or certificate is None:
                return "no beliefs were recorded"
            words = next_unit_words(observation, beliefs, i)
            margin = float(certificate.dual_value)
            return words if np.isnan(margin) else f"{words}, the account's margin in today's draw is {margin:.2f}"

        return sentences(observation, allocation, self.max_change, because)


def _rows(rows: FloatArray, matrix: FloatArray) -> FloatArray:
    """Every row (..., M) times the transposed matrix, summed over the last axis only: a batch gives each one's bits."""
    return np.stack([(rows * line).sum(axis=-1) for line in matrix], axis=-1)


def _fitted(
    features: FloatArray,
    count: FloatArray,
    seen: BoolArray,
    offset: FloatArray,
    prior: FloatArray,
    precision: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Mode (..., A, M) and factor (..., A, M, M) of the covariance: Fisher scoring for negative binomial counts.

    Args:
        features: (..., A, D, M).
        count: (..., A, D).
        seen: (..., A, D), where there was anything to see.
        offset: (..., A, D), known part of the logarithm.
        prior: (..., A, M), mean of the weights.
        precision: (M, M), of the prior.
    """
    weights, curved = prior, np.broadcast_to(precision, (*prior.shape, prior.shape[-1]))
    across = np.ascontiguousarray(np.swapaxes(features, -1, -2))
    for _ in range(_STEPS):
        log_mean = np.clip((features * weights[..., None, :]).sum(axis=-1) + offset, -30.0, 60.0)
        mean = np.exp(log_mean)
        weight = np.where(seen, mean / (1.0 + mean / _DISPERSION), 0.0)
        # A surprise of more than e-fold is taken in several steps: the first would overshoot.
        surprise = np.clip((count - mean) / mean, -1.0, 1.7)
        score = (across * (weight * surprise)[..., None, :]).sum(axis=-1)
        pull = ((prior - weights)[..., None, :] * precision).sum(axis=-1)
        curved = (across * weight[..., None, :]) @ features + precision
        weights = weights + np.linalg.solve(curved, (score + pull)[..., None])[..., 0]
    # With curved = C C^T the covariance is L L^T for L = C^-T.
    return weights, np.ascontiguousarray(np.swapaxes(np.linalg.inv(np.linalg.cholesky(curved)), -1, -2))


POLICY: type[Policy] = GpThompson

"""Partial pooling of log rates over a tree: account > campaign > ad set > creative.

Every level is normal around the one above. What was seen of a creative comes in as an estimate of its log rate and the
precision of that (zero where nothing was seen). Given the spreads, messages up and down the tree give the exact
posterior; the spreads between creatives and between ad sets are learnt from the account itself, by their marginal
likelihood on a grid under a log-normal prior (empirical Bayes; Gelman and Hill, Data Analysis Using Regression and
Multilevel/Hierarchical Models, 2007, chapters 12 and 18). Features of creatives move the mean around which creatives
are pooled: a Bayesian linear regression within ad sets.

The maximum of raw rates is too high, and of rates that adaptive delivery cut short too low; the posterior mean is
neither, whichever way the platform chose what to show, as long as the choice used nothing but figures seen here.

Shapes: A ad sets, C places, F features; arrays (..., A, C) unless said otherwise. Sums run over last axes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agents.vocabulary import FloatArray

_SPREADS = (0.03, 0.06, 0.12, 0.2, 0.3, 0.42, 0.6, 0.85, 1.2)
"""Standard deviations of logs that are considered."""
_SPREAD_DOUBT = 0.6
"""Standard deviation of the logarithm of a spread before the account was seen."""
_FEATURE_SD = 0.2
"""Standard deviation of the effect of one standard deviation of a feature."""


@dataclass(frozen=True, slots=True)
class Spreads:
    """Standard deviations of log rates before the account was seen: between creatives, ad sets, campaigns; accounts."""

    creative: float
    ad_set: float = 0.3
    campaign: float = 0.15
    account: float = 1.0


@dataclass(frozen=True, eq=False, slots=True)
class Pooled:
    """Posterior means and variances of log rates; of a new creative in the ad set `usual` and `usual_var` (..., A).

    `spread` (...) is the learnt standard deviation between creatives.
    """

    mean: FloatArray
    var: FloatArray
    usual: FloatArray
    usual_var: FloatArray
    spread: FloatArray


def campaigns_of(campaign_ids: tuple[str, ...] | None, ad_sets: int) -> NDArray[np.intp]:
    """A number (A,) for the campaign of each ad set; all in one where campaigns are not known."""
    if campaign_ids is None:
        return np.zeros(ad_sets, dtype=np.intp)
    return np.unique(np.array(campaign_ids, dtype=str), return_inverse=True)[1]


def pool(
    estimate: FloatArray,
    precision: FloatArray,
    campaigns: NDArray[np.intp],
    prior: Spreads,
    centre: FloatArray,
    features: FloatArray | None = None,
) -> Pooled:
    """What is believed of every creative's log rate.

    Args:
        estimate: of the log rate, anything finite where nothing was seen.
        precision: one over its variance, 0 where nothing was seen.
        campaigns: (A,) as from `campaigns_of`.
        prior: spreads before the account was seen.
        centre: (...) the account's log rate before it was seen.
        features: (..., A, C, F), standardised; None where there are none.
    """
    shift, shift_var = _from_features(estimate, precision, prior, features)
    y = estimate - shift
    tau2 = np.square(_learnt(y, precision, prior.creative))
    at_creative = precision / (1.0 + precision * tau2[..., None, None])
    of_sets, mean_of_sets = _combined(at_creative, y)
    spread_of_sets = np.square(_learnt(mean_of_sets[..., None, :], of_sets[..., None, :], prior.ad_set))
    sets, sets_var = _ad_sets(mean_of_sets, of_sets, campaigns, spread_of_sets, prior, centre)
    own = 1.0 / (1.0 + precision * tau2[..., None, None])
    mean = (1.0 - own) * y + own * sets[..., None]
    inner = tau2[..., None, None] + shift_var
    var = inner / (1.0 + precision * inner) + own * own * sets_var[..., None]
    return Pooled(mean + shift, var, sets, sets_var + tau2[..., None], np.sqrt(tau2))


def _combined(weight: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sum of weights over the last axis and weighted mean; a mean of zero where there is no weight."""
    total = weight.sum(axis=-1)
    mean: FloatArray = (weight * values).sum(axis=-1) / np.where(total > 0, total, 1.0)
    return total, mean


def _learnt(y: FloatArray, precision: FloatArray, prior: float) -> FloatArray:
    """Posterior mean (...) of the spread of y (..., G, N) within its groups G, whose means are not known."""
    spreads = np.array(_SPREADS)
    each = spreads.reshape(-1, *(1,) * y.ndim)
    shrunk = 1.0 / (1.0 + precision * (each * each))
    weight = precision * shrunk
    total, mean = _combined(weight, y)
    misfit = (weight * np.square(y - mean[..., None])).sum(axis=-1)
    seen = np.log(shrunk).sum(axis=-1) - np.log(np.where(total > 0, total, 1.0)) - misfit
    score = np.ascontiguousarray(np.moveaxis(0.5 * seen.sum(axis=-1), 0, -1))
    score = score - 0.5 * np.square(np.log(spreads / prior) / _SPREAD_DOUBT)
    chance = np.exp(score - score.max(axis=-1, keepdims=True))
    learnt: FloatArray = (chance * spreads).sum(axis=-1) / chance.sum(axis=-1)
    return learnt


def _ad_sets(
    mean: FloatArray,
    precision: FloatArray,
    campaigns: NDArray[np.intp],
    spread2: FloatArray,
    prior: Spreads,
    centre: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Posterior mean and variance of the ad sets' log rates (..., A), by messages up to the account and down again."""
    if not mean.shape[-1]:
        return mean, precision
    up = precision / (1.0 + precision * spread2[..., None])
    in_campaign, of_campaign = _grouped(up, mean, campaigns)
    upper = in_campaign / (1.0 + in_campaign * prior.campaign**2)
    total, middle = _combined(upper, of_campaign)
    first = 1.0 / prior.account**2
    account = ((total * middle + first * centre) / (total + first))[..., None]
    account_var = (1.0 / (total + first))[..., None]
    campaign, campaign_var = _down(of_campaign, in_campaign, prior.campaign**2, account, account_var)
    above, above_var = campaign[..., campaigns], campaign_var[..., campaigns]
    return _down(mean, precision, spread2[..., None], above, above_var)


def _down(
    mean: FloatArray, precision: FloatArray, spread2: FloatArray | float, above: FloatArray, above_var: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """A level given what was seen of it and the one above it."""
    left = 1.0 / (1.0 + precision * spread2)
    return (1.0 - left) * mean + left * above, spread2 * left + left * left * above_var


def _grouped(weight: FloatArray, values: FloatArray, groups: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
    """Sums of weights (..., K) and weighted means of ad sets (..., A) by group."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(int(groups.max()) + 1))
    total = np.add.reduceat(np.ascontiguousarray(weight[..., order]), starts, axis=-1)
    weighted = np.add.reduceat(np.ascontiguousarray((weight * values)[..., order]), starts, axis=-1)
    return total, weighted / np.where(total > 0, total, 1.0)


def _from_features(
    y: FloatArray, precision: FloatArray, prior: Spreads, features: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """What features say of each creative against its ad set, and how sure that is; zero without features."""
    if features is None or not y.size:
        return np.zeros(y.shape), np.zeros(y.shape)
    weight = precision / (1.0 + precision * prior.creative**2)
    columns = [np.ascontiguousarray(features[..., f]) for f in range(features.shape[-1])]
    centred = [x - _combined(weight, x)[1][..., None] for x in columns]
    rest = y - _combined(weight, y)[1][..., None]

    def moment(one: FloatArray, other: FloatArray) -> FloatArray:
        total: FloatArray = (weight * one * other).sum(axis=-1).sum(axis=-1)
        return total

    size = len(columns)
    matrix = np.stack([np.stack([moment(a, b) for b in centred], axis=-1) for a in centred], axis=-1)
    covariance = _inverse(matrix + np.eye(size) / _FEATURE_SD**2)
    slope = np.stack([moment(a, rest) for a in centred], axis=-1)
    effect = (covariance * slope[..., None, :]).sum(axis=-1)
    shift, var = np.zeros(y.shape), np.zeros(y.shape)
    for f in range(size):
        shift = shift + effect[..., f, None, None] * columns[f]
        for g in range(size):
            var = var + covariance[..., f, g, None, None] * columns[f] * columns[g]
    return shift, np.maximum(var, 0.0)


def _inverse(matrix: FloatArray) -> FloatArray:
    """Inverse of positive definite matrices (..., F, F) by Gauss-Jordan, as LAPACK's last bits depend on the batch."""
    size = matrix.shape[-1]
    left, right = matrix.copy(), np.broadcast_to(np.eye(size), matrix.shape).copy()
    for f in range(size):
        pivot = left[..., f, f][..., None].copy()
        row, other = left[..., f, :] / pivot, right[..., f, :] / pivot
        column = left[..., :, f][..., None].copy()
        left, right = left - column * row[..., None, :], right - column * other[..., None, :]
        left[..., f, :], right[..., f, :] = row, other
    return right

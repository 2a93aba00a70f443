"""What each ad of an account brings per unit of money now, with how sure that is.

Three counting processes are fitted (`agents.ad_rates`) and multiplied: impressions per unit of money, clicks per
impression, conversions per click. Young conversions count for the share of them that has arrived (Vernade, Cappe and
Perchet, Stochastic Bandit Models for Delayed Conversions, 2017), and impressions that tired people saw count for less
(`agents.creative_fatigue`), under every fatigue curve that is held possible, weighed by what the clicks say of it.

Shapes: A ad sets, C places, D days; arrays (..., A, C, D) unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.ad_rates import Kind, fit
from agents.creative_fatigue import CURVES, NO_FATIGUE, audience, exposures, freshness
from agents.pooling import Spreads, campaigns_of
from agents.vocabulary import Creatives, Observation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agents.vocabulary import FloatArray, IntArray

_RECENT_DAYS = 7
_REFERENCE = CURVES[len(CURVES) // 2]
"""The likeliest fatigue curve: what days' luck is judged by."""
_ORDER_VARIATION2, _VALUE_SPREAD2 = 0.25, 0.01
"""Squared coefficient of variation of one order, and of the order values of one ad set's ads."""


PRICES = Kind(Spreads(creative=0.3, ad_set=0.3), dispersion=100.0, rate=1.0, drawn=False)
CLICKS = Kind(Spreads(creative=0.36, ad_set=0.3), dispersion=60.0, rate=0.015)
CONVERSIONS = Kind(Spreads(creative=0.25, ad_set=0.3), dispersion=12.0, rate=0.03)
"""Spreads between ads of one campaign: log CPM 0.32 and log click rate 0.36 on KAG (Facebook ads of 2017)."""


@dataclass(frozen=True, eq=False, slots=True)
class Response:
    """Natural logs of results per minor unit of money now, (..., A, C), with variances.

    `usual`, `usual_var` (..., A) are those of a new ad of the ad set on its first day. `freshness` is the expected
    click rate now as a share of that at first sight. `curve_weights` (..., G) are the posterior weights of the fatigue
    curves held possible, and `freshness_by` (..., A, C, G) the freshness under each.
    """

    log_mean: FloatArray
    log_var: FloatArray
    usual: FloatArray
    usual_var: FloatArray
    freshness: FloatArray
    curve_weights: FloatArray
    freshness_by: FloatArray

    def tired(self, below: float) -> FloatArray:
        """Probability (..., A, C) that the freshness is below `below`."""
        chance: FloatArray = np.where(self.freshness_by < below, self.curve_weights[..., None, None, :], 0.0).sum(
            axis=-1
        )
        return chance


def respond(
    observation: Observation,
    ads: Creatives,
    *,
    objective: str,
    delay: Sequence[float],
    fatigue_prior: float,
    concentration: float,
    running: IntArray | float,
) -> Response:
    """What the figures of the window say of every ad.

    Args:
        observation: the account.
        ads: its ads.
        objective: "clicks", "conversions" or "value", each per unit of money.
        delay: share of a day's conversions that arrive 0, 1, 2, ... days after the click.
        fatigue_prior: probability, before the account is seen, that ads tire at all.
        concentration: shape of the exposure distribution between people.
        running: ads that are to run in each ad set (..., A), over which tomorrow's impressions are spread.
    """
    campaigns = campaigns_of(observation.ad_sets.campaign_ids, len(observation.ad_sets))
    features = _standardised(ads)
    spend, shown, clicked, converted = (
        np.ascontiguousarray(a, dtype=np.float64)
        for a in (ads.spend_minor, ads.impressions, ads.clicks, ads.conversions)
    )
    price = fit(shown, spend, PRICES, campaigns, features)
    log_mean, log_var = price.rates.mean + price.recent[..., None], price.rates.var
    usual, usual_var = price.rates.usual + price.recent, price.rates.usual_var
    if objective != "clicks":
        seen = clicked * _arrived(observation.history.maturity_days, delay)
        later = fit(converted, seen, CONVERSIONS, campaigns, features)
        log_mean, log_var = log_mean + later.rates.mean + later.recent[..., None], log_var + later.rates.var
        usual, usual_var = usual + later.rates.usual + later.recent, usual_var + later.rates.usual_var
    if objective == "value":
        own, own_var, of_set = _order_values(ads)
        log_mean, log_var = log_mean + np.log(own), log_var + own_var
        usual, usual_var = usual + np.log(of_set), usual_var + _VALUE_SPREAD2
    people = audience(observation.history.impressions, observation.history.reach, concentration)
    clicks = _tiring_clicks(
        observation, ads, shown, clicked, people, campaigns, features, fatigue_prior, concentration, running
    )
    return Response(
        log_mean=np.where(ads.exists, log_mean + clicks.log_mean, 0.0),
        log_var=np.where(ads.exists, log_var + clicks.log_var, 1.0),
        usual=usual + clicks.usual,
        usual_var=usual_var + clicks.usual_var,
        freshness=clicks.freshness,
        curve_weights=clicks.curve_weights,
        freshness_by=clicks.freshness_by,
    )


def _tiring_clicks(
    observation: Observation,
    ads: Creatives,
    shown: FloatArray,
    clicked: FloatArray,
    people: FloatArray,
    campaigns: NDArray[np.intp],
    features: FloatArray | None,
    fatigue_prior: float,
    concentration: float,
    running: IntArray | float,
) -> Response:
    """Clicks per impression now, averaged over fatigue curves."""
    per_person = shown / people[..., None, None]
    before = np.maximum(ads.age_days - shown.shape[-1], 0).astype(np.float64)
    recent = observation.history.impressions[..., -_RECENT_DAYS:]
    awake = np.maximum((recent > 0).sum(axis=-1), 1)
    tomorrow = np.ascontiguousarray(recent).sum(axis=-1) / awake / people / np.maximum(running, 1.0)
    means, variances, usuals, usual_vars, fresh, scores = [], [], [], [], [], []
    luck = None
    for curve in (_REFERENCE, NO_FATIGUE, *(each for each in CURVES if each is not _REFERENCE)):
        weight = curve.weight * (fatigue_prior if curve.exponent else 1.0 - fatigue_prior)
        if not weight:
            continue
        middle, stock = exposures(per_person, curve.memory, before)
        seen = shown * freshness(middle, curve.exponent, concentration)
        one = fit(clicked, seen, CLICKS, campaigns, features, luck)
        luck = one.luck
        now = freshness(stock + 0.5 * tomorrow[..., None], curve.exponent, concentration)
        first = freshness(0.5 * tomorrow, curve.exponent, concentration)
        means.append(one.rates.mean + np.log(now) + one.recent[..., None])
        variances.append(one.rates.var)
        usuals.append(one.rates.usual + np.log(first) + one.recent)
        usual_vars.append(one.rates.usual_var)
        fresh.append(now)
        scores.append(one.evidence + np.log(weight))
    score = np.stack(scores, axis=-1)
    chance = np.exp(score - score.max(axis=-1, keepdims=True))
    chance = chance / chance.sum(axis=-1, keepdims=True)
    log_mean, log_var = _mixed(means, variances, chance[..., None, None, :])
    usual, usual_var = _mixed(usuals, usual_vars, chance[..., None, :])
    by_curve = np.stack(fresh, axis=-1)
    mean_fresh = (by_curve * chance[..., None, None, :]).sum(axis=-1)
    return Response(log_mean, log_var, usual, usual_var, mean_fresh, chance, by_curve)


def _mixed(
    means: Sequence[FloatArray], variances: Sequence[FloatArray], chance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of a mixture, its parts along the last axis of `chance`."""
    mean, var = np.stack(means, axis=-1), np.stack(variances, axis=-1)
    middle: FloatArray = (mean * chance).sum(axis=-1)
    return middle, ((var + (mean - middle[..., None]) ** 2) * chance).sum(axis=-1)


def _arrived(maturity_days: IntArray, delay: Sequence[float]) -> FloatArray:
    """Share of a cell's conversions that has arrived, (..., A, 1, D)."""
    cumulative = np.minimum(np.cumsum(np.asarray(delay, dtype=np.float64)), 1.0)
    cumulative[-1] = 1.0
    share: FloatArray = cumulative[np.minimum(maturity_days, len(delay) - 1)][..., None, :]
    return share


def _order_values(ads: Creatives) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Value of an order by ad, the variance of its log (..., A, C), and by ad set (..., A), minor units.

    An ad set's is shrunk to the account's by three orders, an ad's to its ad set's by as many orders as make their luck
    as large as what ads of one ad set differ by. Before the first order of an account one is taken to pay back what was
    spent so far.
    """
    value, count, spend = (
        np.ascontiguousarray(a).sum(axis=-1).astype(np.float64)
        for a in (ads.value_minor, ads.conversions, ads.spend_minor)
    )
    of_set_value, of_set_count = value.sum(axis=-1), count.sum(axis=-1)
    all_value, all_count, spent = (
        a.sum(axis=-1, keepdims=True) for a in (of_set_value, of_set_count, spend.sum(axis=-1))
    )
    typical = np.maximum(np.where(all_count > 0, all_value / np.maximum(all_count, 1.0), spent), 1.0)
    of_set = np.maximum((of_set_value + 3.0 * typical) / (of_set_count + 3.0), 1e-6)
    few = _ORDER_VARIATION2 / _VALUE_SPREAD2
    own = np.maximum((value + few * of_set[..., None]) / (count + few), 1e-6)
    return own, _ORDER_VARIATION2 / (count + few), of_set


def _standardised(ads: Creatives) -> FloatArray | None:
    """Features with mean 0 and standard deviation 1 over the account's ads, 0 where there is no ad; None without."""
    if ads.features is None or not ads.features.shape[-1]:
        return None
    found = []
    for f in range(ads.features.shape[-1]):
        x = np.where(ads.exists, ads.features[..., f], 0.0)
        ads_there = np.maximum(ads.exists.sum(axis=-1).sum(axis=-1), 1)[..., None, None]
        x = np.where(ads.exists, x - x.sum(axis=-1).sum(axis=-1)[..., None, None] / ads_there, 0.0)
        spread = np.sqrt((x * x).sum(axis=-1).sum(axis=-1)[..., None, None] / ads_there)
        found.append(x / np.where(spread > 0, spread, 1.0))
    return np.stack(found, axis=-1)

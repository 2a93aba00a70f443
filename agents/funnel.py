"""A window of history as a chain of counting processes: from money to impressions, to clicks, to conversions.

Every count is followed per unit of the one before it. What an account's platform does not report is replaced by the
next count of the chain, which then answers for both steps, and the step after it is known to be one for one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.account_pooling import level_prior
from agents.arrival import slowness
from agents.filtering import Evidence, Prior, over_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.population import Population
    from agents.vocabulary import BoolArray, FloatArray, History, IntArray

_OPEN_SD = 0.3
"""Spread with which the first process's elasticity is followed; it is taken out again when the chain is joined."""
_CERTAIN = 1e-3
"""Spread of what is known beforehand: a Gaussian needs one above zero."""
_DOUBTS = (0.12, 0.2, 0.05)
"""Of the whole, of clicks per impression, of conversions per click. Whether saturation shows in impressions or in
clicks is a matter of the account's audience more than of the ad set."""
_EARLY_DAYS = 28
"""Days of an account whose totals say how its ad sets' levels are spread to begin with."""
_DRIFT_SHARES = (1 / 6, 1 / 3, 1 / 2)
"""Of the variance of a level's daily step: prices of ad sets wander least, what happens after the click most."""


@dataclass(frozen=True, eq=False, slots=True)
class Window:
    """Days first and contiguous, (D, ..., A), zero on days without spend; `anchor_minor` (..., A) is usual spend.

    `arrived` is the share of a day's conversions that is known by now, `x` is log(spend / anchor), `seen` one on days
    with spend; `first_weekday` is Monday 0.
    """

    spend_minor: FloatArray
    impressions: FloatArray
    clicks: FloatArray
    conversions: FloatArray
    arrived: FloatArray
    seen: FloatArray
    x: FloatArray
    anchor_minor: FloatArray
    first_weekday: int


@dataclass(frozen=True, eq=False, slots=True)
class Link:
    """One process of the chain: what it shows, and what is believed of it beforehand.

    `doubt` (..., 1) is how far the account's mean elasticity of it may be from the population's, sd; of the first
    process, that of the whole chain.
    """

    evidence: Evidence
    prior: Prior
    doubt: FloatArray


def window_of(history: History, budgets_minor: IntArray, delay: Sequence[float]) -> Window:
    """The history as floats, days first.

    Args:
        history: D days of A ad sets.
        budgets_minor: (..., A), the usual spend of ad sets that have not spent yet.
        delay: share of conversions that arrive 0, 1, 2, ... days after the click.
    """
    spend = days_first(history.spend_minor)
    seen = (spend > 0.0).astype(np.float64)
    anchor = _usual_spend(spend, seen, budgets_minor)
    x = np.maximum(spend, 1.0)
    x /= anchor
    np.log(x, out=x)
    x *= seen
    clicks, conversions = _masked(history.clicks, seen), _masked(history.conversions, seen)
    arrived = _arrived(history.maturity_days, delay)
    without_clicks = total(clicks) < total(conversions)
    arrived **= slowness(_instead(without_clicks, clicks, spend), conversions, arrived)
    return Window(
        spend_minor=spend,
        impressions=_masked(history.impressions, seen),
        clicks=clicks,
        conversions=conversions,
        arrived=arrived,
        seen=seen,
        x=x,
        anchor_minor=anchor,
        first_weekday=history.days[0].weekday(),
    )


def chain_of(window: Window, population: Population) -> tuple[Link, ...]:
    """Impressions per unit of spend, clicks per impression, conversions per click."""
    shown, clicked, converted = window.impressions, window.clicks, window.conversions
    without_clicks = total(clicked) < total(converted)
    clicked = _instead(without_clicks, clicked, converted)
    without_impressions = total(shown) < total(clicked)
    shown = _instead(without_impressions, shown, clicked)
    missing = without_impressions, without_clicks
    steps = (
        _young(window, without_impressions & without_clicks, window.seen),
        _young(window, without_clicks & ~without_impressions, (shown + 0.5) * window.seen),
        _young(window, ~without_clicks, (clicked + 0.5) * window.seen),
    )
    early = _early(window.seen)
    days = _summed(window.seen, early)
    links = []
    for i, (count, exposure) in enumerate(zip((shown, clicked, converted), steps, strict=True)):
        evidence = Evidence(count, exposure, window.x, window.first_weekday)
        scale = exposure if i else window.spend_minor * exposure
        levels = _summed(count, early), _summed(scale, early), days
        prior = _prior(i, levels, population, missing)
        if i == 0:
            prior = replace(prior, level=prior.level + np.log(window.anchor_minor))
        links.append(Link(evidence, prior, _doubt(i, missing)))
    return tuple(links)


def _instead(missing: BoolArray, count: FloatArray, following: FloatArray) -> FloatArray:
    """The count, in accounts (..., 1) where it is missing the one that follows."""
    return np.where(missing, following, count) if bool(missing.any()) else count


def _young(window: Window, late: BoolArray, exposure: FloatArray) -> FloatArray:
    """The exposure; where conversions come of it, the part of it whose conversions have arrived."""
    if bool(late.all()):
        return exposure * window.arrived
    return np.where(late, exposure * window.arrived, exposure) if bool(late.any()) else exposure


def _prior(
    step: int,
    levels: tuple[FloatArray, FloatArray, FloatArray],
    population: Population,
    missing: tuple[BoolArray, BoolArray],
) -> Prior:
    """Before the first day, (..., 1) each; `levels` are counts, exposures and days of the first weeks (..., A)."""
    p = population
    gaps = _merged((0.0, p.per_impression, p.per_click), missing)
    gap_vars = _merged((0.0, p.per_impression_sd**2, p.per_click_sd**2), missing)
    level_vars = _merged((p.impression_level_sd**2, p.click_level_sd**2, p.conversion_level_sd**2), missing)
    scatters = _merged((1 / p.impression_dispersion, 1 / p.click_dispersion, 1 / p.conversion_dispersion), missing)
    drifts = _merged((_DRIFT_SHARES[0], _DRIFT_SHARES[1], _DRIFT_SHARES[2]), missing)
    certain = scatters[step] == 0.0
    scatter = np.where(certain, scatters[0], scatters[step])
    level, spread = level_prior(*levels, np.sqrt(level_vars[step]), scatter)
    open_sd = np.full(scatter.shape, _OPEN_SD)
    return Prior(
        level=level,
        level_sd=np.where(certain, _CERTAIN, spread),
        elasticity=gaps[step] if step else p.elasticity - gaps[1] - gaps[2],
        elasticity_sd=np.maximum(np.sqrt(gap_vars[step]), _CERTAIN) if step else open_sd,
        overdispersion=scatter,
        drift=p.drift * np.sqrt(drifts[step]),
    )


def _doubt(step: int, missing: tuple[BoolArray, BoolArray]) -> FloatArray:
    """How far an account's mean elasticity of a step may be off, (..., 1); of the first, that of the whole."""
    if step == 0:
        return np.full(missing[0].shape, _DOUBTS[0])
    variances = _merged((0.0, _DOUBTS[1] ** 2, _DOUBTS[2] ** 2), missing)
    return np.maximum(np.sqrt(variances[step]), _CERTAIN)


def _merged(values: tuple[float, float, float], missing: tuple[BoolArray, BoolArray]) -> list[FloatArray]:
    """What steps add, (..., 1) each: one whose count is missing is made with the next, which adds nothing."""
    without_impressions, without_clicks = missing
    first, second, third = values
    both = np.where(without_clicks, second + third, second)
    return [
        np.where(without_impressions, first + both, first),
        np.where(without_impressions, 0.0, both),
        np.where(without_clicks, 0.0, third),
    ]


def _masked(array: IntArray, seen: FloatArray) -> FloatArray:
    """A count, days first, zero on days without spend."""
    count = days_first(array)
    count *= seen
    return count


def days_first(array: IntArray) -> FloatArray:
    """(..., A, D) as contiguous floats (D, ..., A): one layout, whatever the batch."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 0), dtype=np.float64)


def total(days_first: FloatArray) -> FloatArray:
    """The account's sum over days and ad sets, (..., 1)."""
    by_ad_set = over_days(days_first)
    whole: FloatArray = by_ad_set.sum(axis=-1, keepdims=True)
    return whole


def _early(seen: FloatArray) -> FloatArray:
    """One on the first days on which an account spent anything, zero later, (D, ..., 1)."""
    spent = seen.max(axis=-1, keepdims=True, initial=0.0)
    first: FloatArray = spent * (np.cumsum(spent, axis=0) <= _EARLY_DAYS)
    return first


def _summed(days_first: FloatArray, weights: FloatArray) -> FloatArray:
    """Sum over days (..., A), each day with its account's weight (D, ..., 1)."""
    summed = np.zeros(days_first.shape[1:])
    for day, weight in zip(days_first, weights, strict=True):
        # Days that count for no account add exactly nothing.
        if weight.any():
            summed += day * weight
    return summed


def _arrived(maturity_days: IntArray, delay: Sequence[float]) -> FloatArray:
    """Share of a cell's conversions that has arrived, days first."""
    cumulative = np.minimum(np.cumsum(np.asarray(delay, dtype=np.float64)), 1.0)
    cumulative[-1] = 1.0
    return np.ascontiguousarray(np.moveaxis(cumulative[np.minimum(maturity_days, len(delay) - 1)], -1, 0))


def _usual_spend(spend: FloatArray, seen: FloatArray, budgets_minor: IntArray) -> FloatArray:
    """Mean spend of the days with spend; the present budget where there are none."""
    days = over_days(seen)
    mean = over_days(spend) / np.maximum(days, 1.0)
    usual: FloatArray = np.where(days > 0, mean, np.maximum(budgets_minor, 1).astype(np.float64))
    return usual

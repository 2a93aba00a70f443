"""A window of history as a chain of counting processes: from money to impressions, to clicks, to conversions.

Every count is followed per unit of the one before it. What an account's platform does not report is replaced by the
next count of the chain, which then answers for both steps, and the step after it is known to be one for one.

A count may be missing for some ad sets only. The next count then answers for those, scaled by what it is per unit of
the missing one in the rest of the account, so that all ad sets of a step share one scale; where it is missing on some
days only, those days say nothing. Neither has a part in what the account's ad sets say of each other.
"""

from __future__ import annotations

import functools
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
_TOO_MANY = 3
"""Events that came of nothing on days on end: what they come of was not reported then."""
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
    without_clicks: Missing


@dataclass(frozen=True, eq=False, slots=True)
class Missing:
    """Where a count is not reported: of accounts (..., 1), of single ad sets of other accounts (..., A).

    `days` (D, ..., A) are those of the remaining ad sets on which it was not; None where there are none at all.
    """

    accounts: BoolArray
    ad_sets: BoolArray
    days: BoolArray | None


@dataclass(frozen=True, eq=False, slots=True)
class Link:
    """One process of the chain: what it shows, and what is believed of it beforehand.

    `doubt` (..., 1) is how far the account's mean elasticity of it may be from the population's, sd; of the first
    process, that of the whole chain. `answered` (..., A) says for which ad sets a process before this one answers for
    it too, in an account where it is followed; None for none.
    """

    evidence: Evidence
    prior: Prior
    doubt: FloatArray
    answered: BoolArray | None = None


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
    without_clicks = _missing(clicks, conversions)
    base, orders = _instead(without_clicks.accounts, clicks, spend), conversions
    if (silent := _unsaid(without_clicks)) is not None:
        base, orders = np.where(silent, 0.0, base), np.where(silent, 0.0, orders)
    arrived **= slowness(base, orders, arrived)
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
        without_clicks=without_clicks,
    )


def chain_of(window: Window, population: Population) -> tuple[Link, ...]:
    """Impressions per unit of spend, clicks per impression, conversions per click."""
    shown, clicked, converted = window.impressions, window.clicks, window.conversions
    clicks = window.without_clicks
    clicked = _instead(clicks.accounts, clicked, converted)
    quiet = _unsaid(clicks)
    impressions = _missing(shown, clicked if quiet is None else np.where(quiet, converted, clicked))
    shown = _instead(impressions.accounts, shown, clicked)
    whole = impressions.accounts, clicks.accounts
    lone, others = _lone(impressions, clicks)
    answered = whole if lone is None else (whole[0] | lone[0], whole[1] | lone[1])
    evidence = _evidence(window, shown, clicked, answered, (impressions.days, clicks.days))
    learnt = _learnt(window, evidence, population, whole, others)
    links = []
    for i, (count, exposure) in enumerate(evidence):
        prior = _prior(i, learnt, population, answered, lone)
        if i == 0:
            prior = replace(prior, level=prior.level + np.log(window.anchor_minor))
        scaled = exposure if lone is None else exposure * _per_missing(i, learnt, lone)
        before = lone[i - 1] if lone and i else None
        links.append(
            Link(Evidence(count, scaled, window.x, window.first_weekday), prior, _doubt(i, whole), answered=before)
        )
    return tuple(links)


def _lone(impressions: Missing, clicks: Missing) -> tuple[tuple[BoolArray, BoolArray] | None, list[BoolArray | None]]:
    """Ad sets without impressions, and without clicks, of accounts that have them; and by step, whom not to learn from.

    None where there are none. Where an account's clicks stand for its impressions, an ad set without has neither.
    """
    alone = impressions.ad_sets | (impressions.accounts & clicks.ad_sets), clicks.ad_sets
    if bool(alone[0].any() or alone[1].any()):
        return alone, [alone[0], alone[0] | alone[1], alone[1]]
    some = impressions.days is not None or clicks.days is not None
    return None, [alone[0] if some else None] * 3


def _missing(count: FloatArray, following: FloatArray) -> Missing:
    """Where a count is not reported, as there is less of it than of what comes of it; all are (D, ..., A)."""
    all_of_it = total(count)
    accounts = (all_of_it < total(following)) | (all_of_it <= 0.0)
    nowhere = np.zeros(count.shape[1:], dtype=np.bool_)
    if bool(accounts.all()) or not bool((following > count).any()):
        return Missing(accounts, nowhere, None)
    silent = _silent(count, following)
    own, came = over_days(count), over_days(following)
    # An ad set most of whose events came while nothing was reported is better followed on these.
    ad_sets = (own < came) | (2.0 * over_days(following * silent) > came)
    accounts = accounts | (np.where(ad_sets, 0.0, own).sum(axis=-1, keepdims=True) <= 0.0)
    ad_sets &= ~accounts
    silent &= ~(ad_sets | accounts)
    return Missing(accounts, ad_sets, silent if bool(silent.any()) else None)


def _silent(count: FloatArray, following: FloatArray) -> BoolArray:
    """Days (D, ..., A) of runs without a count in which too much came of it for that to be true."""
    events = np.zeros(count.shape[1:])
    silent = np.zeros(count.shape, dtype=np.bool_)
    for day in range(len(count)):
        events = np.where(count[day] <= 0.0, events + following[day], 0.0)
        silent[day] = events >= _TOO_MANY
    for day in reversed(range(len(count) - 1)):
        silent[day] |= silent[day + 1] & (count[day] <= 0.0)
    return silent


def _unsaid(missing: Missing) -> BoolArray | None:
    """Days (D, ..., A) on which a count of its account is not reported for an ad set; None for nowhere."""
    if missing.days is not None:
        return missing.days | missing.ad_sets
    if bool(missing.ad_sets.any()):
        return np.broadcast_to(missing.ad_sets, (1, *missing.ad_sets.shape))
    return None


def _evidence(
    window: Window,
    shown: FloatArray,
    clicked: FloatArray,
    answered: tuple[BoolArray, BoolArray],
    silent: tuple[BoolArray | None, BoolArray | None],
) -> list[tuple[FloatArray, FloatArray]]:
    """Counts and exposures of the three steps, (D, ..., A) each; zero where a step before this one answers for it.

    Args:
        window: the history.
        shown: impressions, clicks in accounts without any; `clicked` clicks, or conversions.
        clicked: see `shown`.
        answered: whether the next count answers for impressions, and for clicks, (..., A) or (..., 1).
        silent: days on which impressions, and clicks, of other ad sets are not reported.
    """
    no_impressions, no_clicks = answered
    no_shown, no_clicked = silent
    exposures = (
        _young(window, no_impressions & no_clicks, window.seen),
        _young(window, no_clicks & ~no_impressions, (shown + 0.5) * window.seen),
        _young(window, ~no_clicks, (clicked + 0.5) * window.seen),
    )
    clicked = _instead(no_clicks, clicked, window.conversions)
    counts = _instead(no_impressions, shown, clicked), clicked, window.conversions
    nothing = (
        _any(no_shown, None if no_clicked is None else no_clicked & no_impressions),
        _any(no_impressions, no_shown, no_clicked),
        _any(no_clicks, no_clicked),
    )
    return [
        (count, exposure) if none is None else (np.where(none, 0.0, count), np.where(none, 0.0, exposure))
        for none, count, exposure in zip(nothing, counts, exposures, strict=True)
    ]


def _any(*where: BoolArray | None) -> BoolArray | None:
    """Where any of them is true; None for nowhere."""
    some = [each for each in where if each is not None and bool(each.any())]
    return functools.reduce(np.logical_or, some) if some else None


@dataclass(frozen=True, eq=False, slots=True)
class _Learnt:
    """What an account's first weeks say of the three steps, each (..., 1): mean log levels, and their spreads."""

    levels: list[FloatArray]
    spreads: list[FloatArray]


def _learnt(
    window: Window,
    evidence: list[tuple[FloatArray, FloatArray]],
    population: Population,
    whole: tuple[BoolArray, BoolArray],
    others: list[BoolArray | None],
) -> _Learnt:
    """From ad sets for which a step is reported: of each step, all but `others` (..., A); None where all are."""
    p = population
    usual = _merged((p.impression_level_sd**2, p.click_level_sd**2, p.conversion_level_sd**2), whole)
    scatters = _scatters(population, whole)
    early = _early(window.seen)
    days = _summed(window.seen, early)
    found = []
    for i, ((count, exposure), other) in enumerate(zip(evidence, others, strict=True)):
        scale = exposure if i else window.spend_minor * exposure
        counted = early
        if other is not None:
            reported = (exposure > 0.0) & ~other
            counted = _early(reported) * reported
            days = over_days(counted)
        levels = _summed(count, counted), _summed(scale, counted), days
        found.append(level_prior(*levels, np.sqrt(usual[i]), scatters[i]))
    return _Learnt([level for level, _ in found], [spread for _, spread in found])


def _scatters(population: Population, missing: tuple[BoolArray, BoolArray]) -> list[FloatArray]:
    """Relative variances of a day's counts beyond Poisson's."""
    p = population
    scatters = _merged((1 / p.impression_dispersion, 1 / p.click_dispersion, 1 / p.conversion_dispersion), missing)
    return [np.where(scatter == 0.0, scatters[0], scatter) for scatter in scatters]


def _per_missing(step: int, learnt: _Learnt, lone: tuple[BoolArray, BoolArray]) -> FloatArray:
    """What answers for a missing count, per unit of it in the rest of the account, (..., A); one where none is."""
    impressions, clicks = lone
    per_click = np.where(clicks, np.exp(learnt.levels[2]), 1.0)
    per_impression = np.where(impressions, np.exp(learnt.levels[1]) * per_click, 1.0)
    return (per_impression, per_click, np.ones(clicks.shape))[step]


def _instead(missing: BoolArray, count: FloatArray, following: FloatArray) -> FloatArray:
    """The count, in accounts (..., 1) or ad sets (..., A) where it is missing the one that follows."""
    return np.where(missing, following, count) if bool(missing.any()) else count


def _young(window: Window, late: BoolArray, exposure: FloatArray) -> FloatArray:
    """The exposure; where conversions come of it, the part of it whose conversions have arrived."""
    if bool(late.all()):
        return exposure * window.arrived
    return np.where(late, exposure * window.arrived, exposure) if bool(late.any()) else exposure


def _prior(
    step: int,
    learnt: _Learnt,
    population: Population,
    answered: tuple[BoolArray, BoolArray],
    lone: tuple[BoolArray, BoolArray] | None,
) -> Prior:
    """Before the first day, (..., 1) or (..., A) each.

    Args:
        step: which.
        learnt: what the account's first weeks say.
        population: what ad sets are like.
        answered: whether the next count answers for impressions, and for clicks.
        lone: the same, for an ad set alone; None for nowhere.
    """
    p = population
    gaps = _merged((0.0, p.per_impression, p.per_click), answered)
    gap_vars = _merged((0.0, p.per_impression_sd**2, p.per_click_sd**2), answered)
    drifts = _merged((_DRIFT_SHARES[0], _DRIFT_SHARES[1], _DRIFT_SHARES[2]), answered)
    spread = learnt.spreads[step]
    if lone is not None:
        first, second, third = (each**2 for each in learnt.spreads)
        variance = _merged((first, second, third), lone)[step]
        spread = np.where(lone[0] | lone[1], np.sqrt(variance), spread)
    open_sd = np.full(answered[0].shape, _OPEN_SD)
    return Prior(
        level=learnt.levels[step],
        level_sd=np.where(answered[step - 1], _CERTAIN, spread) if step else spread,
        elasticity=gaps[step] if step else p.elasticity - gaps[1] - gaps[2],
        elasticity_sd=np.maximum(np.sqrt(gap_vars[step]), _CERTAIN) if step else open_sd,
        overdispersion=_scatters(population, answered)[step],
        drift=p.drift * np.sqrt(drifts[step]),
    )


def _doubt(step: int, missing: tuple[BoolArray, BoolArray]) -> FloatArray:
    """How far an account's mean elasticity of a step may be off, (..., 1); of the first, that of the whole."""
    if step == 0:
        return np.full(missing[0].shape, _DOUBTS[0])
    variances = _merged((0.0, _DOUBTS[1] ** 2, _DOUBTS[2] ** 2), missing)
    return np.maximum(np.sqrt(variances[step]), _CERTAIN)


def _merged(
    values: tuple[float | FloatArray, float | FloatArray, float | FloatArray], missing: tuple[BoolArray, BoolArray]
) -> list[FloatArray]:
    """What steps add, (..., 1) or (..., A): one whose count is missing is made with the next, which adds nothing."""
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


def _early(seen: FloatArray | BoolArray) -> FloatArray:
    """One on the first days on which an account showed anything, zero later, (D, ..., 1)."""
    spent = seen.max(axis=-1, keepdims=True, initial=0).astype(np.float64)
    first: FloatArray = spent * (np.cumsum(spent, axis=0) <= _EARLY_DAYS)
    return first


def _summed(days_first: FloatArray, weights: FloatArray) -> FloatArray:
    """Sum over days (..., A), each day with its ad sets' weights (D, ..., A)."""
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

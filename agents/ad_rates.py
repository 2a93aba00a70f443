"""Rates of one counting process for every ad of an account: counts per exposure, pooled, with the luck of days apart.

Counts are overdispersed (negative binomial). What moved a whole ad set on a day (weekday, promotion, drift) moves its
ads alike: an ad's day is judged against the other ads of its ad set on that day and against the other ad sets, each as
far as its counts go. Ads that ran side by side are compared sharply, ads that ran on different days with the doubt of
a day's luck.

Shapes: A ad sets, C places, D days; arrays (..., A, C, D) unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.pooling import Pooled, Spreads, pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agents.vocabulary import FloatArray

_DAY_SD, _ACCOUNT_DAY_SD = 0.15, 0.10
"""Spread of what moves all ads of an ad set on a day, and all ad sets of an account, sd of the log."""
_STEPS = 4
_RECENT_DAYS = 7
_FIRST = 5.0
"""Counts of the account's own rate that an ad starts from; the fit forgets them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Prior of one counting process: spreads, dispersion of a day's count, and the rate before anything was seen.

    `share` says that every exposure counts at most once, so that luck is smaller where nearly all do.
    """

    spreads: Spreads
    dispersion: float
    rate: float
    share: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """One process: pooled log rates, the recent level of each ad set (..., A) and the log evidence (...) for it."""

    rates: Pooled
    recent: FloatArray
    evidence: FloatArray


def fit(
    counts: FloatArray,
    seen: FloatArray,
    kind: Kind,
    campaigns: NDArray[np.intp],
    features: FloatArray | None = None,
) -> Fit:
    """The rates of one process, by Fisher scoring inside the pooling.

    Args:
        counts: of each ad and day.
        seen: what they are counts per, 0 where there is nothing to see.
        kind: its prior.
        campaigns: (A,) campaign of each ad set.
        features: (..., A, C, F), standardised.
    """
    # Sums depend in their last bit on how an array lies in memory: products of broadcast arrays lie anyhow.
    seen = np.ascontiguousarray(seen)
    counts = np.ascontiguousarray(np.where(seen > 0, counts, 0.0))
    all_counts, all_seen = counts.sum(axis=-1), seen.sum(axis=-1)
    centre = np.log(
        (all_counts.sum(axis=-1).sum(axis=-1) + 1.0) / (all_seen.sum(axis=-1).sum(axis=-1) + 1.0 / kind.rate)
    )
    usual = np.exp(centre)[..., None, None]
    eta = np.log((all_counts + _FIRST) / (all_seen + _FIRST / usual))
    alone, together = _weights(counts, kind.dispersion)
    estimate, precision = eta, np.zeros(eta.shape)
    for _ in range(_STEPS):
        expected = _expected(counts, seen * np.exp(eta)[..., None], alone, together)
        flat = _flatness(expected, seen, kind)
        weight = expected / flat
        slack = together / (weight + together)
        precision = (weight * slack).sum(axis=-1)
        score = ((counts - expected) / flat * slack).sum(axis=-1)
        estimate = eta + np.clip(score / np.where(precision > 0, precision, 1.0), -1.0, 1.0)
        eta = pool(estimate, precision, campaigns, kind.spreads, centre, features).mean
    rates = pool(estimate, precision, campaigns, kind.spreads, centre, features)
    expected = seen * np.exp(rates.mean)[..., None]
    recent = _recent_level(counts, expected, kind)
    evidence = _evidence(counts, _expected(counts, expected, alone, together), together, kind, rates, precision)
    return Fit(rates, recent, evidence)


def _weights(counts: FloatArray, dispersion: float) -> tuple[FloatArray, FloatArray]:
    """How precisely a day is known from the other ad sets (..., A, 1, D), and from the ad set's other ads."""
    own = counts / (1.0 + counts / dispersion)
    of_set = over_places(own)
    others = np.maximum(_over_ad_sets(of_set) - of_set, 0.0)[..., None, :]
    return others, 1.0 / _DAY_SD**2 + np.maximum(of_set[..., None, :] - own, 0.0)


def _expected(counts: FloatArray, usual: FloatArray, alone: FloatArray, together: FloatArray) -> FloatArray:
    """Expected counts given what happened that day to the other ad sets and to the other ads of the ad set."""
    counted, due = over_places(counts), over_places(usual)
    account = _shift(_over_ad_sets(counted) - counted, _over_ad_sets(due) - due)[..., None, :]
    account = account * alone / (alone + 1.0 / _ACCOUNT_DAY_SD**2)
    usual = usual * np.exp(account)
    others = over_places(usual)[..., None, :] - usual
    own = _shift(counted[..., None, :] - counts, others) * (1.0 - 1.0 / (_DAY_SD**2 * together))
    expected: FloatArray = usual * np.exp(own)
    return expected


def _shift(counted: FloatArray, due: FloatArray) -> FloatArray:
    shift: FloatArray = np.log((np.maximum(counted, 0.0) + 0.5) / (np.maximum(due, 0.0) + 0.5))
    return shift


def _flatness(expected: FloatArray, seen: FloatArray, kind: Kind) -> FloatArray:
    """Variance of a count over its mean: overdispersed, and below one where nearly everything counts."""
    rate = np.minimum(expected / np.where(seen > 0, seen, 1.0), 0.95) if kind.share else 0.0
    flat: FloatArray = 1.0 - rate + expected / kind.dispersion
    return flat


def _recent_level(counts: FloatArray, expected: FloatArray, kind: Kind) -> FloatArray:
    """How the last week of each ad set (..., A) compares with its ads' rates over the window."""
    counted, due = (np.ascontiguousarray(over_places(a)[..., -_RECENT_DAYS:]) for a in (counts, expected))
    days = np.maximum((due > 0).sum(axis=-1), 1)
    total = counted.sum(axis=-1)
    known = total / (1.0 + total / (kind.dispersion * days))
    level: FloatArray = _shift(total, due.sum(axis=-1)) * known / (known + 1.0 / _DAY_SD**2)
    return level


def _evidence(
    counts: FloatArray, expected: FloatArray, together: FloatArray, kind: Kind, rates: Pooled, precision: FloatArray
) -> FloatArray:
    """Log evidence (...) of the process, up to what does not depend on `seen`: Laplace's approximation."""
    doubt = 1.0 / (1.0 / kind.dispersion + 1.0 / together)
    there = expected > 0
    log_mean = np.log(np.where(there, expected, 1.0))
    cells = np.where(there, counts * log_mean - (counts + doubt) * np.log1p(expected / doubt), 0.0)
    tau2 = rates.spread[..., None, None] ** 2
    by_ad = cells.sum(axis=-1) - 0.5 * np.log1p(precision * tau2)
    by_ad = by_ad - 0.5 * np.where(precision > 0, (rates.mean - rates.usual[..., None]) ** 2 / tau2, 0.0)
    total: FloatArray = by_ad.sum(axis=-1).sum(axis=-1)
    return total


def over_places(values: FloatArray) -> FloatArray:
    """The sum (..., A, D) over ads (..., A, C, D), ads added in their order."""
    total = np.zeros((*values.shape[:-2], values.shape[-1]))
    for place in range(values.shape[-2]):
        total = total + values[..., place, :]
    return total


def _over_ad_sets(values: FloatArray) -> FloatArray:
    """The account's sum of (..., A, D), as (..., 1, D)."""
    total: FloatArray = np.ascontiguousarray(np.moveaxis(values, -1, -2)).sum(axis=-1)[..., None, :]
    return total

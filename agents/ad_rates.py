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
_MOST = 0.95
_LUCKS = (0.001, 0.01, 0.06, 0.25, 0.6, 1.2, 2.5, 6.0)
"""Variances of luck that are considered, as multiples of the usual."""
_LUCK_DOUBT = 1.6
"""Standard deviation of the logarithm of that multiple before an account was seen."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Prior of one counting process: spreads, dispersion of a day's count, and the rate before anything was seen.

    `drawn` says that every exposure counts at most once and by chance (clicks per impression): luck is smaller where
    nearly all do. What is bought is no matter of chance but of the day's price, up to rounding.
    """

    spreads: Spreads
    dispersion: float
    rate: float
    drawn: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """One process: pooled log rates, the recent level of each ad set (..., A) and the log evidence (...) for it.

    `luck` (...) is the variance of the luck of days, as a multiple of what was expected of an account.
    """

    rates: Pooled
    recent: FloatArray
    evidence: FloatArray
    luck: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class _Days:
    """What is seen of days: variances of the luck of an ad, an ad set and an account on a day, all (..., 1, 1, 1).

    `others` (..., A, 1, D) and `beside` (..., A, C, D) are how precisely a day is known from the account's other ad
    sets, and from the ad set's other ads.
    """

    own: FloatArray
    of_set: FloatArray
    of_account: FloatArray
    others: FloatArray
    beside: FloatArray

    @property
    def doubt(self) -> FloatArray:
        """Variance of what is left unknown of an ad's day, (..., A, C, D)."""
        left: FloatArray = self.of_set / (1.0 + self.of_set * self.beside)
        return left


def fit(
    counts: FloatArray,
    seen: FloatArray,
    kind: Kind,
    campaigns: NDArray[np.intp],
    features: FloatArray | None = None,
    luck: FloatArray | None = None,
) -> Fit:
    """The rates of one process, by Fisher scoring inside the pooling.

    Args:
        counts: of each ad and day.
        seen: what they are counts per, 0 where there is nothing to see.
        kind: its prior.
        campaigns: (A,) campaign of each ad set.
        features: (..., A, C, F), standardised.
        luck: (...) as in `Fit`; None: it is learnt.
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
    learnt = np.ones(centre.shape) if luck is None else luck
    estimate, precision = eta, np.zeros(eta.shape)
    for step in range(_STEPS):
        days = _days(counts, kind, learnt)
        expected = _expected(counts, seen * np.exp(eta)[..., None], days)
        flat = _chance(expected, seen, kind) + expected * (days.own + days.doubt)
        precision = (expected / flat).sum(axis=-1)
        score = ((counts - expected) / flat).sum(axis=-1)
        estimate = eta + np.clip(score / np.where(precision > 0, precision, 1.0), -1.0, 1.0)
        eta = pool(estimate, precision, campaigns, kind.spreads, centre, features).mean
        if luck is None and step % 2:
            learnt = _luck(counts, expected, seen, kind)
    rates = pool(estimate, precision, campaigns, kind.spreads, centre, features)
    days = _days(counts, kind, learnt)
    usual_counts = seen * np.exp(rates.mean)[..., None]
    recent = _recent_level(counts, usual_counts, days)
    evidence = _evidence(counts, _expected(counts, usual_counts, days), days, rates, precision)
    return Fit(rates, recent, evidence, learnt)


def _days(counts: FloatArray, kind: Kind, luck: FloatArray) -> _Days:
    """What there is to know of each day from counts, where luck varies by so much."""
    scale = np.asarray(luck)[..., None, None, None]
    own_var, set_var, account_var = scale / kind.dispersion, scale * _DAY_SD**2, scale * _ACCOUNT_DAY_SD**2
    own = counts / (1.0 + counts * own_var)
    of_set = over_places(own)
    others = np.maximum(_over_ad_sets(of_set) - of_set, 0.0)[..., None, :]
    return _Days(own_var, set_var, account_var, others, np.maximum(of_set[..., None, :] - own, 0.0))


def _expected(counts: FloatArray, usual: FloatArray, days: _Days) -> FloatArray:
    """Expected counts given what happened that day to the other ad sets and to the other ads of the ad set."""
    counted, due = over_places(counts), over_places(usual)
    account = _shift(_over_ad_sets(counted) - counted, _over_ad_sets(due) - due)[..., None, :]
    usual = usual * np.exp(account * (days.others * days.of_account / (1.0 + days.others * days.of_account)))
    others = over_places(usual)[..., None, :] - usual
    own = _shift(counted[..., None, :] - counts, others)
    expected: FloatArray = usual * np.exp(own * (days.beside * days.of_set / (1.0 + days.beside * days.of_set)))
    return expected


def _shift(counted: FloatArray, due: FloatArray) -> FloatArray:
    shift: FloatArray = np.log((np.maximum(counted, 0.0) + 0.5) / (np.maximum(due, 0.0) + 0.5))
    return shift


def _chance(expected: FloatArray, seen: FloatArray, kind: Kind) -> FloatArray:
    """Variance of a count over its mean, were all days alike: binomial, or that of rounding."""
    if not kind.drawn:
        return 1.0 / (1.0 + expected)
    chance: FloatArray = 1.0 - np.minimum(expected / np.where(seen > 0, seen, 1.0), _MOST)
    return chance


def _luck(counts: FloatArray, expected: FloatArray, seen: FloatArray, kind: Kind) -> FloatArray:
    """Posterior mean (...) of the variance of luck, as a multiple of the usual, by the spread of what was counted."""
    there = expected > 0
    plain = np.where(there, expected * _chance(expected, seen, kind), 1.0)
    missed, squared = np.square(np.where(there, counts - expected, 0.0)), np.square(expected)
    scores = []
    for scale in _LUCKS:
        days = _days(counts, kind, np.full(expected.shape[:-3], scale))
        spread = plain + squared * (days.own + days.doubt)
        cells = np.where(there, np.log(spread) + missed / spread, 0.0)
        scores.append(-0.5 * cells.sum(axis=-1).sum(axis=-1).sum(axis=-1))
    score = np.stack(scores, axis=-1) - 0.5 * np.square(np.log(np.array(_LUCKS)) / _LUCK_DOUBT)
    chance = np.exp(score - score.max(axis=-1, keepdims=True))
    luck: FloatArray = (chance * np.array(_LUCKS)).sum(axis=-1) / chance.sum(axis=-1)
    return luck


def _recent_level(counts: FloatArray, usual: FloatArray, days: _Days) -> FloatArray:
    """How the last week of each ad set (..., A) compares with its ads' rates over the window."""
    counted, due = (np.ascontiguousarray(over_places(a)[..., -_RECENT_DAYS:]) for a in (counts, usual))
    own, of_set = days.own[..., 0, 0], days.of_set[..., 0, 0]
    total = counted.sum(axis=-1)
    known = total / (1.0 + total * own / np.maximum((due > 0).sum(axis=-1), 1))
    level: FloatArray = _shift(total, due.sum(axis=-1)) * (known * of_set / (1.0 + known * of_set))
    return level


def _evidence(
    counts: FloatArray, expected: FloatArray, days: _Days, rates: Pooled, precision: FloatArray
) -> FloatArray:
    """Log evidence (...) of the process, up to what does not depend on `seen`: Laplace's approximation."""
    shape = 1.0 / (days.own + days.doubt)
    there = expected > 0
    log_mean = np.log(np.where(there, expected, 1.0))
    cells = np.where(there, counts * log_mean - (counts + shape) * np.log1p(expected / shape), 0.0)
    tau2 = np.square(rates.spread)[..., None, None]
    by_ad = cells.sum(axis=-1) - 0.5 * np.log1p(precision * tau2)
    by_ad = by_ad - 0.5 * np.where(precision > 0, np.square(rates.mean - rates.usual[..., None]) / tau2, 0.0)
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

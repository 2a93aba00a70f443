"""Winners and losers among the ads of an ad set, at an error that holds however often and whenever one looks.

For ads i and j a bet against "i is no better than j" is settled with every result. On a day on which both ran, i for
`e_i` units of money (or impressions, or clicks) and j for `e_j`, the n = n_i + n_j results so far fall to i as
beta-binomial with mean q = e_i / (e_i + e_j) where both are equally good: whatever else moved the day moved both, and
the dispersion allows for each ad's own luck of the day. The bet pays the likelihood ratio of "i is better by a factor
exp(d)", averaged over d > 0 and multiplied over days:

    E_ij = sum_d w_d prod_days BB(n_i | n, q_d) / BB(n_i | n, q),   logit q_d = logit q + d.

The urn behind the beta-binomial makes this a test martingale in the order in which results arrive, a supermartingale
where i is worse, so P(E_ij >= c ever) <= 1 / c (Ville 1939; Ramdas, Gruenwald, Vovk, Shafer, Game-theoretic statistics
and safe anytime-valid inference, 2023). Conversions that are late change nothing as long as both ads' are equally late:
young days simply have few. How the platform chose whom to show matters as little, as it only sets e_i and e_j.

With n ads, i is called the winner when min_j E_ij >= n / error, a loser when mean_j E_ji >= n / error. Days before both
of a pair ran, and pairs whose beginning lies before the window, bet nothing: forgetting losses would break the promise.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agents.vocabulary import BoolArray, FloatArray, IntArray

_FACTORS = (0.08, 0.16, 0.28, 0.45, 0.7, 1.1)
_FACTOR_WEIGHTS = (0.15, 0.2, 0.25, 0.2, 0.12, 0.08)
"""Log factors by which one ad may be better, and how the bet is spread over them."""
_LEAST_CONCENTRATION = 1.0
_CELLS = 1 << 21


def log_bets(counts: FloatArray, exposures: FloatArray, together: BoolArray, dispersion: float) -> FloatArray:
    """Log E_ij, natural, (..., C, C): the bets that i is better than j; 0 where nothing can be said.

    Args:
        counts: results by ad and day, (..., C, D).
        exposures: what they are results of, (..., C, D); results without any are left out.
        together: pairs (..., C, C) that may be compared.
        dispersion: of a day's count, as in a negative binomial: rates vary by 1 / sqrt(dispersion) between days.
    """
    places = counts.shape[-2]
    found = np.zeros((*counts.shape[:-1], places))
    for i in range(places):
        for j in range(i + 1, places):
            up, down = _both_ways(
                counts[..., i, :], counts[..., j, :], exposures[..., i, :], exposures[..., j, :], dispersion
            )
            found[..., i, j] = np.where(together[..., i, j], up, 0.0)
            found[..., j, i] = np.where(together[..., i, j], down, 0.0)
    return found


def _both_ways(
    n_i: FloatArray, n_j: FloatArray, e_i: FloatArray, e_j: FloatArray, dispersion: float
) -> tuple[FloatArray, FloatArray]:
    """The bets on i and on j (...), from days (..., D). Only days on which both ran and something happened count."""
    shape, days = tuple(e_i.shape[:-1]), int(e_i.shape[-1])
    cells = np.flatnonzero((e_i > 0) & (e_j > 0) & (n_i + n_j > 0))
    n_i, n_j, e_i, e_j = (array.reshape(-1)[cells] for array in (n_i, n_j, e_i, e_j))
    q = e_i / (e_i + e_j)
    # Two independent lucks of variance 1 / dispersion each: the variance of logit q is their sum.
    size = np.maximum(0.5 * dispersion / (q * (1.0 - q)) - 1.0, _LEAST_CONCENTRATION)
    even, logit = _log_chance(n_i, n_j, q, size), np.log(e_i) - np.log(e_j)
    rows = math.prod(shape)

    def bet(log_factor: float) -> FloatArray:
        gain = _log_chance(n_i, n_j, _share(logit + log_factor), size) - even
        total: FloatArray = np.bincount(cells // days, weights=gain, minlength=rows).reshape(shape)
        return total

    ahead, behind = (np.stack([bet(side * d) for d in _FACTORS], axis=-1) for side in (1.0, -1.0))
    return _averaged(ahead), _averaged(behind)


def _share(logit: FloatArray) -> FloatArray:
    share: FloatArray = 1.0 / (1.0 + np.exp(-logit))
    return share


def _log_chance(n_i: FloatArray, n_j: FloatArray, q: FloatArray, size: FloatArray) -> FloatArray:
    """Log of the beta-binomial probability, without what does not depend on q."""
    a, b = size * q, size * (1.0 - q)
    log_chance: FloatArray = gammaln(n_i + a) - gammaln(a) + gammaln(n_j + b) - gammaln(b)
    return log_chance


def _averaged(bets: FloatArray) -> FloatArray:
    most = bets.max(axis=-1, keepdims=True)
    averaged: FloatArray = most[..., 0] + np.log((np.exp(bets - most) * np.array(_FACTOR_WEIGHTS)).sum(axis=-1))
    return averaged


def comparable(there: BoolArray, age_days: IntArray, window_days: int, since_days: int | None) -> BoolArray:
    """Pairs of ads (..., C, C) whose whole time together lies in the window.

    Args:
        there: ads that take part, (..., C).
        age_days: days since each was launched, (..., C).
        window_days: days of history there are.
        since_days: days since the test began, where that is known: what was before it does not count.
    """
    began = age_days if since_days is None else np.minimum(age_days, since_days)
    shared = np.minimum(began[..., :, None], began[..., None, :])
    pairs: BoolArray = there[..., :, None] & there[..., None, :] & (shared <= window_days)
    return pairs & ~np.eye(there.shape[-1], dtype=np.bool_)


def verdicts(bets: FloatArray, pairs: BoolArray, error: float) -> NDArray[np.int8]:
    """+1 a winner, -1 a loser, 0 not decided (..., C), each kind wrong with probability `error` at most, ever.

    Args:
        bets: log E_ij as from `log_bets`.
        pairs: that may be compared; an ad that cannot be compared with all others of the test is no winner.
        error: the promise.
    """
    taking_part = pairs.any(axis=-1)
    ads = taking_part.sum(axis=-1)
    bar = np.log(np.maximum(ads, 1) / error)[..., None]
    partners = pairs.sum(axis=-1)
    least = np.where(pairs, bets, np.inf).min(axis=-1, initial=np.inf)
    winner = taking_part & (partners == ads[..., None] - 1) & (least >= bar)
    against = np.swapaxes(np.where(pairs, bets, -np.inf), -1, -2)
    top = np.where(taking_part, against.max(axis=-1, initial=-np.inf), 0.0)
    relative = np.exp(against - top[..., None]).sum(axis=-1) / np.maximum(partners, 1)
    loser = taking_part & ~winner & (top + np.log(np.where(taking_part, relative, 1.0)) >= bar)
    found: NDArray[np.int8] = np.where(winner, 1, np.where(loser, -1, 0)).astype(np.int8)
    return found

"""How late an account's orders come in: the population's delay, bent to what the account's youngest days show.

Of settled days the account's orders per click are known, so young days show how much of theirs has arrived. One morning
shows each age once, so a whole curve cannot be learnt: the known one is raised to a power, the account's slowness,
which is shrunk to one. A change of level in the young days is told apart as far as it hits all ages alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray

_RECENT_DAYS = 36
"""Days whose settled ones say what a click is worth."""
_SLOWNESS_SD, _SHIFT_SD, _DAY_SD = 0.3, 0.1, 0.15
"""Spreads of the slowness between accounts, and of the logs of a change of level and of a day's orders per click."""
_LEAST, _MOST = 0.2, 3.0
_SETTLED = 1e-9


def slowness(base: FloatArray, converted: FloatArray, arrived: FloatArray) -> FloatArray:
    """The power (..., 1) that shares arrived are raised to, one where nothing says otherwise.

    Args:
        base: days first, (D, ..., A): what orders come from, clicks or money.
        converted: (D, ..., A) orders known so far.
        arrived: (D, ..., A) share of a day's orders that should be known by now, above zero.
    """
    whole, orders, known = (a.sum(axis=-1, keepdims=True) for a in (base, converted, base * arrived))
    log_share = np.log(np.where(whole > 0.0, known / np.where(whole > 0.0, whole, 1.0), 1.0))
    settled = log_share > -_SETTLED
    rate_of = np.zeros((2, *whole.shape[1:]))
    for day in range(max(len(whole) - _RECENT_DAYS, 0), len(whole)):
        rate_of += np.where(settled[day], np.stack([orders[day], whole[day]]), 0.0)
    rate = rate_of[0] / np.where(rate_of[1] > 0.0, rate_of[1], 1.0)
    aa, a1, ay, y1 = (np.zeros(rate.shape) for _ in range(4))
    aa, one = aa + _SLOWNESS_SD**-2, aa + _SHIFT_SD**-2
    for day in range(len(whole)):
        expected = rate * known[day]
        weight = np.where(~settled[day] & (rate > 0.0), 1.0 / (_DAY_SD**2 + 1.0 / (expected + 0.5)), 0.0)
        a, y = log_share[day], np.log((orders[day] + 0.5) / (expected + 0.5))
        aa, a1, one = aa + weight * a * a, a1 + weight * a, one + weight
        ay, y1 = ay + weight * a * y, y1 + weight * y
    power: FloatArray = np.clip(1.0 + (one * ay - a1 * y1) / (aa * one - a1 * a1), _LEAST, _MOST)
    return power

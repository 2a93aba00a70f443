"""How ads wear out: the click rate of an ad against that at first sight, by how often its people have seen it.

The likelihood to click falls with the number n of repeats as (n + 1)^-g; Meta's study of creative fatigue gives
g = 0.43. Exposures per person are negative binomial with shape k (Danaher 2007, Marketing Science 26(3)), so the people
who see an ad today are those who saw it most. With m exposures per person so far, the mean over what is shown next is

    freshness(m) = 1 / Gamma(g) integral_0^1 (-log(1 - u))^(g-1) (1 + u m / k)^-(k+1) du,

by Gauss-Jacobi quadrature. What drives it is exposure, not age: an ad that rests is forgotten, by half
every `half_life` days, and recovers. Neither g nor the half-life is known: `CURVES` are weighed by what the account's
clicks say of them (agents.creative_response).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import roots_jacobi

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray

_NODES = 64
_GRID = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, 240)])
_USUAL_FREQUENCY = 0.4
"""Exposures per person and day where the platform tells no reach."""
_RECENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Curve:
    """A fatigue curve: exponent g, days after which half of an exposure is forgotten, prior weight if ads tire."""

    exponent: float
    half_life_days: float
    weight: float

    @property
    def memory(self) -> float:
        """Share of the exposures that is left a day later."""
        return float(0.5 ** (1.0 / self.half_life_days))


CURVES = tuple(
    Curve(g, days, share / 3) for g, share in ((0.25, 0.3), (0.43, 0.5), (0.7, 0.2)) for days in (3.0, 9.0, 28.0)
)
"""What is held possible before an account is seen: the published exponent, less and more, and unknown memory."""
NO_FATIGUE = Curve(0.0, 1.0, 1.0)


@cache
def _table(exponent: float, concentration: float) -> FloatArray:
    """Freshness on the grid of exposures per person."""
    x, weight = roots_jacobi(_NODES, 0.0, exponent - 1.0)
    u = 0.5 * (x + 1.0)
    weight = weight * (-np.log1p(-u) / u) ** (exponent - 1.0)
    weight = weight / weight.sum()
    table = np.zeros(_GRID.shape)
    for node, share in zip(u, weight, strict=True):
        table += share * (1.0 + node * _GRID / concentration) ** (-concentration - 1.0)
    table.flags.writeable = False
    return table


def freshness(exposures: FloatArray, exponent: float, concentration: float) -> FloatArray:
    """Click rate of the next impression as a share of that at first sight, by exposures per person so far."""
    if exponent == 0.0:
        return np.ones(exposures.shape)
    fresh: FloatArray = np.interp(exposures, _GRID, _table(exponent, concentration))
    return fresh


def audience(impressions: IntArray, reach: IntArray, concentration: float) -> FloatArray:
    """People (..., A) among whom an ad set is shown, from its daily impressions and reach (..., A, D).

    Of m exposures per person a day, (1 - (1 + m / k)^-k) / m are the first of the day: the share of reach tells m.
    """
    shown, reached = (np.ascontiguousarray(a).sum(axis=-1).astype(np.float64) for a in (impressions, reach))
    days = np.maximum((impressions > 0).sum(axis=-1), 1)
    first = np.where(shown > 0, reached / np.maximum(shown, 1.0), 1.0)
    m = _GRID[1:]
    share = -np.expm1(-concentration * np.log1p(m / concentration)) / m
    per_person = np.interp(first, share[::-1], m[::-1])
    known = (shown > 0) & (reached > 0)
    people: FloatArray = np.maximum(shown / days / np.where(known, per_person, _USUAL_FREQUENCY), 1.0)
    return people


def exposures(impressions: FloatArray, memory: float, before: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Exposures per person at the middle of each day (..., D), and this morning (...).

    Args:
        impressions: per person and day, (..., D).
        memory: share that is left a day later.
        before: (...) days of which nothing is known, at the ad's usual pace.
    """
    days = impressions.shape[-1]
    shown = impressions > 0
    usual = impressions.sum(axis=-1) / np.maximum(shown.sum(axis=-1), 1)
    stock = usual * memory * (1.0 - memory**before) / (1.0 - memory)
    middle = np.empty(impressions.shape)
    for day in range(days):
        today = impressions[..., day]
        middle[..., day] = stock + 0.5 * today
        stock = memory * (stock + today)
    return middle, stock

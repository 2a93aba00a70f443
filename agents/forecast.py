"""What a day will bring by the time its orders have all arrived: counts of clicks and conversions, with their spread.

The mean is uncertain (level, elasticity, the account's day), the count scatters around it (overdispersion) and is whole
(Poisson). Together that is close to a negative binomial of the same mean and variance, whose quantiles are had exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from agents.filtering import Followed
    from agents.response import Response
    from agents.vocabulary import FloatArray

_LEAST = 1e-9


@dataclass(frozen=True, eq=False, slots=True)
class Counts:
    """Negative binomial counts, (..., A): variance = mean + overdispersion * mean^2."""

    mean: FloatArray
    overdispersion: FloatArray

    def cdf(self, counts: FloatArray) -> FloatArray:
        """Probability of at most so many; zero below zero."""
        size = 1.0 / np.maximum(self.overdispersion, _LEAST)
        whole = np.floor(counts)
        below: FloatArray = special.betainc(size, np.maximum(whole, 0.0) + 1.0, size / (size + self.mean))
        return np.where(whole < 0.0, 0.0, below)

    def quantile(self, probability: float) -> FloatArray:
        """The least whole count that is not exceeded with this probability, 0 < probability < 1."""
        size = 1.0 / np.maximum(self.overdispersion, _LEAST)
        found = np.ceil(special.nbdtrik(probability, size, size / (size + self.mean)))
        found = np.maximum(np.where(np.isfinite(found), found, 0.0), 0.0)
        # The inverse is good to some digits: a whole number may be one off.
        found = np.where((found > 0.0) & (self.cdf(found - 1.0) >= probability), found - 1.0, found)
        return np.where(self.cdf(found) < probability, found + 1.0, found)


@dataclass(frozen=True, eq=False, slots=True)
class Forecast:
    """The day ahead, settled: clicks and conversions of every ad set, and the value of the conversions (..., A)."""

    clicks: Counts
    conversions: Counts
    value_minor: FloatArray


def forecast(response: Response, spend_minor: FloatArray) -> Forecast:
    """The day that is being decided, should it spend `spend_minor` (..., A) > 0.

    The two processes are taken for independent but for the clicks in between. Nothing is expected of no spend. In an
    account that reports no clicks, `clicks` are its conversions.
    """
    x = np.log(np.maximum(spend_minor, _LEAST) / response.curves.anchor_minor)
    curvature = response.curves.curvature
    clicks, spread = _counts(response.clicks, x, curvature)
    per_click, per_click_spread = _counts(response.conversions, x, 0.0)
    spent = spend_minor > 0.0
    first = Counts(np.where(spent, clicks, 0.0), spread)
    # Clicks are whole, too: their own Poisson scatter is part of what conversions scatter by.
    clicked = spread + 1.0 / np.maximum(clicks, _LEAST)
    orders = clicks * per_click
    scatter = (1.0 + clicked) * (1.0 + per_click_spread) - 1.0
    second = Counts(np.where(spent, orders, 0.0), np.minimum(scatter, 1.0 / _LEAST))
    return Forecast(first, second, second.mean * response.order_value_minor)


def _counts(process: Followed, x: FloatArray, curvature: float) -> tuple[FloatArray, FloatArray]:
    """Mean for an exposure of one, and relative variance beyond Poisson's, (..., A)."""
    s = process.state
    log_mean = s.level + s.elasticity * x - 0.5 * curvature * x * x + process.lasting + process.tomorrow
    variance = np.maximum(s.level_var + 2.0 * x * s.covariance + x * x * s.elasticity_var, 0.0) + process.tomorrow_var
    mean: FloatArray = np.exp(log_mean + 0.5 * variance)
    return mean, np.exp(variance) * (1.0 + process.overdispersion) - 1.0

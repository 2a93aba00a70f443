"""Beliefs of those who take returns to be constant: conversions per unit spent are Gamma (Poisson counts)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv, polygamma

from agents.beliefs import log_normal_beliefs
from agents.policies._figures import order_value, over_days

if TYPE_CHECKING:
    from agents.vocabulary import Beliefs, BoolArray, FloatArray, History

_OPEN = 1e-12
"""Shares are kept off 0 and 1, where the Gamma quantile is zero or infinite."""


@dataclass(frozen=True, eq=False, slots=True)
class Returns:
    """Return on ad spend: Gamma with `shape` (conversions) and `scale` (value per unit), each (..., A)."""

    shape: FloatArray
    scale: FloatArray

    def quantile(self, share: FloatArray | float) -> FloatArray:
        """The return (..., A) that is not exceeded with probability `share`."""
        kept = np.clip(share, _OPEN, 1.0 - _OPEN) * np.ones_like(self.shape)
        value: FloatArray = gammaincinv(self.shape, kept) * self.scale
        return value

    @property
    def log_middle(self) -> FloatArray:
        """Logarithm of the median, (..., A)."""
        return np.log(self.quantile(0.5))

    @property
    def log_sd(self) -> FloatArray:
        """Standard deviation of the logarithm, (..., A)."""
        spread: FloatArray = np.sqrt(polygamma(1, self.shape))
        return spread

    def beliefs(self, active: BoolArray) -> Beliefs:
        """As a log-normal of the same median and log variance."""
        return log_normal_beliefs(self.log_middle, self.log_sd, active)


def constant_returns(history: History, window_days: int, prior_conversions: float) -> Returns:
    """Returns that the last `window_days` support, with a prior of the account's rate worth `prior_conversions`."""
    count, spend = (over_days(array, window_days) for array in (history.conversions, history.spend_minor))
    all_count, all_spend = (a.sum(axis=-1, keepdims=True) for a in (count, spend))
    prior_spend = prior_conversions * np.maximum(all_spend, 1.0) / (all_count + 1.0)
    value_each = order_value(history, window_days, prior_conversions)
    return Returns(count + prior_conversions, value_each / (spend + prior_spend))

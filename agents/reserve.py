"""Money at risk: what deciding differently from people may have cost so far, and what it may cost from here.

The account's value under what was done is compared with its value under the budgets people had set, day by day since
steering began, on the curves believed in this morning. Both are uncertain in the same levels and elasticities, and so
is their difference: it is linear in them to first order, and its lower bound follows. This is the reserve of
conservative bandits (Kazerouni, Ghavamzadeh, Abbasi-Yadkori and Van Roy, Conservative Contextual Linear Bandits, 2017;
Garcelon et al., Improved Algorithms for Conservative Exploration in Bandits, 2020), recomputed from the observation
every morning: nothing is carried over, so late orders correct it by themselves. Days before the window are forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import Returns
from agents.vocabulary import Baseline

if TYPE_CHECKING:
    from agents.response import Curves
    from agents.vocabulary import FloatArray, IntArray, Observation

_FAR, _DUST = 60.0, 1e-3


@dataclass(frozen=True, eq=False, slots=True)
class Stake:
    """Value of some spending and how it depends on what is uncertain: all (..., A), in minor units."""

    value_minor: FloatArray
    by_elasticity: FloatArray
    """Derivative by the elasticity; that by the level is the value itself."""

    def plus(self, other: Stake, weight: float) -> Stake:
        """Both together, the other `weight` times."""
        return Stake(self.value_minor + weight * other.value_minor, self.by_elasticity + weight * other.by_elasticity)

    def lower(self, curves: Curves, deviations: float) -> FloatArray:
        """The account's value (...) less `deviations` standard deviations of it."""
        s, v, b = curves.state, self.value_minor, self.by_elasticity
        variance = (v * v * s.level_var + 2.0 * v * b * s.covariance + b * b * s.elasticity_var).sum(axis=-1)
        low: FloatArray = v.sum(axis=-1) - deviations * np.sqrt(np.maximum(variance, 0.0))
        return low


@dataclass(frozen=True, eq=False, slots=True)
class Ledger:
    """Since steering began, in minor units: what was done, (..., A) each, and what leaving people's budgets would have.

    `days` that are in the window; `baseline_minor` (..., A) what people's shares of today's money are.
    """

    days: int
    done: Stake
    held: Stake
    baseline_minor: FloatArray


def ledger(observation: Observation, curves: Curves, today_minor: IntArray | None = None) -> Ledger:
    """Both sides of the comparison; where nobody knows what people had set, it begins today with present budgets.

    People's budgets are taken in proportion, day by day, to what the account spent: they say how money is split.

    Args:
        observation: what is known this morning.
        curves: what is believed.
        today_minor: (...) what could be spent today in people's proportions; None for all of the day's money.
    """
    history = observation.history
    baseline = observation.baseline or Baseline(observation.ad_sets.budgets_minor, observation.day)
    own = np.where(observation.ad_sets.active, baseline.budgets_minor, 0).astype(np.float64)
    shares = own / np.maximum(own.sum(axis=-1, keepdims=True), 1.0)
    kept = [i for i, day in enumerate(history.days) if day >= baseline.since]
    done = held = Stake(np.zeros_like(own), np.zeros_like(own))
    for i in kept:
        spent = np.ascontiguousarray(history.spend_minor[..., i]).astype(np.float64)
        done = done.plus(stake(curves, spent), 1.0)
        held = held.plus(stake(curves, shares * spent.sum(axis=-1, keepdims=True)), 1.0)
    today = observation.budget_minor if today_minor is None else today_minor
    return Ledger(len(kept), done, held, shares * np.asarray(today, dtype=np.float64)[..., None])


def stake(curves: Curves, spend_minor: FloatArray | IntArray) -> Stake:
    """One day's value of spending (..., A), by the concave continuation of the curves that budgets are split on."""
    log_spend, log_anchor = np.log(np.maximum(spend_minor, _DUST)), np.log(curves.anchor_minor)
    s = curves.state
    log_value = Returns(log_anchor, s.level, s.elasticity, curves.curvature).at(log_spend).log_return
    value = np.where(spend_minor > 0, np.exp(np.clip(log_value, -_FAR, _FAR)), 0.0)
    return Stake(value, value * (log_spend - log_anchor))

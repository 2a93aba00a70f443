"""Thompson sampling on constant returns, as in the textbook: every ad set is an arm with one return on ad spend.

Conversions per unit of spend have a Gamma posterior (Poisson counts), drawn once a morning; the budget goes to the
highest draw first, as in a knapsack with linear returns (Agrawal and Devanur, Linear Contextual Bandits with Knapsacks,
2016). It knows nothing of saturation: compare it with `curve_thompson`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv, polygamma

from agents.allocation import best_first, conclude, leeway
from agents.beliefs import log_normal_beliefs
from agents.policies._figures import recent
from agents.policies._params import check_max_change, check_number, check_whole
from agents.policies._words import sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray

_OPEN = 1e-12
"""Uniforms are kept off 0 and 1, where the Gamma quantile is zero or infinite."""


@dataclass(frozen=True, slots=True)
class LinearThompson:
    """Draw each ad set's return, fill the best first, within `max_change` of the present budget.

    Attributes:
        window_days: days of history that count, all alike.
        prior_conversions: strength of the prior, which is the account's own rate.
        max_change: most that a budget moves in a day, as a share of the present budget; None for no cap.
    """

    window_days: int = 28
    prior_conversions: float = 2.0
    max_change: float | None = 0.2

    def __post_init__(self) -> None:
        check_whole("window_days", self.window_days, 1, 400)
        check_number("prior_conversions", self.prior_conversions, 0.1, 1000)
        check_max_change(self.max_change)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets (..., A) by one draw, with beliefs about the returns."""
        shape, scale = self._posterior(observation)
        uniform = np.clip(rng.random(shape.shape), _OPEN, 1.0 - _OPEN)
        room = leeway(observation, self.max_change)
        budgets, dual = best_first(gammaincinv(shape, uniform) * scale, room)
        middle, spread = np.log(gammaincinv(shape, np.full_like(shape, 0.5)) * scale), np.sqrt(polygamma(1, shape))
        beliefs = log_normal_beliefs(middle, spread, observation.ad_sets.active)
        return conclude(observation, room, budgets, dual_value=dual, beliefs=beliefs)

    def _posterior(self, observation: Observation) -> tuple[FloatArray, FloatArray]:
        """Gamma shape (conversions) and scale (return per conversion's worth of spend), each (..., A)."""
        spend, value = recent(observation.history, self.window_days)
        count = np.ascontiguousarray(observation.history.conversions[..., -self.window_days :]).sum(axis=-1)
        count = count.astype(np.float64)
        all_spend, all_value, all_count = (a.sum(axis=-1, keepdims=True) for a in (spend, value, count))
        # Before the first conversion of an account, one is taken to pay back all that was spent so far.
        order_value = np.where(all_count > 0, all_value / np.maximum(all_count, 1.0), np.maximum(all_spend, 1.0))
        prior_spend = self.prior_conversions * np.maximum(all_spend, 1.0) / (all_count + 1.0)
        own_value = (value + self.prior_conversions * order_value) / (count + self.prior_conversions)
        return count + self.prior_conversions, np.maximum(own_value, 1e-6) / (spend + prior_spend)

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""

        def because(i: int) -> str:
            if allocation.beliefs is None:
                return "no beliefs were recorded"
            own = tuple(float(getattr(allocation.beliefs, name)[i]) for name in ("marginal_roas", "low", "high"))
            return (
                f"returns {own[0]:.2f} per {observation.currency} (80 %: {own[1]:.2f} to {own[2]:.2f}) if returns "
                f"do not fall with spend; best with probability {100 * float(allocation.beliefs.p_best[i]):.0f} %"
            )

        return sentences(observation, allocation, self.max_change, because)


POLICY: type[Policy] = LinearThompson

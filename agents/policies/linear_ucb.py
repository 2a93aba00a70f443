"""Optimism on constant returns: every ad set is worth the upper end of what its return may be.

The upper quantile of the posterior takes the place of a confidence bound (Bayes-UCB: Kaufmann, Cappe and Garivier, On
Bayesian Upper Confidence Bounds for Bandit Problems, AISTATS 2012), and the highest is filled first, as in a knapsack
with linear returns. Like `linear_thompson` it knows nothing of saturation.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.allocation import best_first, conclude, leeway
from agents.policies._constant_returns import constant_returns
from agents.policies._params import check_max_change, check_number, check_whole
from agents.policies._words import check_single, sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng


@dataclass(frozen=True, slots=True)
class LinearUcb:
    """Fill the highest upper bound of return first, within `max_change` of the present budget.

    Attributes:
        window_days: days of history that count, all alike.
        prior_conversions: strength of the prior, which is the account's own rate.
        quantile: of the posterior of the return: 0.5 is the median, without optimism.
        max_change: most that a budget moves in a day, as a share of the present budget; None for no cap.
    """

    window_days: int = 28
    prior_conversions: float = 2.0
    quantile: float = 0.9
    max_change: float | None = 0.2

    def __post_init__(self) -> None:
        check_whole("window_days", self.window_days, 1, 400)
        check_number("prior_conversions", self.prior_conversions, 0.1, 1000)
        check_number("quantile", self.quantile, 0.5, 0.9999)
        check_max_change(self.max_change)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:  # noqa: ARG002 - nothing is left to chance
        """Budgets (..., A), with beliefs about the returns."""
        returns = constant_returns(observation.history, self.window_days, self.prior_conversions)
        room = leeway(observation, self.max_change)
        budgets, dual = best_first(returns.quantile(self.quantile), room)
        beliefs = returns.beliefs(observation.ad_sets.active)
        return conclude(observation, room, budgets, dual_value=dual, beliefs=beliefs)

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        returns = constant_returns(observation.history, self.window_days, self.prior_conversions)
        middle, upper = returns.quantile(0.5), returns.quantile(self.quantile)

        def because(i: int) -> str:
            return (
                f"returns {middle[i]:.2f} per {observation.currency}, and up to {upper[i]:.2f} with probability "
                f"{100 * self.quantile:g} %, if returns do not fall with spend"
            )

        return sentences(observation, allocation, self.max_change, because)


POLICY: type[Policy] = LinearUcb

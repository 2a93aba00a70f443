"""Thompson sampling on constant returns, as in the textbook: every ad set is an arm with one return on ad spend.

Conversions per unit of spend have a Gamma posterior (Poisson counts), drawn once a morning; the budget goes to the
highest draw first, as in a knapsack with linear returns (Agrawal and Devanur, Linear Contextual Bandits with Knapsacks,
2016), or is split by each ad set's probability of being the best (probability matching over the whole account, Thompson
1933). It knows nothing of saturation: compare it with `curve_thompson`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.allocation import best_first, conclude, leeway, proportional
from agents.policies._constant_returns import constant_returns
from agents.policies._params import check_max_change, check_number, check_whole, check_word
from agents.policies._words import sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng

SPLITS = ("best_first", "p_best")


@dataclass(frozen=True, slots=True)
class LinearThompson:
    """Draw each ad set's return, fill the best first, within `max_change` of the present budget.

    Attributes:
        window_days: days of history that count, all alike.
        prior_conversions: strength of the prior, which is the account's own rate.
        split: "best_first" fills the highest draw up to its bound, then the next; "p_best" draws nothing and splits in
            proportion to the probability of being the best.
        max_change: most that a budget moves in a day, as a share of the present budget; None for no cap.
    """

    window_days: int = 28
    prior_conversions: float = 2.0
    split: str = "best_first"
    max_change: float | None = 0.2

    def __post_init__(self) -> None:
        check_whole("window_days", self.window_days, 1, 400)
        check_number("prior_conversions", self.prior_conversions, 0.1, 1000)
        check_word("split", self.split, SPLITS)
        check_max_change(self.max_change)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets (..., A) by one draw, with beliefs about the returns."""
        returns = constant_returns(observation.history, self.window_days, self.prior_conversions)
        beliefs = returns.beliefs(observation.ad_sets.active)
        room = leeway(observation, self.max_change)
        if self.split == "p_best":
            wanted = beliefs.p_best * observation.budget_minor[..., None]
            return conclude(observation, room, proportional(wanted, room), beliefs=beliefs)
        drawn = returns.quantile(rng.random(np.shape(returns.shape)))
        budgets, dual = best_first(drawn, room)
        return conclude(observation, room, budgets, dual_value=dual, beliefs=beliefs)

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

"""Budgets in proportion to historical return: the spreadsheet's answer, which equalises averages, not margins."""

from __future__ import annotations

from dataclasses import dataclass

from agents.allocation import conclude, leeway, proportional
from agents.policies._figures import account_roas, recent, roas, shrunken_roas
from agents.policies._params import check_max_change, check_number, check_whole
from agents.policies._words import check_single, sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng


@dataclass(frozen=True, slots=True)
class ProportionalRoas:
    """Budgets in proportion to the return on ad spend of the last `window_days`.

    `prior_days` of average spend at the account's own return are mixed in, so that an ad set which has hardly spent is
    neither starved nor flooded. At most `max_change` of the present budget is moved a day.
    """

    window_days: int = 28
    prior_days: float = 1.0
    max_change: float | None = 0.2

    def __post_init__(self) -> None:
        check_whole("window_days", self.window_days, 1, 400)
        check_number("prior_days", self.prior_days, 0, 400)
        check_max_change(self.max_change)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:  # noqa: ARG002 - nothing is left to chance
        """Budgets (..., A) in proportion to shrunken returns."""
        returns = shrunken_roas(observation.history, self.window_days, self.prior_days)
        room = leeway(observation, self.max_change)
        return conclude(observation, room, proportional(returns, room))

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        spend, value = recent(observation.history, self.window_days)
        own, account = roas(spend, value, float("nan")), float(account_roas(spend, value)[0])
        unit, days = observation.currency, self.window_days

        def because(i: int) -> str:
            if not spend[i]:
                return f"nothing spent in {days} days, taken to return what the account returns, {account:.2f}"
            return f"returned {own[i]:.2f} per {unit} over {days} days, the account {account:.2f}"

        return sentences(observation, allocation, self.max_change, because)


POLICY: type[Policy] = ProportionalRoas

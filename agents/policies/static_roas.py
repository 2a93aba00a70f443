"""One split for good, from what was known when steering began: a quarter's plan, as agencies write it.

The return of each ad set on the days before steering began is looked at once. Taking that return itself as the weight
equalises averages; weighing people's budgets by it keeps their judgement and is far better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import conclude, leeway, proportional
from agents.policies._figures import shrunken_roas
from agents.policies._params import check_max_change, check_number, check_whole, check_word
from agents.policies._words import check_single, sentences
from agents.vocabulary import HISTORY_METRICS, Allocation, History, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray

WEIGHTS = ("budget_roas", "roas")
_ENOUGH_DAYS = 7


@dataclass(frozen=True, slots=True)
class StaticRoas:
    """Budgets in fixed proportions, approached by at most `max_change` of the present budget a day (None: at once).

    Where it is not known what people had set (`Observation.baseline`), today counts as the beginning and present
    budgets as theirs. Once less than a week before the beginning is left in the window, budgets stay as they are.

    Attributes:
        weight: "budget_roas" weighs each ad set's first budget by its return, "roas" takes the return alone.
        window_days: days before the beginning that count, all alike.
        prior_days: days of average spend at the account's own return that are mixed in.
        max_change: most that a budget moves in a day, as a share of the present budget.
    """

    weight: str = "budget_roas"
    window_days: int = 28
    prior_days: float = 1.0
    max_change: float | None = 0.2

    def __post_init__(self) -> None:
        check_word("weight", self.weight, WEIGHTS)
        check_whole("window_days", self.window_days, 1, 400)
        check_number("prior_days", self.prior_days, 0, 400)
        check_max_change(self.max_change)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:  # noqa: ARG002 - nothing is left to chance
        """Budgets (..., A) in proportion to the weights, as far as bounds allow."""
        room = leeway(observation, self.max_change)
        return conclude(observation, room, proportional(self._weights(observation), room))

    def _weights(self, observation: Observation) -> FloatArray:
        """What shares are in proportion to, (..., A)."""
        now = observation.ad_sets.budgets_minor.astype(np.float64)
        returns, known = self._returns(observation)
        if not known:
            return now
        first = now if observation.baseline is None else observation.baseline.budgets_minor.astype(np.float64)
        return returns * first if self.weight == "budget_roas" else returns

    def _returns(self, observation: Observation) -> tuple[FloatArray, bool]:
        """Returns (..., A) before steering began, and whether enough of those days are left in the window."""
        history, baseline = observation.history, observation.baseline
        if baseline is not None:
            count = sum(day < baseline.since for day in history.days)
            if count < _ENOUGH_DAYS:
                return np.zeros(observation.ad_sets.budgets_minor.shape), False
            history = _first_days(history, count)
        return shrunken_roas(history, self.window_days, self.prior_days), True

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        returns, known = self._returns(observation)
        since = observation.baseline.since if observation.baseline else observation.day

        def because(i: int) -> str:
            if not known:
                return f"what it returned before {since} is no longer looked at, and its share stays"
            return f"returned {returns[i]:.2f} per {observation.currency} before {since}, which fixes its share"

        return sentences(observation, allocation, self.max_change, because)


def _first_days(history: History, count: int) -> History:
    """The `count` oldest days."""
    cut = {name: getattr(history, name)[..., :count] for name in (*HISTORY_METRICS, "maturity_days")}
    return replace(history, days=history.days[:count], **cut)


POLICY: type[Policy] = StaticRoas

"""The automation rules that most accounts run: a step up for what returns more than average, a step down for less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import conclude, leeway, proportional
from agents.policies._figures import account_roas, recent, roas
from agents.policies._params import check_number, check_whole
from agents.policies._words import check_single, sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray


@dataclass(frozen=True, slots=True)
class Rules:
    """A step of `max_change` up where the return of the last `window_days` beats the account's by `dead_band`, or down.

    The account's return stands in for the target that people type in; the steps are then scaled to the day's total.
    """

    window_days: int = 7
    dead_band: float = 0.1
    max_change: float = 0.2

    def __post_init__(self) -> None:
        check_whole("window_days", self.window_days, 1, 400)
        check_number("dead_band", self.dead_band, 0, 1)
        check_number("max_change", self.max_change, 0.0001, 1.0)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:  # noqa: ARG002 - nothing is left to chance
        """Budgets (..., A) one step up, down, or as they are."""
        own, account = self._returns(observation)
        up, down = own > account * (1 + self.dead_band), own < account * (1 - self.dead_band)
        factor = 1.0 + self.max_change * (up.astype(np.float64) - down.astype(np.float64))
        room = leeway(observation, self.max_change)
        return conclude(observation, room, proportional(observation.ad_sets.budgets_minor * factor, room))

    def _returns(self, observation: Observation) -> tuple[FloatArray, FloatArray]:
        """Return of each ad set (..., A), the account's where nothing was spent; and of the account (..., 1)."""
        spend, value = recent(observation.history, self.window_days)
        account = account_roas(spend, value)
        return roas(spend, value, account), account

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        own, account = self._returns(observation)
        unit, days = observation.currency, self.window_days
        words = [f"returned {r:.2f} per {unit} over {days} days, the account {float(account[0]):.2f}" for r in own]
        return sentences(observation, allocation, self.max_change, lambda i: words[i])


POLICY: type[Policy] = Rules

"""The automation rules that most accounts run: a step up for what returns more than a target, a step down for less.

One file for the whole family: what the automation tools of the trade let people set is a parameter here. The defaults
are the typical rule; `experiments/rule_grid.py` has the settings among which the best is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import conclude, leeway, proportional
from agents.policies._figures import account_roas, over_days, recent, roas
from agents.policies._params import check_number, check_whole
from agents.policies._words import check_single, sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray

ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Rules:
    """A step up where the return of the last `window_days` beats the target by `dead_band`, a step down where it fails.

    The steps are then scaled to the day's total, which is spent in full.

    Attributes:
        window_days: days of history that a return is taken over.
        dead_band: share of the target within which nothing is done.
        step_up: share by which a budget is raised.
        step_down: share by which it is cut.
        every_days: the rules run on every n-th day of the calendar, and leave budgets alone in between.
        target: a return on ad spend that people type in, or "account" for what the account returned in the window.
        minimum_conversions: ad sets with fewer conversions in the window are not judged.
        max_change: most that a budget moves in a day, as a share of the present budget, after scaling.
    """

    window_days: int = 7
    dead_band: float = 0.1
    step_up: float = 0.2
    step_down: float = 0.2
    every_days: int = 1
    target: float | str = ACCOUNT
    minimum_conversions: int = 0
    max_change: float = 0.2

    def __post_init__(self) -> None:
        check_whole("window_days", self.window_days, 1, 400)
        check_number("dead_band", self.dead_band, 0, 1)
        check_number("step_up", self.step_up, 0, 1)
        check_number("step_down", self.step_down, 0, 0.95)
        check_whole("every_days", self.every_days, 1, 31)
        if self.target != ACCOUNT:
            check_number("target", self.target, 0.001, 1000)
        check_whole("minimum_conversions", self.minimum_conversions, 0, 1_000_000)
        check_number("max_change", self.max_change, 0.0001, 1.0)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:  # noqa: ARG002 - nothing is left to chance
        """Budgets (..., A) one step up, down, or as they are."""
        room = leeway(observation, self.max_change)
        now = observation.ad_sets.budgets_minor.astype(np.float64)
        return conclude(observation, room, proportional(now * self._factors(observation), room))

    def _factors(self, observation: Observation) -> FloatArray:
        """What each budget (..., A) is multiplied by, before all are scaled to the day's total."""
        own, target, judged = self._returns(observation)
        if not self._runs(observation):
            return np.ones_like(own)
        up, down = own > target * (1 + self.dead_band), own < target * (1 - self.dead_band)
        factors: FloatArray = np.where(up, 1.0 + self.step_up, np.where(down, 1.0 - self.step_down, 1.0))
        return np.where(judged, factors, 1.0)

    def _runs(self, observation: Observation) -> bool:
        return observation.day.toordinal() % self.every_days == 0

    def _returns(self, observation: Observation) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Return of each ad set (..., A), the account's where nothing was spent; target (..., 1); who is judged."""
        spend, value = recent(observation.history, self.window_days)
        account = account_roas(spend, value)
        target = account if self.target == ACCOUNT else np.full_like(account, float(self.target))
        enough: BoolArray = over_days(observation.history.conversions, self.window_days) >= self.minimum_conversions
        return roas(spend, value, account), target, enough & (spend > 0)

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        if not self._runs(observation):
            resting = f"the rules run every {self.every_days} days, and not today"
            return sentences(observation, allocation, self.max_change, lambda _: resting)
        own, target, judged = self._returns(observation)
        whose = "the account" if self.target == ACCOUNT else "its target is"

        def because(i: int) -> str:
            words = f"returned {own[i]:.2f} per {observation.currency} over {self.window_days} days, {whose} "
            few = "" if judged[i] else f"; fewer than {max(self.minimum_conversions, 1)} conversions, so not judged"
            return f"{words}{float(target[0]):.2f}{few}"

        return sentences(observation, allocation, self.max_change, because)


POLICY: type[Policy] = Rules

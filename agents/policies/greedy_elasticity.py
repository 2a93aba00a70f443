"""One elasticity for everybody, no statistics: the spreadsheet of somebody who knows that returns fall with spend.

Every ad set is taken to follow value = scale * spend^elasticity through its average day of the window; the day's budget
is split where marginal returns meet, exactly. What remains to be gained is what there is to learn about each ad set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import conclude, leeway, to_cents, water_fill
from agents.policies._figures import daily_spend, shrunken_roas
from agents.policies._params import check_max_change, check_number, check_whole
from agents.policies._words import check_single, sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray


@dataclass(frozen=True, slots=True)
class GreedyElasticity:
    """Move towards equal marginal returns under a power law of known elasticity.

    Attributes:
        elasticity: d log value / d log spend of every ad set.
        window_days: days of history that count, all alike.
        prior_days: days of average spend at the account's own return that are mixed in.
        max_change: most that a budget moves in a day, as a share of the present budget; None for no cap.
    """

    elasticity: float = 0.55
    window_days: int = 28
    prior_days: float = 1.0
    max_change: float | None = 0.2

    def __post_init__(self) -> None:
        check_number("elasticity", self.elasticity, 0.05, 0.95)
        check_whole("window_days", self.window_days, 1, 400)
        check_number("prior_days", self.prior_days, 0, 400)
        check_max_change(self.max_change)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:  # noqa: ARG002 - nothing is left to chance
        """Budgets (..., A) where marginal returns meet."""
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        room = leeway(observation, self.max_change)
        steepness = np.full_like(now, 1.0 / (1.0 - self.elasticity))
        shares, dual = water_fill(now, self._marginal(observation, now), steepness, room)
        budgets = to_cents(shares, room.total_minor, room.lo_minor, room.hi_minor)
        return conclude(observation, room, budgets, dual_value=dual)

    def _marginal(self, observation: Observation, spend_minor: FloatArray) -> FloatArray:
        """Value of the next unit of money at `spend_minor` (..., A)."""
        history = observation.history
        average = shrunken_roas(history, self.window_days, self.prior_days)
        usual = daily_spend(history, self.window_days, spend_minor)
        marginal: FloatArray = self.elasticity * average * (spend_minor / usual) ** (self.elasticity - 1.0)
        return np.maximum(marginal, 1e-9)

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        average = shrunken_roas(observation.history, self.window_days, self.prior_days)
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        marginal, unit = self._marginal(observation, now), observation.currency
        margin = float("nan") if allocation.certificate is None else float(allocation.certificate.dual_value)
        account = "" if np.isnan(margin) else f", the account's margin is {margin:.2f}"

        def because(i: int) -> str:
            return (
                f"returned {average[i]:.2f} per {unit} over {self.window_days} days; at an elasticity of "
                f"{self.elasticity:g} the next {unit} returns {marginal[i]:.2f}{account}"
            )

        return sentences(observation, allocation, self.max_change, because)


POLICY: type[Policy] = GreedyElasticity

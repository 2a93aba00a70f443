"""Thompson sampling over saturating response curves, with the day's budget split exactly where marginal returns meet.

A draw of curves from the posterior, then the concave allocation under floors, ceilings and the change cap: the scheme
of Han and Arndt (Budget Allocation as a Multi-Agent System of Contextual and Continuous Bandits, KDD 2021) with the
exact dual solution. A full draw every morning costs more in churn than it earns, hence the temperature.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import Limits, allocate, leeway
from agents.beliefs import log_normal_beliefs
from agents.explanation import Account, Grounds, Split, explain_curves
from agents.exploration import earned_share, learning_bonus
from agents.policies._margins import margins_of
from agents.policies._params import check_delay, check_max_change, check_number
from agents.policies._words import check_single, next_unit_words, sentences
from agents.population import DELAY, Population
from agents.response import Curves, Response, fit_response
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.allocation import Returns
    from agents.vocabulary import FloatArray, IntArray

_LEAST_KEPT = 0.05
_TRIAL = "; a trial, as the estimate is uncertain"

_BOUNDS = {
    "elasticity": (0.05, 0.95),
    "elasticity_sd": (0.001, 2),
    "per_click": (-0.5, 0.5),
    "per_click_sd": (0, 1),
    "per_impression": (-0.5, 0.5),
    "per_impression_sd": (0, 1),
    "drift": (0, 1),
    "impression_level_sd": (0.01, 5),
    "click_level_sd": (0.01, 5),
    "conversion_level_sd": (0.01, 5),
    "impression_dispersion": (0.1, 1e6),
    "click_dispersion": (0.1, 1e6),
    "conversion_dispersion": (0.1, 1e6),
    "day_sd": (0.001, 2),
}


@dataclass(frozen=True, slots=True)
class CurveThompson:
    """Draw response curves, move each ad set towards the point where all marginal returns are equal.

    Attributes:
        temperature: share of the posterior's spread that a draw shows: 1 is Thompson sampling, 0 the posterior mean.
        learning_days: days on which what a budget teaches is taken to pay; 0 for no value of information.
        optimism: standard deviations of the log marginal return that are added to it; 0 for none.
        crowding: elasticity with which ad sets lose to what the others spend, where they bid for the same people; 0 for
            none. It cannot be told from budgets and results alone, so it has to be known.
        max_change: most that a budget moves in a day, as a share of the present budget; None for no cap.
        learning_max_change: the same for ad sets in the learning stage, 0 to leave them alone; None for no other cap.
        minimum_minor: least budget of every ad set that may be moved, in minor units.
        spend_at_most: whether the day's total is a ceiling: money that would return less than `least_return` stays.
        least_return: least return of the next unit of money under `spend_at_most`; None is 1, money that comes back.
        roas_floor: least value per unit spent of the whole account; money stays unspent to hold it; None for none.
        cpa_ceiling_minor: most spend per order of the whole account; money stays unspent to hold it; None for none.
        least_delivery: share of its budget that an ad set must have spent yesterday to be given more; None to not look.
        use_clicks: whether impressions and clicks count, or conversions alone.
        elasticity: this and the rest are the population's: see `agents.population.Population`.
    """

    temperature: float = 0.05
    learning_days: float = 15.0
    optimism: float = 0.0
    crowding: float = 0.0
    max_change: float | None = 0.2
    learning_max_change: float | None = None
    minimum_minor: int = 0
    spend_at_most: bool = False
    least_return: float | None = None
    roas_floor: float | None = None
    cpa_ceiling_minor: int | None = None
    least_delivery: float | None = 0.8
    use_clicks: bool = True
    elasticity: float = 0.55
    elasticity_sd: float = 0.15
    per_click: float = -0.04
    per_click_sd: float = 0.1
    per_impression: float = 0.0
    per_impression_sd: float = 0.07
    drift: float = 0.02
    impression_level_sd: float = 0.3
    click_level_sd: float = 0.4
    conversion_level_sd: float = 0.3
    impression_dispersion: float = 250.0
    click_dispersion: float = 100.0
    conversion_dispersion: float = 12.0
    day_sd: float = 0.08
    delay: tuple[float, ...] = DELAY

    def __post_init__(self) -> None:
        check_number("temperature", self.temperature, 0, 4)
        check_number("learning_days", self.learning_days, 0, 1000)
        check_number("optimism", self.optimism, 0, 4)
        check_number("crowding", self.crowding, 0, 1)
        check_max_change(self.max_change)
        if not isinstance(self.use_clicks, bool):
            raise ValueError(f"use_clicks must be true or false, got {self.use_clicks!r}")  # noqa: TRY004 - one kind for all refusals
        _ = self.limits  # refuses what makes no sense
        for name, (low, high) in _BOUNDS.items():
            check_number(name, getattr(self, name), low, high)
        object.__setattr__(self, "delay", check_delay(self.delay))

    @property
    def population(self) -> Population:
        """What ad sets are like before they are seen."""
        return Population(**{entry.name: getattr(self, entry.name) for entry in fields(Population)})

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets (..., A) by one draw, with beliefs at the present budgets and the account's marginal return."""
        response = self.response(observation)
        curves, sets = response.curves, observation.ad_sets
        now = np.maximum(sets.budgets_minor, 1).astype(np.float64)
        beliefs = log_normal_beliefs(curves.log_marginal(now), curves.log_marginal_sd(now), sets.active)
        returns = _with_orders(self._acted_on(response, observation, rng).returns, response)
        return allocate(observation, returns, self.limits, beliefs=beliefs)

    @property
    def least_asked(self) -> float | None:
        """The least return of the next unit of money that is asked; None where all money is to be spent."""
        return float(np.exp(self.limits.log_price)) or None

    @property
    def limits(self) -> Limits:
        """What is asked beyond floors, ceilings and wishes of the ad sets; policies around it keep to it as well."""
        return Limits(**{entry.name: getattr(self, entry.name) for entry in fields(Limits)})

    def response(self, observation: Observation) -> Response:
        """What this policy has learnt of each ad set."""
        history = observation.history
        if not self.use_clicks:
            history = replace(
                history, impressions=np.zeros_like(history.impressions), clicks=np.zeros_like(history.clicks)
            )
        return fit_response(history, observation.ad_sets.budgets_minor, self.population)

    def curves(self, observation: Observation) -> Curves:
        """What this policy believes about each ad set's response."""
        return self.response(observation).curves

    def _acted_on(self, response: Response, observation: Observation, rng: Rng) -> Curves:
        """The curves that this morning's decision takes for true: chance, and what there is to learn, have a part."""
        curves, sets = response.curves, observation.ad_sets
        now = np.maximum(sets.budgets_minor, 1).astype(np.float64)
        acted_on = curves.drawn(rng.standard_normal(now.shape), rng.standard_normal(now.shape), self.temperature)
        if self.learning_days > 0:
            bonus = learning_bonus(response, now, self.learning_days) * earned_share(observation, curves)
            acted_on = acted_on.raised(bonus - _typical(bonus, np.where(sets.active, now, 0.0)))
        if self.optimism > 0:
            spread = self.optimism * curves.log_marginal_sd(now)
            acted_on = acted_on.raised(spread - _typical(spread, np.where(sets.active, now, 0.0)))
        if self.crowding > 0:
            acted_on = acted_on.raised(_kept(curves, np.where(sets.active, now, 0.0), self.crowding))
        return acted_on

    def account_for(
        self, observation: Observation, allocation: Allocation, rng: Rng, final_minor: IntArray | None = None
    ) -> Account:
        """The decision in figures: `rng` must give the draws that `decide` got.

        Where an average of the account is asked, no change of one belief is said to turn a budget.
        """
        check_single(observation)
        response = self.response(observation)
        curves, limits = response.curves, self.limits
        acted_on = self._acted_on(response, observation, rng)
        returns = _with_orders(acted_on.returns, response)
        unswayed = allocate(observation, _with_orders(curves.returns, response), limits).budgets_minor

        grounds = Grounds(
            curves,
            leeway(observation, limits, returns),
            target=self.least_asked,
            split=None if limits.averages else Split(acted_on, unswayed, margins_of(observation, returns, limits)),
            order_value_minor=response.order_value_minor,
        )
        return explain_curves(observation, allocation, grounds, final_minor)

    @property
    def _tries(self) -> bool:
        """Whether a move may go against the estimate."""
        return self.temperature > 0 or self.learning_days > 0 or self.optimism > 0

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        moves = allocation.budgets_minor - observation.ad_sets.budgets_minor

        def because(i: int) -> str:
            beliefs, certificate = allocation.beliefs, allocation.certificate
            if beliefs is None or certificate is None:
                return "no beliefs were recorded"
            words = next_unit_words(observation, beliefs, i)
            margin = float(certificate.dual_value)
            if np.isnan(margin):
                return words
            against = moves[i] * (float(beliefs.marginal_roas[i]) - margin) < 0 and self._tries
            return f"{words}, the account's margin is {margin:.2f}{_TRIAL if against else ''}"

        return sentences(observation, allocation, self.max_change, because)


def _with_orders(returns: Returns, response: Response) -> Returns:
    """The same curves, knowing what an order is worth: ceilings on costs per order are asked in orders."""
    return replace(returns, conversions_each=1.0 / response.order_value_minor)


def _kept(curves: Curves, spend_minor: FloatArray, crowding: float) -> FloatArray:
    """Log of the share (..., A) of marginal returns that the account keeps: the rest is taken from the other ad sets.

    Where a_i loses to the others' spend with elasticity c, the next unit of ad set b costs c * sum of the others'
    value over the account's spend, and in proportion to what it buys, its own elasticity.
    """
    least = np.maximum(spend_minor, 1.0)
    value = np.exp(curves.log_value(least)) * (spend_minor > 0.0)
    others = value.sum(axis=-1, keepdims=True) - value
    whole = np.maximum(spend_minor.sum(axis=-1, keepdims=True), 1.0)
    cost = crowding * curves.elasticity_at(least) * others / whole
    kept: FloatArray = np.log(np.maximum(1.0 - cost / np.exp(curves.log_marginal(least)), _LEAST_KEPT))
    return kept


def _typical(bonus: FloatArray, weights: FloatArray) -> FloatArray:
    """The account's mean bonus (..., 1): what all ad sets have in common moves no money and is no return."""
    whole = weights.sum(axis=-1, keepdims=True)
    mean: FloatArray = (bonus * weights).sum(axis=-1, keepdims=True) / np.where(whole > 0, whole, 1.0)
    return mean


POLICY: type[Policy] = CurveThompson

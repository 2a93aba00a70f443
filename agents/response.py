"""How results answer to budgets: one saturating curve per ad set, learnt from the days it was seen on.

Two counting processes are followed in the same way (`agents.filtering`) and multiplied: clicks per unit of spend,
which are many and saturate early, and conversions per click, which are few and late. Given the clicks, conversions say
nothing more about the first process, so the joint posterior is the product of the two, but for what the priors of
their elasticities share (`agents.account_pooling`). The filter is run anew over the whole window each morning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.account_pooling import joined, level_prior
from agents.allocation import Returns
from agents.arrival import slowness
from agents.filtering import Evidence, Followed, Prior, Process, State, follow, over_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.population import Population
    from agents.vocabulary import BoolArray, FloatArray, History, IntArray

__all__ = ["Curves", "Response", "State", "fit_response"]

CURVATURE = 0.12
"""How much the elasticity falls when spend grows e-fold: between a power law (0) and a Hill curve near its middle."""
_SHOCK_SD = 0.25
_CERTAIN = 1e-3
"""Spread of what is known beforehand: a Gaussian needs one above zero."""
_EARLY_DAYS = 28
"""Days of an account whose totals say how its ad sets' levels are spread to begin with."""
_ORDERS_TRUST = 3.0
"""Orders that the account's order value counts for: variance of one order over that between ad sets (0.5^2 / 0.3^2)."""
_ORDER_VARIATION = 0.5


@dataclass(frozen=True, eq=False, slots=True)
class Curves:
    """Value per day as a function of spend, one log-quadratic curve per ad set: all arrays (..., A).

    log value(s) = level + elasticity * x - curvature * x^2 / 2,  x = log(s / anchor_minor); value in minor units.
    """

    anchor_minor: FloatArray
    state: State
    curvature: float

    def drawn(self, z_level: FloatArray, z_elasticity: FloatArray, temperature: float) -> Curves:
        """One posterior draw from standard normals (..., A), its deviation from the mean scaled by `temperature`."""
        s = self.state
        sd = np.sqrt(s.level_var)
        slope = s.covariance / s.level_var
        rest = np.sqrt(np.maximum(s.elasticity_var - slope * s.covariance, 0.0))
        shift = temperature * sd * z_level
        state = State(
            s.level + shift,
            s.elasticity + slope * shift + temperature * rest * z_elasticity,
            s.level_var,
            s.covariance,
            s.elasticity_var,
        )
        return Curves(self.anchor_minor, state, self.curvature)

    def raised(self, log_factor: FloatArray) -> Curves:
        """The same curves, each higher by a log factor (..., A)."""
        state = replace(self.state, level=self.state.level + log_factor)
        return Curves(self.anchor_minor, state, self.curvature)

    @property
    def returns(self) -> Returns:
        """The same curves for the allocation. Where they leave what is concave and rising, they go on as powers."""
        anchor = np.broadcast_to(np.log(self.anchor_minor), self.state.level.shape)
        return Returns(anchor, self.state.level, self.state.elasticity, self.curvature)

    def elasticity_at(self, spend_minor: FloatArray) -> FloatArray:
        """Slope of log value over log spend at `spend_minor` > 0, kept inside (0, 1): more pays, but less and less."""
        return self.returns.at(np.log(spend_minor)).elasticity

    def log_value(self, spend_minor: FloatArray) -> FloatArray:
        """Log of a day's value at `spend_minor` > 0."""
        return self.returns.at(np.log(spend_minor)).log_return

    def log_marginal(self, spend_minor: FloatArray) -> FloatArray:
        """Log of the value of the next unit of money at `spend_minor` > 0."""
        return self.returns.at(np.log(spend_minor)).log_marginal

    def log_marginal_sd(self, spend_minor: FloatArray) -> FloatArray:
        """Standard deviation of `log_marginal`, to first order in the state."""
        s = self.state
        slope = np.log(spend_minor / self.anchor_minor) + 1.0 / self.elasticity_at(spend_minor)
        return np.sqrt(s.level_var + 2.0 * slope * s.covariance + slope * slope * s.elasticity_var)


@dataclass(frozen=True, eq=False, slots=True)
class Response:
    """What the window says of every ad set.

    `curves` are those of a usual day: what passes, and the weekday, are left out. `clicks` and `conversions` are the
    two processes behind them, the second per click, around the same usual spend; `order_value_minor` and
    `order_value_var`, the variance of its log, are (..., A).
    """

    curves: Curves
    clicks: Followed
    conversions: Followed
    order_value_minor: FloatArray
    order_value_var: FloatArray


def fit_response(history: History, budgets_minor: IntArray, population: Population) -> Response:
    """The curves that the window supports; without history, the account's average return and the prior elasticity.

    Args:
        history: D days of A ad sets.
        budgets_minor: (..., A), present budgets: the scale of ad sets that have not spent yet.
        population: what ad sets are like before they are seen.
    """
    spend, clicked, converted = (_days_first(a) for a in (history.spend_minor, history.clicks, history.conversions))
    seen = (spend > 0.0).astype(np.float64)
    anchor = _usual_spend(spend, seen, budgets_minor)
    # An account whose platform reports no clicks is followed on conversions alone: they take the clicks' place.
    blind = _total(clicked) < _total(converted)
    order_value, order_count = _order_value(history, converted, spend)
    x = np.maximum(spend, 1.0)
    x /= anchor
    np.log(x, out=x)
    x *= seen
    clicked *= seen
    converted *= seen
    arrived = _arrived(history.maturity_days, population.delay)
    arrived **= slowness(np.where(blind, spend, clicked), converted, arrived)
    weekday = history.days[0].weekday()
    first = Evidence(*_leading(blind, clicked, converted, seen, arrived), x, weekday)
    second = Evidence(converted, _clicks_that_convert(blind, first, arrived, seen), x, weekday)
    early = _early(seen)
    days = _summed(seen, early)
    upper_prior = _prior_of_clicks(population, blind, _early_totals(first.counts, spend * first.exposures, early), days)
    upper_prior = replace(upper_prior, level=upper_prior.level + np.log(anchor))
    lower_prior = _prior_of_orders(population, blind, _early_totals(converted, second.exposures, early), days)
    upper = follow(Process(CURVATURE, _SHOCK_SD, population.day_sd), first, upper_prior)
    lower = follow(Process(0.0, _SHOCK_SD, population.day_sd), second, lower_prior)
    shared = np.where(blind, 0.0, -(population.per_click_sd**2))
    joint = joined(upper.state, lower.state, (upper_prior, lower_prior), shared)
    order_value_var = _ORDER_VARIATION**2 / (order_count + _ORDERS_TRUST)
    state = joint.together
    state = replace(
        state,
        level=state.level + upper.lasting + lower.lasting + np.log(order_value),
        level_var=state.level_var + order_value_var,
    )
    return Response(
        Curves(anchor, state, CURVATURE),
        replace(upper, state=joint.clicks),
        replace(lower, state=joint.conversions),
        order_value,
        order_value_var,
    )


def _leading(
    blind: BoolArray, clicked: FloatArray, converted: FloatArray, seen: FloatArray, arrived: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Counts and exposures of the first process: clicks, or in blind accounts the conversions that have arrived."""
    if not bool(blind.any()):
        return clicked, seen
    return np.where(blind, converted, clicked), np.where(blind, arrived, 1.0) * seen


def _clicks_that_convert(blind: BoolArray, first: Evidence, arrived: FloatArray, seen: FloatArray) -> FloatArray:
    """What conversions could have come from by now; half a click stands for none."""
    exposures = first.counts + 0.5
    exposures *= np.where(blind, 1.0, arrived) if bool(blind.any()) else arrived
    exposures *= seen
    return exposures


def _prior_of_clicks(
    population: Population, blind: BoolArray, early: tuple[FloatArray, FloatArray], days: FloatArray
) -> Prior:
    """Before the first day, clicks per unit of spend; where there are none to see, conversions per unit of spend."""
    scatter = np.where(blind, 1.0 / population.conversion_dispersion, 1.0 / population.click_dispersion)
    level, spread = level_prior(*early, days, population.click_level_sd, scatter)
    gap = np.where(blind, 0.0, population.per_click)
    gap_sd = np.where(blind, 0.0, population.per_click_sd)
    return Prior(
        level=level,
        level_sd=spread,
        elasticity=population.elasticity - gap,
        elasticity_sd=np.sqrt(population.elasticity_sd**2 + gap_sd**2),
        overdispersion=scatter,
        drift=np.where(blind, population.drift, population.drift / np.sqrt(2.0)),
    )


def _prior_of_orders(
    population: Population, blind: BoolArray, early: tuple[FloatArray, FloatArray], days: FloatArray
) -> Prior:
    """Before the first day, conversions per click; one for one in blind accounts, where conversions stand for both."""
    scatter = np.full(blind.shape, 1.0 / population.conversion_dispersion)
    level, spread = level_prior(*early, days, population.conversion_level_sd, scatter)
    return Prior(
        level=level,
        level_sd=np.where(blind, _CERTAIN, spread),
        elasticity=np.where(blind, 0.0, population.per_click),
        elasticity_sd=np.where(blind, _CERTAIN, max(population.per_click_sd, _CERTAIN)),
        overdispersion=scatter,
        drift=np.where(blind, 0.0, population.drift / np.sqrt(2.0)),
    )


def _days_first(array: IntArray) -> FloatArray:
    """(..., A, D) as contiguous floats (D, ..., A): one layout, whatever the batch."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 0), dtype=np.float64)


def _total(days_first: FloatArray) -> FloatArray:
    """The account's sum over days and ad sets, (..., 1)."""
    by_ad_set = over_days(days_first)
    total: FloatArray = by_ad_set.sum(axis=-1, keepdims=True)
    return total


def _early(seen: FloatArray) -> FloatArray:
    """One on the first days on which an account spent anything, zero later, (D, ..., 1)."""
    spent = seen.max(axis=-1, keepdims=True, initial=0.0)
    first: FloatArray = (np.cumsum(spent, axis=0) <= _EARLY_DAYS).astype(np.float64)
    return first


def _summed(days_first: FloatArray, weights: FloatArray) -> FloatArray:
    """Sum over days (..., A), each day with its account's weight (D, ..., 1)."""
    summed = np.zeros(days_first.shape[1:])
    for day, weight in zip(days_first, weights, strict=True):
        summed += day * weight
    return summed


def _early_totals(counts: FloatArray, exposures: FloatArray, early: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Counts and exposures (..., A) of the early days."""
    return _summed(counts, early), _summed(exposures, early)


def _arrived(maturity_days: IntArray, delay: Sequence[float]) -> FloatArray:
    """Share of a cell's conversions that has arrived, days first."""
    cumulative = np.minimum(np.cumsum(np.asarray(delay, dtype=np.float64)), 1.0)
    cumulative[-1] = 1.0
    return np.ascontiguousarray(np.moveaxis(cumulative[np.minimum(maturity_days, len(delay) - 1)], -1, 0))


def _usual_spend(spend: FloatArray, seen: FloatArray, budgets_minor: IntArray) -> FloatArray:
    """Mean spend of the days with spend; the present budget where there are none."""
    days = over_days(seen)
    mean = over_days(spend) / np.maximum(days, 1.0)
    usual: FloatArray = np.where(days > 0, mean, np.maximum(budgets_minor, 1).astype(np.float64))
    return usual


def _order_value(history: History, converted: FloatArray, spend: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Value of a conversion in minor units, shrunk to the account's by three conversions' worth, and their number.

    Before the first conversion of an account, one is taken to pay back all that was spent so far. Both are (..., A).
    """
    value = over_days(_days_first(history.value_minor))
    count = over_days(converted)
    all_value, all_count = value.sum(axis=-1, keepdims=True), count.sum(axis=-1, keepdims=True)
    typical = np.where(all_count > 0, all_value / np.maximum(all_count, 1.0), _total(spend))
    own = (value + _ORDERS_TRUST * typical) / (count + _ORDERS_TRUST)
    return np.maximum(own, 1e-6), count

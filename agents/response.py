"""How results answer to budgets: one saturating curve per ad set, learnt from the days it was seen on.

Three counting processes (`agents.funnel`) are followed in the same way (`agents.filtering`) and multiplied: impressions
per unit of spend, so many that only a day's prices blur them; clicks per impression; and conversions per click, which
are few and late. Given the counts before it, a process says nothing more about those, so the joint posterior is the
product of all, but for what the priors of their elasticities share (`agents.account_pooling`). The filters are run
anew over the whole window each morning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.account_pooling import chained, spread_var
from agents.allocation import Returns
from agents.filtering import Followed, Process, State, follow, multiplied, over_days
from agents.funnel import chain_of, days_first, total, window_of

if TYPE_CHECKING:
    from agents.funnel import Link, Window
    from agents.population import Population
    from agents.vocabulary import FloatArray, History, IntArray

__all__ = ["Curves", "Response", "State", "fit_response"]

CURVATURE = 0.12
"""How much the elasticity falls when spend grows e-fold: between a power law (0) and a Hill curve near its middle."""
_SHOCK_SD = 0.25
_ORDER_VARIATION, _ORDER_SPREAD = 0.5, 0.3
"""Of the values of orders, relative: from order to order, and between ad sets' means."""


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
        shift = np.sqrt(s.level_var) * z_level
        shift *= temperature
        tied = s.covariance / s.level_var
        rest = s.elasticity_var - tied * s.covariance
        np.sqrt(np.maximum(rest, 0.0, out=rest), out=rest)
        elasticity = rest * z_elasticity
        elasticity *= temperature
        elasticity += tied * shift
        elasticity += s.elasticity
        shift += s.level
        return Curves(self.anchor_minor, replace(s, level=shift, elasticity=elasticity), self.curvature)

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

    `curves` are those of a usual day: what passes, and the weekday, are left out. `clicks`, per unit of
    spend, and `conversions`, per click, are the processes behind them, around the same usual spend; `order_value_minor`
    and `order_value_var`, the variance of its log, are (..., A).
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
    seen_on = window_of(history, budgets_minor, population.delay)
    links = chain_of(seen_on, population)
    followed = [
        _unmoved(
            follow(Process(0.0 if i else CURVATURE, _SHOCK_SD, population.day_sd), link.evidence, link.prior), link
        )
        for i, link in enumerate(links)
    ]
    chain = chained(
        [each.state for each in followed],
        [link.prior for link in links],
        [link.doubt for link in links],
        population.elasticity,
        population.elasticity_sd,
    )
    clicks = replace(multiplied(followed[:-1]), state=chain.products[-2])
    conversions = replace(followed[-1], state=chain.links[-1])
    order_value, order_value_var = _order_value(history, seen_on)
    state = chain.products[-1]
    state = replace(
        state,
        level=state.level + clicks.lasting + conversions.lasting + np.log(order_value),
        level_var=state.level_var + order_value_var,
    )
    return Response(Curves(seen_on.anchor_minor, state, CURVATURE), clicks, conversions, order_value, order_value_var)


def _unmoved(followed: Followed, link: Link) -> Followed:
    """The process; where another answers for it, its account's lasting moves are in that one's level already."""
    if link.answered is None:
        return followed
    level = np.where(link.answered, followed.state.level - followed.lasting, followed.state.level)
    return replace(followed, state=replace(followed.state, level=level))


def _order_value(history: History, window: Window) -> tuple[FloatArray, FloatArray]:
    """Value of a conversion in minor units, shrunk to the account's, and the variance of its log.

    Before the first conversion of an account, one is taken to pay back all that was spent so far; before anything was
    spent, every unit of money to be one that pays back itself. Both are (..., A). Value without conversions says
    nothing of one.
    """
    count = over_days(window.conversions)
    value = np.where(count > 0, over_days(days_first(history.value_minor)), 0.0)
    all_value, all_count = value.sum(axis=-1, keepdims=True), count.sum(axis=-1, keepdims=True)
    spent = total(window.spend_minor)
    unknown = np.where(spent > 0.0, spent, 1.0)
    typical = np.where(all_count > 0, all_value / np.maximum(all_count, 1.0), unknown)
    usual = np.maximum(count * typical, 1e-9)
    ratio = np.where(count > 0, np.maximum(value, 0.0) / usual, 1.0)
    noise = np.where(count > 0, _ORDER_VARIATION**2 / np.maximum(count, 1.0), np.inf)
    variance = spread_var(ratio - 1.0, noise, _ORDER_SPREAD)
    trust = _ORDER_VARIATION**2 / variance
    own = (value + trust * typical) / (count + trust)
    return np.maximum(own, 1e-6), _ORDER_VARIATION**2 / (count + trust)

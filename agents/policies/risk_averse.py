"""For owners who mind a bad surprise more than they enjoy a good one: a lower quantile takes the mean's place.

Each ad set is worth what its next unit of money returns with the wanted probability, so uncertainty counts against it;
over the whole account, uncertainties of ad sets offset each other and far less is given up (a quantile of the normal
sum, as in mean-standard-deviation portfolios: Markowitz 1952, to first order at the present budgets).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from agents.allocation import allocate, leeway
from agents.beliefs import log_normal_beliefs
from agents.explanation import Account, Grounds, Split, explain_curves
from agents.policies._margins import margins_of
from agents.policies._params import check_number, check_word
from agents.policies._words import check_single, sentences
from agents.policies._wrapping import AroundCurves, believed_by, counted, curves_of, last_unit, wrapped
from agents.reserve import stake
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.allocation import Returns
    from agents.response import Curves
    from agents.vocabulary import FloatArray, IntArray

OVER = ("ad_set", "account")
_MOST = 0.95
"""Share of a marginal return that uncertainty may take at most: what is left keeps the order of ad sets."""


@dataclass(frozen=True, slots=True)
class RiskAverse(AroundCurves):
    """Equal lower quantiles of marginal returns.

    Attributes:
        policy: whose curves are believed, {"name", "params"}; what is asked of it is kept, and
            judged with the same caution, its draws are not taken.
        quantile: of the posterior; 0.5 is the median, without aversion.
        over: "ad_set" takes the quantile of each ad set alone, "account" that of the account's total.
    """

    quantile: float = 0.2
    over: str = "ad_set"

    def __post_init__(self) -> None:
        wrapped(self.policy)
        check_number("quantile", self.quantile, 0.001, 0.5)
        check_word("over", self.over, OVER)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:  # noqa: ARG002 - nothing is left to chance
        """Budgets (..., A) where the lower quantiles of marginal returns meet."""
        curves, of_order = believed_by(wrapped(self.policy), observation)
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        beliefs = log_normal_beliefs(curves.log_marginal(now), curves.log_marginal_sd(now), observation.ad_sets.active)
        returns = counted(observation, self._shaded(curves, observation), of_order)
        return allocate(observation, returns, self.limits, beliefs=beliefs)

    def judged(self, observation: Observation) -> Returns:
        """The curves by which limits are judged: what uncertainty takes off is taken off."""
        curves, of_order = believed_by(wrapped(self.policy), observation)
        return counted(observation, self._shaded(curves, observation), of_order)

    def _shaded(self, curves: Curves, observation: Observation) -> Curves:
        """What the curves count as."""
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        return curves.raised(-self._aversion(curves, now, observation))

    def _aversion(self, curves: Curves, now: FloatArray, observation: Observation) -> FloatArray:
        """What uncertainty takes off the logarithm of each marginal return, (..., A) >= 0."""
        deviations = -float(ndtri(self.quantile))
        if self.over == "ad_set":
            return deviations * curves.log_marginal_sd(now)
        at_stake = stake(curves, np.where(observation.ad_sets.active, now, 0.0))
        v, b, s = at_stake.value_minor, at_stake.by_elasticity, curves.state
        variance = (v * v * s.level_var + 2.0 * v * b * s.covariance + b * b * s.elasticity_var).sum(-1, keepdims=True)
        x = np.log(now / curves.anchor_minor)
        both = s.level_var + 2.0 * x * s.covariance + x * x * s.elasticity_var
        steeper = (s.covariance + x * s.elasticity_var) / curves.elasticity_at(now)
        share = deviations * v * (both + steeper) / np.sqrt(np.maximum(variance, 1e-300))
        taken: FloatArray = -np.log1p(-np.clip(share, 0.0, _MOST))
        return taken

    def account_for(
        self,
        observation: Observation,
        allocation: Allocation,
        rng: Rng,  # noqa: ARG002 - nothing is left to chance
        final_minor: IntArray | None = None,
    ) -> Account:
        """The decision in figures, as believed: what uncertainty took off is told with what would turn a budget.

        Over the account, another belief about one ad set changes what is taken off all: then nothing is said to turn.
        """
        check_single(observation)
        curves, of_order = believed_by(wrapped(self.policy), observation)
        shaded, limits = self._shaded(curves, observation), self.limits
        returns = counted(observation, shaded, of_order)
        room = leeway(observation, limits, returns)
        alone = self.over == "ad_set" and not limits.averages
        grounds = Grounds(
            curves,
            room,
            target=self.least_asked,
            split=Split(shaded, None, margins_of(observation, returns, limits)) if alone else None,
            margin=last_unit(curves, allocation.budgets_minor, room),
            order_value_minor=of_order,
        )
        told = self.explain(observation, allocation)
        return explain_curves(observation, allocation, grounds, final_minor, sentences=told)

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        curves = curves_of(wrapped(self.policy), observation)
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        middle = np.exp(curves.log_marginal(now))
        low = middle * np.exp(-self._aversion(curves, now, observation))
        margin = float("nan") if allocation.certificate is None else float(allocation.certificate.dual_value)
        account = "" if np.isnan(margin) else f", the account's margin is {margin:.2f} counted likewise"

        def because(i: int) -> str:
            return (
                f"the next {observation.currency} here returns {middle[i]:.2f}, and counts as {low[i]:.2f} for its "
                f"uncertainty ({100 * self.quantile:g} % quantile){account}"
            )

        return sentences(observation, allocation, self.max_change, because)


POLICY: type[Policy] = RiskAverse

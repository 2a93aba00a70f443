"""As much value as there is under what an owner asks of the account: a return, a cost per order, or money kept back.

Another policy's curves, and the exact split under constraints on the account's averages (`agents.allocation`): a floor
on return or a ceiling on cost per order leaves money unspent where it must, and so does a least return of the next unit
of money. Constraints hold by what curves expect, not for certain: no algorithm can learn and never break a constraint
on a return it has to learn (Castiglioni, Nuara, Romano, Spadaro, Trovo and Gatti, Safe Online Bid Optimization with
Return on Investment and Budget Constraints, 2022); `margin_quantile` keeps a distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from agents.allocation import Limits, Returns, allocate, leeway
from agents.beliefs import log_normal_beliefs
from agents.explanation import Account, Grounds, Split, explain_curves
from agents.policies._figures import order_value
from agents.policies._margins import margins_of
from agents.policies._params import check_number, check_whole
from agents.policies._words import check_single, sentences
from agents.policies._wrapping import AroundCurves, curves_of, limits_asked, stricter, wrapped
from agents.reserve import stake
from agents.vocabulary import Allocation, Observation, Policy, Reason, Rng

if TYPE_CHECKING:
    from agents.response import Curves
    from agents.vocabulary import FloatArray, IntArray

ORDERS = 3.0
"""The account's order value counts as much as so many orders of the ad set's own."""
_KEPT_BACK = {
    Reason.RETURN_TOO_LOW: "more would return less than the least that is asked",
    Reason.ROAS_FLOOR_HOLDS_BACK: "more would take the account below its return",
    Reason.CPA_CEILING_HOLDS_BACK: "more would take the account above its cost per order",
    Reason.ROAS_FLOOR_OUT_OF_REACH: "the account's return cannot be had today, this is the nearest",
    Reason.CPA_CEILING_OUT_OF_REACH: "the account's cost per order cannot be had today, this is the nearest",
}

_AVERAGES = (
    Reason.ROAS_FLOOR_HOLDS_BACK
    | Reason.CPA_CEILING_HOLDS_BACK
    | Reason.ROAS_FLOOR_OUT_OF_REACH
    | Reason.CPA_CEILING_OUT_OF_REACH
)
"""Constraints on the account's average that limit this morning."""


@dataclass(frozen=True, slots=True)
class Constrained(AroundCurves):
    """The most value by another policy's curves, under constraints on the account.

    Attributes:
        policy: whose curves are believed, {"name", "params"}; what is asked of it is kept, its draws are not taken.
        roas_floor: least value per unit spent of the whole account; None for none.
        cpa_ceiling_minor: most spend per order of the whole account, in minor units; None for none.
        least_return: least return of the next unit of money, below which it stays unspent; None to spend all.
        learning_max_change: change cap of ad sets in the learning stage, 0 to leave them alone; None for no other cap.
        margin_quantile: quantile of the account's value by which returns are judged; 0.5 is the mean.
    """

    roas_floor: float | None = None
    cpa_ceiling_minor: int | None = None
    least_return: float | None = None
    learning_max_change: float | None = None
    margin_quantile: float = 0.5

    def __post_init__(self) -> None:
        wrapped(self.policy)
        for name, most in (("roas_floor", 1000), ("least_return", 1000), ("learning_max_change", 1)):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), 0, most)
        if self.cpa_ceiling_minor is not None:
            check_whole("cpa_ceiling_minor", self.cpa_ceiling_minor, 1, 10**8)
        check_number("margin_quantile", self.margin_quantile, 0.001, 0.5)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:  # noqa: ARG002 - nothing is left to chance
        """Budgets (..., A) of the most expected value under the constraints, with beliefs and the certificate."""
        curves = curves_of(wrapped(self.policy), observation)
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        beliefs = log_normal_beliefs(curves.log_marginal(now), curves.log_marginal_sd(now), observation.ad_sets.active)
        return allocate(observation, self._returns(observation, curves), self.limits, beliefs=beliefs)

    @property
    def limits(self) -> Limits:
        """What is asked here, and of the policy inside; the stricter of the two."""
        own = Limits(
            learning_max_change=self.learning_max_change,
            spend_at_most=self.least_return is not None,
            least_return=self.least_return,
            roas_floor=self.roas_floor,
            cpa_ceiling_minor=self.cpa_ceiling_minor,
        )
        return stricter(limits_asked(wrapped(self.policy)), own)

    def judged(self, observation: Observation) -> Returns:
        """The curves by which constraints are judged."""
        return self._returns(observation, self.curves(observation))

    def _returns(self, observation: Observation, curves: Curves) -> Returns:
        """The curves in value, shaded by the account's quantile, and what an order is worth."""
        s = curves.state
        shade = np.log(self._surely(observation, curves))
        return Returns(
            np.log(curves.anchor_minor),
            s.level + shade,
            s.elasticity,
            curves.curvature,
            conversions_each=1.0 / order_value(observation.history, len(observation.history.days), ORDERS),
        )

    def _surely(self, observation: Observation, curves: Curves) -> FloatArray:
        """Share (..., 1) of the account's expected value, under present budgets, that is had at the quantile."""
        held = stake(curves, np.where(observation.ad_sets.active, observation.ad_sets.budgets_minor, 0))
        expected = held.value_minor.sum(axis=-1)
        low = held.lower(curves, -float(ndtri(self.margin_quantile)))
        share = np.where(expected > 0, low / np.where(expected > 0, expected, 1.0), 1.0)
        kept: FloatArray = np.clip(share, 0.01, 1.0)[..., None]
        return kept

    def account_for(
        self,
        observation: Observation,
        allocation: Allocation,
        rng: Rng,  # noqa: ARG002 - nothing is left to chance
        final_minor: IntArray | None = None,
    ) -> Account:
        """The decision in figures, as believed: the distance that is kept is taken out of margins again.

        A constraint on the account's average ties all ad sets together: where one is asked, no change of one belief is
        said to turn a budget, and where it limits, reasons are this policy's own sentences.
        """
        check_single(observation)
        curves, limits = self.curves(observation), self.limits
        returns, kept = self._returns(observation, curves), float(self._surely(observation, curves)[0])
        certificate, margins = allocation.certificate, margins_of(observation, returns, limits)
        limited = certificate is None or bool(int(certificate.reasons) & _AVERAGES)
        price = float("nan") if certificate is None else float(certificate.dual_value)
        grounds = Grounds(
            curves,
            leeway(observation, limits, returns),
            target=self.least_asked,
            split=None if limits.averages else Split(curves, None, lambda rooms: margins(rooms) / kept),
            margin=None if np.isnan(price) else price / kept,
        )
        told = self.explain(observation, allocation) if limited else None
        return explain_curves(observation, allocation, grounds, final_minor, sentences=told)

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        beliefs, certificate = allocation.beliefs, allocation.certificate
        if beliefs is None or certificate is None:
            return sentences(observation, allocation, self.max_change, lambda _: "no beliefs were recorded")
        price, reasons = float(certificate.dual_value), Reason(int(certificate.reasons))
        account = "" if np.isnan(price) else f", and must return {price:.2f} today"
        held_back = "".join(f"; {words}" for reason, words in _KEPT_BACK.items() if reason & reasons)

        def because(i: int) -> str:
            here = float(beliefs.marginal_roas[i])
            return f"the next {observation.currency} here returns {here:.2f}{account}{held_back}"

        return sentences(observation, allocation, self.max_change, because)


POLICY: type[Policy] = Constrained

"""What policies around another policy share: its spec, what it is asked, its curves, what is told along these, mixing.

Whatever is asked of the policy inside binds the one around it: its change caps, what still learns, the wishes of single
ad sets, the averages of the account, and that no more is spent than it would.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.allocation import Limits, conclude, leeway, proportional, to_cents
from agents.explanation import Account, Grounds, explain_curves
from agents.policies._figures import order_value
from agents.policies.curve_thompson import CurveThompson
from agents.registry import build_policy
from agents.vocabulary import PolicySpec, Reason

if TYPE_CHECKING:
    from agents.allocation import Leeway, Returns
    from agents.response import Curves, Response
    from agents.vocabulary import Allocation, FloatArray, IntArray, Observation, Policy, Rng

_HALVED = 40
"""So often is a total halved in the search for the one that keeps an average."""
_CENT, _DUST = 1, 1e-3
"""A sum short of the day's total by a cent is rounding, and no money left over; sums are exact to less than dust."""
_ORDERS = 3.0
"""The account's order value counts as much as so many orders of the ad set's own, where no belief says what it is."""
_OUT_OF_REACH = Reason.ROAS_FLOOR_OUT_OF_REACH | Reason.CPA_CEILING_OUT_OF_REACH | Reason.AD_SET_LIMIT_OUT_OF_REACH
_BEYOND = 2
"""Each flag of an average that is out of reach is so many bits above that of one that holds back."""
_LEFT = Reason.RETURN_TOO_LOW | Reason.ROAS_FLOOR_HOLDS_BACK | Reason.CPA_CEILING_HOLDS_BACK | Reason.NO_ROOM
"""What the policy inside says of its morning, and what it says of money that it leaves."""


def usual_policy() -> dict[str, Any]:
    """What is wrapped unless something else is asked for."""
    return {"name": "curve_thompson", "params": {}}


def wrapped(policy: Mapping[str, Any]) -> Policy:
    """The policy that {"name", "params"} describes.

    Raises:
        ValueError: not such a mapping; or no such policy, parameter or value (SpecError).
    """
    if not isinstance(policy, Mapping) or "name" not in policy or set(policy) - {"name", "params"}:
        raise ValueError(f'policy must be {{"name": ..., "params": {{...}}}}, got {policy!r}')
    return build_policy(PolicySpec(policy["name"], policy.get("params") or {}))


@dataclass(frozen=True, slots=True)
class Around:
    """A policy around another one.

    Attributes:
        policy: the one inside, {"name", "params"}.
    """

    policy: Mapping[str, Any] = field(default_factory=usual_policy)

    @property
    def max_change(self) -> float | None:
        """The change cap of the policy inside, which is kept."""
        return cap_of(wrapped(self.policy))

    @property
    def limits(self) -> Limits:
        """What is asked of the policy inside, which is kept."""
        return limits_asked(wrapped(self.policy))

    @property
    def least_asked(self) -> float | None:
        """The least return of the next unit of money that is asked; None where all of it is to be spent."""
        return _price(self.limits)


@dataclass(frozen=True, slots=True)
class AroundCurves(Around):
    """A policy that judges by the curves of another one."""

    def curves(self, observation: Observation) -> Curves:
        """What the policy within believes about each ad set's response."""
        return curves_of(wrapped(self.policy), observation)


class Tempered(AroundCurves, ABC):
    """A policy that goes some of the way of another one, as far as its curves allow."""

    __slots__ = ()

    def account_for(
        self,
        observation: Observation,
        allocation: Allocation,
        rng: Rng,  # noqa: ARG002 - what was drawn inside is not looked at again
        final_minor: IntArray | None = None,
    ) -> Account:
        """The decision in figures, along the curves by which moves were judged, in this policy's own sentences."""
        told = self.explain(observation, allocation)
        return account_along(wrapped(self.policy), observation, allocation, told, final_minor)

    @abstractmethod
    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""


def cap_of(policy: Policy) -> float | None:
    """The change cap that a policy keeps to, None for none."""
    cap: float | None = getattr(policy, "max_change", None)
    return cap


def limits_asked(policy: Policy) -> Limits:
    """What a policy is asked: its `limits` where it has any, and its change cap alone elsewhere."""
    limits: Limits | None = getattr(policy, "limits", None)
    return Limits(max_change=cap_of(policy)) if limits is None else limits


def stricter(one: Limits, other: Limits) -> Limits:
    """The first limits, and what the other ones ask beyond them on learning, least returns and averages."""

    def of_both(name: str, choose: Callable[[list[Any]], Any]) -> Any:
        asked = [value for value in (getattr(one, name), getattr(other, name)) if value is not None]
        return choose(asked) if asked else None

    prices = [1.0 if x.least_return is None else x.least_return for x in (one, other) if x.spend_at_most]
    return replace(
        one,
        learning_max_change=of_both("learning_max_change", min),
        spend_at_most=bool(prices),
        least_return=max(prices) if prices else None,
        roas_floor=of_both("roas_floor", max),
        cpa_ceiling_minor=of_both("cpa_ceiling_minor", min),
    )


@dataclass(frozen=True, eq=False, slots=True)
class Terms:
    """What the policy inside is asked, this morning.

    Attributes:
        limits: all that is asked of it.
        room: what they let be moved.
        returns: the curves by which averages are judged; None where no wish needs them.
    """

    limits: Limits
    room: Leeway
    returns: Returns | None

    @property
    def kept_worth(self) -> float:
        """What a unit of money that stays unspent is worth: the least that one must return to be spent."""
        return float(np.exp(self.limits.log_price))

    def opened(self, wanted: IntArray) -> Leeway:
        """The room with what the policy inside wants (..., A) in it: a draw may allow more than the belief does."""
        room = self.room
        total = np.maximum(room.total_minor, wanted.sum(axis=-1))
        return replace(room, hi_minor=np.maximum(room.hi_minor, wanted), total_minor=total)

    def slack(self, budgets: IntArray) -> dict[Reason, FloatArray]:
        """By how much money (...) each average is kept under budgets (..., A) of what may be moved."""
        if self.returns is None or not self.limits.averages:
            return {}
        spend = budgets if self.room.held_minor is None else budgets + self.room.held_minor
        worth, money = self.returns.value(spend), spend.sum(axis=-1)
        found = {}
        if self.limits.roas_floor:
            value = (worth * self.returns.value_each).sum(axis=-1)
            found[Reason.ROAS_FLOOR_HOLDS_BACK] = value / self.limits.roas_floor - money
        if self.limits.cpa_ceiling_minor is not None and self.returns.conversions_each is not None:
            orders = (worth * self.returns.conversions_each).sum(axis=-1)
            found[Reason.CPA_CEILING_HOLDS_BACK] = orders * self.limits.cpa_ceiling_minor - money
        return found

    def broken(self, budgets: IntArray, than: IntArray | None = None, rounding: float = 0.0) -> IntArray:
        """The averages that do not hold (...), as `Reason` flags.

        Args:
            budgets: (..., A) of what may be moved.
            than: (..., A) others: what falls short by no more than they do will do.
            rounding: by how many minor units a slack may be short.
        """
        flags = np.zeros(budgets.shape[:-1], dtype=np.int64)
        other = {} if than is None else self.slack(than)
        for reason, slack in self.slack(budgets).items():
            least = np.minimum(other.get(reason, np.zeros(())), -rounding)
            flags |= (slack < least) * np.int64(reason)
        return flags

    def affordable(self, weights: FloatArray, most_minor: IntArray) -> tuple[IntArray, IntArray]:
        """What may be spent (...) in these proportions (..., A) so that averages hold, and `Reason` flags if less.

        Where no total keeps them it is the least that bounds allow.
        """

        def broken(total_minor: IntArray) -> IntArray:
            return self.broken(proportional(weights, replace(self.room, total_minor=total_minor)))

        held_back = broken(most_minor)
        if not held_back.any():
            return most_minor, held_back
        low, high = self.room.lo_minor.sum(axis=-1), most_minor
        for _ in range(_HALVED):
            middle = (low + high) // 2
            keeps = broken(middle) == 0
            low, high = np.where(keeps, middle, low), np.where(keeps, high, middle)
        return np.where(held_back != 0, low, most_minor), held_back


def terms_of(policy: Policy, observation: Observation) -> Terms:
    """What a policy is asked this morning, and what that lets be moved."""
    limits, sets = limits_asked(policy), observation.ad_sets
    wishes = sets.roas_floors is not None or sets.cpa_ceilings_minor is not None
    returns = judged_by(policy, observation) if wishes or limits.averages else None
    return Terms(limits, leeway(observation, limits, returns), returns)


def judged_by(policy: Policy, observation: Observation) -> Returns | None:
    """The curves by which a policy judges what is asked of returns; None where it decides without curves."""
    own = getattr(policy, "judged", None)
    if own is not None:
        judged: Returns = own(observation)
        return judged
    inner = getattr(policy, "policy", None)
    if inner is not None:
        return judged_by(wrapped(inner), observation)
    return counted(observation, *believed_by(policy, observation)) if hasattr(policy, "curves") else None


def counted(observation: Observation, curves: Curves, order_value_minor: FloatArray | None) -> Returns:
    """Curves that know what an order (A) is worth: ceilings on costs per order are asked in orders."""
    if order_value_minor is None:
        order_value_minor = order_value(observation.history, len(observation.history.days), _ORDERS)
    return replace(curves.returns, conversions_each=1.0 / order_value_minor)


def concluded(
    observation: Observation,
    room: Leeway,
    budgets: IntArray,
    asked: Allocation,
    *,
    beliefs: bool = True,
    also: IntArray | None = None,
    missed: IntArray | None = None,
) -> Allocation:
    """The allocation of a policy around the one that asked for another, and why money is left in the latter's words.

    Args:
        observation: what is known this morning.
        room: what could be moved.
        budgets: (..., A); read where ad sets may be moved.
        asked: what the policy inside decided.
        beliefs: whether its beliefs are about the same ad sets.
        also: (...) flags of what else keeps money back.
        missed: (...) flags, as if they did that, of averages that cannot be had.
    """
    inner = asked.certificate
    dual = None if inner is None else inner.dual_value
    allocation = conclude(observation, room, budgets, dual_value=dual, beliefs=asked.beliefs if beliefs else None)
    if allocation.certificate is None:
        return allocation
    given = np.zeros(observation.budget_minor.shape, dtype=np.int64) if inner is None else inner.reasons
    left = given if also is None else given | also
    reasons = allocation.certificate.reasons | given & np.int64(_OUT_OF_REACH)
    reasons = np.asarray(reasons | np.where(allocation.certificate.gap_minor > 0, left & np.int64(_LEFT), 0))
    if missed is not None:
        reasons = np.asarray(reasons & ~missed | missed << _BEYOND)
    return replace(allocation, certificate=replace(allocation.certificate, reasons=reasons))


def curves_of(policy: Policy, observation: Observation) -> Curves:
    """The curves that a policy, or the one inside it, believes in; the curve policy's where none of them has any."""
    return believed_by(policy, observation)[0]


def believed_by(policy: Policy, observation: Observation) -> tuple[Curves, FloatArray | None]:
    """Those curves, and what an order (A) is worth by the same belief; None where it does not say."""
    inner = getattr(policy, "policy", None)
    if inner is not None:
        return believed_by(wrapped(inner), observation)
    own = getattr(policy, "curves", None)
    if own is not None and not hasattr(policy, "response"):
        return own(observation), None
    follow = getattr(policy, "response", None) or CurveThompson().response
    response: Response = follow(observation)
    return response.curves, response.order_value_minor


def has_curves(policy: Policy) -> bool:
    """Whether a policy decides by response curves: its own, or those of what it is around."""
    inner = getattr(policy, "policy", None)
    return hasattr(policy, "curves") or (inner is not None and has_curves(wrapped(inner)))


def least_asked(policy: Policy) -> float | None:
    """The least return of the next unit of money that is asked of a policy, None for none."""
    return _price(limits_asked(policy))


def _price(limits: Limits) -> float | None:
    return float(np.exp(limits.log_price)) or None


def last_unit(curves: Curves, budgets_minor: IntArray, room: Leeway) -> float | None:
    """What the last unit of a single account's money is believed to return, None where nothing can be moved.

    It is spread as the next one would be where marginal returns stay equal: to ad sets inside their bounds, and to each
    in proportion to how far its budget goes before its marginal return has fallen.
    """
    spend = np.maximum(budgets_minor, 1).astype(np.float64)
    movable = room.lo_minor < room.hi_minor
    inside = (room.lo_minor < budgets_minor) & (budgets_minor < room.hi_minor)
    if not movable.any():
        return None
    read = curves.returns.at(np.log(spend))
    weight = np.where(inside if inside.any() else movable, spend * read.steepness, 0.0)
    return float((weight * np.exp(read.log_marginal)).sum() / weight.sum())


def account_along(
    inner: Policy,
    observation: Observation,
    allocation: Allocation,
    sentences: Sequence[str],
    final_minor: IntArray | None = None,
) -> Account:
    """The decision of a policy around `inner` in figures, along the curves believed in, with its own sentences (A).

    What it decides came of more than curves, so no change of one belief is said to turn it.
    """
    curves, of_order = believed_by(inner, observation)
    room = terms_of(inner, observation).room
    dual = None if allocation.certificate is None else float(allocation.certificate.dual_value)
    grounds = Grounds(
        curves,
        room,
        target=least_asked(inner),
        margin=last_unit(curves, allocation.budgets_minor, room) if dual is None or np.isnan(dual) else None,
        order_value_minor=of_order,
    )
    return explain_curves(observation, allocation, grounds, final_minor, sentences=sentences)


def between(start: IntArray, end: IntArray, share: FloatArray, room: Leeway) -> IntArray:
    """Whole minor units `share` (..., A) of the way from `start` to `end` (..., A), never beyond either of them.

    The sum is the day's total, exactly, where that is what the way there sums to; one that leaves money unspent is
    rounded down.
    """
    lo, hi = np.minimum(start, end), np.maximum(start, end)
    shares = start.astype(np.float64) + share * (end - start)
    spent = np.floor(shares.sum(axis=-1) + _DUST).astype(np.int64)
    whole = np.where(spent >= room.total_minor - _CENT, room.total_minor, spent)
    return to_cents(shares, whole, np.maximum(lo, room.lo_minor), np.minimum(hi, room.hi_minor))

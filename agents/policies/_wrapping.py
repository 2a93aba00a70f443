"""What policies around another policy share: its spec, its cap, its curves, what is told along these, and mixing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.allocation import leeway, to_cents
from agents.explanation import Account, Grounds, explain_curves
from agents.policies.curve_thompson import CurveThompson
from agents.registry import build_policy
from agents.vocabulary import PolicySpec

if TYPE_CHECKING:
    from agents.allocation import Leeway
    from agents.response import Curves, Response
    from agents.vocabulary import Allocation, FloatArray, IntArray, Observation, Policy, Rng

_CENT, _DUST = 1, 1e-3
"""A sum short of the day's total by a cent is rounding, and no money left over; sums are exact to less than dust."""


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


@dataclass(frozen=True, slots=True)
class AroundCurves(Around):
    """A policy that judges by the curves of another one."""

    def curves(self, observation: Observation) -> Curves:
        """What the policy within believes about each ad set's response."""
        return curves_of(wrapped(self.policy), observation)


class Tempered(AroundCurves, ABC):
    """A policy that goes some of the way of another one, as far as its curves allow."""

    __slots__ = ()

    @property
    def least_asked(self) -> float | None:
        """The least return of the next unit of money that is asked of the policy inside; None for none."""
        return least_asked(wrapped(self.policy))

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
    least: float | None = getattr(policy, "least_asked", None)
    return least


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
    curves, order_value = believed_by(inner, observation)
    room = leeway(observation, cap_of(inner))
    dual = None if allocation.certificate is None else float(allocation.certificate.dual_value)
    grounds = Grounds(
        curves,
        room,
        target=least_asked(inner),
        margin=last_unit(curves, allocation.budgets_minor, room) if dual is None or np.isnan(dual) else None,
        order_value_minor=order_value,
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

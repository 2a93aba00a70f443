"""What policies around another policy share: its spec, its cap, its curves, and a point between two splits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.allocation import to_cents
from agents.policies.curve_thompson import CurveThompson
from agents.registry import build_policy
from agents.vocabulary import PolicySpec

if TYPE_CHECKING:
    from agents.allocation import Leeway
    from agents.response import Curves
    from agents.vocabulary import FloatArray, IntArray, Observation, Policy

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


def cap_of(policy: Policy) -> float | None:
    """The change cap that a policy keeps to, None for none."""
    cap: float | None = getattr(policy, "max_change", None)
    return cap


def curves_of(policy: Policy, observation: Observation) -> Curves:
    """The curves that a policy, or the one inside it, believes in; the curve policy's where none of them has any."""
    inner = getattr(policy, "policy", None)
    if inner is not None:
        return curves_of(wrapped(inner), observation)
    own = getattr(policy, "curves", None) or CurveThompson().curves
    curves: Curves = own(observation)
    return curves


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

"""Budgets in whole minor units: what may be moved, how it is split, and rounding that sums exactly.

Every function is batch first: arrays are (..., A), totals (...). Sums run over the last axis only, and each row stops
iterating on its own, so a batch gives the bits that each of its rows gives alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.vocabulary import Allocation, Beliefs, Certificate

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray, IntArray, Observation

_PARTS = 1_000_000
"""Change caps are honoured in millionths, in whole numbers: a float cap would lose a cent now and then."""
_DUST = 1e-3
"""A thousandth of a minor unit stands in for zero where a logarithm is taken."""
_STEPS = 200


@dataclass(frozen=True, eq=False, slots=True)
class Leeway:
    """What may be moved this morning: always feasible, sum(lo) <= total <= sum(hi).

    `lo_minor`, `hi_minor` (..., A) are zero where nothing may be moved; `total_minor` (...) is for the rest.
    `squeezed` (...) says that the day's total is below what floors and change caps ask for.
    """

    lo_minor: IntArray
    hi_minor: IntArray
    total_minor: IntArray
    squeezed: BoolArray


def bounds(observation: Observation, max_change: float | None) -> tuple[IntArray, IntArray]:
    """Lowest and highest budget of each ad set today, both (..., A) int64.

    A change cap of 0.2 allows a fifth of the present budget either way, rounded towards no change; None is no cap.
    Floors and ceilings hold inside the cap: a budget outside them moves towards them as fast as the cap allows. Where
    floor and ceiling contradict each other the ceiling wins. Inactive and protected ad sets stay where they are.
    """
    sets = observation.ad_sets
    now = sets.budgets_minor
    if max_change is None:
        lowest, highest = np.zeros_like(now), np.broadcast_to(np.iinfo(np.int64).max, now.shape)
    else:
        parts = round(max_change * _PARTS)
        step = now // _PARTS * parts + now % _PARTS * parts // _PARTS
        lowest, highest = np.maximum(now - step, 0), now + step
    ceiling = np.clip(sets.ceilings_minor, lowest, highest)
    floor = np.clip(np.minimum(sets.floors_minor, sets.ceilings_minor), lowest, highest)
    adjustable = sets.adjustable
    return np.where(adjustable, floor, now), np.where(adjustable, ceiling, now)


def leeway(observation: Observation, max_change: float | None) -> Leeway:
    """The bounds of the adjustable ad sets and the money left for them, made feasible.

    Protected ad sets that are active keep their budgets, which count in the total. If the lower bounds ask for more
    than is left, they are scaled down together: the day's total comes before floors and change caps. If the upper
    bounds cannot hold what is left, the rest is not spent.
    """
    sets = observation.ad_sets
    adjustable = sets.adjustable
    kept = np.where(sets.active & ~adjustable, sets.budgets_minor, 0).sum(axis=-1)
    left = np.maximum(observation.budget_minor - kept, 0)
    lo, hi = (np.where(adjustable, bound, 0) for bound in bounds(observation, max_change))
    # Nobody can get more than all there is; without this the sum of absent ceilings would overflow.
    hi = np.maximum(lo, np.minimum(hi, left[..., None]))
    floor_sum = lo.sum(axis=-1)
    squeezed = np.asarray(floor_sum > left)
    total = np.minimum(left, hi.sum(axis=-1))
    scale = left / np.maximum(floor_sum, 1)
    tight = to_cents(lo * scale[..., None], np.minimum(left, floor_sum), np.zeros_like(lo), lo)
    return Leeway(
        np.where(squeezed[..., None], tight, lo), np.where(squeezed[..., None], tight, hi), np.asarray(total), squeezed
    )


def to_cents(shares: FloatArray, total_minor: IntArray, lo_minor: IntArray, hi_minor: IntArray) -> IntArray:
    """Whole minor units (..., A) next to `shares` that sum to `total_minor` (...) exactly and stay within bounds.

    Largest remainders are rounded up first; equal remainders in the order of the ad sets. Where bounds do not allow
    the total, the sum is the nearest that they do allow.

    >>> to_cents(np.array([3.5, 3.4, 3.1]), np.int64(10), np.zeros(3, int), np.full(3, 10)).tolist()
    [4, 3, 3]
    """
    whole = np.clip(np.floor(shares).astype(np.int64), lo_minor, hi_minor)
    short = total_minor - whole.sum(axis=-1)
    order = np.argsort(whole - shares, axis=-1, kind="stable")
    whole += _handed_out(np.maximum(short, 0), hi_minor - whole, order)
    whole -= _handed_out(np.maximum(-short, 0), whole - lo_minor, order[..., ::-1])
    return whole


def _handed_out(amount: IntArray, room: IntArray, order: IntArray) -> IntArray:
    """`amount` (...) in single units along `order` (..., A), and if any is left, as much as there is room for."""
    queue = np.take_along_axis(room, order, axis=-1)
    single = np.minimum(queue, 1)
    single = single * (single.cumsum(axis=-1) <= amount[..., None])
    rest = (amount - single.sum(axis=-1))[..., None]
    queue = queue - single
    more = np.clip(rest - (queue.cumsum(axis=-1) - queue), 0, queue)
    given = np.empty_like(queue)
    np.put_along_axis(given, order, single + more, axis=-1)
    return given


def water_fill(
    anchor: FloatArray, marginal: FloatArray, steepness: FloatArray, leeway: Leeway
) -> tuple[FloatArray, FloatArray]:
    """The budgets that maximise total return when marginal returns fall as a power of the budget.

    The Lagrangian of `max sum r_i(s_i)  s.t.  sum s_i = total, lo <= s <= hi` is separable: for one multiplier, the
    return of the last unit of money, each ad set stands at `s_i = clip(anchor_i (marginal_i / multiplier)^steepness_i,
    lo_i, hi_i)`. The multiplier is found by Newton's method on its logarithm, kept inside a bracket by bisection.

    Args:
        anchor: (..., A) > 0, budgets at which `marginal` holds.
        marginal: (..., A) > 0, value of the next unit of money at `anchor`.
        steepness: (..., A) > 0, minus the inverse of d log marginal / d log budget; 1 / (1 - e) for a power e.
        leeway: bounds and totals.

    Returns:
        Shares (..., A), unrounded, and the multiplier (...), NaN where no ad set can move.
    """
    lo, hi = leeway.lo_minor.astype(np.float64), leeway.hi_minor.astype(np.float64)
    total = leeway.total_minor
    free = hi > lo
    log_lo, log_hi = np.log(np.maximum(lo, _DUST)), np.log(np.maximum(hi, _DUST))
    height = np.log(np.maximum(anchor, _DUST)) + steepness * np.log(marginal)
    left = np.where(free, (height - log_hi) / steepness, np.inf).min(axis=-1, initial=np.inf)
    right = np.where(free, (height - log_lo) / steepness, -np.inf).max(axis=-1, initial=-np.inf)
    movable = np.asarray(free.any(axis=-1))
    left, right = np.where(movable, left, 0.0), np.where(movable, right, 0.0)
    level = 0.5 * (left + right)
    tolerance = 1e-11 * np.maximum(total, 1)
    shares = lo
    for _ in range(_STEPS):
        log_shares = np.clip(height - steepness * level[..., None], log_lo, log_hi)
        inside = free & (log_shares > log_lo) & (log_shares < log_hi)
        shares = np.where(free, np.exp(log_shares), lo)
        excess = shares.sum(axis=-1) - total
        done = (np.abs(excess) <= tolerance) | (right - left <= 1e-15 * np.maximum(np.abs(level), 1.0))
        if bool(done.all()):
            break
        left = np.where(~done & (excess > 0), level, left)
        right = np.where(~done & (excess < 0), level, right)
        level = np.where(done, level, _next_level(level, left, right, shares * inside, excess, steepness))
    level = np.asarray(level)
    return np.clip(shares, lo, hi), np.where(movable, np.exp(level), np.nan)


def _next_level(
    level: FloatArray,
    left: FloatArray,
    right: FloatArray,
    inside: FloatArray,
    excess: FloatArray,
    steepness: FloatArray,
) -> FloatArray:
    """A Newton step on the logarithm of what lies inside the bounds, or the middle of the bracket."""
    now = inside.sum(axis=-1)
    wanted = now - excess
    slope = (steepness * inside).sum(axis=-1)
    sound = (now > 0) & (wanted > 0)
    ratio = np.log(np.where(sound, now, 1.0) / np.where(sound, wanted, 1.0))
    newton = level + ratio * now / np.where(sound, slope, 1.0)
    sound = sound & (newton > left) & (newton < right)
    stepped: FloatArray = np.where(sound, newton, 0.5 * (left + right))
    return stepped


def proportional(weights: FloatArray, leeway: Leeway) -> IntArray:
    """The total in proportion to `weights` (..., A) >= 0, as far as bounds allow: clip(c * weight, lo, hi).

    Where all weights are zero the split is even; a single zero gets what nobody else has room for.
    """
    most = weights.max(axis=-1, keepdims=True, initial=0.0)
    even = np.where(most > 0, weights, 1.0)
    solid = np.maximum(even, 1e-9 * np.where(most > 0, most, 1.0))
    ones = np.ones_like(solid)
    shares, _ = water_fill(solid, ones, ones, leeway)
    return to_cents(shares, leeway.total_minor, leeway.lo_minor, leeway.hi_minor)


def best_first(scores: FloatArray, leeway: Leeway) -> tuple[IntArray, FloatArray]:
    """The total where returns are linear: everyone's lower bound, then the highest score up to its upper bound.

    Returns:
        Budgets (..., A), and the score (...) of the last ad set that got more than its lower bound (NaN if none did).
    """
    order = np.argsort(-scores, axis=-1, kind="stable")
    lo = np.take_along_axis(leeway.lo_minor, order, axis=-1)
    room = np.take_along_axis(leeway.hi_minor, order, axis=-1) - lo
    rest = (leeway.total_minor - lo.sum(axis=-1))[..., None]
    given = np.clip(rest - (room.cumsum(axis=-1) - room), 0, room)
    budgets = np.empty_like(lo)
    np.put_along_axis(budgets, order, lo + given, axis=-1)
    sorted_scores = np.take_along_axis(scores, order, axis=-1)
    last = np.where(given > 0, sorted_scores, np.inf).min(axis=-1, initial=np.inf)
    return budgets, np.where(np.isfinite(last), last, np.nan)


def conclude(
    observation: Observation,
    leeway: Leeway,
    budgets_minor: IntArray,
    *,
    dual_value: FloatArray | None = None,
    beliefs: Beliefs | None = None,
) -> Allocation:
    """The allocation: moved budgets where ad sets may be moved, the present ones elsewhere, and the certificate."""
    sets = observation.ad_sets
    budgets = np.where(sets.adjustable, budgets_minor, sets.budgets_minor)
    budgets.flags.writeable = False
    gap = observation.budget_minor - np.where(sets.active, budgets, 0).sum(axis=-1)
    dual = np.full(gap.shape, np.nan) if dual_value is None else dual_value
    return Allocation(budgets, beliefs, Certificate(np.asarray(dual), _binding(sets.adjustable, leeway, budgets), gap))


def _binding(
    adjustable: BoolArray, leeway: Leeway, budgets_minor: IntArray
) -> np.ndarray[tuple[int, ...], np.dtype[np.int8]]:
    movable = adjustable & (leeway.hi_minor > leeway.lo_minor)
    high = movable & (budgets_minor >= leeway.hi_minor)
    low = (movable & (budgets_minor <= leeway.lo_minor)) | (adjustable & leeway.squeezed[..., None])
    return high.astype(np.int8) - low.astype(np.int8)

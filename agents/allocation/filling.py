"""Splitting a total where one number per ad set says how it answers: by power laws, by weights, or best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.allocation.rounding import to_cents
from agents.allocation.shapes import as_rows, every

if TYPE_CHECKING:
    from agents.allocation.limits import Leeway
    from agents.vocabulary import FloatArray, IntArray

DUST = 1e-3
"""A thousandth of a minor unit stands in for zero where a logarithm is taken."""
_TINY = 1e-30
_EXACT = 1e-9
_STEPS = 200
_PATIENCE = 8
"""Every so many steps the bracket is halved, so that a slow Newton run ends too."""


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
    shape = anchor.shape
    lo, hi = (as_rows(bound).astype(np.float64) for bound in (leeway.lo_minor, leeway.hi_minor))
    total = np.asarray(leeway.total_minor, dtype=np.float64).reshape(-1)
    log_anchor, log_marginal = np.log(np.maximum(anchor, _TINY)), np.log(marginal)
    height = as_rows(log_anchor + steepness * log_marginal)
    weight = as_rows(steepness) * np.minimum(np.maximum(as_rows(anchor), lo), hi) * (hi > lo)
    start = weighted_mean(as_rows(log_marginal), weight)
    shares, level = fill(height, as_rows(steepness), lo, hi, total, start, near=_EXACT * total)
    movable = (hi > lo).any(axis=-1)
    return shares.reshape(shape), np.where(movable, np.exp(level), np.nan).reshape(shape[:-1])


def weighted_mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    """The mean of (R, A) along ad sets, (R,); zero where all weights are."""
    mass = weights.sum(axis=-1)
    mean: FloatArray = (values * weights).sum(axis=-1) / np.maximum(mass, _TINY)
    return mean


def fill(
    height: FloatArray,
    steepness: FloatArray,
    lo: FloatArray,
    hi: FloatArray,
    total: FloatArray,
    level: FloatArray,
    *,
    near: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """The `level` (R,) at which `clip(exp(height - steepness * level), lo, hi)`, (R, A), sums to `total` (R,).

    The last of Newton's steps is taken along the tangent, without exponentials, as soon as that is near enough.

    Args:
        height: (R, A).
        steepness: (R, A) > 0.
        lo: (R, A) >= 0, with sum(lo) <= total; a row that has no choice stands at its bounds.
        hi: (R, A) >= lo, with sum(hi) >= total.
        total: (R,) >= 0.
        level: (R,) where to begin.
        near: (R,) how far the sum may be off before that last step.

    Returns:
        The shares (R, A) and the level (R,) that they belong to.
    """
    left: FloatArray | float = -np.inf
    right: FloatArray | float = np.inf
    shares, moving, slope, excess = lo, lo, near, near
    # An infinite wish is cut off by the upper bound; an unsound step is not a number, and then the bracket is halved.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in range(_STEPS):
            wish = steepness * level[:, None]
            np.subtract(height, wish, out=wish)
            np.exp(wish, out=wish)
            shares = np.maximum(wish, lo)
            np.minimum(shares, hi, out=shares)
            excess = shares.sum(axis=-1) - total
            inside = np.multiply(shares, shares == wish, out=wish)
            moving = inside * steepness
            slope = moving.sum(axis=-1)
            done = np.abs(excess) <= near * (slope > 0)
            if step > _PATIENCE:
                done |= right - left <= 1e-15 * np.maximum(np.abs(level), 1.0)
            if every(done):
                break
            over = excess > 0
            left, right = np.where(over, level, left), np.where(over, right, level)
            now = inside.sum(axis=-1)
            newton = level + np.log(now / (now - excess)) * now / slope
            sound = (newton > left) & (newton < right) & (step % _PATIENCE != _PATIENCE - 1)
            if not every(sound | done):
                ends = _bracket(height, steepness, lo, hi)
                left = np.where(sound | np.isfinite(left), left, ends[0])
                right = np.where(sound | np.isfinite(right), right, ends[1])
                newton = np.where(sound, newton, 0.5 * (left + right))
            level = np.where(done, level, newton)
        change = np.where(slope > 0, excess / slope, 0.0)
    moving *= change[:, None]
    shares -= moving
    np.maximum(shares, lo, out=shares)
    np.minimum(shares, hi, out=shares)
    return shares, level + change


def _bracket(
    height: FloatArray, steepness: FloatArray, lo: FloatArray, hi: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Levels (R,) at which everyone stands at the upper bound, and at the lower; zero where none can move."""
    free = hi > lo
    left = np.where(free, (height - np.log(np.maximum(hi, DUST))) / steepness, np.inf).min(axis=-1, initial=np.inf)
    right = np.where(free, (height - np.log(np.maximum(lo, DUST))) / steepness, -np.inf).max(axis=-1, initial=-np.inf)
    movable = np.isfinite(left)
    return np.where(movable, left, 0.0), np.where(movable, right, 0.0)


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

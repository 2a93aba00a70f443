"""Filling by Newton's method: the same answer as `simulator.waterfilling`, faster, where marginal returns are smooth.

Near any point a marginal return is taken for a power of the amount, for which the price of money that uses up the total
is found in a few steps; that gives a better point. Where this does not settle (kinks, returns that are flat), the
slower filling by grids answers. Every world stops on its own, so a batch gives the bits that each world gives alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator import waterfilling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.waterfilling import Marginal

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_ROUNDS, _STEPS = 40, 60
_NUDGE = 1e-4
"""Over this share of an amount the power of its marginal is measured."""
_LEAST_POWER = 1e-3
_LARGEST_MOVE = 2.0
"""Most that an amount moves in a round, as a log: powers hold near by only."""
_SETTLED = 1e-7
_OVERSHOT = 0.1
_LEVEL = 1e-5
"""How much the logs of marginals that should be equal may differ."""
_DUST = 1e-2
"""Stands for no amount where a logarithm is taken, minor units."""


def fill_smooth(marginal: Marginal, total_minor: Ints, lo: Ints, hi: Ints, start: Floats) -> Ints:
    """Whole amounts (W, A) between `lo` and `hi` that sum to `total_minor` (W,) with the largest sum of returns.

    Args:
        marginal: as in `waterfilling.fill`.
        total_minor: (W,) to give out.
        lo: (W, A) lower bounds.
        hi: (W, A) upper bounds.
        start: (W, A) amounts to begin at; better ones are found sooner.

    Raises:
        ValueError: bounds that allow no such split; the first world it concerns is named.
    """
    waterfilling.check(total_minor, lo, hi)
    low, high = (np.maximum(bound, _DUST) for bound in (lo, hi))
    free = hi > lo
    amounts = np.clip(start, low, high)
    total = np.maximum(total_minor, lo.shape[-1] * _DUST)
    going = np.ones(len(total), dtype=np.bool_)
    # The sum of bounds leaves no choice, and no price either.
    forced = (lo.sum(axis=-1) == total_minor) | (hi.sum(axis=-1) == total_minor)
    last, stiffness = np.zeros_like(amounts), np.ones_like(amounts)
    for _ in range(_ROUNDS):
        found = _better(marginal, amounts, total, low, high, stiffness)
        move = np.where(free, np.log(found / amounts), 0.0)
        # Whoever overshoots has a marginal that bends faster than its power.
        turns = (move * last < 0.0) & (np.abs(move) > _OVERSHOT)
        stiffness, last = np.where(turns, 2.0 * stiffness, np.maximum(0.5 * stiffness, 1.0)), move
        amounts = np.where(going[:, None], found, amounts)
        going &= np.abs(move).max(axis=-1) > _SETTLED
        if not going.any():
            break
    settled = ~going & _is_level(marginal, amounts, low, high) | forced
    whole = np.clip(np.floor(amounts + _DUST).astype(np.int64), lo, hi)
    order = np.argsort(-marginal(whole[None].astype(np.float64))[0], axis=-1, kind="stable")
    waterfilling.settle(whole, total_minor - whole.sum(axis=-1), order, lo, hi)
    if settled.all():
        return whole
    return np.where(settled[:, None], whole, waterfilling.fill(marginal, total_minor, lo, hi))


def _better(marginal: Marginal, amounts: Floats, total: Floats, low: Floats, high: Floats, stiffness: Floats) -> Floats:
    """The best amounts (W, A) if marginals were powers of the amount, as they are at `amounts`, times `stiffness`."""
    returns = np.log(np.maximum(marginal(np.stack([amounts, amounts * (1.0 + _NUDGE)])), 1e-300))
    power = stiffness * np.maximum((returns[0] - returns[1]) / np.log1p(_NUDGE), _LEAST_POWER)
    log_low, log_high, place = np.log(low), np.log(high), np.log(amounts)
    log_low, log_high = np.maximum(log_low, place - _LARGEST_MOVE), np.minimum(log_high, place + _LARGEST_MOVE)
    height = place + returns[0] / power
    left = (returns[0] + power * (place - log_high)).min(axis=-1)
    right = (returns[0] + power * (place - log_low)).max(axis=-1)
    level, done = 0.5 * (left + right), np.zeros(len(total), dtype=np.bool_)
    found = amounts
    for _ in range(_STEPS):
        log_found = np.clip(height - level[:, None] / power, log_low, log_high)
        found = np.where(done[:, None], found, np.exp(log_found))
        excess = found.sum(axis=-1) - total
        done |= (np.abs(excess) <= 1e-10 * total) | (right - left <= 1e-14 * np.maximum(np.abs(level), 1.0))
        if done.all():
            break
        left, right = np.where(excess > 0.0, level, left), np.where(excess < 0.0, level, right)
        inside = (log_found > log_low) & (log_found < log_high)
        slope = np.where(inside, found / power, 0.0).sum(axis=-1)
        newton = level + excess / np.where(slope > 0.0, slope, 1.0)
        sound = (slope > 0.0) & (newton > left) & (newton < right)
        level = np.where(done, level, np.where(sound, newton, 0.5 * (left + right)))
    return np.clip(found, low, high)


def _is_level(marginal: Marginal, amounts: Floats, low: Floats, high: Floats) -> Bools:
    """Worlds (W,) in which nobody between the bounds, or with room, returns more than another could spare."""
    returns = np.log(np.maximum(marginal(amounts[None])[0], 1e-300))
    may_grow, may_shrink = amounts < high * (1.0 - _SETTLED), amounts > low * (1.0 + _SETTLED)
    gains = np.where(may_grow, returns, -np.inf).max(axis=-1)
    spares = np.where(may_shrink, returns, np.inf).min(axis=-1)
    level: Bools = gains <= spares + _LEVEL
    return level

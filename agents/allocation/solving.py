"""The split of a total that brings most, exactly: one price of money under which every ad set finds its place alone.

The Lagrangian of

    max sum_i r_i(s_i)   s.t.   sum_i s_i <= total,   lo_i <= s_i <= hi_i,   r_i concave

is separable: for one price each ad set stands where its marginal return is the price, or at a bound. Curves that are
quadratic in the logarithm of spend are power laws near where they are looked at; each round splits by the power laws
(`filling.fill`) and looks again, which is Newton's method on all ad sets and the price together.

"Spend at most" only asks for a least price. A floor under an average of the account (value or conversions per unit
spent) tilts the problem: see `averages`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.allocation.filling import DUST, fill, weighted_mean
from agents.allocation.returns import Look, Returns
from agents.allocation.shapes import as_rows, every, put_rows, some

if TYPE_CHECKING:
    from agents.allocation.limits import Leeway
    from agents.vocabulary import BoolArray, FloatArray, IntArray

_ROUNDS = 12
_ROUGH, _LATER, _NEAR = 0.05, 3e-3, 1e-9
"""Of the total: so near a first split has to come before curves are looked at again, so near a later one, and so near
the only one that power laws need."""
_TINY_MOVE = 1e-5
"""A round that moves no budget and the price no further than this, in logarithms, is the last: it leaves the square."""
_REST = 1e-2
"""Minor units an ad set that the tangent may leave over, whatever the total: its error is a square over the total."""
_BLUR, _BLURRED = 0.01, 1e-8
"""Of a minor unit, and of the total: what cannot be told from a bound."""
_SAFE_STEPS, _PLACE_STEPS = 200, 80
_EXACT = 1e-12
"""Of the total, what shares may miss it by; of a price, in logarithms, what marginal returns may."""
_CLOSED = 1e-14
"""A bracket of logarithms this narrow has closed."""
_PATIENCE = 4


class Box(NamedTuple):
    """Bounds (R, A) and totals (R,); `dust` (R, 1) is the least that a logarithm is taken of."""

    lo: FloatArray
    hi: FloatArray
    total: FloatArray
    dust: FloatArray

    def rows(self, which: IntArray) -> Box:
        """Some of the rows."""
        return Box(*(part[which] for part in self))


class Place(NamedTuple):
    """Where budgets stand: shares (R, A), and the log of the price (R,)."""

    shares: FloatArray
    level: FloatArray

    def rows(self, which: IntArray) -> Place:
        """Some of the rows."""
        return Place(*(part[which] for part in self))


def box_of(leeway: Leeway) -> Box:
    """A leeway as rows of floats."""
    a = leeway.lo_minor.shape[-1]
    lo, hi = (as_rows(bound).astype(np.float64) for bound in (leeway.lo_minor, leeway.hi_minor))
    total = np.asarray(leeway.total_minor, dtype=np.float64).reshape(-1)
    # Many ad sets and little money: what stands in for zero must not add up to anything.
    dust = DUST * np.minimum(1.0, (total + 1e-6) / max(a, 1))
    return Box(lo, hi, total, dust[:, None])


def meet(returns: Returns, box: Box, first: Look, *, quick: bool = False) -> Place:
    """The shares that spend the total where marginal returns are equal, as far as the box allows.

    Args:
        returns: curves (R, A).
        box: bounds and totals.
        first: the curves as read at any spend > 0; the present budgets are a good place.
        quick: whether two looks are enough, of which a certificate is to be asked.
    """
    log_spend, reading = first.log_spend, first.reading
    level = weighted_mean(reading.log_marginal, reading.steepness * box.hi)
    straight = returns.straight
    near = (_NEAR if straight else _ROUGH) * box.total
    settled = np.zeros(len(level), dtype=np.bool_)
    place = Place(box.lo, level)
    for round_ in range(_ROUNDS):
        height = reading.log_marginal * reading.steepness
        height += log_spend
        split = Place(*fill(height, reading.steepness, box.lo, box.hi, box.total, place.level, near=near))
        before, place = place, _kept(settled, place, split)
        if quick and round_:
            return place
        settled |= _spent(place, box) if straight else _still(before, place, log_spend, box)
        if every(settled):
            return _priced(returns, box, place)
        log_spend = _next_look(height, reading.steepness, place.level, box)
        reading = returns.at(log_spend)
        near = np.minimum(_LATER * box.total, np.sqrt(_REST * box.lo.shape[-1] * box.total))
    which = np.flatnonzero(~settled)
    place = put(place, which, meet_safely(returns.rows(which), box.rows(which), place.shares[which]))
    return _priced(returns, box, place)


def _next_look(height: FloatArray, steepness: FloatArray, level: FloatArray, box: Box) -> FloatArray:
    """Log of the spend (R, A) that the price asks for: a split's last step leaves those at bounds where they were."""
    wish = steepness * level[:, None]
    np.subtract(height, wish, out=wish)
    with np.errstate(over="ignore"):  # an infinite wish is cut off by the upper bound
        np.exp(wish, out=wish)
    np.maximum(wish, box.lo, out=wish)
    np.minimum(wish, box.hi, out=wish)
    return _log(wish, box)


def _still(before: Place, place: Place, log_spend: FloatArray, box: Box) -> BoolArray:
    """Whether shares are where curves were looked at, the price is where it was, and the total is spent (R,)."""
    still: BoolArray = np.abs(place.level - before.level) <= _TINY_MOVE
    if some(still):
        still &= np.abs(_log(place.shares, box) - log_spend).max(axis=-1, initial=0.0) <= _TINY_MOVE
        still &= _spent(place, box)
    return still


def _spent(place: Place, box: Box) -> BoolArray:
    """Whether shares sum to the total (R,)."""
    spent: BoolArray = np.abs(place.shares.sum(axis=-1) - box.total) <= _EXACT * box.total
    return spent


def _log(shares: FloatArray, box: Box) -> FloatArray:
    """Log of shares (R, A), of next to nothing where there are none."""
    log_shares = np.maximum(shares, box.dust)
    return np.log(log_shares, out=log_shares)


def _priced(returns: Returns, box: Box, place: Place) -> Place:
    """Where everyone stands at a bound, as near as can be told, many prices will do: one between what bounds return.

    The cheapest margin at an upper bound is above the price, the dearest at a lower one below.
    """
    blur = np.maximum(_BLUR, _BLURRED * box.total)[:, None]
    high, low = place.shares >= box.hi - blur, place.shares <= box.lo + blur
    at_bounds = np.asarray((high | low).all(axis=-1))
    if not some(at_bounds):
        return place
    stuck = np.flatnonzero(at_bounds)
    curves, ends = returns.rows(stuck), box.rows(stuck)
    top, bottom = (curves.at(np.log(np.maximum(end, 1.0))).log_marginal for end in (ends.hi, ends.lo))
    free, high, low = (ends.hi > ends.lo), high[stuck], low[stuck]
    most = np.where(free & high, top, np.inf).min(axis=-1, initial=np.inf)
    least = np.where(free & low & ~high, bottom, -np.inf).max(axis=-1, initial=-np.inf)
    # With nobody at a lower bound no price is too low: the highest that will do is told.
    near = np.where(np.isfinite(least), np.maximum(place.level[stuck], least), most)
    level = np.where(np.isfinite(near), np.minimum(near, most), place.level[stuck])
    return place._replace(level=put_rows(place.level, stuck, level))


def _kept(settled: BoolArray, old: Place, new: Place) -> Place:
    """Settled rows stay as they are: a row ends where it would end alone."""
    if not some(settled):
        return new
    shares = np.where(settled[:, None], old.shares, new.shares)
    return Place(shares, np.where(settled, old.level, new.level))


def put(place: Place, which: IntArray, other: Place) -> Place:
    """`place` with its rows `which` replaced by those of `other`."""
    return Place(*(put_rows(old, which, new) for old, new in zip(place, other, strict=True)))


def meet_safely(returns: Returns, box: Box, start: FloatArray) -> Place:
    """What `meet` does, for curves with corners too: Newton's method on the price alone, inside a bracket."""
    top, bottom = (returns.at(_log(end, box)).log_marginal for end in (box.hi, box.lo))
    free = box.hi > box.lo
    left = np.where(free, top, np.inf).min(axis=-1, initial=np.inf)
    right = np.where(free, bottom, -np.inf).max(axis=-1, initial=-np.inf)
    movable = np.isfinite(left)
    left, right = np.where(movable, left, 0.0), np.where(movable, right, 0.0)
    level = 0.5 * (left + right)
    shares = start
    for step in range(_SAFE_STEPS):
        shares = stand(returns, box, level, shares)
        excess = shares.sum(axis=-1) - box.total
        done = (np.abs(excess) <= _EXACT * np.maximum(box.total, 1.0)) | (right - left <= _CLOSED)
        if done.all():
            break
        left, right = np.where(excess > 0, level, left), np.where(excess < 0, level, right)
        inside = (shares > box.lo) & (shares < box.hi)
        steep = returns.at(_log(shares, box)).steepness
        slope = (steep * shares * inside).sum(axis=-1)
        newton = level + excess / np.where(slope > 0, slope, 1.0)
        sound = (slope > 0) & (newton > left) & (newton < right) & (step % _PATIENCE != 0)
        level = np.where(done, level, np.where(sound, newton, 0.5 * (left + right)))
    return Place(shares, level)


def stand(returns: Returns, box: Box, level: FloatArray, start: FloatArray) -> FloatArray:
    """Where each ad set stands at a log price (R,): its marginal return is the price, or it is at a bound. (R, A)."""
    left, right = (_log(end, box) for end in (box.lo, box.hi))
    price = level[:, None]
    full = returns.at(right).log_marginal >= price
    empty = returns.at(left).log_marginal <= price
    log_spend = np.minimum(np.maximum(_log(start, box), left), right)
    for _ in range(_PLACE_STEPS):
        reading = returns.at(log_spend)
        off = reading.log_marginal - price
        done = full | empty | (np.abs(off) <= _EXACT) | (right - left <= _CLOSED)
        if done.all():
            break
        left, right = np.where(off > 0, log_spend, left), np.where(off < 0, log_spend, right)
        newton = log_spend + off * reading.steepness
        sound = (newton > left) & (newton < right)
        log_spend = np.where(done, log_spend, np.where(sound, newton, 0.5 * (left + right)))
    inside = np.minimum(np.maximum(np.exp(log_spend), box.lo), box.hi)
    return np.where(full, box.hi, np.where(empty, box.lo, inside))

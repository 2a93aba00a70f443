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
from agents.allocation.returns import Reading, Returns
from agents.allocation.shapes import as_rows, put_rows

if TYPE_CHECKING:
    from agents.allocation.limits import Leeway
    from agents.vocabulary import BoolArray, FloatArray, IntArray

_ROUNDS = 12
_ROUGH = 5e-3
"""Of the total: so near a first split has to come before curves are looked at again."""
SMALL_MOVE = 0.01
"""A round that moves no budget further than this, in logarithms, leaves an error of its square."""
_MANY, _NEAR_MANY = 4096, 1e-3
"""From so many ad sets on, such a round is the last, and a sum so near to the total ends it along the tangent: what the
corners of single ad sets leave is nothing to the whole."""
_NEAR, _TINY_MOVE = 1e-9, 1e-5
"""The same for fewer ad sets."""
_REST = 1e-2
"""Minor units an ad set that the tangent may leave over, whatever the total: its error is a square over the total."""
_BLUR = 0.01
"""Of a minor unit."""
_SAFE_STEPS, _PLACE_STEPS = 200, 80
_EXACT = 1e-12
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


class Look(NamedTuple):
    """Curves looked at: the log of spend (R, A), and what was read there."""

    log_spend: FloatArray
    reading: Reading

    def rows(self, which: IntArray) -> Look:
        """Some of the rows."""
        return Look(self.log_spend[which], Reading(*(part[which] for part in self.reading)))


class Place(NamedTuple):
    """Where budgets stand: shares (R, A), the log of the price (R,), and the log return of the last look (R, A).

    That look was no further from the shares than `SMALL_MOVE`, in logarithms.
    """

    shares: FloatArray
    level: FloatArray
    log_return: FloatArray

    def rows(self, which: IntArray) -> Place:
        """Some of the rows."""
        return Place(*(part[which] for part in self))


def box_of(leeway: Leeway) -> Box:
    """A leeway as rows of floats."""
    a = leeway.lo_minor.shape[-1]
    lo, hi = (as_rows(bound).astype(np.float64) for bound in (leeway.lo_minor, leeway.hi_minor))
    total = np.asarray(leeway.total_minor, dtype=np.float64).reshape(-1)
    # Many ad sets and little money: what stands in for zero must not add up to anything.
    dust = DUST * np.minimum(1.0, np.maximum(total, 1e-6) / max(a, 1))
    return Box(lo, hi, total, dust[:, None])


def meet(returns: Returns, box: Box, first: Look) -> Place:
    """The shares that spend the total where marginal returns are equal, as far as the box allows.

    Args:
        returns: curves (R, A).
        box: bounds and totals.
        first: the curves as read at any spend > 0; the present budgets are a good place.
    """
    log_spend, reading = first
    level = weighted_mean(reading.log_marginal, reading.steepness * np.minimum(np.exp(log_spend), box.hi))
    place = Place(box.lo, level, reading.log_return)
    settled = np.zeros(len(level), dtype=np.bool_)
    width = box.lo.shape[-1]
    near = _ROUGH * box.total
    still, end = (SMALL_MOVE, _NEAR_MANY) if width > _MANY else (_TINY_MOVE, _NEAR)
    for round_ in range(_ROUNDS):
        height = reading.log_marginal * reading.steepness
        height += log_spend
        shares, level = fill(height, reading.steepness, box.lo, box.hi, box.total, place.level, near=near)
        moved = Place(shares, level, reading.log_return)
        place = _kept(settled, place, moved)
        further = np.log(np.maximum(place.shares, box.dust))
        log_spend = further - log_spend
        np.abs(log_spend, out=log_spend)
        settled |= (log_spend.max(axis=-1, initial=0.0) <= still) & (round_ > 0)
        if settled.all():
            return place if width > _MANY else _priced(returns, box, place)
        log_spend = further
        if round_ < _ROUNDS - 1:
            reading = returns.at(log_spend)
        near = np.minimum(end * box.total, np.sqrt(_REST * width * box.total))
    which = np.flatnonzero(~settled)
    place = put(place, which, meet_safely(returns.rows(which), box.rows(which), place.shares[which]))
    return _priced(returns, box, place)


def _priced(returns: Returns, box: Box, place: Place) -> Place:
    """Where everyone stands at a bound, as near as can be told, many prices will do: one between what bounds return.

    The cheapest margin at an upper bound is above the price, the dearest at a lower one below.
    """
    free = box.hi > box.lo
    blur = np.maximum(_BLUR, 10 * _NEAR * box.total)[:, None]
    high, low = place.shares >= box.hi - blur, place.shares <= box.lo + blur
    stuck = np.flatnonzero(~(free & ~high & ~low).any(axis=-1))
    if not len(stuck):
        return place
    some, ends = returns.rows(stuck), box.rows(stuck)
    top, bottom = (some.at(np.log(np.maximum(end, 1.0))).log_marginal for end in (ends.hi, ends.lo))
    most = np.where((free & high)[stuck], top, np.inf).min(axis=-1, initial=np.inf)
    least = np.where((free & low & ~high)[stuck], bottom, -np.inf).max(axis=-1, initial=-np.inf)
    level = np.minimum(np.maximum(place.level[stuck], least), most)
    return place._replace(level=put_rows(place.level, stuck, level))


def _kept(settled: BoolArray, old: Place, new: Place) -> Place:
    """Settled rows stay as they are: a row ends where it would end alone."""
    if not settled.any():
        return new
    keep = settled[:, None]
    return Place(
        np.where(keep, old.shares, new.shares),
        np.where(settled, old.level, new.level),
        np.where(keep, old.log_return, new.log_return),
    )


def put(place: Place, which: IntArray, other: Place) -> Place:
    """`place` with its rows `which` replaced by those of `other`."""
    return Place(*(put_rows(old, which, new) for old, new in zip(place, other, strict=True)))


def meet_safely(returns: Returns, box: Box, start: FloatArray) -> Place:
    """What `meet` does, for curves with corners too: Newton's method on the price alone, inside a bracket."""
    top, bottom = (returns.at(np.log(np.maximum(end, box.dust))).log_marginal for end in (box.hi, box.lo))
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
        steep = returns.at(np.log(np.maximum(shares, box.dust))).steepness
        slope = (steep * shares * inside).sum(axis=-1)
        newton = level + excess / np.where(slope > 0, slope, 1.0)
        sound = (slope > 0) & (newton > left) & (newton < right) & (step % _PATIENCE != 0)
        level = np.where(done, level, np.where(sound, newton, 0.5 * (left + right)))
    return Place(shares, level, returns.at(np.log(np.maximum(shares, box.dust))).log_return)


def stand(returns: Returns, box: Box, level: FloatArray, start: FloatArray) -> FloatArray:
    """Where each ad set stands at a log price (R,): its marginal return is the price, or it is at a bound. (R, A)."""
    left, right = (np.log(np.maximum(end, box.dust)) for end in (box.lo, box.hi))
    price = level[:, None]
    full = returns.at(right).log_marginal >= price
    empty = returns.at(left).log_marginal <= price
    log_spend = np.minimum(np.maximum(np.log(np.maximum(start, box.dust)), left), right)
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

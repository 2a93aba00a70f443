"""Shares of money in whole minor units: sums are exact, bounds hold, and the largest remainders go up first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.allocation.shapes import as_rows, every, some

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray, IntArray

_WIDE = 256
"""From this many ad sets on, finding the cut of one row by partition beats sorting all rows."""


def to_cents(shares: FloatArray, total_minor: IntArray, lo_minor: IntArray, hi_minor: IntArray) -> IntArray:
    """Whole minor units (..., A) next to `shares` that sum to `total_minor` (...) exactly and stay within bounds.

    Largest remainders are rounded up first; equal remainders in the order of the ad sets. Where bounds do not allow
    the total, the sum is the nearest that they do allow.

    >>> to_cents(np.array([3.5, 3.4, 3.1]), np.int64(10), np.zeros(3, int), np.full(3, 10)).tolist()
    [4, 3, 3]
    """
    shape = shares.shape
    share, lo, hi = as_rows(shares), as_rows(lo_minor), as_rows(hi_minor)
    total = np.asarray(total_minor).reshape(-1)
    within = np.minimum(np.maximum(share, lo), hi)
    floor = np.floor(within)
    whole = floor.astype(np.int64)
    short = total - whole.sum(axis=-1)
    remainder = within - floor
    usual = (short >= 0) & (short <= (remainder > 0).sum(axis=-1))
    whole += _rounded_up(remainder, np.where(usual, short, 0))
    if not every(usual):
        odd = np.flatnonzero(~usual)
        whole[odd] = _settled(whole[odd], share[odd], short[odd], lo[odd], hi[odd])
    return whole.reshape(shape)


def _rounded_up(remainder: FloatArray, count: IntArray) -> BoolArray:
    """The `count` (R,) largest of `remainder` (R, A), all of them > 0; equal ones in the order of the ad sets."""
    cut = _cut(remainder, count)[:, None]
    chosen: BoolArray = remainder >= cut
    many = chosen.sum(axis=-1) - count
    if some(many):
        ties = remainder == cut
        chosen &= ~ties | (ties.cumsum(axis=-1) <= (ties.sum(axis=-1) - many)[:, None])
    return chosen


def _cut(remainder: FloatArray, count: IntArray) -> FloatArray:
    """The `count`-th largest value of each row (R,); infinity where none is asked for."""
    rows, width = remainder.shape
    if width < _WIDE:
        place = np.clip(width - count, 0, max(width - 1, 0))
        ordered = np.sort(remainder, axis=-1)
        cut = np.take_along_axis(ordered, place[:, None], axis=-1)[:, 0] if width else np.zeros(rows)
        return np.where(count > 0, cut, np.inf)
    cut = np.full(rows, np.inf)
    for r in np.flatnonzero(count > 0):
        values = remainder[r, np.flatnonzero(remainder[r] > 0)]
        place = len(values) - int(count[r])
        cut[r] = np.partition(values, place)[place]
    return cut


def _settled(whole: IntArray, share: FloatArray, short: IntArray, lo: IntArray, hi: IntArray) -> IntArray:
    """`whole` (R, A) brought to the sum that is `short` (R,) away, however far: single units, then all the room."""
    order = np.argsort(whole - share, axis=-1, kind="stable")
    whole = whole + _handed_out(np.maximum(short, 0), hi - whole, order)
    return whole - _handed_out(np.maximum(-short, 0), whole - lo, order[..., ::-1])


def _handed_out(amount: IntArray, room: IntArray, order: IntArray) -> IntArray:
    """`amount` (R,) in single units along `order` (R, A), and if any is left, as much as there is room for."""
    queue = np.take_along_axis(room, order, axis=-1)
    single = np.minimum(queue, 1)
    single = single * (single.cumsum(axis=-1) <= amount[..., None])
    rest = (amount - single.sum(axis=-1))[..., None]
    queue = queue - single
    more = np.clip(rest - (queue.cumsum(axis=-1) - queue), 0, queue)
    given = np.empty_like(queue)
    np.put_along_axis(given, order, single + more, axis=-1)
    return given

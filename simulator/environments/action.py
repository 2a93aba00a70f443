"""From an action to budgets: a wish for each ad set, kept within the daily cap and within the total."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHORT = 1.0 - 1e-12
"""Sums stay below the total by more than rounding errors, so that whole units can make up the rest."""
_LEVEL = 1e-12
_SETTLED = 1e-13
"""A sum is the total if it is off by no more than this share: rounding errors of some ad sets."""
_STEPS = 10
_NARROW = 8
_MARGIN = 1.001
_TINY = 1e-300


def budgets_after(
    budgets_minor: NDArray[np.int64], actions: NDArray[np.floating], daily_cap: float
) -> NDArray[np.int64]:
    """Budgets (W, A) after `actions` (W, A), with the sums of `budgets_minor` (W, A) kept exactly.

    An action of 1 asks for `daily_cap` more, -1 for as much less on the log scale. All wishes of a world are then
    multiplied by one common factor, and clipped at the cap, so that they sum to its total.

    Args:
        budgets_minor: (W, A) budgets in force.
        actions: (W, A) in [-1, 1]; what lies outside is clipped.
        daily_cap: largest change in a day, as a share: 0.2 allows from /1.2 to *1.2.

    Raises:
        ValueError: an action is not finite.
    """
    refuse_unless_finite(actions)
    before, most = budgets_minor.astype(np.float64), 1.0 + daily_cap
    lo, hi = before / most, before * most
    np.ceil(lo, out=lo)
    np.floor(hi, out=hi)
    wish = np.clip(actions, -1.0, 1.0).astype(np.float64)
    wish *= math.log(most)
    np.exp(wish, out=wish)
    wish *= before
    total = _sums(before)
    factor = _common_factor(wish, lo, hi, total, _MARGIN * most * most)
    wish *= factor[:, None]
    return _whole(_within(wish, lo, hi, out=wish), total, hi)


def refuse_unless_finite(actions: NDArray[np.floating]) -> None:
    """Refuse actions (..., n) that are no numbers.

    Raises:
        ValueError: an action is not finite, or no real number; its place is named.
    """
    if actions.dtype.kind not in "fiu":
        raise ValueError(f"actions must be real numbers, got dtype {actions.dtype}")
    finite = np.isfinite(actions)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(f"actions must be finite: number {place[-1]} of account {place[0]} is {actions[place]}")


def _common_factor(
    wish: NDArray[np.float64],
    lo: NDArray[np.float64],
    hi: NDArray[np.float64],
    total: NDArray[np.float64],
    most: float,
) -> NDArray[np.float64]:
    """The factor (W,) at which `wish` (W, A), clipped between `lo` and `hi`, sums to `total` (W,).

    The sum grows with the factor in straight pieces. Newton's method jumps to where the present piece meets the total,
    which is exact once that is the right piece; steps out of what is known to enclose the factor halve it instead.
    Worlds that take many steps are solved piece by piece.

    At the factor `most` every wish must have reached `hi`.
    """
    factor = np.minimum(total / np.maximum(_sums(wish), _TINY), most)
    left, at, low, high = np.arange(len(factor)), factor, np.zeros_like(factor), np.full_like(factor, most)
    for _ in range(_STEPS):
        asked = wish * at[:, None]
        kept = _within(asked, lo, hi)
        missing = total - _sums(kept)
        off = np.flatnonzero(np.abs(missing) > _SETTLED * total)
        if not off.size:
            return factor * _SHORT
        if off.size < len(left):
            left, wish, lo, hi, asked, kept = left[off], *(a.take(off, axis=0) for a in (wish, lo, hi, asked, kept))
            total, at, low, high, missing = (a.take(off) for a in (total, at, low, high, missing))
        short = missing > 0.0
        low, high = np.where(short, at, low), np.where(short, high, at)
        ahead = at + missing / np.maximum(_sums(wish * (asked == kept)), _TINY)
        at = np.where((low < ahead) & (ahead < high), ahead, 0.5 * (low + high))
        factor[left] = at
    factor[left] = _factor_by_pieces(wish, lo, hi, total)
    return factor * _SHORT


def _factor_by_pieces(
    wish: NDArray[np.float64], lo: NDArray[np.float64], hi: NDArray[np.float64], total: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The same from all bends of the sum in order: where an ad set leaves `lo` or reaches `hi`."""
    worlds, ad_sets = wish.shape
    row, column = np.arange(worlds), np.arange(worlds)[:, None]
    unit = np.where(wish > 0.0, wish, 1.0)
    bends = np.concatenate([lo / unit, hi / unit], axis=-1)
    order = np.argsort(bends, axis=-1, kind="stable")
    at = bends[column, order]
    slope = np.cumsum(np.concatenate([wish, -wish], axis=-1)[column, order], axis=-1)
    risen = np.zeros((worlds, 2 * ad_sets))
    np.cumsum(slope[:, :-1] * (at[:, 1:] - at[:, :-1]), axis=-1, out=risen[:, 1:])
    missing = total - lo.sum(axis=-1)
    # Where all are at a bound the sum stays level but for rounding, which must not count as rising.
    below = risen[:, 1:] < (missing - _LEVEL * total)[:, None]
    piece = np.minimum(below.sum(axis=-1), 2 * ad_sets - 2)
    ahead = np.maximum(missing - risen[row, piece], 0.0) / np.maximum(slope[row, piece], _TINY)
    factor: NDArray[np.float64] = np.minimum(at[row, piece] + ahead, at[row, piece + 1])
    return factor


def _whole(wanted: NDArray[np.float64], total_minor: NDArray[np.float64], hi: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole units with the exact sum; what rounding down left goes to the largest fractions that have room."""
    whole = np.floor(wanted)
    rest = (total_minor - _sums(whole)).astype(np.intp)
    if not rest.any():
        return whole.astype(np.int64)
    fraction = np.subtract(wanted, whole, out=wanted)
    np.copyto(fraction, -1.0, where=whole >= hi)
    units: NDArray[np.int64] = whole.astype(np.int64)
    units += _largest_of_few(fraction, rest) if fraction.shape[-1] <= _NARROW else _largest(fraction, rest)
    return units


def _largest(values: NDArray[np.float64], many: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which are the `many` (W,) largest of their row (W, A); of equal ones the first."""
    row, last = np.arange(len(many)), values.shape[-1] + 1
    ordered = np.full((len(many), last + 1), np.inf)
    ordered[:, 0], ordered[:, 1:last] = -np.inf, np.sort(values, axis=-1)
    place = np.minimum(np.maximum(last - many, 1), last)
    smallest = ordered[row, place]
    chosen: NDArray[np.bool_] = values >= smallest[:, None]
    twice = np.flatnonzero(ordered[row, place - 1] == smallest)
    if twice.size:
        order = np.argsort(-values[twice], axis=-1, kind="stable")
        chosen[twice] = np.argsort(order, axis=-1, kind="stable") < many[twice, None]
    return chosen


def _largest_of_few(values: NDArray[np.float64], many: NDArray[np.intp]) -> NDArray[np.bool_]:
    """The same by comparing each with each: for narrow rows many times as fast as sorting them."""
    columns = np.ascontiguousarray(values.T)
    before = np.zeros(columns.shape, dtype=np.int8)
    for i in range(len(columns)):
        for j in range(i + 1, len(columns)):
            behind = columns[j] > columns[i]
            before[i] += behind
            before[j] += ~behind
    chosen: NDArray[np.bool_] = before < many
    return chosen.T


def _within(
    values: NDArray[np.float64],
    lo: NDArray[np.float64],
    hi: NDArray[np.float64],
    out: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Values, none below `lo` or above `hi`."""
    kept: NDArray[np.float64] = np.maximum(values, lo, out=out)
    return np.minimum(kept, hi, out=kept)


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums (W,) of rows (W, A): for short rows much faster than `sum`."""
    sums: NDArray[np.float64] = np.einsum("wa->w", values)
    return sums

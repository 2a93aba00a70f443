"""From an action to budgets: a wish for each ad set, kept within the daily cap and within the total."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHORT = 1.0 - 1e-12
"""Sums stay below the total by more than rounding errors, so that whole units can make up the rest."""
_LEVEL = 1e-12
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
    before = budgets_minor.astype(np.float64)
    lo, hi = np.ceil(before / (1.0 + daily_cap)), np.floor(before * (1.0 + daily_cap))
    wish = before * (1.0 + daily_cap) ** np.clip(actions, -1.0, 1.0).astype(np.float64)
    factor = _common_factor(wish, lo, hi, before.sum(axis=-1))
    wanted = np.minimum(np.maximum(wish * factor[:, None], lo), hi)
    return _whole(wanted, budgets_minor.sum(axis=-1), hi)


def refuse_unless_finite(actions: NDArray[np.floating]) -> None:
    """Refuse actions that are no numbers.

    Raises:
        ValueError: an action is not finite.
    """
    if not np.isfinite(actions).all():
        raise ValueError(f"actions must be finite, got {actions!r}")


def _common_factor(
    wish: NDArray[np.float64], lo: NDArray[np.float64], hi: NDArray[np.float64], total: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The factor (W,) at which `wish` (W, A), clipped between `lo` and `hi`, sums to `total` (W,).

    The sum grows with the factor in straight pieces; it bends where an ad set leaves `lo` or reaches `hi`.
    """
    unit = np.where(wish > 0.0, wish, 1.0)
    bends = np.concatenate([lo / unit, hi / unit], axis=-1)
    order = np.argsort(bends, axis=-1, kind="stable")
    at = np.take_along_axis(bends, order, axis=-1)
    slope = np.cumsum(np.take_along_axis(np.concatenate([wish, -wish], axis=-1), order, axis=-1), axis=-1)
    rise = np.cumsum(slope[:, :-1] * np.diff(at, axis=-1), axis=-1)
    missing = total - lo.sum(axis=-1)
    # Where all are at a bound the sum stays level but for rounding, which must not count as rising.
    still_below = rise < (missing - _LEVEL * total)[:, None]
    piece = np.minimum(still_below.sum(axis=-1, keepdims=True), rise.shape[-1] - 1)
    start = np.take_along_axis(at, piece, axis=-1)[:, 0]
    end = np.take_along_axis(at, piece + 1, axis=-1)[:, 0]
    risen = np.where(piece > 0, np.take_along_axis(rise, np.maximum(piece - 1, 0), axis=-1), 0.0)[:, 0]
    steepness = np.take_along_axis(slope, piece, axis=-1)[:, 0]
    reached = start + np.maximum(missing - risen, 0.0) / np.maximum(steepness, _TINY)
    factor: NDArray[np.float64] = np.minimum(reached, end) * _SHORT
    return factor


def _whole(wanted: NDArray[np.float64], total_minor: NDArray[np.int64], hi: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole units with the exact sum; what rounding down left goes to the largest fractions that have room."""
    whole = np.floor(wanted)
    rest = total_minor - whole.sum(axis=-1)
    fraction = np.where(whole < hi, wanted - whole, -1.0)
    rank = np.argsort(np.argsort(-fraction, axis=-1, kind="stable"), axis=-1, kind="stable")
    given: NDArray[np.int64] = (whole + (rank < rest[:, None])).astype(np.int64)
    return given

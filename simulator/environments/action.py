"""From an action to budgets: a wish for each ad set, kept within the daily cap and within the total."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HALVINGS = 32


def budgets_after(
    budgets_minor: NDArray[np.int64], actions: NDArray[np.floating], daily_cap: float
) -> NDArray[np.int64]:
    """Budgets (W, A) after `actions` (W, A), with the sums of `budgets_minor` (W, A) kept exactly.

    An action of 1 asks for `daily_cap` more, -1 for as much less on the log scale. All wishes of a world are then
    shifted by one common factor, and clipped at the cap, so that they sum to its total.

    Args:
        budgets_minor: (W, A) budgets in force.
        actions: (W, A) in [-1, 1]; what lies outside is clipped.
        daily_cap: largest change in a day, as a share: 0.2 allows from /1.2 to *1.2.

    Raises:
        ValueError: an action is not finite.
    """
    if not np.isfinite(actions).all():
        raise ValueError(f"actions must be finite, got {actions!r}")
    before = budgets_minor.astype(np.float64)
    lo, hi = np.ceil(before / (1.0 + daily_cap)), np.floor(before * (1.0 + daily_cap))
    wish = before * (1.0 + daily_cap) ** np.clip(actions, -1.0, 1.0).astype(np.float64)
    total = before.sum(axis=-1)
    # The factor that would take every ad set to a bound encloses the right one.
    low, high = np.full(total.shape, (1.0 + daily_cap) ** -2), np.full(total.shape, (1.0 + daily_cap) ** 2)
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        over = np.clip(wish * middle[:, None], lo, hi).sum(axis=-1) > total
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return _whole(np.clip(wish * low[:, None], lo, hi), budgets_minor.sum(axis=-1), hi)


def _whole(wanted: NDArray[np.float64], total_minor: NDArray[np.int64], hi: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole units with the exact sum; what rounding down left goes to the largest fractions that have room."""
    whole = np.floor(wanted)
    rest = total_minor - whole.sum(axis=-1)
    fraction = np.where(whole < hi, wanted - whole, -1.0)
    rank = np.argsort(np.argsort(-fraction, axis=-1, kind="stable"), axis=-1, kind="stable")
    given: NDArray[np.int64] = (whole + (rank < rest[:, None])).astype(np.int64)
    return given

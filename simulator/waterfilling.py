"""The best way to split a sum between concave returns: fill until every marginal return is equal.

At the optimum there is one price of money: whoever is between its bounds earns exactly that price on its last unit,
whoever is at its upper bound earns more, at its lower bound less (Karush, Kuhn and Tucker).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Marginal: TypeAlias = "Callable[[NDArray[np.float64]], NDArray[np.float64]]"

_POINTS = 24
_PASSES = 4
_HALVINGS = 48


def fill(
    marginal: Marginal, total_minor: NDArray[np.int64], lo: NDArray[np.int64], hi: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Whole amounts (W, A) between `lo` and `hi` that sum to `total_minor` (W,) with the largest sum of returns.

    Args:
        marginal: derivative of the returns, (G, W, A) amounts to (G, W, A) marginals, falling in the amount.
        total_minor: (W,) to give out.
        lo: (W, A) lower bounds.
        hi: (W, A) upper bounds.

    Raises:
        ValueError: bounds that allow no such split; the first world it concerns is named.
    """
    check(total_minor, lo, hi)
    left, right = lo.astype(np.float64), hi.astype(np.float64)
    t = (np.arange(_POINTS) / (_POINTS - 1.0))[:, None, None]
    amounts = left
    for turn in range(_PASSES):
        # The first grid is dense near the lower bound, where returns bend most; later ones are finer and even.
        grid = left + (right - left) * (t**3 if turn == 0 else t)
        returns = marginal(grid)
        price = _price(grid, returns, total_minor)
        amounts = _amounts(grid, returns, price)
        cell = np.sum(returns > price[:, None], axis=0)
        left = np.take_along_axis(grid, np.maximum(cell - 2, 0)[None], axis=0)[0]
        right = np.take_along_axis(grid, np.minimum(cell + 1, _POINTS - 1)[None], axis=0)[0]
    return _whole(amounts, marginal, total_minor, lo, hi)


def check(
    total_minor: NDArray[np.int64], lo: NDArray[np.int64], hi: NDArray[np.int64], *, exactly: bool = True
) -> None:
    """Refuse bounds (W, A) between which `total_minor` (W,) cannot be given out, exactly or (else) at most.

    Raises:
        ValueError: not whole numbers, shapes that do not fit, or no such split; the first world is named.
    """
    for name, array in (("total_minor", total_minor), ("lo", lo), ("hi", hi)):
        if not np.issubdtype(array.dtype, np.integer):
            raise ValueError(f"{name} must be whole numbers, got dtype {array.dtype}")
    if lo.shape != hi.shape or lo.shape[:1] != total_minor.shape:
        raise ValueError(f"shapes do not fit: total_minor {total_minor.shape}, lo {lo.shape}, hi {hi.shape}")
    wrong = (lo < 0).any(axis=-1) | (lo > hi).any(axis=-1)
    wrong |= (lo.sum(axis=-1) > total_minor) | (exactly & (hi.sum(axis=-1) < total_minor))
    if wrong.any():
        w = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"world {w}: no split of {total_minor[w]} with bounds {lo[w].tolist()} and {hi[w].tolist()} "
            "(bounds must be ordered, not negative, and their sums enclose the total)"
        )


def _amounts(
    grid: NDArray[np.float64], returns: NDArray[np.float64], price: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where each marginal (linear between grid points) falls to the price (W,); the ends where it does not."""
    above = np.sum(returns > price[:, None], axis=0)
    i = np.clip(above, 1, grid.shape[0] - 1)[None]
    x0, x1 = np.take_along_axis(grid, i - 1, axis=0)[0], np.take_along_axis(grid, i, axis=0)[0]
    y0, y1 = np.take_along_axis(returns, i - 1, axis=0)[0], np.take_along_axis(returns, i, axis=0)[0]
    fall = y0 - y1
    part = np.clip((y0 - price[:, None]) / np.where(fall > 0.0, fall, 1.0), 0.0, 1.0)
    # A flat marginal at the price itself: any amount is as good, so take none of the cell.
    part = np.where(fall > 0.0, part, np.where(above == grid.shape[0], 1.0, 0.0))
    inside: NDArray[np.float64] = x0 + part * (x1 - x0)
    return inside


def _price(
    grid: NDArray[np.float64], returns: NDArray[np.float64], total_minor: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The price of money (W,) at which the amounts wanted just sum to the total, by halving."""
    low = np.zeros(total_minor.shape)
    high: NDArray[np.float64] = returns.max(axis=(0, 2))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        too_much = _amounts(grid, returns, middle).sum(axis=-1) > total_minor
        low, high = np.where(too_much, middle, low), np.where(too_much, high, middle)
    return high


def _whole(
    amounts: NDArray[np.float64],
    marginal: Marginal,
    total_minor: NDArray[np.int64],
    lo: NDArray[np.int64],
    hi: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Whole numbers within bounds that sum to the total: what is left goes to the largest marginal returns."""
    whole = np.clip(np.floor(amounts).astype(np.int64), lo, hi)
    order = np.argsort(-marginal(whole[None].astype(np.float64))[0], axis=-1, kind="stable")
    settle(whole, total_minor - whole.sum(axis=-1), order, lo, hi)
    return whole


def settle(
    whole: NDArray[np.int64],
    rest: NDArray[np.int64],
    order: NDArray[np.int64],
    lo: NDArray[np.int64],
    hi: NDArray[np.int64],
) -> None:
    """Hand `rest` (W,), which may be negative, out to `whole` (W, A) in place, along `order` (W, A), within bounds."""
    for w in np.flatnonzero(rest):
        _settle(whole[w], int(rest[w]), order[w], lo[w], hi[w])


def _settle(
    row: NDArray[np.int64], rest: int, order: NDArray[np.int64], lo: NDArray[np.int64], hi: NDArray[np.int64]
) -> None:
    """Hand `rest` (which may be negative) out in place: a unit each first, then whatever fits."""
    for share in (1, None):
        for a in order if rest > 0 else order[::-1]:
            room = hi[a] - row[a] if rest > 0 else row[a] - lo[a]
            size = min(abs(rest), int(room), share or abs(rest))
            row[a] += size if rest > 0 else -size
            rest -= size if rest > 0 else -size

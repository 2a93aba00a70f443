"""The best way to split a sum where returns are known only as values, and need not be concave.

Each return is looked at on a grid and replaced by its upper concave envelope, whose cells are taken in the order of
their slopes: exact for concave returns up to the grid, which is then made finer around the answer. Where a return is
not concave (money that buys nothing before a threshold), the envelope's answer is wrong for one of them at most: the
Shapley-Folkman argument of Aubin and Ekeland 1976, "Estimates of the duality gap in nonconvex optimization". That may
be one of two, so worlds with such returns are also filled by `simulator.jump_filling`, and the better answer is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from simulator.jump_filling import fill_jumps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Values: TypeAlias = "Callable[[NDArray[np.float64]], NDArray[np.float64]]"

_FINE, _COARSE = (32, 4), (20, 3)
"""Points of a grid, and how many grids are laid."""
_BENT = 1e-9
"""Slopes that rise by less than this share are taken to be rounding."""
_JUMP = 0.02
"""Slopes that lie further below their envelope's are a jump or a threshold."""


def fill_values(
    value: Values, total: Floats, lo: Floats, hi: Floats, *, spend_all: bool = True, fine: bool = True
) -> Floats:
    """Amounts (W, K) between `lo` and `hi` with the largest sum of values.

    Args:
        value: (G, W, K) amounts to (G, W, K) values, each depending on its own amount alone.
        total: (W,) to give out; between the sums of the bounds.
        lo: (W, K) lower bounds.
        hi: (W, K) upper bounds.
        spend_all: whether everything must go; otherwise only what raises the sum of values.
        fine: to about a ten-thousandth of the range, with a look at jumps; else to a few thousandths, at half the work.
    """
    points, passes = _FINE if fine else _COARSE
    most = np.minimum(hi, lo + (total - lo.sum(axis=-1))[:, None])
    left, right, amounts = lo, most, lo
    jumps = np.zeros(len(total), dtype=np.bool_)
    t = (np.arange(points) / (points - 1.0))[:, None, None]
    for turn in range(passes):
        grid = left + (right - left) * (t**3 if turn == 0 else t)
        grid[-1] = right
        values = value(grid)
        slopes = envelope_slopes(grid, values)
        jumps |= (_chords(grid, values) < (1.0 - _JUMP) * slopes - _JUMP * np.abs(slopes[:1])).any(axis=(0, 2))
        amounts = left + _taken(np.diff(grid, axis=0), slopes, total - left.sum(axis=-1), spend_all=spend_all)
        place = np.clip(np.sum(grid <= amounts, axis=0) - 1, 0, points - 1)
        left = np.take_along_axis(grid, np.maximum(place - 2, 0)[None], axis=0)[0]
        right = np.take_along_axis(grid, np.minimum(place + 2, points - 1)[None], axis=0)[0]
    amounts = np.clip(amounts, lo, hi)
    if not fine or not jumps.any():
        return amounts
    other = fill_jumps(value, total, lo, most, jumps, spend_all=spend_all)
    worth = value(np.stack([amounts, other])).sum(axis=-1)
    return np.where((jumps & (worth[1] > worth[0]))[:, None], other, amounts)


def envelope_slopes(grid: Floats, values: Floats) -> Floats:
    """Slopes (G - 1, ...) of the upper concave envelope of `values` (G, ...) over `grid` (G, ...), never rising.

    The slope of a cell is the least, over its left ends, of the steepest chord to the right: pooled neighbours.
    """
    width = np.diff(grid, axis=0)
    slopes = _chords(grid, values)
    rise = np.diff(slopes, axis=0)
    bent = (rise > _BENT * np.abs(slopes[1:])).any(axis=0) & (width > 0.0).all(axis=0)
    if bent.any():
        slopes[:, bent] = _pooled(grid[:, bent], values[:, bent])
    return np.minimum.accumulate(slopes, axis=0)


def _chords(grid: Floats, values: Floats) -> Floats:
    """Slopes (G - 1, ...) of the cells themselves; zero where a cell has no width."""
    width = np.diff(grid, axis=0)
    slopes: Floats = np.diff(values, axis=0) / np.where(width > 0.0, width, 1.0)
    return slopes


def _pooled(grid: Floats, values: Floats) -> Floats:
    """Envelope slopes (G - 1, N) of N columns by all their chords."""
    chords = (values[None] - values[:, None]) / np.where(grid[None] > grid[:, None], grid[None] - grid[:, None], 1.0)
    found = np.empty((len(grid) - 1, grid.shape[1]))
    for cell in range(len(grid) - 1):
        found[cell] = chords[: cell + 1, cell + 1 :].max(axis=1).min(axis=0)
    return found


def _taken(width: Floats, slopes: Floats, room: Floats, *, spend_all: bool) -> Floats:
    """How much of each column (W, K) is taken when cells (G, W, K) go by slope until `room` (W,) is filled."""
    cells, worlds, columns = width.shape
    wide, steep = (np.moveaxis(array, 1, 0).reshape(worlds, -1) for array in (width, slopes))
    order = np.argsort(-steep, axis=-1, kind="stable")
    queue = np.take_along_axis(wide, order, axis=-1)
    if not spend_all:
        queue = np.where(np.take_along_axis(steep, order, axis=-1) > 0.0, queue, 0.0)
    given = np.clip(room[:, None] - (np.cumsum(queue, axis=-1) - queue), 0.0, queue)
    taken = np.empty_like(wide)
    np.put_along_axis(taken, order, given, axis=-1)
    amounts: Floats = taken.reshape(worlds, cells, columns).sum(axis=1)
    return amounts

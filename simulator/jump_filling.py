"""The best way to split a sum between returns of any shape: dynamic programming over whole parts of it (Bellman 1957).

Money is cut into equal parts, the best use of n parts among the first k is built up from that among the first k - 1,
and the parts are then made smaller around the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Values: TypeAlias = "Callable[[NDArray[np.float64]], NDArray[np.float64]]"

_UNITS = 120
_PASSES = 4
_NEAR = 3


def fill_jumps(
    value: Values, total: Floats, lo: Floats, hi: Floats, worlds: NDArray[np.bool_], *, spend_all: bool = True
) -> Floats:
    """Amounts (W, K) between `lo` and `hi` with the largest sum of values, where `worlds` (W,) says so; else `lo`.

    Args:
        value: as in `simulator.hull_filling.fill_values`.
        total: (W,) to give out.
        lo: (W, K) lower bounds.
        hi: (W, K) upper bounds, none of which would use up more than the total.
        worlds: (W,) which worlds are looked at.
        spend_all: as in `fill_values`.
    """
    low, amounts = lo, lo
    high = hi
    for _ in range(_PASSES):
        unit = (total - low.sum(axis=-1)) / _UNITS
        grid = low + np.arange(_UNITS + 1.0)[:, None, None] * unit[:, None]
        values = np.where(grid <= high + 1e-9 * total[:, None], value(np.minimum(grid, high)), -np.inf)
        parts = np.zeros(low.shape, dtype=np.int64)
        parts[worlds] = _best_parts(np.moveaxis(values[:, worlds], 0, -1), spend_all=spend_all)
        amounts = np.minimum(low + parts * unit[:, None], high)
        # Beside the answer, and never more than all there is.
        low = np.maximum(lo, amounts - _NEAR * unit[:, None])
        high = np.minimum(hi, amounts + _NEAR * unit[:, None])
    return amounts


def _best_parts(values: Floats, *, spend_all: bool) -> Ints:
    """How many parts (W, K) each gets when values are (W, K, N + 1) by the number of parts."""
    worlds, columns, counts = values.shape
    used, given = np.arange(counts)[:, None], np.arange(counts)[None, :]
    left = np.maximum(used - given, 0)
    best = values[:, 0]
    chosen = np.zeros((columns, worlds, counts), dtype=np.int64)
    chosen[0] = np.arange(counts)
    for k in range(1, columns):
        tried = np.where(given <= used, best[:, left] + values[:, k, None, :], -np.inf)
        chosen[k] = tried.argmax(axis=-1)
        best = tried.max(axis=-1)
    rest = np.full(worlds, counts - 1) if spend_all else best.argmax(axis=-1)
    parts = np.zeros((worlds, columns), dtype=np.int64)
    for k in range(columns - 1, -1, -1):
        parts[:, k] = np.take_along_axis(chosen[k], rest[:, None], axis=-1)[:, 0]
        rest = rest - parts[:, k]
    return parts

"""The best way to split a sum where some returns begin slowly: S-curves, and steep Hill curves near nothing.

Where a curve is below its chord, money is worth it at once or not at all. So every return is first replaced by its
upper concave envelope over its bounds, which is the chord up to where it touches the curve, and filled exactly
(`simulator.waterfilling`). At most one ad set of a world then stands on its chord, where its return is less than the
envelope's (Aubin and Ekeland 1976, "Estimates of the duality gap in nonconvex optimization"). It is tried at both ends
of the chord, with the money of the others filled in anew, and the best of the three answers is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from simulator import waterfilling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Function: TypeAlias = "Callable[[Floats], Floats]"

_TILT = 1e-6
"""A chord is tilted by this share, so that it has one place for every price of money."""


def fill_bent(value: Function, marginal: Function, turn: Floats, total_minor: Ints, lo: Ints, hi: Ints) -> Ints:
    """Whole amounts (W, A) between `lo` and `hi` that sum to `total_minor` (W,) with the largest sum of returns.

    Args:
        value: returns, (..., W, A) amounts to (..., W, A) values.
        marginal: their derivative, which falls from `turn` on.
        turn: (W, A) where the chord from `lo` touches; `lo` where the return falls off from there on.
        total_minor: (W,) to give out.
        lo: (W, A) lower bounds.
        hi: (W, A) upper bounds.

    Raises:
        ValueError: bounds that allow no such split; the first world it concerns is named.
    """
    touching = np.minimum(turn, hi)
    width = touching - lo
    # Less than a unit is no chord.
    bent = width >= 1.0
    rise = value(touching) - value(lo.astype(np.float64))
    chord = np.where(bent, rise / np.where(bent, width, 1.0), 0.0)

    def along(amounts: Floats) -> Floats:
        left = (touching - amounts) / np.where(bent, width, 1.0)
        return np.where(bent & (left > 0.0), chord * (1.0 + _TILT * left), marginal(amounts))

    first = waterfilling.fill(along, total_minor, lo, hi)
    end = np.floor(touching).astype(np.int64)
    partial = bent & (first > lo) & (first < end)
    if not partial.any():
        return first
    found, worth = first, value(first.astype(np.float64)).sum(axis=-1)
    for ends in (lo, end):
        other = _branched(marginal, bent, np.where(partial, ends, first), end, total_minor, lo, hi, first)
        reached = value(other.astype(np.float64)).sum(axis=-1)
        found = np.where((reached > worth)[:, None], other, found)
        worth = np.maximum(reached, worth)
    return found


def _branched(
    marginal: Function, bent: NDArray[np.bool_], at: Ints, end: Ints, total_minor: Ints, lo: Ints, hi: Ints, first: Ints
) -> Ints:
    """The best amounts when every chord's ad set stays on the side of it on which `at` has it; else `first`."""
    low = np.where(bent & (at >= end), end, lo)
    high = np.where(bent & (at < end), lo, hi)
    fits = (low.sum(axis=-1) <= total_minor) & (total_minor <= high.sum(axis=-1))
    low, high = (np.where(fits[:, None], side, first) for side in (low, high))
    return waterfilling.fill(marginal, total_minor, low, high)

"""Dividing whole numbers so that the parts are whole and sum to what was divided, and the same again every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EVEN = 1e-300
"""What every part weighs where no part has a weight."""


def apportioned(totals: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Totals (...) divided by weights (..., N) into (..., N), by the method of largest remainders.

    Remainders that are equal go to the part that comes first; where all weights are zero, all are equal.

    Args:
        totals: not negative.
        weights: not negative, broadcast against totals.
    """
    weights = np.broadcast_to(weights, (*totals.shape, weights.shape[-1]))
    known = weights.sum(axis=-1, keepdims=True) > 0
    weights = np.where(known, weights, _EVEN)
    exact = totals[..., None] * (weights / weights.sum(axis=-1, keepdims=True))
    parts = np.floor(exact).astype(np.int64)
    missing = totals - parts.sum(axis=-1)
    order = np.argsort(-(exact - parts), axis=-1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(order.shape[-1]), order.shape), axis=-1)
    found: NDArray[np.int64] = parts + (rank < missing[..., None])
    return found


def divided(
    total: int, weights: Sequence[float], least: Sequence[int] | None = None, most: Sequence[int | None] | None = None
) -> list[int]:
    """A total divided by weights, no part below its least or above its most as far as the total allows.

    The least come first, in proportion where there is not enough for all; what a part may not take goes to the others.
    What nobody may take is left over, so the parts may sum to less than the total.

    >>> divided(100, [1, 1, 2]), divided(100, [1, 1], least=[80, 0]), divided(100, [1, 1], most=[10, None])
    ([25, 25, 50], [80, 20], [10, 90])
    """
    floors = [0] * len(weights) if least is None else list(least)
    ceilings = [total if top is None else min(top, total) for top in (most or [None] * len(weights))]
    if sum(floors) > total:
        return _shares(total, floors)
    parts = dict(enumerate(floors))
    open_places = [place for place, weight in enumerate(weights) if weight > 0] or list(range(len(weights)))
    while open_places:
        held = sum(part for place, part in parts.items() if place not in open_places)
        wanted = _shares(total - held, [weights[place] for place in open_places])
        low = [p for p, part in zip(open_places, wanted, strict=True) if part < floors[p]]
        high = [p for p, part in zip(open_places, wanted, strict=True) if part > ceilings[p]]
        if not low and not high:
            parts |= dict(zip(open_places, wanted, strict=True))
            break
        # Places that are too low are settled first: their money has to come from the others.
        parts |= {p: floors[p] for p in low} or {p: ceilings[p] for p in high}
        open_places = [p for p in open_places if p not in (low or high)]
    return [parts[place] for place in range(len(weights))]


def _shares(total: int, weights: Sequence[float]) -> list[int]:
    return [int(part) for part in apportioned(np.array([total]), np.array([weights], dtype=np.float64))[0]]

"""Sums over the ads of an ad set."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Number = TypeVar("_Number", np.int64, np.float64)


def over_ads(values: NDArray[_Number]) -> NDArray[_Number]:
    """The sum (...) of (..., C), ads added in their order: many times as fast as numpy's sum over a short last axis."""
    total = values[..., 0].copy()
    for ad in range(1, values.shape[-1]):
        total += values[..., ad]
    return total

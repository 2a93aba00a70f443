"""Consecutive ad sets as campaigns: sums that every ad set of a campaign sees."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Number = TypeVar("_Number", np.int64, np.float64)


def sums(values: NDArray[_Number], size: int) -> NDArray[_Number]:
    """The sum of each campaign of `size` ad sets, given to all of them, (..., A); the last one may have fewer."""
    firsts, campaign = places_of(values.shape[-1], size)
    summed: NDArray[_Number] = np.add.reduceat(values, firsts, axis=-1)[..., campaign]
    return summed


def least(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """The smallest value of each campaign, as `sums`."""
    firsts, campaign = places_of(values.shape[-1], size)
    smallest: NDArray[np.float64] = np.minimum.reduceat(values, firsts, axis=-1)[..., campaign]
    return smallest


def parts(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Each value as a share of its campaign's sum, (..., A); zero where that is zero."""
    whole = sums(values, size)
    return values / np.where(whole > 0, whole, 1.0)


@cache
def places_of(count: int, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First ad set of each campaign (K,), and the campaign of each ad set (A,)."""
    firsts, campaign = np.arange(0, count, size), np.arange(count) // size
    firsts.flags.writeable = campaign.flags.writeable = False
    return firsts, campaign

"""Batches of any shape as rows."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agents.vocabulary import BoolArray

    Number = TypeVar("Number", bound=np.generic)


def as_rows(array: NDArray[Number]) -> NDArray[Number]:
    """(..., A) as (R, A), without a copy where it can be; accounts without ad sets have rows too."""
    return array[None] if array.ndim == 1 else array.reshape(prod(array.shape[:-1]), array.shape[-1])


def spread(array: NDArray[Number], shape: tuple[int, ...]) -> NDArray[Number]:
    """`array` as if it had this shape."""
    return array if array.shape == shape else np.broadcast_to(array, shape)


def put_rows(whole: NDArray[Any], which: NDArray[np.int64], part: NDArray[Any]) -> NDArray[Any]:
    """A copy of `whole` with its rows `which` replaced by `part`."""
    copy = whole.copy()
    copy[which] = part
    return copy


def some(mask: NDArray[Any]) -> bool:
    """Whether anything is not zero: to count is quicker than `any` on small arrays."""
    return bool(np.count_nonzero(mask))


def every(mask: BoolArray) -> bool:
    """Whether all is set."""
    return int(np.count_nonzero(mask)) == mask.size


def where_set(mask: BoolArray) -> tuple[NDArray[np.int64], ...]:
    """What `nonzero` gives, quicker where little is set."""
    return np.unravel_index(np.flatnonzero(mask), mask.shape)

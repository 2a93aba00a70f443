"""Batches of any shape as rows."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Number = TypeVar("Number", bound=np.generic)


def as_rows(array: NDArray[Number]) -> NDArray[Number]:
    """(..., A) as (R, A), without a copy where it can be; accounts without ad sets have rows too."""
    return array.reshape(prod(array.shape[:-1]), array.shape[-1])


def put_rows(whole: NDArray[Any], which: NDArray[np.int64], part: NDArray[Any]) -> NDArray[Any]:
    """A copy of `whole` with its rows `which` replaced by `part`."""
    copy = whole.copy()
    copy[which] = part
    return copy

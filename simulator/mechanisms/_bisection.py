"""The largest amount that keeps a rule, where any smaller amount keeps it too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS = 30
_PASSES = 3


def largest_kept(
    keeps: Callable[[NDArray[np.float64]], NDArray[np.bool_]], most: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Largest amounts in [0, most] that keep the rule, each to a billionth of `most`.

    Where the rule of one amount looks at others as well, and is easier to keep when those are smaller, what was found
    is tried again twice: amounts that then break it, because others ended larger than they were tried, are lowered.

    Args:
        keeps: says of amounts shaped like `most` which keep the rule; amounts below one that does must do so too.
        most: upper ends; zero is taken to keep the rule.
    """
    found = most
    for _ in range(_PASSES):
        fine = keeps(found)
        if fine.all():
            break
        found = _bisected(keeps, found, fine)
    return found


def _bisected(
    keeps: Callable[[NDArray[np.float64]], NDArray[np.bool_]], most: NDArray[np.float64], fine: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The amounts that are fine as they are, the others halved towards the rule."""
    kept, broken = np.where(fine, most, 0.0), most
    for _ in range(_ROUNDS):
        middle = (kept + broken) / 2.0
        good = keeps(middle)
        kept, broken = np.where(good, middle, kept), np.where(good, broken, middle)
    return np.where(fine, most, kept)

"""The largest amount that keeps a rule, where any smaller amount keeps it too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS = 30


def largest_kept(
    keeps: Callable[[NDArray[np.float64]], NDArray[np.bool_]], most: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Largest amount in [0, most] that keeps the rule, to a billionth of `most`, and never one that breaks it.

    Args:
        keeps: says of amounts shaped like `most` which keep the rule; amounts below one that does must do so too.
        most: upper ends; zero is taken to keep the rule.
    """
    whole = keeps(most)
    if whole.all():
        return most
    kept, broken = np.zeros_like(most), most
    for _ in range(_ROUNDS):
        middle = (kept + broken) / 2.0
        good = keeps(middle)
        kept, broken = np.where(good, middle, kept), np.where(good, broken, middle)
    return np.where(whole, most, kept)

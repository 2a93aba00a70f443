"""The largest amount that keeps a promise, where any smaller amount keeps it too.

Promises are solved in logs, where costs and results are nearly straight lines: by secants, inside a bracket that is
halved where a secant leaves it. The kept end of the bracket is the answer, so a promise holds even where secants fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

_ROUNDS = 8
_PASSES = 3
_LEAST = np.log(1e-4)
_HALF = np.log(0.5)
_NUDGE = 1e-8
"""How far below a secant's zero to try, so that one that has arrived lies on the kept side."""


def largest_kept(slack: Callable[[Floats], Floats], most: Floats) -> Floats:
    """Largest amounts in [0, most] with `slack` of at least zero; zero where a ten-thousandth of `most` has none.

    Where the slack of one amount looks at others as well, and is larger when those are smaller, what was found is tried
    again twice: amounts that then break their promise, because others ended larger than they were tried, are lowered.

    Args:
        slack: log of what an amount may be over what it is, falling in it; shaped like `most`, finite for zero too.
        most: upper ends.
    """
    found = most
    for _ in range(_PASSES):
        over = slack(found)
        broken = (over < 0.0) & (found > 0.0)
        if not broken.any():
            break
        found = np.where(broken, _lowered(slack, found, over, broken), found)
    return found


def _lowered(slack: Callable[[Floats], Floats], most: Floats, over: Floats, broken: Bools) -> Floats:
    """Largest amounts that keep the promise where `most`, with slack `over`, has `broken` it; elsewhere anything.

    Positions are logs of the share of `most`.
    """
    low, high = np.where(broken, _LEAST, 0.0), np.zeros(most.shape)
    hopeless = slack(most * np.exp(low)) < 0.0
    before, here = high, np.where(broken, _HALF, 0.0)
    gap_before, gap = over, slack(most * np.exp(here))
    for _ in range(_ROUNDS):
        low, high = np.where(gap >= 0.0, here, low), np.where(gap >= 0.0, high, here)
        fall = gap_before - gap
        zero = here + gap * (here - before) / np.where(fall == 0.0, 1.0, fall) - _NUDGE
        inside = (zero > low) & (zero < high) & (fall != 0.0)
        before, gap_before = here, gap
        here = np.where(inside, zero, (low + high) / 2.0)
        gap = slack(most * np.exp(here))
    kept: Floats = np.where(hopeless, 0.0, most * np.exp(np.where(gap >= 0.0, np.maximum(here, low), low)))
    return kept

"""The nearest flip: what would have to be believed of one ad set for its budget to go the other way.

Were an ad set's budget held where it is, the rest of the money would be split among the others, and the last unit of it
would return some margin there. The ad set is raised exactly if what the decision takes its next unit of money to return
exceeds that margin, and cut exactly if it falls short, for budgets are split where marginal returns meet. So the flip
needs no search: it is exact up to the rounding of a budget to whole minor units.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import Leeway
from agents.explanation.moments import probability_below
from agents.explanation.values import Direction, Flip

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray

MOST_FLIPS = 400
"""One split of the budget each: of more ad sets than this, those that move most money have their flip worked out."""


def flips(
    now_minor: IntArray,
    asked_minor: IntArray,
    room: Leeway,
    *,
    acted_on: FloatArray,
    believed: FloatArray,
    believed_sd: FloatArray,
    margins: Callable[[Leeway], FloatArray],
) -> tuple[Flip | None, ...]:
    """The nearest flip of every ad set (A,) of a single account.

    Args:
        now_minor: (A,) present budgets.
        asked_minor: (A,) what was decided.
        room: what may be moved.
        acted_on: (A,) log of the marginal return at the present budget that the decision took for true.
        believed: (A,) the same as believed; a draw differs from it, and is taken to differ by as much were it other.
        believed_sd: (A,) its standard deviation.
        margins: what may be moved (N, A) to the return (N,) of the last unit of money, as the decision splits it.
    """
    found: list[Flip | None] = [None] * len(now_minor)
    lo, hi = room.lo_minor, room.hi_minor
    candidates = np.flatnonzero((hi > lo) & (lo <= now_minor) & (now_minor <= hi))
    weight = np.abs(asked_minor - now_minor)[candidates]
    candidates = candidates[np.argsort(-weight, kind="stable")[:MOST_FLIPS]]
    margins_without = np.log(_margins_without(candidates, now_minor, room, margins))
    for i, margin in zip(candidates.tolist(), margins_without.tolist(), strict=True):
        below = bool(acted_on[i] > margin)
        turns = _beyond(int(lo[i]), int(now_minor[i]), int(hi[i]), below=below)
        if not np.isfinite(margin) or turns == _direction(int(asked_minor[i] - now_minor[i])):
            continue
        threshold = believed[i] + margin - acted_on[i]
        under = float(probability_below(believed[i], believed_sd[i], threshold))
        found[i] = Flip(
            turns=turns,
            marginal_roas=float(np.exp(threshold)),
            believed=float(np.exp(believed[i])),
            taken_for=float(np.exp(acted_on[i])),
            probability=under if below else 1.0 - under,
        )
    return tuple(found)


def _margins_without(
    held: IntArray, now_minor: IntArray, room: Leeway, margins: Callable[[Leeway], FloatArray]
) -> FloatArray:
    """The margin (N,) among all others if one ad set is held where it is; NaN where no such split places the money."""
    lo, hi = (np.tile(bound, (len(held), 1)) for bound in (room.lo_minor, room.hi_minor))
    each = np.arange(len(held))
    lo[each, held] = hi[each, held] = now_minor[held]
    least, most = lo.sum(axis=-1), hi.sum(axis=-1)
    total = np.clip(room.total_minor, least, most)
    placed = (least < total) & (total < most) & (total == room.total_minor)
    found = margins(Leeway(lo, hi, total, np.zeros(len(held), dtype=np.bool_)))
    return np.where(placed, found, np.nan)


def _beyond(lo: int, now: int, hi: int, *, below: bool) -> Direction:
    """Where the budget goes if the return falls `below` the margin, or rises above it."""
    if below:
        return Direction.CUT if lo < now else Direction.HOLD
    return Direction.RAISE if hi > now else Direction.HOLD


def _direction(step: int) -> Direction:
    return Direction.RAISE if step > 0 else Direction.CUT if step < 0 else Direction.HOLD

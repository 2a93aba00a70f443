"""The largest amounts that keep a promise, where any smaller amount keeps it too.

Promises are solved in logs, where costs and results are nearly straight lines: by secants that aim a little to the kept
side, inside a bracket that is halved where a secant leaves it. All amounts move at once, so that amounts which make
each other's promises harder to keep settle together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Slack = Callable[[Floats], Floats]

_ROUNDS = 40
_PATIENCE = 3.0
_STEEPER = 4.0
_LEAST = float(np.log(1e-4))
_NOTHING = -1000.0
"""Its exponential is zero."""
_CLOSE = 1e-6
"""Slack that is as good as none."""
_MOST_FALL, _LEAST_FALL = 50.0, 1e-4
_SAME = 1e-10
"""Amounts so close, as logs, that their slacks say nothing about how it falls."""


def largest_kept(promise: Callable[[Bools], Slack], most: Floats, *, fall: float = 0.5) -> Floats:
    """Amounts in [0, most] that all keep their promise, each as large as that allows to a slack of 1e-6.

    Zero where a ten-thousandth of `most` does not keep it.

    Args:
        promise: given which n of the amounts to look at, a function from all amounts, shaped like `most`, to the slack
            (n,) of those: the log of what an amount may be over what it is. Slack falls in the amount itself, and does
            not rise in others.
        most: upper ends.
        fall: a first guess of how fast slack falls in the log of an amount.
    """
    given = most > 0.0
    over = promise(given)(most)
    places = np.flatnonzero(given)[over < 0.0]
    if not places.size:
        return most
    amounts = most.copy()
    search = _begin(places, over[over < 0.0], fall)
    look = _looking(promise, most, amounts, places)
    gap = look(search.here)
    for _ in range(_ROUNDS):
        done = _done(search.here, gap)
        if done.all():
            return amounts
        # An account where all are done stays as it is: looking at the others alone is faster.
        lively = _lively(search.places // most.shape[-1], done)
        if 4 * np.count_nonzero(lively) < 3 * lively.size:
            search, gap, done = search.of(lively), gap[lively], done[lively]
            look = _looking(promise, most, amounts, search.places)
        search = _step(search, gap, done, fall)
        gap = look(search.here)
    _settle(look, search.here, gap)
    return amounts


@dataclass(frozen=True, eq=False, slots=True)
class _Search:
    """Where the search for n amounts stands; positions are logs of shares of the upper ends."""

    places: NDArray[np.intp]
    here: Floats
    before: Floats
    gap_before: Floats
    low: Floats
    high: Floats
    fall: Floats
    streak: Floats
    """Rounds on one side of the promise."""

    def of(self, some: Bools) -> _Search:
        """The search for some of them."""
        return _Search(*(getattr(self, entry.name)[some] for entry in fields(self)))


def _begin(places: NDArray[np.intp], over: Floats, fall: float) -> _Search:
    same = np.ones(over.shape)
    here = np.maximum(over / fall, _LEAST)
    return _Search(places, here, 0.0 * same, over, _LEAST * same, 0.0 * same, fall * same, same)


def _looking(promise: Callable[[Bools], Slack], most: Floats, amounts: Floats, places: NDArray[np.intp]) -> Slack:
    """The slack of the amounts at `places` as a function of their logs; keeps `amounts` up to date."""
    some = np.zeros(most.shape, dtype=np.bool_)
    some.reshape(-1)[places] = True
    slack, ends = promise(some), most.reshape(-1)[places]

    def look(logs: Floats) -> Floats:
        amounts.reshape(-1)[places] = ends * np.exp(logs)
        return slack(amounts)

    return look


def _lively(row: NDArray[np.intp], done: Bools) -> Bools:
    """Which amounts are of accounts that are not done, given the account of each."""
    moving = np.zeros(row[-1] + 1, dtype=np.bool_)
    moving[row[~done]] = True
    return moving[row]


def _done(here: Floats, gap: Floats) -> Bools:
    done: Bools = ((gap >= 0.0) & ((gap <= _CLOSE) | (here == 0.0))) | (here == _NOTHING)
    return done


def _step(search: _Search, gap: Floats, done: Bools, first_fall: float) -> _Search:
    """The next positions, given the slack at the present ones; those that are done stay."""
    here, kept, moved = search.here, gap >= 0.0, search.here - search.before
    told = (np.abs(moved) > _SAME) & ((search.gap_before > gap) == (moved > 0.0))
    fall = (search.gap_before - gap) / np.where(told, moved, 1.0)
    fall = np.where(told, np.minimum(np.maximum(fall, _LEAST_FALL), _MOST_FALL), search.fall)
    streak = np.where(kept == (search.gap_before >= 0.0), search.streak + 1.0, 1.0)
    # What others did in the meantime may have moved the end: a far side that is too near for it is given up, at once or
    # when a step towards it has told the same slope again.
    sure = told & (streak > 1.0)
    far = np.abs(gap) / np.where(sure, fall, _STEEPER * np.maximum(fall, first_fall))
    near = far >= np.where(kept, search.high - here, here - search.low)
    low = np.where(kept, here, np.where(near, _LEAST, search.low))
    high = np.where(kept, np.where(near, 0.0, search.high), here)
    # Secants that stay on one side of a kink creep: they are made longer and longer.
    streak = np.where(near, 1.0, streak)
    zero = here + (gap - _CLOSE / 2.0) / fall * np.exp2(np.maximum(streak - _PATIENCE, 0.0))
    at_an_end = np.where(zero <= _LEAST, low == _LEAST, (zero >= 0.0) & (high == 0.0))
    fits = at_an_end | ((zero > low) & (zero < high))
    following = np.where(fits, np.minimum(np.maximum(zero, _LEAST), 0.0), (low + high) / 2.0)
    following = np.where(~kept & (here <= _LEAST), _NOTHING, following)
    return replace(
        search,
        here=np.where(done, here, following),
        before=np.where(done, search.before, here),
        gap_before=np.where(done, search.gap_before, gap),
        low=low,
        high=high,
        fall=fall,
        streak=streak,
    )


def _settle(look: Slack, logs: Floats, gap: Floats) -> None:
    """Lower what does not keep its promise, at most to nothing, until all do: less of one harms no other."""
    step = _CLOSE
    while (gap < 0.0).any():
        lowered = np.where(logs <= _LEAST, _NOTHING, np.maximum(logs - step, _LEAST))
        logs = np.where(gap < 0.0, lowered, logs)
        step *= 2.0
        gap = look(logs)

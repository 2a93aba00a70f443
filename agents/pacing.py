"""A month's money, day by day: what a day's total should be, so that the month ends on its budget to the cent.

Nothing is remembered: the plan is made anew each morning from what the month has, what was spent, and the days that
are left. What was spent too little or too much is thereby spread over them.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack

import numpy as np

from agents.allocation import Leeway, proportional
from agents.vocabulary import NO_CEILING_MINOR

if TYPE_CHECKING:
    from agents.vocabulary import IntArray

EVERY_DAY_ALIKE = (1.0,) * 7


class Rules(TypedDict, total=False):
    """How a period's money is paced: what `plan` may be told beyond the money and the day."""

    last: date | None
    weekday_weights: Sequence[float]
    least_minor: int
    most_minor: int


def days_left(day: date, last: date | None = None) -> tuple[date, ...]:
    """The days from `day` to `last`, both included; `last` is the end of the month if not said.

    Raises:
        ValueError: `last` is before `day`.

    >>> [d.day for d in days_left(date(2028, 2, 27))]
    [27, 28, 29]
    """
    end = last or day.replace(day=calendar.monthrange(day.year, day.month)[1])
    if end < day:
        raise ValueError(f"the period ends on {end}, before {day}: there is nothing to pace")
    return tuple(day + timedelta(days=ahead) for ahead in range((end - day).days + 1))


def plan(
    budget_minor: int | IntArray,
    spent_minor: int | IntArray,
    day: date,
    *,
    last: date | None = None,
    weekday_weights: Sequence[float] = EVERY_DAY_ALIKE,
    least_minor: int = 0,
    most_minor: int = NO_CEILING_MINOR,
) -> IntArray:
    """Totals (..., N) of the N days from `day` on, in proportion to their weekdays' weights.

    They sum to what is left of the budget, exactly, as far as the daily bounds allow; where what is left is less than
    every day's least, it is shared evenly, and where the daily most cannot hold it, the rest stays unspent.

    Args:
        budget_minor: (...) of the month, or of the period that ends on `last`.
        spent_minor: (...) of it, before `day`.
        day: the first day to plan.
        last: last day of the period; None is the end of the month.
        weekday_weights: seven, Monday first; a day of weight zero gets only its least, or what no other day can hold.
        least_minor: least total of a day.
        most_minor: highest total of a day.

    Raises:
        ValueError: the weights are not seven finite numbers >= 0, or the bounds contradict each other.
    """
    weights = tuple(float(weight) for weight in weekday_weights)
    if len(weights) != len(EVERY_DAY_ALIKE) or not all(math.isfinite(w) and w >= 0 for w in weights):
        raise ValueError(f"weekday_weights must be seven finite numbers >= 0, Monday first; got {weights}")
    if not 0 <= least_minor <= most_minor:
        raise ValueError(f"a day's total cannot be at least {least_minor} and at most {most_minor} minor units")
    days = days_left(day, last)
    left = np.maximum(np.asarray(budget_minor, dtype=np.int64) - np.asarray(spent_minor, dtype=np.int64), 0)
    shape = (*left.shape, len(days))
    low = np.minimum(least_minor, left // len(days))[..., None] * np.ones(shape, dtype=np.int64)
    high = np.maximum(low, np.minimum(most_minor, left)[..., None])
    total = np.minimum(left, high.sum(axis=-1))
    room = Leeway(low, high, np.asarray(total), np.zeros(left.shape, dtype=np.bool_))
    return proportional(np.broadcast_to([weights[d.weekday()] for d in days], shape), room)


def day_total(
    budget_minor: int | IntArray,
    spent_minor: int | IntArray,
    day: date,
    **rules: Unpack[Rules],
) -> IntArray:
    """The total (...) of `day`: the first of `plan`, with the same arguments.

    >>> int(day_total(310_00, 100_00, date(2026, 3, 11)))
    1000
    """
    return plan(budget_minor, spent_minor, day, **rules)[..., 0]

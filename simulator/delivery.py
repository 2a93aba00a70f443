"""How much of a daily budget a platform spends: a little under or over, within its published bounds.

Meta (Business Help Centre, "About daily budgets"): up to 75 % over the daily budget on one day, and no more than
seven daily budgets in a calendar week from Sunday to Saturday.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from simulator.noise import mean_one

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_OF_A_DAY = 1.75
"""Largest share of a daily budget that may be spent in one day."""

_SATURDAY = 5


def days_left_in_week(day: date) -> int:
    """Days after `day` in its Sunday-Saturday week.

    >>> days_left_in_week(date(2026, 3, 1)), days_left_in_week(date(2026, 3, 7))
    (6, 0)
    """
    return (_SATURDAY - day.weekday()) % 7


def spend_minor(
    budgets_minor: NDArray[np.int64],
    normals: NDArray[np.float64],
    *,
    mean_share: float,
    spread: float,
    week_left_minor: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Money spent today, whole minor units.

    Args:
        budgets_minor: (..., A) daily budgets in force, 0 where nothing may be delivered.
        normals: (..., A) N(0, 1) draws.
        mean_share: mean share of a budget that is delivered.
        spread: standard deviation of the log share.
        week_left_minor: (..., A) what the weekly bound still allows.
    """
    spent = np.asarray(mean_one(normals, spread))
    spent *= mean_share
    np.minimum(spent, MOST_OF_A_DAY, out=spent)
    spent *= budgets_minor
    return np.minimum(np.floor(spent, out=spent).astype(np.int64), np.maximum(week_left_minor, 0))

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simulator.delivery import MOST_OF_A_DAY, days_left_in_week, spend_minor

PLENTY = np.full(3, 10**9)


def test_spend_is_never_above_one_and_three_quarters_of_the_budget() -> None:
    budgets = np.array([1, 1000, 99_999])
    spent = spend_minor(budgets, np.full(3, 50.0), mean_share=1.0, spread=0.3, week_left_minor=PLENTY)

    assert (spent <= MOST_OF_A_DAY * budgets).all()
    assert spent[1] == 1750


def test_spend_is_near_its_share_of_the_budget(many_normals: np.ndarray) -> None:
    budgets = np.full(many_normals.shape, 100_000)
    spent = spend_minor(budgets, many_normals, mean_share=0.98, spread=0.05, week_left_minor=budgets * 7)

    assert spent.mean() == pytest.approx(98_000, rel=1e-3)


def test_the_week_bounds_the_day() -> None:
    left = np.array([0, 500, -3])
    spent = spend_minor(np.full(3, 1000), np.zeros(3), mean_share=1.0, spread=0.0, week_left_minor=left)

    assert spent.tolist() == [0, 500, 0]


def test_a_week_begins_on_sunday() -> None:
    assert [days_left_in_week(date(2026, 3, day)) for day in range(1, 9)] == [6, 5, 4, 3, 2, 1, 0, 6]

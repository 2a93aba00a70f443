"""A month's money, day by day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.pacing import day_total, days_left, plan

exactly = settings(derandomize=True, deadline=None, max_examples=60, database=None)
days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
weights = st.lists(st.floats(0, 5), min_size=7, max_size=7)


@pytest.mark.slow
@exactly
@given(st.integers(0, 10**9), days, weights)
def test_a_month_that_spends_its_totals_ends_on_its_budget_to_the_cent(
    budget: int, first: date, weekdays: list[float]
) -> None:
    spent = 0
    for day in days_left(first.replace(day=1)):
        spent += int(day_total(budget, spent, day, weekday_weights=weekdays))

    assert spent == budget


@pytest.mark.slow
@exactly
@given(st.integers(0, 10**7), days, st.integers(0, 99))
def test_whatever_was_spent_the_plan_is_for_the_rest(budget: int, day: date, seed: int) -> None:
    spent = int(np.random.default_rng(seed).integers(0, 2 * budget + 2))

    planned = plan(budget, spent, day)

    assert planned.sum() == max(budget - spent, 0)
    assert planned.max() - planned.min() <= 1


def test_days_count_by_their_weekdays_weights() -> None:
    monday = date(2026, 3, 2)

    planned = plan(1_000, 0, monday, last=monday + timedelta(days=6), weekday_weights=[1, 1, 1, 1, 1, 2, 3])

    assert planned.tolist() == [100, 100, 100, 100, 100, 200, 300]


def test_a_day_without_weight_gets_nothing_and_the_month_still_ends_on_its_budget() -> None:
    saturday = date(2026, 2, 28)  # the last day of its month

    assert day_total(700, 0, saturday, weekday_weights=[1, 1, 1, 1, 1, 0, 0]) == 700
    assert plan(700, 0, saturday - timedelta(days=1), weekday_weights=[1, 1, 1, 1, 1, 0, 0]).tolist() == [700, 0]


def test_money_that_was_not_spent_is_spread_over_the_days_that_are_left() -> None:
    day = date(2026, 3, 22)

    assert day_total(31_000, 21_000, day) == 1_000
    assert day_total(31_000, 11_000, day) == 2_000


def test_where_too_much_was_spent_nothing_is_left() -> None:
    assert day_total(1_000, 1_500, date(2026, 3, 5)) == 0


def test_daily_bounds_hold_and_the_rest_is_left() -> None:
    day = date(2026, 3, 30)

    assert plan(10_000, 0, day, most_minor=3_000).tolist() == [3_000, 3_000]
    assert plan(1_000, 0, day, weekday_weights=[1, 9, 1, 1, 1, 1, 1], least_minor=300).tolist() == [300, 700]
    assert plan(5, 0, day, least_minor=300).tolist() == [3, 2]


def test_many_accounts_are_paced_at_once() -> None:
    budgets, spent = np.array([[3_100, 6_200], [0, 310]]), np.array([[0, 3_100], [0, 0]])

    together = plan(budgets, spent, date(2026, 3, 1))

    for i in np.ndindex(2, 2):
        assert (together[i] == plan(int(budgets[i]), int(spent[i]), date(2026, 3, 1))).all()


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"weekday_weights": [1.0] * 6}, "seven finite numbers"),
        ({"weekday_weights": [1.0] * 6 + [float("nan")]}, "seven finite numbers"),
        ({"least_minor": 5, "most_minor": 4}, "at least 5 and at most 4"),
        ({"last": date(2026, 2, 1)}, "ends on 2026-02-01, before 2026-03-01"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(asked: dict[str, Any], refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        plan(100, 0, date(2026, 3, 1), **asked)

"""Sentences for people."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.allocation import conclude, leeway
from agents.explanation.words import money
from agents.policies._words import sentences


@pytest.fixture(name="account")
def _account(make_account: Any) -> Any:
    account = make_account(3)
    account.budgets_minor[...] = [1_000, 2_000, 3_000]
    return account


def told(account: Any, budgets: list[int], max_change: float | None = 0.2) -> tuple[str, ...]:
    observation = account.observed()
    allocation = conclude(observation, leeway(observation, max_change), np.array(budgets))
    return sentences(observation, allocation, max_change, lambda i: f"reason {i}")


def test_a_move_says_from_where_to_where_in_which_currency_and_why(account: Any) -> None:
    assert told(account, [1_100, 1_900, 3_000]) == (
        "raise 10.00 → 11.00 USD: reason 0",
        "cut 20.00 → 19.00 USD: reason 1",
        "hold 30.00 USD: reason 2",
    )


def test_the_change_cap_is_named_where_it_stopped_a_move(account: Any) -> None:
    words = told(account, [1_200, 1_600, 3_200])

    assert words[0].endswith("reason 0; limited by the 20 % a day cap")
    assert words[1].endswith("reason 1; limited by the 20 % a day cap")
    assert words[2].endswith("reason 2")


def test_floor_and_ceiling_are_named_where_they_stopped_a_move(account: Any) -> None:
    account.ceilings_minor[0], account.floors_minor[1] = 1_100, 1_950

    words = told(account, [1_100, 1_950, 2_950])

    assert words[0].endswith("limited by its ceiling of 11.00")
    assert words[1].endswith("limited by its floor of 19.50")


def test_a_total_below_all_caps_is_named(account: Any) -> None:
    account.budget_minor = np.asarray(3_000)

    assert told(account, [500, 1_000, 1_500])[0].endswith("the account's 30.00 USD a day leave no more")


def test_a_currency_without_cents_has_none(account: Any) -> None:
    account.minor_per_major, account.currency = 1, "JPY"

    assert told(account, [1_100, 1_900, 3_000])[0] == "raise 1000 → 1100 JPY: reason 0"
    assert money(-5, account.observed()) == "-5"

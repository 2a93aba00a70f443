"""Figures of the past."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.policies._figures import daily_spend, recent, shrunken_roas


def test_usual_spend_is_the_mean_of_days_with_spend(make_account: Any) -> None:
    account = make_account(2, days=4)
    account.metrics["spend_minor"][...] = [[0, 100, 0, 300], [0, 0, 0, 0]]

    usual = daily_spend(account.observed().history, 3, np.array([7.0, 7.0]))

    assert usual.tolist() == [200.0, 7.0]


def test_shrinking_leaves_the_accounts_own_return_where_it_is(make_account: Any) -> None:
    account = make_account(2)
    account.metrics["value_minor"][...] = account.metrics["spend_minor"] * 2

    assert shrunken_roas(account.observed().history, 28, 3.0) == pytest.approx([2.0, 2.0])


def test_only_the_last_days_count(make_account: Any) -> None:
    account = make_account(1, days=3)
    account.metrics["spend_minor"][...] = [[5, 10, 20]]
    account.metrics["value_minor"][...] = [[50, 0, 7]]

    spend, value = recent(account.observed().history, 2)

    assert (spend.tolist(), value.tolist()) == ([30.0], [7.0])

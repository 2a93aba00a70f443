"""One split for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from agents.policies.static_roas import StaticRoas
from agents.randomness import decision_rng
from agents.vocabulary import Baseline


@pytest.fixture(name="account")
def _account(make_account: Any) -> Any:
    """Three ad sets steered for a week after three weeks in which people's budgets returned 1, 2 and 3."""
    account = make_account(3)
    account.budgets_minor[...] = 10_000
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["value_minor"][...] = np.array([[1], [2], [3]]) * 10_000
    account.metrics["value_minor"][0, -7:] = 90_000
    since = account.observed().day - timedelta(days=7)
    account.extra["baseline"] = Baseline(np.array([10_000, 10_000, 10_000]), since)
    return account


def decided(account: Any, policy: StaticRoas) -> list[int]:
    return list(policy.decide(account.observed(), decision_rng((1,))).budgets_minor)


def test_returns_before_steering_began_fix_the_shares_and_later_ones_do_not(account: Any) -> None:
    assert decided(account, StaticRoas(prior_days=0, max_change=None)) == [5_000, 10_000, 15_000]


def test_once_the_shares_are_reached_nothing_moves(account: Any) -> None:
    account.budgets_minor[...] = [5_000, 10_000, 15_000]

    assert decided(account, StaticRoas(prior_days=0, max_change=None)) == [5_000, 10_000, 15_000]


def test_peoples_budgets_count_unless_only_returns_are_asked_for(account: Any) -> None:
    first = account.extra["baseline"]
    account.extra["baseline"] = Baseline(np.array([20_000, 10_000, 0]), first.since)

    assert decided(account, StaticRoas(prior_days=0, max_change=None)) == [15_000, 15_000, 0]
    assert decided(account, StaticRoas("roas", prior_days=0, max_change=None)) == [5_000, 10_000, 15_000]


def test_when_the_days_before_are_out_of_sight_budgets_stay_and_the_sentence_says_why(account: Any) -> None:
    account.extra["baseline"] = Baseline(np.array([10_000] * 3), account.observed().day - timedelta(days=25))
    policy, observation = StaticRoas(), account.observed()

    allocation = policy.decide(observation, decision_rng((1,)))

    assert allocation.budgets_minor.tolist() == [10_000] * 3
    assert "no longer looked at" in policy.explain(observation, allocation)[0]


def test_without_knowing_what_people_had_set_today_is_the_beginning(account: Any) -> None:
    del account.extra["baseline"]

    budgets = decided(account, StaticRoas(prior_days=0, max_change=None))

    assert budgets[0] > budgets[1]

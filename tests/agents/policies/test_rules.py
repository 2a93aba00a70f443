"""The family of rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from agents.policies.rules import Rules
from agents.randomness import decision_rng


@pytest.fixture(name="account")
def _account(make_account: Any) -> Any:
    """Four ad sets of 100.00 a day that return 1, 2, 2 and 3: the account returns 2."""
    account = make_account(4)
    account.budgets_minor[...] = 10_000
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["conversions"][...] = np.array([[2], [4], [4], [6]])
    account.metrics["value_minor"] = account.metrics["conversions"] * 5_000
    return account


def moved(account: Any, policy: Rules) -> list[int]:
    budgets = policy.decide(account.observed(), decision_rng((1,))).budgets_minor
    return list(budgets - account.budgets_minor)


def test_a_step_up_for_what_returns_more_than_the_account_and_down_for_less(account: Any) -> None:
    assert moved(account, Rules()) == [-2_000, 0, 0, 2_000]


def test_inside_the_dead_band_nothing_moves(account: Any) -> None:
    assert moved(account, Rules(dead_band=0.6)) == [0, 0, 0, 0]


def test_cuts_may_be_larger_than_rises(account: Any) -> None:
    quick = moved(account, Rules(step_up=0.05, step_down=0.2))
    even = moved(account, Rules(step_up=0.05, step_down=0.05))

    assert quick[0] < even[0] < 0
    assert sum(quick) == sum(even) == 0


def test_rules_that_run_every_third_day_rest_on_the_two_between_and_say_so(account: Any) -> None:
    policy, observation = Rules(every_days=3), account.observed()
    still = []
    for later in range(6):
        morning = replace(observation, day=observation.day + timedelta(days=later))
        allocation = policy.decide(morning, decision_rng((1,)))
        still.append(np.array_equal(allocation.budgets_minor, account.budgets_minor))
        assert still[-1] == ("the rules run every 3 days, and not today" in policy.explain(morning, allocation)[0])

    assert still.count(False) == 2
    assert still[:3] == still[3:]


def test_a_target_that_people_type_in_takes_the_accounts_place(account: Any) -> None:
    assert moved(account, Rules(target=2.5, step_up=0.0)) != moved(account, Rules(step_up=0.0))
    assert (
        "its target is 2.50"
        in Rules(target=2.5).explain(
            account.observed(), Rules(target=2.5).decide(account.observed(), decision_rng((1,)))
        )[0]
    )


def test_who_has_too_few_conversions_is_not_judged(account: Any) -> None:
    budgets = moved(account, Rules(minimum_conversions=20))

    assert budgets[0] > moved(account, Rules())[0]
    policy = Rules(minimum_conversions=20)
    words = policy.explain(account.observed(), policy.decide(account.observed(), decision_rng((1,))))
    assert "fewer than 20 conversions, so not judged" in words[0]
    assert "not judged" not in words[3]

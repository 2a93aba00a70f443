"""What Thompson sampling on constant returns does beyond what every policy has to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.errors import SpecError
from agents.policies.linear_thompson import LinearThompson
from agents.randomness import decision_rng
from agents.registry import build_policy
from agents.vocabulary import PolicySpec


def test_the_highest_draw_is_filled_before_the_next_gets_anything(make_account: Any) -> None:
    observation = make_account(12).observed()

    allocation = LinearThompson().decide(observation, decision_rng((3,)))

    assert allocation.certificate is not None
    inside = (allocation.certificate.binding == 0).sum()
    assert inside <= 1


def test_matching_splits_by_the_probability_of_being_best(make_account: Any) -> None:
    observation = make_account(6).observed()

    allocation = LinearThompson(split="p_best", max_change=None).decide(observation, decision_rng((1,)))

    assert allocation.beliefs is not None
    shares = allocation.budgets_minor / int(observation.budget_minor)
    assert shares == pytest.approx(allocation.beliefs.p_best, abs=1e-4)


def test_matching_leaves_nothing_to_chance(make_account: Any) -> None:
    observation = make_account(6).observed()
    policy = LinearThompson(split="p_best")

    one, other = (policy.decide(observation, decision_rng((seed,))).budgets_minor for seed in (1, 2))

    assert np.array_equal(one, other)


def test_a_split_nobody_knows_is_refused_with_those_that_exist() -> None:
    with pytest.raises(SpecError, match="split must be one of best_first, p_best"):
        build_policy(PolicySpec("linear_thompson", {"split": "half"}))

"""Least squares and random steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.policies.epsilon_greedy import EpsilonGreedy
from agents.randomness import decision_rng


def _swinging(make_account: Any, elasticities: tuple[float, float]) -> Any:
    """Two ad sets that return the same on average, with spend that has moved and counts without luck."""
    account = make_account(2)
    account.budgets_minor[...] = 10_000
    swing = np.tile([5_000, 20_000], 14)
    account.metrics["spend_minor"][...] = swing
    for i, elasticity in enumerate(elasticities):
        account.metrics["conversions"][i] = np.round(1_000 * (swing / 10_000) ** elasticity)
    account.metrics["value_minor"] = account.metrics["conversions"] * 60
    return account.observed()


def test_the_fitted_elasticity_is_that_of_the_days(make_account: Any) -> None:
    observation = _swinging(make_account, (0.3, 0.7))

    _, elasticity = EpsilonGreedy()._curves(observation, np.array([10_000.0, 10_000.0]))

    assert np.allclose(elasticity, [0.3, 0.7], atol=0.01)


def test_without_random_steps_the_one_that_saturates_less_gets_more(make_account: Any) -> None:
    observation = _swinging(make_account, (0.3, 0.7))

    budgets = EpsilonGreedy(epsilon=0).decide(observation, decision_rng((1,))).budgets_minor

    assert budgets[1] > budgets[0]


def test_random_steps_are_as_frequent_as_asked(make_account: Any) -> None:
    observation = make_account(40).observed()
    still = EpsilonGreedy(epsilon=0).decide(observation, decision_rng((0,))).budgets_minor

    def moved(epsilon: float) -> float:
        policy = EpsilonGreedy(epsilon=epsilon)
        draws = [policy.decide(observation, decision_rng((seed,))).budgets_minor for seed in range(10)]
        return float(np.mean([np.abs(draw / still - 1.0) > 0.02 for draw in draws]))

    assert moved(0.05) < 0.15
    assert moved(1.0) > 0.6


def test_a_move_against_the_estimate_is_called_random(make_account: Any) -> None:
    observation = make_account(20).observed()
    policy = EpsilonGreedy(epsilon=1.0)

    allocation = policy.decide(observation, decision_rng((1,)))
    words = policy.explain(observation, allocation)

    assert any("a random step" in sentence for sentence in words)
    calm = EpsilonGreedy(epsilon=0)
    assert not any(
        "a random step" in s for s in calm.explain(observation, calm.decide(observation, decision_rng((1,))))
    )

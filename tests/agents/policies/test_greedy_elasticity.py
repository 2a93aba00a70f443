"""One elasticity for everybody."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.policies.greedy_elasticity import GreedyElasticity
from agents.randomness import decision_rng


def test_without_a_cap_budgets_are_where_marginal_returns_of_the_power_law_meet(make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = 10_000
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["conversions"][...] = np.array([[2], [4]])
    account.metrics["value_minor"] = account.metrics["conversions"] * 6_000
    policy = GreedyElasticity(elasticity=0.5, prior_days=0, max_change=None)

    allocation = policy.decide(account.observed(), decision_rng((1,)))

    # Equal margins of r s^0.5 at returns 1 : 2 stand at budgets 1 : 4.
    assert allocation.budgets_minor.tolist() == [4_000, 16_000]
    assert allocation.certificate is not None
    assert float(allocation.certificate.dual_value) == pytest.approx(0.5 * 1.2 * (0.4**-0.5), rel=1e-6)


def test_the_higher_the_elasticity_the_further_budgets_go(make_account: Any) -> None:
    observation = make_account(6).observed()

    def spread(elasticity: float) -> float:
        policy = GreedyElasticity(elasticity=elasticity, max_change=None)
        return float(np.log(policy.decide(observation, decision_rng((1,))).budgets_minor).std())

    assert spread(0.3) < spread(0.5) < spread(0.8)


def test_the_sentence_says_average_and_marginal_return(make_account: Any) -> None:
    observation = make_account(3).observed()
    policy = GreedyElasticity()

    words = policy.explain(observation, policy.decide(observation, decision_rng((1,))))

    assert all("at an elasticity of 0.55 the next USD returns" in sentence for sentence in words)
    assert all("the account's margin is" in sentence for sentence in words)

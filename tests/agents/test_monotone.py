"""More of what is wanted never earns an ad set less money: asked of every budget policy there is."""

from __future__ import annotations

from typing import Any

import pytest

from agents.randomness import decision_rng
from agents.registry import build_policy, policies
from agents.vocabulary import PolicySpec

ROUNDING_MINOR = 1
"""What one ad set may lose to another's rounding."""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(policies()))
@pytest.mark.parametrize("seed", range(4))
def test_an_ad_set_whose_orders_are_worth_more_never_gets_less(name: str, make_account: Any, seed: int) -> None:
    policy = build_policy(PolicySpec(name))
    arm = seed % 4
    before = policy.decide(make_account(4, seed=seed).observed(), decision_rng((seed,))).budgets_minor
    account = make_account(4, seed=seed)
    account.metrics["value_minor"][arm] *= 2

    after = policy.decide(account.observed(), decision_rng((seed,))).budgets_minor

    assert after[arm] >= before[arm] - ROUNDING_MINOR

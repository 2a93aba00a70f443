"""Optimism."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.policies.linear_ucb import LinearUcb
from agents.randomness import decision_rng


def _one_certain_one_unknown(make_account: Any) -> Any:
    """Two ad sets of equal budget: the first a little better by much evidence, of the second little is known."""
    account = make_account(2)
    account.budgets_minor[...] = 10_000
    account.metrics["spend_minor"][...] = np.array([[10_000], [0]])
    account.metrics["spend_minor"][1, -1] = 10_000
    account.metrics["conversions"][...] = np.array([[5], [0]])
    account.metrics["conversions"][1, -1] = 4
    account.metrics["value_minor"] = account.metrics["conversions"] * 6_000
    return account.observed()


def test_what_is_little_known_is_tried(make_account: Any) -> None:
    observation = _one_certain_one_unknown(make_account)

    budgets = LinearUcb(quantile=0.95).decide(observation, decision_rng((1,))).budgets_minor

    assert budgets[1] > budgets[0]


def test_at_the_median_it_is_not(make_account: Any) -> None:
    observation = _one_certain_one_unknown(make_account)

    budgets = LinearUcb(quantile=0.5).decide(observation, decision_rng((1,))).budgets_minor

    assert budgets[1] < budgets[0]


def test_the_sentence_says_the_estimate_and_how_high_it_may_be(make_account: Any) -> None:
    observation = _one_certain_one_unknown(make_account)
    policy = LinearUcb(quantile=0.95)

    words = policy.explain(observation, policy.decide(observation, decision_rng((1,))))

    assert "returns 2.99 per USD, and up to 3.4" in words[0]
    assert "with probability 95 %" in words[0]

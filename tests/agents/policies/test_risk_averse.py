"""Lower quantiles in the place of means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.policies.curve_thompson import CurveThompson
from agents.policies.risk_averse import RiskAverse
from agents.randomness import decision_rng
from agents.reserve import stake

MEAN = {"name": "curve_thompson", "params": {"temperature": 0}}


def _known_and_unknown(make_account: Any) -> Any:
    """Two ad sets that return the same: one for four weeks, the other for two days."""
    account = make_account(2)
    account.budgets_minor[...] = 10_000
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["clicks"][...] = 300
    account.metrics["conversions"][...] = 10
    account.metrics["value_minor"][...] = 60_000
    for array in account.metrics.values():
        array[1, :26] = 0
    return account.observed()


@pytest.mark.parametrize("over", ["ad_set", "account"])
def test_of_two_that_return_the_same_the_better_known_gets_more(make_account: Any, over: str) -> None:
    observation = _known_and_unknown(make_account)

    def known_share(quantile: float) -> float:
        policy = RiskAverse(policy=MEAN, quantile=quantile, over=over)
        budgets = policy.decide(observation, decision_rng((1,))).budgets_minor
        return float(budgets[0] / budgets.sum())

    assert known_share(0.05) > known_share(0.3) > known_share(0.5)


def test_at_the_median_it_is_the_posterior_mean_policy(make_account: Any) -> None:
    observation = make_account(12).observed()

    averse = RiskAverse(policy=MEAN, quantile=0.5).decide(observation, decision_rng((1,))).budgets_minor
    mean = CurveThompson(temperature=0).decide(observation, decision_rng((1,))).budgets_minor

    assert np.abs(averse - mean).max() <= 1


def test_over_an_account_of_many_far_less_is_taken_off(make_account: Any) -> None:
    observation = make_account(40).observed()
    curves, now = CurveThompson().curves(observation), observation.ad_sets.budgets_minor.astype(float)

    alone, together = (RiskAverse(over=over)._aversion(curves, now, observation) for over in ("ad_set", "account"))

    assert (together >= 0).all()
    assert together.mean() < 0.5 * alone.mean()


def test_what_is_taken_off_is_the_marginal_of_the_accounts_quantile(make_account: Any) -> None:
    observation = make_account(5).observed()
    policy = RiskAverse(over="account", quantile=0.2)
    curves, now = CurveThompson().curves(observation), observation.ad_sets.budgets_minor.astype(float)

    def quantile_value(spend: np.ndarray) -> float:
        return float(stake(curves, spend).lower(curves, 0.8416212335729143))

    worth = np.exp(curves.log_marginal(now) - policy._aversion(curves, now, observation))
    step = 1e-3 * now
    numeric = [
        (quantile_value(now + step * one) - quantile_value(now - step * one)) / (2 * float(step @ one))
        for one in np.eye(5)
    ]

    assert worth == pytest.approx(numeric, rel=1e-3)


def test_the_sentence_says_what_the_return_counts_as(make_account: Any) -> None:
    observation = make_account(3).observed()
    policy = RiskAverse(quantile=0.2)

    words = policy.explain(observation, policy.decide(observation, decision_rng((1,))))

    assert all("for its uncertainty (20 % quantile), the account's margin is" in sentence for sentence in words)

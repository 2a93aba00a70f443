"""Lower quantiles in the place of means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import allocate
from agents.explanation import Account, Cause
from agents.explanation.reasons import direction_of
from agents.policies.curve_thompson import CurveThompson
from agents.policies.risk_averse import RiskAverse
from agents.randomness import decision_rng
from agents.reserve import stake
from agents.vocabulary import Observation

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


def accounted(policy: RiskAverse, observation: Observation) -> Account:
    return policy.account_for(observation, policy.decide(observation, decision_rng((1,))), decision_rng((1,)))


@pytest.mark.parametrize("seed", range(3))
def test_a_belief_beyond_the_flip_turns_the_budget_and_one_short_of_it_does_not(make_account: Any, seed: int) -> None:
    observation, policy = make_account(7, seed=seed).observed(), RiskAverse()
    curves, now = policy.curves(observation), observation.ad_sets.budgets_minor

    def direction_if(index: int, shift: float) -> str:
        level = curves.state.level.copy()
        level[index] += shift
        shifted = replace(curves, state=replace(curves.state, level=level))
        then = allocate(observation, policy._shaded(shifted, observation).returns, policy.limits).budgets_minor
        return direction_of(int(now[index]), int(then[index]))

    entries = accounted(policy, observation).ad_sets

    assert all(entry.flip for entry in entries)
    for i, entry in enumerate(entries):
        assert entry.flip
        needed = float(np.log(entry.flip.marginal_roas / entry.flip.believed))
        assert direction_if(i, needed + np.copysign(0.01, needed)) == entry.flip.turns != entry.direction
        assert direction_if(i, needed - np.copysign(min(0.01, abs(needed) / 2), needed)) == entry.direction


def test_caution_is_no_trial_and_what_it_takes_off_is_told(make_account: Any) -> None:
    observation, policy = make_account(6, seed=1).observed(), RiskAverse(quantile=0.05)

    account = accounted(policy, observation)

    assert account.summary.trial_cost_minor is None
    assert {entry.reason for entry in account.ad_sets} == {Cause.POLICY}
    for entry in account.ad_sets:
        assert entry.flip
        assert entry.flip.taken_for < entry.flip.believed
        assert f"counts as {entry.flip.taken_for:.2f} for its uncertainty" in entry.words


def test_the_last_unit_is_told_as_believed_and_not_as_it_counts(make_account: Any) -> None:
    observation, policy = make_account(6, seed=1).observed(), RiskAverse(quantile=0.05)
    certificate = policy.decide(observation, decision_rng((1,))).certificate

    margin = accounted(policy, observation).summary.margin

    assert margin
    assert certificate is not None
    assert margin > 1.1 * float(certificate.dual_value)


def test_over_the_account_no_belief_alone_turns_a_budget(make_account: Any) -> None:
    account = accounted(RiskAverse(over="account"), make_account(6).observed())

    assert {entry.flip for entry in account.ad_sets} == {None}
    assert all("counts as" in entry.words for entry in account.ad_sets)
    assert account.summary.gain_minor

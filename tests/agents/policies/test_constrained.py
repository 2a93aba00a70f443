"""Value under what an owner asks of the account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import allocate
from agents.explanation import Account, Cause
from agents.explanation.reasons import direction_of
from agents.policies._figures import order_value
from agents.policies.constrained import ORDERS, Constrained
from agents.policies.curve_thompson import CurveThompson
from agents.randomness import decision_rng
from agents.reserve import stake
from agents.vocabulary import Allocation, LearningStage, Observation

FREE = {"name": "curve_thompson", "params": {"max_change": None}}


@pytest.fixture(name="observation")
def _observation(make_account: Any) -> Observation:
    seen: Observation = make_account(12, days=60, seed=5).observed()
    return seen


def decided(observation: Observation, **params: Any) -> Allocation:
    return Constrained(policy=FREE, **params).decide(observation, decision_rng((1,)))


def expected(observation: Observation, budgets: np.ndarray) -> np.ndarray:
    """Value of each ad set (A,) by the curves."""
    return stake(CurveThompson().curves(observation), budgets).value_minor


def test_nothing_asked_spends_everything_where_margins_meet(observation: Observation) -> None:
    asked_nothing = decided(observation).budgets_minor
    mean = CurveThompson(temperature=0, max_change=None).decide(observation, decision_rng((1,))).budgets_minor

    assert asked_nothing.sum() == int(observation.budget_minor)
    assert expected(observation, asked_nothing).sum() >= expected(observation, mean).sum() * (1 - 1e-4)


def test_a_floor_on_return_is_reached_with_as_much_money_as_it_allows(observation: Observation) -> None:
    free = decided(observation).budgets_minor
    floor = 1.3 * float(expected(observation, free).sum() / free.sum())

    budgets = decided(observation, roas_floor=floor).budgets_minor

    assert budgets.sum() < free.sum()
    assert expected(observation, budgets).sum() / budgets.sum() == pytest.approx(floor, rel=0.01)


def test_a_ceiling_on_the_cost_of_an_order_is_reached_likewise(observation: Observation) -> None:
    free = decided(observation).budgets_minor

    def cost(budgets: np.ndarray) -> float:
        worth = order_value(observation.history, len(observation.history.days), ORDERS)
        return float(budgets.sum() / (expected(observation, budgets) / worth).sum())

    ceiling = int(0.8 * cost(free))
    budgets = decided(observation, cpa_ceiling_minor=ceiling).budgets_minor

    assert budgets.sum() < free.sum()
    assert cost(budgets) == pytest.approx(ceiling, rel=0.01)


def test_money_that_returns_too_little_stays_unspent(observation: Observation) -> None:
    free = decided(observation)
    assert free.certificate is not None
    least = 1.2 * float(free.certificate.dual_value)

    kept_back = decided(observation, least_return=least)

    assert kept_back.certificate is not None
    assert kept_back.budgets_minor.sum() < free.budgets_minor.sum()
    assert int(kept_back.certificate.gap_minor) == int(observation.budget_minor) - kept_back.budgets_minor.sum()
    running = kept_back.budgets_minor > 10
    returns = Constrained()._returns(observation, CurveThompson().curves(observation))
    assert returns.marginal(np.maximum(kept_back.budgets_minor, 1.0))[running] == pytest.approx(least, rel=0.01)


def test_a_surer_promise_keeps_more_back(observation: Observation) -> None:
    free = decided(observation).budgets_minor
    floor = 1.2 * float(expected(observation, free).sum() / free.sum())

    spent = [
        int(decided(observation, roas_floor=floor, margin_quantile=q).budgets_minor.sum()) for q in (0.5, 0.2, 0.02)
    ]

    assert spent[0] > spent[1] > spent[2]


def test_what_cannot_be_had_is_approached_within_the_cap_and_said(observation: Observation) -> None:
    policy = Constrained(roas_floor=900.0)

    allocation = policy.decide(observation, decision_rng((1,)))
    words = policy.explain(observation, allocation)

    assert (allocation.budgets_minor >= observation.ad_sets.budgets_minor * 4 // 5).all()
    assert allocation.budgets_minor.sum() < 0.9 * int(observation.budget_minor)
    assert all("cannot be had today, this is the nearest" in sentence for sentence in words)


def test_learning_ad_sets_are_left_alone_where_asked(observation: Observation) -> None:
    stages = np.where(np.arange(12) < 4, int(LearningStage.LEARNING), int(LearningStage.SUCCESS))
    object.__setattr__(observation.ad_sets, "learning_stages", stages)

    budgets = decided(observation, learning_max_change=0).budgets_minor

    assert np.array_equal(budgets[:4], observation.ad_sets.budgets_minor[:4])
    assert not np.array_equal(budgets[4:], observation.ad_sets.budgets_minor[4:])


def accounted(policy: Constrained, observation: Observation) -> Account:
    return policy.account_for(observation, policy.decide(observation, decision_rng((1,))), decision_rng((1,)))


@pytest.mark.parametrize("params", [{}, {"least_return": 1.5}, {"margin_quantile": 0.05, "least_return": 1.2}])
def test_a_belief_beyond_the_flip_turns_the_budget_and_one_short_of_it_does_not(
    observation: Observation, params: dict[str, Any]
) -> None:
    policy, now = Constrained(**params), observation.ad_sets.budgets_minor
    returns = policy._returns(observation, policy.curves(observation))

    def direction_if(index: int, shift: float) -> str:
        level = returns.level.copy()
        level[index] += shift
        budgets = allocate(observation, replace(returns, level=level), policy.limits).budgets_minor
        return direction_of(int(now[index]), int(budgets[index]))

    entries = accounted(policy, observation).ad_sets

    assert any(entry.flip for entry in entries)
    for i, entry in enumerate(entries):
        if entry.flip is None:
            continue
        needed = float(np.log(entry.flip.marginal_roas / entry.flip.believed))
        assert direction_if(i, needed + np.copysign(0.01, needed)) == entry.flip.turns != entry.direction
        assert direction_if(i, needed - np.copysign(min(0.01, abs(needed) / 2), needed)) == entry.direction


@pytest.mark.parametrize("quantile", [0.5, 0.05])
def test_reasons_compare_what_is_believed_with_the_margin_as_believed(
    observation: Observation, quantile: float
) -> None:
    account = accounted(Constrained(margin_quantile=quantile), observation)

    assert {entry.reason for entry in account.ad_sets} <= {
        Cause.RETURNS_MORE,
        Cause.RETURNS_LESS,
        Cause.AT_THE_MARGIN,
    }
    assert account.summary.margin == pytest.approx(accounted(Constrained(), observation).summary.margin, rel=1e-3)
    assert account.summary.trial_cost_minor is None


def test_the_least_return_that_an_owner_asks_is_the_target(observation: Observation) -> None:
    assert accounted(Constrained(least_return=1.5), observation).summary.target == 1.5


def test_an_average_that_ties_ad_sets_together_is_told_in_sentences_without_flips(observation: Observation) -> None:
    policy = Constrained(roas_floor=900.0)

    account = accounted(policy, observation)

    assert {entry.flip for entry in account.ad_sets} == {None}
    assert all("cannot be had today, this is the nearest" in entry.words for entry in account.ad_sets)
    assert all(entry.gain_minor for entry in account.ad_sets)
    assert "the account's least return is out of reach today" in account.summary.words


@pytest.mark.parametrize("params", [{"roas_floor": 0.1}, {"cpa_ceiling_minor": 10**7}])
def test_an_average_that_does_not_limit_leaves_reasons_as_they_are(
    observation: Observation, params: dict[str, Any]
) -> None:
    free, asked = (accounted(Constrained(**each), observation) for each in ({}, params))

    assert [entry.reason for entry in asked.ad_sets] == [entry.reason for entry in free.ad_sets]
    assert {entry.flip for entry in asked.ad_sets} == {None}

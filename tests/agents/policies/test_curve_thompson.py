"""What the curve policy does beyond what every policy has to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import leeway
from agents.explanation import Cause
from agents.policies.curve_thompson import CurveThompson
from agents.randomness import decision_rng
from agents.vocabulary import LearningStage


def test_at_temperature_zero_chance_has_no_part(make_account: Any) -> None:
    observation = make_account(8).observed()
    policy = CurveThompson(temperature=0)

    one, other = (policy.decide(observation, decision_rng((seed,))).budgets_minor for seed in (1, 2))

    assert (one == other).all()


@pytest.mark.slow
def test_a_higher_temperature_moves_budgets_further_apart_from_one_seed_to_the_next(make_account: Any) -> None:
    observation = make_account(8).observed()

    def spread(temperature: float) -> float:
        policy = CurveThompson(temperature=temperature, max_change=None)
        draws = [policy.decide(observation, decision_rng((seed,))).budgets_minor for seed in range(30)]
        return float(np.log(np.maximum(draws, 1)).std(axis=0).mean())

    assert spread(0.25) < 0.5 * spread(1.0)


@pytest.mark.parametrize("max_change", [0.2, None])
def test_the_next_unit_of_money_returns_the_same_everywhere_inside_the_bounds(
    make_account: Any, max_change: float | None
) -> None:
    account = make_account(12, seed=3)
    usual = account.metrics["spend_minor"].mean(axis=-1, keepdims=True)
    saturating = usual / 100 * (account.metrics["spend_minor"] / usual) ** 0.6
    account.metrics["clicks"][...] = np.random.default_rng(1).poisson(saturating)
    observation = account.observed()
    policy = CurveThompson(temperature=0, learning_days=0, max_change=max_change)

    allocation = policy.decide(observation, decision_rng((1,)))

    certificate = allocation.certificate
    assert certificate is not None
    returns = np.exp(policy.curves(observation).log_marginal(np.maximum(allocation.budgets_minor, 1).astype(float)))
    margin = float(certificate.dual_value)
    assert returns[certificate.binding == 0] == pytest.approx(margin, rel=5e-3)
    assert (returns[certificate.binding > 0] > margin * 0.995).all()
    assert (returns[certificate.binding < 0] < margin * 1.005).all()
    assert (certificate.binding == 0).any()


def test_among_equal_returns_the_one_that_saturates_less_gets_more(make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = 10_000
    swing = np.tile([7_000, 13_000], 14)
    account.metrics["spend_minor"][...] = swing
    answer = swing / 10_000
    account.metrics["clicks"][0] = np.round(1_000 * answer**0.3)
    account.metrics["clicks"][1] = np.round(1_000 * answer**0.9)
    account.metrics["conversions"][...] = account.metrics["clicks"] // 20
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000

    budgets = CurveThompson(temperature=0).decide(account.observed(), decision_rng((1,))).budgets_minor

    assert budgets[1] > budgets[0]


def test_a_move_against_the_estimate_is_called_a_trial(make_account: Any) -> None:
    observation = make_account(30).observed()
    policy = CurveThompson(temperature=2.0, learning_days=0)

    allocation = policy.decide(observation, decision_rng((1,)))
    words = policy.explain(observation, allocation)

    assert allocation.beliefs is not None
    assert allocation.certificate is not None
    rises = allocation.budgets_minor > observation.ad_sets.budgets_minor
    against = rises & (allocation.beliefs.marginal_roas < float(allocation.certificate.dual_value))
    assert against.any()
    assert all("a trial" in words[i] for i in np.flatnonzero(against))
    assert not any("a trial" in word for word in replace(policy, temperature=0.0).explain(observation, allocation))


def test_a_delay_that_does_not_sum_to_one_is_refused() -> None:
    with pytest.raises(ValueError, match="delay must start above zero and sum to 1"):
        CurveThompson(delay=(0.5, 0.2))


def test_a_delay_read_from_json_is_a_tuple_again() -> None:
    assert CurveThompson(delay=[0.75, 0.25]) == CurveThompson(delay=(0.75, 0.25))  # type: ignore[arg-type] - JSON


def test_money_left_over_is_reported_with_the_room_there_was(make_account: Any) -> None:
    account = make_account(3)
    account.budget_minor = account.budgets_minor.sum() * 2
    observation = account.observed()

    allocation = CurveThompson().decide(observation, decision_rng((1,)))

    assert (allocation.budgets_minor == leeway(observation, 0.2).hi_minor).all()
    assert allocation.certificate is not None
    assert allocation.certificate.gap_minor > 0


def total_of(policy: CurveThompson, observation: Any) -> int:
    return int(policy.decide(observation, decision_rng((1,))).budgets_minor.sum())


def test_without_clicks_an_account_is_judged_by_its_conversions_alone(make_account: Any) -> None:
    account = make_account(6)
    blind = CurveThompson(use_clicks=False)
    before = blind.decide(account.observed(), decision_rng((1,))).budgets_minor

    account.metrics["clicks"][0] *= 10
    account.metrics["impressions"][0] *= 10

    assert (blind.decide(account.observed(), decision_rng((1,))).budgets_minor == before).all()
    assert (CurveThompson().decide(account.observed(), decision_rng((1,))).budgets_minor != before).any()


def test_money_that_would_not_come_back_stays_where_the_owner_allows_it(make_account: Any) -> None:
    account = make_account(6)
    account.metrics["value_minor"][...] //= 1_000
    observation = account.observed()

    assert total_of(CurveThompson(), observation) == observation.budget_minor
    assert total_of(CurveThompson(spend_at_most=True), observation) < 0.85 * observation.budget_minor
    assert total_of(CurveThompson(spend_at_most=True, least_return=0.0), observation) == observation.budget_minor


@pytest.mark.parametrize("asked", [{"roas_floor": 900.0}, {"cpa_ceiling_minor": 1}])
def test_an_average_that_the_owner_asks_of_the_account_holds_money_back(make_account: Any, asked: Any) -> None:
    observation = make_account(6).observed()

    assert total_of(CurveThompson(**asked), observation) < 0.85 * observation.budget_minor


def test_ad_sets_that_learn_and_small_ones_are_protected_as_asked(make_account: Any) -> None:
    observation = make_account(6).observed()
    sets = observation.ad_sets
    now, stages = sets.budgets_minor, sets.learning_stages.copy()
    stages[0] = LearningStage.LEARNING
    observation = replace(observation, ad_sets=replace(sets, learning_stages=stages))

    protecting = CurveThompson(learning_max_change=0.0).decide(observation, decision_rng((1,))).budgets_minor
    least = int(now.min() + 100)
    lifting = CurveThompson(minimum_minor=least).decide(observation, decision_rng((1,))).budgets_minor

    assert protecting[0] == now[0]
    assert lifting.min() >= least


def test_an_ad_set_that_cannot_spend_its_budget_is_not_given_more_and_says_so(make_account: Any) -> None:
    account = make_account(6)
    account.budgets_minor[...] = np.maximum(account.metrics["spend_minor"].max(axis=-1), 1)
    account.budgets_minor[0] *= 4
    observation = account.observed()
    policy, rng = CurveThompson(), decision_rng((1,))

    allocation = policy.decide(observation, decision_rng((1,)))
    entry = policy.account_for(observation, allocation, rng).ad_sets[0]

    assert allocation.budgets_minor[0] < account.budgets_minor[0]
    assert entry.reason is Cause.UNDELIVERED
    assert "yesterday" in entry.words


def test_where_ad_sets_bid_against_each_other_money_is_concentrated(make_account: Any) -> None:
    observation = make_account(8, seed=5).observed()

    def largest(crowding: float) -> float:
        policy = CurveThompson(crowding=crowding, max_change=None, temperature=0, learning_days=0)
        budgets = policy.decide(observation, decision_rng((1,))).budgets_minor
        return float(budgets.max() / budgets.sum())

    assert largest(0.4) > largest(0.0)


def test_where_an_average_is_asked_no_flip_is_told(make_account: Any) -> None:
    observation = make_account(6).observed()

    def flips(**asked: Any) -> int:
        policy = CurveThompson(**asked)
        allocation = policy.decide(observation, decision_rng((1,)))
        told = policy.account_for(observation, allocation, decision_rng((1,)))
        return sum(entry.flip is not None for entry in told.ad_sets)

    assert flips() > 0
    assert flips(roas_floor=0.1) == 0

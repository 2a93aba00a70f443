"""Deciding on campaigns."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.policies.campaign_level import CampaignLevel
from agents.policies.curve_thompson import CurveThompson
from agents.randomness import decision_rng
from agents.registry import build_policy
from agents.vocabulary import Observation, PolicySpec

RULES = {"name": "rules", "params": {}}


@pytest.fixture(name="observation")
def _observation(make_account: Any) -> Observation:
    """Two campaigns of two ad sets and one ad set alone; the first campaign returns most, by its first ad set."""
    account = make_account(5)
    account.budgets_minor[...] = [10_000, 20_000, 10_000, 30_000, 10_000]
    account.metrics["spend_minor"][...] = account.budgets_minor[:, None]
    account.metrics["value_minor"][...] = account.budgets_minor[:, None] * np.array([[9], [1], [1], [1], [2]])
    seen: Observation = account.observed()
    return replace(seen, ad_sets=replace(seen.ad_sets, campaign_ids=("a", "a", "b", "b", "")))


def test_ad_sets_of_a_campaign_move_together(observation: Observation) -> None:
    allocation = CampaignLevel(RULES).decide(observation, decision_rng((1,)))

    factors = allocation.budgets_minor / observation.ad_sets.budgets_minor
    assert factors[0] == pytest.approx(factors[1], rel=1e-3)
    assert factors[2] == pytest.approx(factors[3], rel=1e-3)
    assert factors[0] > 1.05
    assert factors[2] < 0.95


def test_deciding_on_ad_sets_would_have_told_them_apart(observation: Observation) -> None:
    budgets = build_policy(PolicySpec(**RULES)).decide(observation, decision_rng((1,))).budgets_minor

    assert budgets[0] > 10_000
    assert budgets[1] < 20_000


def test_without_campaigns_it_is_the_policy_itself(make_account: Any) -> None:
    observation = make_account(6).observed()

    outer = CampaignLevel(RULES).decide(observation, decision_rng((1,))).budgets_minor
    inner = build_policy(PolicySpec(**RULES)).decide(observation, decision_rng((1,))).budgets_minor

    assert np.abs(outer - inner).max() <= 1


def test_ten_thousand_ad_sets_take_no_more_memory_than_a_few_copies_of_their_history(make_account: Any) -> None:
    observation = make_account(10_000, days=14).observed()
    owners = tuple(f"{i // 2}" for i in range(10_000))
    observation = replace(observation, ad_sets=replace(observation.ad_sets, campaign_ids=owners))

    tracemalloc.start()
    allocation = CampaignLevel(RULES).decide(observation, decision_rng((1,)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert int(allocation.budgets_minor.sum()) == int(observation.budget_minor)
    assert peak < 60e6, "a table of campaigns by ad sets has 50 million cells"


def test_a_protected_ad_set_keeps_its_budget_while_its_campaign_moves(observation: Observation) -> None:
    protected = np.array([False, True, False, False, False])
    observation = replace(observation, ad_sets=replace(observation.ad_sets, protected=protected))

    budgets = CampaignLevel(RULES).decide(observation, decision_rng((1,))).budgets_minor

    assert budgets[1] == 20_000
    assert budgets[0] > 10_000
    assert budgets.sum() == 80_000


def test_the_sentence_says_what_the_campaign_does(observation: Observation) -> None:
    policy = CampaignLevel(RULES)

    words = policy.explain(observation, policy.decide(observation, decision_rng((1,))))

    assert "campaign a goes from 300.00 to " in words[0]
    assert "its 2 ad sets keep their proportions" in words[1]
    assert "ad set 238500004 goes" in words[4] or "ad set 238500004 stays" in words[4]


def test_a_campaign_with_an_ad_set_at_its_ceiling_does_not_claim_proportions(observation: Observation) -> None:
    ceilings = observation.ad_sets.ceilings_minor.copy()
    ceilings[0] = 10_000
    observation = replace(observation, ad_sets=replace(observation.ad_sets, ceilings_minor=ceilings))
    policy = CampaignLevel(RULES)

    words = policy.explain(observation, policy.decide(observation, decision_rng((1,))))

    assert "its 2 ad sets share that as far as their bounds allow" in words[0]
    assert "its 2 ad sets keep their proportions" in words[2]


def test_nothing_is_said_of_how_a_single_ad_set_shares(observation: Observation) -> None:
    policy = CampaignLevel(RULES)

    words = policy.explain(observation, policy.decide(observation, decision_rng((1,))))

    assert "ad sets" not in words[4]


def test_an_ad_set_tells_the_reason_of_its_campaign_and_what_would_turn_it(observation: Observation) -> None:
    policy = CampaignLevel()

    account = policy.account_for(observation, policy.decide(observation, decision_rng((1,))), decision_rng((1,)))

    first = account.ad_sets[0]
    assert "of campaign a: the next USD here returns " in first.words
    assert "; if its next unit were believed to return under " in first.words
    assert {entry.flip for entry in account.ad_sets} == {None}, "one ad set alone turns no campaign"


def test_figures_are_those_of_the_ad_set_itself(observation: Observation) -> None:
    policy = CampaignLevel()
    returns = np.exp(CurveThompson().curves(observation).log_marginal(observation.ad_sets.budgets_minor.astype(float)))

    account = policy.account_for(observation, policy.decide(observation, decision_rng((1,))), decision_rng((1,)))

    assert [entry.marginal_roas.expected for entry in account.ad_sets if entry.marginal_roas] == pytest.approx(returns)
    assert account.summary.gain_minor


def test_around_a_policy_without_curves_the_campaigns_reason_is_all_there_is(observation: Observation) -> None:
    policy = CampaignLevel(RULES)

    account = policy.account_for(observation, policy.decide(observation, decision_rng((1,))), decision_rng((1,)))

    assert "of campaign a: raise 300.00 → 360.00 USD: returned 3.67 per USD over 7 days" in account.ad_sets[0].words
    assert {entry.gain_minor for entry in account.ad_sets} == {None}


def test_what_may_not_be_moved_has_no_campaigns_reason(observation: Observation) -> None:
    protected = np.array([False, True, False, False, False])
    observation = replace(observation, ad_sets=replace(observation.ad_sets, protected=protected))
    policy = CampaignLevel()

    account = policy.account_for(observation, policy.decide(observation, decision_rng((1,))), decision_rng((1,)))

    assert account.ad_sets[1].words == "held at 200.00 USD: protected"

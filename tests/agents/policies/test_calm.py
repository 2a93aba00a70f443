"""Only moves that are worth an edit."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from agents.policies.calm import Calm, _balanced
from agents.policies.curve_thompson import CurveThompson
from agents.randomness import decision_rng
from agents.registry import build_policy
from agents.vocabulary import LearningStage, Observation, PolicySpec

MEAN = {"name": "curve_thompson", "params": {"temperature": 0}}
LOUD = {"name": "curve_thompson", "params": {"temperature": 2}}


def moves(observation: Observation, **params: Any) -> np.ndarray:
    budgets = Calm(**params).decide(observation, decision_rng((1,))).budgets_minor
    return budgets - observation.ad_sets.budgets_minor


def test_the_dearer_an_edit_the_fewer_there_are(make_account: Any) -> None:
    observation = make_account(30).observed()

    edits = [int((moves(observation, policy=MEAN, edit_cost=cost) != 0).sum()) for cost in (0.0, 0.1, 0.5, 10.0)]

    assert edits[0] > edits[1] > edits[2] > edits[3] == 0


def test_a_move_against_the_estimate_is_not_worth_anything(make_account: Any) -> None:
    observation = make_account(30).observed()
    loud = build_policy(PolicySpec(**LOUD)).decide(observation, decision_rng((1,))).budgets_minor
    now = observation.ad_sets.budgets_minor.astype(float)
    marginal = np.exp(CurveThompson().curves(observation).log_marginal(now))

    kept = moves(observation, policy=LOUD)

    rises, cuts = kept > 0, kept < 0
    assert (loud > now).sum() > rises.sum() > 0
    assert marginal[rises].min() > marginal[cuts].max()


def test_an_edit_that_would_restart_learning_stops_short_of_it(make_account: Any) -> None:
    observation = make_account(20).observed()
    wide = {"name": "curve_thompson", "params": {"temperature": 0, "max_change": 0.6}}
    now = observation.ad_sets.budgets_minor

    careful = np.abs(moves(observation, policy=wide, learning_cost=1.0)) / now
    careless = np.abs(moves(observation, policy=wide, learning_cost=0.0)) / now

    assert careless.max() > 0.3
    assert 0.1 < careful.max() <= 0.2


def test_learning_ad_sets_are_disturbed_less(make_account: Any) -> None:
    account = make_account(30)
    observation = account.observed()
    learning = np.full(30, int(LearningStage.LEARNING))
    object.__setattr__(observation.ad_sets, "learning_stages", learning)

    disturbed = [(moves(observation, policy=MEAN, learning_factor=f) != 0).sum() for f in (1.0, 30.0)]

    assert disturbed[0] > disturbed[1]


def test_rises_take_exactly_what_cuts_free() -> None:
    move = np.array([-400, -100, 300, 200])

    shares = _balanced(move, np.int64(0))

    assert shares == pytest.approx([1.0, 1.0, 1.0, 1.0])
    assert _balanced(np.array([-400, 0, 300, 200]), np.int64(0)) == pytest.approx([1.0, 1.0, 0.8, 0.8])


def test_a_lone_wish_cannot_be_had() -> None:
    assert _balanced(np.array([0, 5]), np.int64(0))[1] == 0


def test_what_the_policy_leaves_unspent_may_be_cut_beyond_what_others_take() -> None:
    assert _balanced(np.array([-400, 100]), np.int64(100)) == pytest.approx([0.5, 1.0])
    assert _balanced(np.array([-400, 100]), np.int64(900)) == pytest.approx([1.0, 1.0])


def test_a_day_with_more_money_gives_it_out_all_the_same(make_account: Any) -> None:
    account = make_account(5)
    account.budget_minor = account.budgets_minor.sum() * 11 // 10
    observation = account.observed()

    assert int(moves(observation, edit_cost=10.0).sum()) == int(observation.budget_minor) - account.budgets_minor.sum()


def test_a_cut_that_only_saves_money_is_made_where_it_saves_more_than_an_edit_costs(make_account: Any) -> None:
    account = make_account(3)
    account.metrics["value_minor"] = account.metrics["value_minor"] // 4
    observation = account.observed()
    hopeless = {"name": "curve_thompson", "params": {"temperature": 0, "spend_at_most": True}}

    assert (moves(observation, policy=hopeless) < 0).all()
    assert not moves(observation, policy=hopeless, edit_cost=10.0, learning_cost=1.0).any()


def test_prices_have_the_decimals_of_their_currency(make_account: Any) -> None:
    account = make_account(1)
    account.currency, account.minor_per_major = "JPY", 1
    observation, policy = account.observed(), Calm(edit_cost=10.0)

    words = policy.explain(observation, policy.decide(observation, decision_rng((1,))))

    assert re.search(r"than the \d+ JPY that an edit costs", words[0])


def test_what_stays_says_what_an_edit_would_have_cost(make_account: Any) -> None:
    observation = make_account(3).observed()
    policy = Calm(edit_cost=10.0)

    words = policy.explain(observation, policy.decide(observation, decision_rng((1,))))

    assert all("no move gains more in 14 days than the" in sentence for sentence in words)

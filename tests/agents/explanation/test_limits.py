"""What stopped budgets and money is read from the certificate of the split, whatever was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import Leeway, Limits, Returns, allocate, leeway
from agents.explanation import Account, Cause, Grounds, Limit, explain_curves
from agents.explanation.limits import LIMITS, UNSPENT
from agents.explanation.words import LIMITS as NAMES
from agents.policies.curve_thompson import CurveThompson
from agents.vocabulary import Bound, LearningStage, Observation, Reason


def returns_of(observation: Observation) -> Returns:
    curves = CurveThompson().curves(observation)
    return Returns(np.log(curves.anchor_minor), curves.state.level, curves.state.elasticity, curves.curvature)


def explained(observation: Observation, limits: Limits) -> Account:
    """The decision of the belief itself under these limits."""
    returns = returns_of(observation)
    allocation = allocate(observation, returns, limits)
    room: Leeway = leeway(observation, limits, returns)
    return explain_curves(observation, allocation, Grounds(CurveThompson().curves(observation), room))


def learning(observation: Observation, index: int) -> Observation:
    stages = observation.ad_sets.learning_stages.copy()
    stages[index] = LearningStage.LEARNING
    return replace(observation, ad_sets=replace(observation.ad_sets, learning_stages=stages))


def test_what_still_learns_is_left_alone_and_it_is_said(make_account: Any) -> None:
    observation = learning(make_account(5).observed(), 2)

    account = explained(observation, Limits(max_change=0.2, learning_max_change=0.0))

    assert account.ad_sets[2].reason is Cause.LEARNING
    assert "learning phase" in account.ad_sets[2].words
    assert account.ad_sets[2].gain_minor
    assert account.ad_sets[2].gain_minor.expected == 0


def test_a_smaller_step_while_learning_is_a_limit(make_account: Any) -> None:
    observation = make_account(5).observed()
    moved = np.abs(
        allocate(observation, returns_of(observation), 0.2).budgets_minor - observation.ad_sets.budgets_minor
    )
    index = int(np.argmax(moved))

    account = explained(learning(observation, index), Limits(max_change=0.2, learning_max_change=0.01))

    assert account.ad_sets[index].limit is Limit.LEARNING
    assert "by the protection of what still learns" in account.summary.words


def test_an_ad_set_below_the_return_its_owner_asks_is_cut_for_that(make_account: Any) -> None:
    observation = make_account(4).observed()
    floors = np.zeros(4)
    floors[1] = 50.0
    observation = replace(observation, ad_sets=replace(observation.ad_sets, roas_floors=floors))

    account = explained(observation, Limits(max_change=0.2))

    assert account.ad_sets[1].reason is Cause.RETURN_FLOOR
    assert "its owner asks a least return of it" in account.ad_sets[1].words
    assert account.ad_sets[1].flip is None


def test_money_that_would_return_too_little_stays_and_the_reason_is_told(make_account: Any) -> None:
    account = explained(make_account(4).observed(), Limits(max_change=0.2, spend_at_most=True, least_return=30.0))

    assert account.summary.unspent_minor > 0
    assert account.summary.unspent_because == UNSPENT[Reason.RETURN_TOO_LOW]
    assert account.summary.margin == pytest.approx(30.0)
    assert {entry.limit for entry in account.ad_sets} == {Limit.CHANGE_CAP}


def test_an_account_wide_return_out_of_reach_is_told(make_account: Any) -> None:
    account = explained(make_account(4).observed(), Limits(max_change=0.2, roas_floor=90.0))

    assert "the account's least return is out of reach today" in account.summary.words


def test_every_bound_and_every_limit_has_a_name() -> None:
    assert set(LIMITS) == set(Bound) - {Bound.NONE, Bound.HELD}
    assert set(NAMES) == set(Limit)

"""Policies around other policies, whichever they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.allocation import Leeway, bounds
from agents.policies._wrapping import between, curves_of
from agents.policies.curve_thompson import CurveThompson
from agents.randomness import WorldStreams, decision_rng
from agents.registry import build_policy
from agents.vocabulary import PolicySpec

WRAPPERS = ("calm", "campaign_level", "conservative", "constrained", "risk_averse")
INNER = ("hold", "equal_split", "rules", "linear_thompson", "gp_thompson", "epsilon_greedy")


def around(wrapper: str, inner: str) -> Any:
    return build_policy(PolicySpec(wrapper, {"policy": {"name": inner, "params": {}}}))


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("inner", INNER)
def test_money_stays_exact_and_within_the_inner_policys_cap(make_account: Any, wrapper: str, inner: str) -> None:
    account = make_account(7)
    account.active[0], account.protected[1] = False, True
    observation, policy = account.observed(), around(wrapper, inner)

    budgets = policy.decide(observation, decision_rng((1,))).budgets_minor

    low, high = bounds(observation, policy.max_change)
    assert policy.max_change == getattr(build_policy(PolicySpec(inner)), "max_change", None)
    assert (low <= budgets).all()
    assert (budgets <= high).all()
    assert int(budgets[1:].sum()) == int(observation.budget_minor)


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("inner", INNER)
def test_a_batch_decides_what_each_of_its_worlds_decides_alone(make_account: Any, wrapper: str, inner: str) -> None:
    batch, policy = make_account(5, worlds=3), around(wrapper, inner)

    together = policy.decide(batch.observed(), WorldStreams([decision_rng((9, w)) for w in range(3)])).budgets_minor

    for w in range(3):
        alone = policy.decide(batch.row(w).observed(), decision_rng((9, w))).budgets_minor
        assert np.array_equal(alone, together[w])


def test_the_curves_believed_are_those_of_the_innermost_policy(make_account: Any) -> None:
    steep = {"name": "curve_thompson", "params": {"elasticity": 0.9, "elasticity_sd": 0.01}}
    inside = build_policy(PolicySpec("calm", {"policy": {"name": "risk_averse", "params": {"policy": steep}}}))
    observation = make_account(4).observed()
    now = observation.ad_sets.budgets_minor.astype(float)

    believed, usual = (curves_of(policy, observation) for policy in (inside, build_policy(PolicySpec("rules"))))

    assert (believed.elasticity_at(now) > usual.elasticity_at(now) + 0.1).all()
    assert np.array_equal(usual.elasticity_at(now), CurveThompson().curves(observation).elasticity_at(now))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_point_between_two_splits_sums_as_both_do_and_lies_between(share: float) -> None:
    start, end = np.array([100, 200, 301]), np.array([133, 135, 333])
    room = Leeway(np.zeros(3, int), np.full(3, 1_000), np.asarray(601), np.asarray(False))

    found = between(start, end, np.full(3, share), room)

    assert int(found.sum()) == 601
    assert (np.minimum(start, end) <= found).all()
    assert (found <= np.maximum(start, end)).all()
    assert np.abs(found - (start + share * (end - start))).max() < 1


def test_halfway_to_a_split_that_leaves_money_leaves_half_of_it() -> None:
    start, end = np.array([100, 200]), np.array([100, 99])
    room = Leeway(np.zeros(2, int), np.full(2, 300), np.asarray(300), np.asarray(False))

    assert between(start, end, np.full(2, 0.5), room).tolist() == [100, 149]
    assert between(start, end, np.full(2, 1.0), room).tolist() == [100, 99]

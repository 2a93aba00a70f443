"""Policies around other policies, whichever they are."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import Leeway, allocate, bounds, leeway, verify
from agents.explanation import Account, account_of
from agents.policies._wrapping import believed_by, between, curves_of, has_curves, last_unit, terms_of
from agents.policies.curve_thompson import CurveThompson
from agents.randomness import WorldStreams, decision_rng
from agents.registry import build_policy
from agents.reserve import stake
from agents.vocabulary import LearningStage, Observation, PolicySpec, Reason

pytestmark = pytest.mark.slow  # every pair of policies

WRAPPERS = ("calm", "campaign_level", "conservative", "constrained", "risk_averse")
INNER = ("hold", "equal_split", "rules", "linear_thompson", "gp_thompson", "epsilon_greedy")


def around(wrapper: str, inner: str, **params: Any) -> Any:
    return build_policy(PolicySpec(wrapper, {"policy": {"name": inner, "params": params}}))


def accounted(policy: Any, observation: Observation) -> Account:
    allocation = policy.decide(observation, decision_rng((1,)))
    told = policy.explain(observation, allocation)
    return account_of(policy, observation, allocation, decision_rng((1,)), sentences=told)


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


def test_an_order_is_worth_what_the_innermost_policy_believes(make_account: Any) -> None:
    observation = make_account(4).observed()

    curves, order_value = believed_by(around("calm", "curve_thompson", use_clicks=False), observation)

    inside = CurveThompson(use_clicks=False).response(observation)
    assert order_value is not None
    assert np.array_equal(order_value, inside.order_value_minor)
    assert np.array_equal(curves.state.level, inside.curves.state.level)


def test_a_policy_has_the_curves_of_the_one_it_is_around() -> None:
    assert has_curves(around("campaign_level", "curve_thompson"))
    assert has_curves(around("campaign_level", "calm"))
    assert not has_curves(around("campaign_level", "rules"))


@pytest.mark.parametrize("cap", [0.05, 0.2, None])
def test_the_last_unit_returns_what_a_little_more_money_would_add(make_account: Any, cap: float | None) -> None:
    observation = make_account(6, seed=3).observed()
    curves, room = CurveThompson().curves(observation), leeway(observation, cap)
    budgets = allocate(observation, curves.returns, cap).budgets_minor
    inside = (room.lo_minor < budgets) & (budgets < room.hi_minor)
    assert inside.any()

    told = last_unit(curves, budgets, room)

    one_more = np.exp(curves.log_marginal(np.maximum(budgets, 1.0)))[inside]
    assert told is not None
    assert one_more.min() <= told <= one_more.max()
    assert told == pytest.approx(one_more.mean(), rel=1e-3), "they are equal where the split is the best"


def test_where_nothing_can_be_moved_no_last_unit_returns_anything(make_account: Any) -> None:
    account = make_account(3)
    account.protected[...] = True
    observation = account.observed()

    assert (
        last_unit(CurveThompson().curves(observation), observation.ad_sets.budgets_minor, leeway(observation, 0.2))
        is None
    )


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_every_gain_is_against_holding_along_the_curves_of_the_policy_inside(make_account: Any, wrapper: str) -> None:
    steep = around(wrapper, "curve_thompson", elasticity=0.9, elasticity_sd=0.01)
    observation = make_account(5).observed()
    curves, now = curves_of(steep, observation), observation.ad_sets.budgets_minor
    then = steep.decide(observation, decision_rng((1,))).budgets_minor

    account = accounted(steep, observation)

    middle = stake(curves, then).value_minor - stake(curves, now).value_minor
    gains = [entry.gain_minor.expected for entry in account.ad_sets if entry.gain_minor]
    assert gains == pytest.approx(middle, rel=0.1), "means and medians of narrow beliefs are near each other"


@pytest.mark.parametrize("wrapper", ["calm", "campaign_level", "conservative"])
def test_the_least_return_asked_of_the_policy_inside_is_the_target(make_account: Any, wrapper: str) -> None:
    observation = make_account(5).observed()
    policy = around(wrapper, "curve_thompson", spend_at_most=True, least_return=1.5)

    summary = accounted(policy, observation).summary

    assert summary.target == pytest.approx(1.5)


@pytest.mark.parametrize("wrapper", ["calm", "conservative"])
@pytest.mark.parametrize("inner", ["rules", "curve_thompson"])
def test_reasons_are_the_sentences_and_no_one_belief_is_said_to_turn_them(
    make_account: Any, wrapper: str, inner: str
) -> None:
    observation, policy = make_account(5).observed(), around(wrapper, inner)
    allocation = policy.decide(observation, decision_rng((1,)))

    account = accounted(policy, observation)

    assert tuple(entry.words for entry in account.ad_sets) == policy.explain(observation, allocation)
    assert {entry.flip for entry in account.ad_sets} == {None}
    assert account.summary.trial_cost_minor is None


def test_without_a_margin_of_the_policy_inside_money_is_compared_with_what_the_last_unit_returns(
    make_account: Any,
) -> None:
    observation, policy = make_account(5).observed(), around("conservative", "rules")
    allocation = policy.decide(observation, decision_rng((1,)))

    summary = accounted(policy, observation).summary

    expected = last_unit(policy.curves(observation), allocation.budgets_minor, leeway(observation, policy.max_change))
    assert summary.margin == summary.target == expected


SURE = {"temperature": 0.0, "learning_days": 0.0}
ASKED: dict[str, dict[str, Any]] = {
    "account return": {"roas_floor": 3.5, "max_change": 1.0},
    "account cost": {"cpa_ceiling_minor": 2_000, "max_change": 1.0},
    "least return": {"spend_at_most": True, "least_return": 3.0},
    "own return": {},
    "own cost": {},
    "learning": {"learning_max_change": 0.0},
}


def asked_of(make_account: Any, what: str, worlds: int | None = None) -> Observation:
    """An account of which this cannot be had without holding back; the second of four ad sets is protected."""
    account = make_account(4, seed=4, worlds=worlds)
    account.protected[..., 1] = True
    if what == "own return":
        account.sets["roas_floors"] = np.broadcast_to([50.0, 0.0, 0.0, 0.0], account.budgets_minor.shape).copy()
    if what == "own cost":
        ceilings = np.broadcast_to([100, 0, 0, 0], account.budgets_minor.shape)
        account.sets["cpa_ceilings_minor"] = ceilings.copy()
    observation: Observation = account.observed()
    stages = np.zeros_like(account.budgets_minor)
    stages[..., 0] = int(LearningStage.LEARNING) if what == "learning" else 0
    return replace(observation, ad_sets=replace(observation.ad_sets, learning_stages=stages))


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("wrapper", [*WRAPPERS, "calm around constrained", "campaign_level around conservative"])
def test_what_the_policy_inside_is_asked_holds_through_the_one_around_it(
    make_account: Any, wrapper: str, what: str
) -> None:
    observation, params = asked_of(make_account, what), SURE | ASKED[what]
    outer, _, middle = wrapper.partition(" around ")
    inner = {"name": "curve_thompson", "params": params}
    between_them = {"name": middle, "params": {"policy": inner}} if middle else inner
    policy: Any = build_policy(PolicySpec(outer, {"policy": between_them}))
    alone = build_policy(PolicySpec(**inner)).decide(observation, decision_rng((1,)))

    allocation = policy.decide(observation, decision_rng((1,)))

    terms = terms_of(policy, observation)
    complaints = verify(observation, allocation, None, policy.limits)
    assert not [name for name, wrong in complaints.items() if wrong]
    assert allocation.certificate is not None
    assert int(allocation.budgets_minor.sum()) <= int(alone.budgets_minor.sum())
    free = np.where(observation.ad_sets.adjustable, allocation.budgets_minor, 0)
    out_of_reach = Reason.ROAS_FLOOR_OUT_OF_REACH | Reason.CPA_CEILING_OUT_OF_REACH
    given = Reason(int(allocation.certificate.reasons))
    assert not int(terms.broken(free, rounding=4)) or given & out_of_reach
    if what.startswith("own"):
        assert allocation.budgets_minor[0] == terms.room.lo_minor[0] < observation.ad_sets.budgets_minor[0]
        assert given & Reason.AD_SET_LIMIT_OUT_OF_REACH
    elif what == "learning":
        assert allocation.budgets_minor[0] == observation.ad_sets.budgets_minor[0]
    else:
        assert int(allocation.certificate.gap_minor) > 0
        assert given


@pytest.mark.parametrize("what", ["account return", "own cost", "least return"])
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_batch_is_asked_what_each_of_its_worlds_is_asked_alone(make_account: Any, wrapper: str, what: str) -> None:
    batch, policy = asked_of(make_account, what, worlds=2), around(wrapper, "curve_thompson", **SURE, **ASKED[what])

    together = policy.decide(batch, WorldStreams([decision_rng((9, w)) for w in range(2)]))

    for w in range(2):
        alone = policy.decide(world_of(batch, w), decision_rng((9, w)))
        assert np.array_equal(alone.budgets_minor, together.budgets_minor[w])
        assert int(alone.certificate.reasons) == int(together.certificate.reasons[w])


def world_of(batch: Observation, w: int) -> Observation:
    """One world of a batch."""

    def picked(part: Any) -> Any:
        arrays = {f.name: getattr(part, f.name) for f in fields(part)}
        return replace(part, **{name: value[w] for name, value in arrays.items() if isinstance(value, np.ndarray)})

    return replace(picked(batch), ad_sets=picked(batch.ad_sets), history=picked(batch.history))


def test_of_two_askings_the_stricter_one_holds() -> None:
    inner = {"name": "curve_thompson", "params": {"roas_floor": 2.0, "cpa_ceiling_minor": 900, "spend_at_most": True}}
    outer = {"roas_floor": 1.5, "cpa_ceiling_minor": 700, "learning_max_change": 0.1, "policy": inner}

    limits = build_policy(PolicySpec("constrained", outer)).limits  # type: ignore[attr-defined]

    assert (limits.roas_floor, limits.cpa_ceiling_minor, limits.learning_max_change) == (2.0, 700, 0.1)
    assert (limits.spend_at_most, limits.least_return, limits.max_change) == (True, 1.0, 0.2)

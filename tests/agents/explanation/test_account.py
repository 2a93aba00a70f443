"""A decision in figures: reasons in their order, sums that agree, chances that are chances."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import leeway
from agents.explanation import Account, Cause, Direction, Explanation, Grounds, Limit, explain_curves, explain_plainly
from agents.explanation.account import usual_order_value
from agents.policies.curve_thompson import CurveThompson
from agents.policies.linear_thompson import LinearThompson
from agents.policies.rules import Rules
from agents.randomness import decision_rng
from agents.vocabulary import Observation


def explained(
    observation: Observation, policy: CurveThompson | None = None, seed: int = 1, final: np.ndarray | None = None
) -> Account:
    policy = policy or CurveThompson()
    allocation = policy.decide(observation, decision_rng((seed,)))
    return policy.account_for(observation, allocation, decision_rng((seed,)), final)


@pytest.mark.parametrize("seed", range(4))
def test_the_accounts_gain_is_the_sum_of_its_ad_sets_gains(make_account: Any, seed: int) -> None:
    account = explained(make_account(9, seed=seed).observed())

    gains = [entry.gain_minor.expected for entry in account.ad_sets if entry.gain_minor]
    assert account.summary.gain_minor is not None
    assert account.summary.gain_minor.expected == pytest.approx(sum(gains), rel=1e-12)
    for entry in account.ad_sets:
        assert entry.gain_minor
        assert entry.value_now_minor
        assert entry.value_then_minor
        between = entry.value_then_minor.expected - entry.value_now_minor.expected
        assert entry.gain_minor.expected == pytest.approx(between, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_chances_are_chances_and_one_of_the_active_is_best(make_account: Any, seed: int) -> None:
    made = make_account(9, seed=seed)
    made.active[2] = False

    account = explained(made.observed())

    for entry in account.ad_sets:
        assert entry.p_best is not None
        assert entry.p_below_target is not None
        assert 0 <= entry.p_best <= 1
        assert 0 <= entry.p_below_target <= 1
        assert entry.flip is None or 0 <= entry.flip.probability <= 1
    assert sum(entry.p_best or 0.0 for entry in account.ad_sets) == pytest.approx(1)
    assert account.ad_sets[2].p_best == 0
    assert account.summary.p_gain is not None
    assert 0 <= account.summary.p_gain <= 1


def test_holding_everything_gains_exactly_nothing(make_account: Any) -> None:
    observation = make_account(5).observed()

    account = explained(observation, final=observation.ad_sets.budgets_minor)

    gain = account.summary.gain_minor
    assert gain
    assert (gain.low, gain.expected, gain.high) == (0, 0, 0)
    assert account.summary.p_gain is None
    assert account.summary.words.startswith("Every budget stays as it is")


def test_what_guardrails_left_is_what_is_judged_and_they_are_named(make_account: Any) -> None:
    observation = make_account(5, seed=2).observed()
    asked = CurveThompson().decide(observation, decision_rng((1,))).budgets_minor
    final = asked.copy()
    raised = int(np.argmax(asked - observation.ad_sets.budgets_minor))
    final[raised] = observation.ad_sets.budgets_minor[raised]

    account = explained(observation, final=final)

    entry = account.ad_sets[raised]
    assert entry.direction is Direction.RAISE, "what the policy asked is still told"
    assert entry.limit is Limit.GUARDRAIL
    assert entry.gain_minor
    assert entry.gain_minor.expected == 0
    assert account.summary.unspent_minor == int(asked[raised] - final[raised])
    assert "guardrails took back some of what was asked" in account.summary.words


def test_a_decision_on_the_belief_itself_expects_to_gain_and_trials_cost_nothing(make_account: Any) -> None:
    account = explained(make_account(8, seed=1).observed(), CurveThompson(temperature=0, learning_days=0))

    assert account.summary.gain_minor
    assert account.summary.gain_minor.expected > 0
    assert account.summary.p_gain is not None
    assert account.summary.p_gain > 0.5
    assert account.summary.trial_cost_minor == 0
    assert Cause.TRIAL not in {entry.reason for entry in account.ad_sets}


def test_the_wilder_the_draw_the_dearer_the_trials(make_account: Any) -> None:
    observation = make_account(12, seed=1).observed()

    def cost(temperature: float) -> float:
        policy = CurveThompson(temperature=temperature, learning_days=0)
        costs = [explained(observation, policy, seed).summary.trial_cost_minor or 0.0 for seed in range(10)]
        return sum(costs)

    assert 0 < cost(0.25) < cost(1.0) < cost(3.0)


def test_the_first_reason_that_applies_is_told(make_account: Any) -> None:
    made = make_account(8)
    made.budgets_minor[...] = 10_000
    made.metrics["spend_minor"][6:] = 9_900
    made.active[0] = made.active[1] = False
    made.protected[1] = made.protected[2] = True
    made.floors_minor[3] = made.ceilings_minor[3] = made.budgets_minor[3]
    made.floors_minor[4] = made.budgets_minor[4] * 2
    for array in made.metrics.values():
        array[[0, 2, 3, 4, 5]] = 0

    reasons = [entry.reason for entry in explained(made.observed()).ad_sets]

    assert reasons[:6] == [
        Cause.PAUSED,
        Cause.PAUSED,
        Cause.PROTECTED,
        Cause.NO_ROOM,
        Cause.BOUNDS,
        Cause.NO_DATA,
    ]
    assert reasons[:6] == sorted(reasons[:6], key=list(Cause).index)
    assert set(reasons[6:]) <= {Cause.RETURNS_MORE, Cause.RETURNS_LESS, Cause.TRIAL}


@pytest.mark.parametrize("temperature", [0.0, 2.0])
def test_a_reason_agrees_with_the_direction_and_the_margin(make_account: Any, temperature: float) -> None:
    policy = CurveThompson(temperature=temperature, learning_days=0)
    account = explained(make_account(30, seed=5).observed(), policy)
    margin = account.summary.margin
    assert margin

    told = {entry.reason for entry in account.ad_sets}
    for entry in account.ad_sets:
        assert entry.marginal_roas
        better = entry.marginal_roas.expected > margin
        if entry.reason is Cause.RETURNS_MORE:
            assert (entry.direction, better) == (Direction.RAISE, True)
        elif entry.reason is Cause.RETURNS_LESS:
            assert (entry.direction, better) == (Direction.CUT, False)
        else:
            assert entry.reason is Cause.TRIAL
            assert (entry.direction is Direction.RAISE) != better
    assert {Cause.RETURNS_MORE, Cause.RETURNS_LESS} <= told
    assert (Cause.TRIAL in told) == (temperature == 2.0)


def test_every_reason_is_told_in_words_of_its_own(make_account: Any) -> None:
    made = make_account(8)
    made.active[0], made.protected[1] = False, True
    made.floors_minor[2] = made.ceilings_minor[2] = made.budgets_minor[2]
    made.floors_minor[3] = made.budgets_minor[3] * 2
    made.ceilings_minor[4] = made.budgets_minor[4] // 2
    for array in made.metrics.values():
        array[5] = 0

    words = [entry.words for entry in explained(made.observed()).ad_sets]

    assert words[0] == "paused"
    assert words[1] == "protected"
    assert words[2] == "its bounds leave no room to move it"
    assert words[3] == f"its floor of {made.floors_minor[3] / 100:.2f} USD asks for more"
    assert words[4] == f"its ceiling of {made.ceilings_minor[4] / 100:.2f} USD allows no more"
    assert words[5].startswith("nothing spent in 28 days")
    assert "the account's margin of" in words[6]


def test_without_an_owners_target_the_accounts_margin_is_the_target(make_account: Any) -> None:
    made = make_account(6)
    policy = CurveThompson()
    observation = made.observed()

    account = explained(observation, policy)

    assert account.summary.target == account.summary.margin
    for entry in account.ad_sets:
        assert entry.marginal_roas
        assert entry.p_below_target is not None
        below = entry.marginal_roas.expected < (account.summary.target or 0)
        assert (entry.p_below_target > 0.5) == below
        now = int(observation.ad_sets.budgets_minor[account.ad_sets.index(entry)])
        assert entry.spendable_minor is None or (entry.spendable_minor < now) == below


def test_a_cost_is_the_order_value_over_the_return(make_account: Any) -> None:
    observation = make_account(4).observed()

    for entry, order in zip(explained(observation).ad_sets, usual_order_value(observation.history), strict=True):
        assert entry.marginal_roas
        assert entry.marginal_cpa_minor
        assert entry.marginal_cpa_minor.expected == pytest.approx(order / entry.marginal_roas.expected)
        assert entry.marginal_cpa_minor.low == pytest.approx(order / entry.marginal_roas.high)
        assert order == pytest.approx(6_000)


def test_without_a_single_order_no_cost_is_known(make_account: Any) -> None:
    made = make_account(4)
    for name in ("conversions", "value_minor"):
        made.metrics[name][...] = 0

    account = explained(made.observed())

    assert [entry.marginal_cpa_minor for entry in account.ad_sets] == [None] * 4
    assert all(entry.marginal_roas for entry in account.ad_sets)


@pytest.mark.parametrize(
    "bend", ["nothing", "all paused", "zero budgets", "no history", "tiny", "flood", "halved", "trebled"]
)
def test_an_odd_account_has_finite_figures_only(make_account: Any, numbers: Any, bend: str) -> None:
    made = make_account(4)
    if bend == "all paused":
        made.active[...] = False
    elif bend == "zero budgets":
        made.budgets_minor[1:] = 0
    elif bend == "no history":
        made.metrics = {name: np.zeros_like(array) for name, array in made.metrics.items()}
    elif bend == "tiny":
        made.budgets_minor[...], made.minor_per_major, made.currency = 3, 1, "JPY"
    elif bend == "flood":
        made.metrics["conversions"][0, -1], made.metrics["value_minor"][0, -1] = 10_000_000, 10**15
    elif bend in {"halved", "trebled"}:
        total = made.budgets_minor.sum()
        made.budget_minor = total // 2 if bend == "halved" else total * 3

    account = explained(made.observed())

    assert all(math.isfinite(number) for number in numbers(asdict(account)))
    assert not any(text in account.summary.words for text in ("nan", "inf"))


def test_an_account_without_ad_sets_has_nothing_to_explain(make_account: Any) -> None:
    account = explained(make_account(0).observed())

    assert account.ad_sets == ()
    assert (account.summary.raised, account.summary.cut, account.summary.held) == (0, 0, 0)


def test_money_that_nobody_may_take_is_said(make_account: Any) -> None:
    made = make_account(3)
    made.budget_minor = made.budgets_minor.sum() * 2

    summary = explained(made.observed()).summary

    assert summary.unspent_minor > 0
    assert summary.limits == ((Limit.CHANGE_CAP, 3),)
    assert "stay unspent: no ad set may take more today" in summary.words
    assert "Held back: 3 by the cap on a day's change." in summary.words


def test_a_policy_without_curves_keeps_its_sentences_and_tells_what_it_knows(make_account: Any) -> None:
    made = make_account(4)
    made.active[0] = False
    observation = made.observed()
    policy = Rules()
    allocation = policy.decide(observation, decision_rng((1,)))
    sentences = policy.explain(observation, allocation)

    account = explain_plainly(observation, allocation, sentences, policy.max_change)

    assert tuple(entry.words for entry in account.ad_sets) == sentences
    assert [entry.reason for entry in account.ad_sets] == [Cause.PAUSED] + [Cause.POLICY] * 3
    assert account.ad_sets[1] == Explanation(
        ad_set_id=observation.ad_sets.ids[1],
        direction=account.ad_sets[1].direction,
        reason=Cause.POLICY,
        words=sentences[1],
        limit=account.ad_sets[1].limit,
    )
    assert account.summary.gain_minor is None
    assert account.summary.raised_minor == account.summary.cut_minor > 0


def test_beliefs_about_constant_returns_are_told_as_far_as_they_go(make_account: Any) -> None:
    observation = make_account(4).observed()
    policy = LinearThompson()
    allocation = policy.decide(observation, decision_rng((1,)))

    account = explain_plainly(observation, allocation, policy.explain(observation, allocation), policy.max_change)

    for entry in account.ad_sets:
        assert entry.marginal_roas
        assert entry.marginal_cpa_minor
        assert entry.marginal_cpa_minor.low < entry.marginal_cpa_minor.expected < entry.marginal_cpa_minor.high
        assert entry.value_now_minor is entry.flip is entry.spendable_minor is None
    assert sum(entry.p_best or 0.0 for entry in account.ad_sets) == pytest.approx(1)


@pytest.mark.parametrize("offset", [1, 1000])
def test_the_same_account_in_another_offset_is_explained_alike(make_account: Any, offset: int) -> None:
    made = make_account(5, seed=6)
    for name in ("spend_minor", "value_minor"):
        made.metrics[name] = made.metrics[name] * 1000
    made.budgets_minor = made.budgets_minor * 1000
    scaled = replace(
        made,
        budgets_minor=made.budgets_minor * offset,
        metrics={n: a * (offset if n.endswith("_minor") else 1) for n, a in made.metrics.items()},
        minor_per_major=made.minor_per_major * offset,
    )

    one, other = explained(made.observed()), explained(scaled.observed())

    for here, there in zip(one.ad_sets, other.ad_sets, strict=True):
        assert (here.reason, here.direction, here.limit) == (there.reason, there.direction, there.limit)
        assert here.flip
        assert there.flip
        assert there.flip.marginal_roas == pytest.approx(here.flip.marginal_roas, rel=1e-4)
        assert here.gain_minor
        assert there.gain_minor
        assert there.gain_minor.expected == pytest.approx(here.gain_minor.expected * offset, rel=1e-3)


def test_an_owners_least_return_is_the_target(make_account: Any) -> None:
    observation = make_account(6).observed()
    policy = CurveThompson()
    allocation = policy.decide(observation, decision_rng((1,)))
    curves, room = policy.curves(observation), leeway(observation, 0.2)

    lax, strict = (
        explain_curves(observation, allocation, Grounds(curves, room, target=target)) for target in (0.5, 2.5)
    )

    assert (lax.summary.target, strict.summary.target) == (0.5, 2.5)
    for easy, hard in zip(lax.ad_sets, strict.ad_sets, strict=True):
        assert easy.p_below_target is not None
        assert hard.p_below_target is not None
        assert easy.p_below_target < hard.p_below_target
        assert hard.spendable_minor is not None
        assert easy.spendable_minor is None or easy.spendable_minor > hard.spendable_minor
        if hard.spendable_minor:
            spend = np.full(6, float(hard.spendable_minor))
            returned = np.exp(curves.log_marginal(spend))[lax.ad_sets.index(easy)]
            assert returned == pytest.approx(2.5, rel=1e-2)
    assert any(entry.spendable_minor for entry in strict.ad_sets)

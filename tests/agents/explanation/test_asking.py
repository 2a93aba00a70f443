"""Any policy can be asked: what it knows is told, what it does not know is not made up."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import pytest

from agents.explanation import Account, Accounts, Cause, account_of
from agents.randomness import decision_rng
from agents.registry import build_policy, policies
from agents.vocabulary import PolicySpec

pytestmark = pytest.mark.slow  # many whole decisions

FIGURES = ("marginal_roas", "marginal_cpa_minor", "p_best", "p_below_target")
VALUES = ("value_now_minor", "value_then_minor", "gain_minor")

BUILT = {name: build_policy(PolicySpec(name)) for name in sorted(policies())}
ACCOUNTS_ITSELF = {name for name, policy in BUILT.items() if isinstance(policy, Accounts)}
HAVE_CURVES = {name for name, policy in BUILT.items() if hasattr(policy, "curves")}
WRAP = {name for name, policy in BUILT.items() if hasattr(policy, "policy")}
KNOW = ACCOUNTS_ITSELF | HAVE_CURVES


def asked(name: str, account: Any, **params: Any) -> tuple[Account, tuple[str, ...]]:
    observation = account.observed()
    policy = build_policy(PolicySpec(name, params))
    allocation = policy.decide(observation, decision_rng((1,)))
    sentences = policy.explain(observation, allocation)
    told = account_of(policy, observation, allocation, decision_rng((1,)), sentences=sentences)
    return told, sentences


@pytest.mark.parametrize("name", sorted(policies()))
def test_every_policy_is_explained_ad_set_by_ad_set_and_as_a_whole(name: str, make_account: Any) -> None:
    account = make_account(5)
    account.active[0], account.protected[1] = False, True

    told, _ = asked(name, account)

    assert [entry.ad_set_id for entry in told.ad_sets] == list(account.ids)
    assert told.ad_sets[0].reason is Cause.PAUSED
    assert told.ad_sets[1].reason is Cause.PROTECTED
    assert all(entry.words for entry in told.ad_sets)
    assert told.summary.raised + told.summary.cut + told.summary.held == 5
    assert told.summary.words


@pytest.mark.parametrize("name", sorted(set(policies()) - ACCOUNTS_ITSELF))
def test_a_policy_that_does_not_account_for_itself_keeps_its_sentences(name: str, make_account: Any) -> None:
    told, sentences = asked(name, make_account(5))

    assert tuple(entry.words for entry in told.ad_sets) == sentences
    assert {entry.flip for entry in told.ad_sets} == {None}
    assert told.summary.trial_cost_minor is None


@pytest.mark.parametrize("name", sorted(KNOW))
def test_who_believes_in_curves_tells_beliefs_values_and_what_holding_would_give_up(
    name: str, make_account: Any
) -> None:
    account = make_account(5)
    account.budgets_minor[0] = 60_000

    told, _ = asked(name, account)

    assert all(getattr(entry, figure) is not None for entry in told.ad_sets for figure in (*FIGURES, *VALUES))
    assert any(entry.spendable_minor is not None for entry in told.ad_sets)
    summary, gains = told.summary, [entry.gain_minor.expected for entry in told.ad_sets if entry.gain_minor]
    assert summary.margin
    assert summary.target
    assert summary.p_gain is not None
    assert summary.gain_minor
    assert summary.gain_minor.expected == pytest.approx(sum(gains), rel=1e-9)


@pytest.mark.parametrize("name", sorted(set(policies()) - KNOW))
def test_who_has_no_curves_makes_no_values_up(name: str, make_account: Any) -> None:
    told, _ = asked(name, make_account(5))

    assert {getattr(entry, figure) for entry in told.ad_sets for figure in VALUES} == {None}
    assert told.summary.gain_minor is None


def test_whoever_wraps_a_policy_accounts_for_itself() -> None:
    assert {"calm", "campaign_level", "conservative", "constrained", "risk_averse"} <= WRAP <= ACCOUNTS_ITSELF


@pytest.mark.parametrize("name", sorted(WRAP))
@pytest.mark.parametrize("inner", sorted(policies()))
def test_a_policy_around_any_other_tells_what_there_is(name: str, inner: str, make_account: Any) -> None:
    told, _ = asked(name, make_account(4), policy={"name": inner, "params": {}})

    knows = inner in KNOW or hasattr(BUILT[name], "curves")
    assert all(entry.words for entry in told.ad_sets)
    assert [entry.gain_minor is not None for entry in told.ad_sets] == [knows] * 4
    assert (told.summary.gain_minor is not None) == (told.summary.target is not None) == knows


def _paused(account: Any) -> None:
    account.active[...] = False


def _unknown(account: Any) -> None:
    for array in account.metrics.values():
        array[...] = 0


def _penniless(account: Any) -> None:
    account.budgets_minor[...] = 0
    account.budget_minor = account.budgets_minor.sum() + 100


def _short_of_money(account: Any) -> None:
    account.budget_minor = account.budgets_minor.sum() // 3


@pytest.mark.parametrize("name", sorted(KNOW))
@pytest.mark.parametrize("odd", [_paused, _unknown, _penniless, _short_of_money])
@pytest.mark.parametrize("ad_sets", [1, 3])
def test_of_odd_accounts_every_figure_is_finite_or_not_told(
    name: str, odd: Any, ad_sets: int, make_account: Any, numbers: Any
) -> None:
    account = make_account(ad_sets)
    odd(account)

    told, _ = asked(name, account)

    figures = [number for value in (*told.ad_sets, told.summary) for number in numbers(asdict(value))]
    assert figures
    assert all(map(math.isfinite, figures))

"""Any policy can be asked: what it knows is told, what it does not know is not made up."""

from __future__ import annotations

from typing import Any

import pytest

from agents.explanation import Account, Accounts, Cause, account_of
from agents.randomness import decision_rng
from agents.registry import build_policy, policies
from agents.vocabulary import PolicySpec

BUILT = {name: build_policy(PolicySpec(name)) for name in sorted(policies())}
ACCOUNTS_ITSELF = {name for name, policy in BUILT.items() if isinstance(policy, Accounts)}
HAVE_CURVES = {name for name, policy in BUILT.items() if hasattr(policy, "curves")}


def asked(name: str, account: Any) -> tuple[Account, tuple[str, ...]]:
    observation = account.observed()
    policy = build_policy(PolicySpec(name))
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


@pytest.mark.parametrize("name", sorted(policies()))
def test_values_and_gains_are_told_by_those_who_believe_in_curves(name: str, make_account: Any) -> None:
    told, _ = asked(name, make_account(5))

    knows = name in ACCOUNTS_ITSELF | HAVE_CURVES
    assert {"curve_thompson", "calm", "conservative", "risk_averse"} <= ACCOUNTS_ITSELF | HAVE_CURVES
    assert [entry.gain_minor is not None for entry in told.ad_sets] == [knows] * 5
    assert (told.summary.gain_minor is not None) == knows

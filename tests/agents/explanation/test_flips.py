"""A flip is real: just beyond it the budget goes the other way, just short of it it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import allocate
from agents.explanation import Direction, Explanation
from agents.explanation.reasons import direction_of
from agents.policies.curve_thompson import CurveThompson
from agents.randomness import decision_rng
from agents.vocabulary import Observation

pytestmark = pytest.mark.slow  # many whole decisions

NEAR = 0.01


def explained(policy: CurveThompson, observation: Observation, seed: int = 1) -> tuple[Explanation, ...]:
    allocation = policy.decide(observation, decision_rng((seed,)))
    return policy.account_for(observation, allocation, decision_rng((seed,))).ad_sets


def direction_if(policy: CurveThompson, observation: Observation, index: int, shift: float, seed: int = 1) -> Direction:
    """Where the budget of one ad set goes with the belief about its log level shifted, all else and chance the same."""
    response = policy.response(observation)
    level = response.curves.state.level.copy()
    level[index] += shift
    shifted = replace(response, curves=replace(response.curves, state=replace(response.curves.state, level=level)))
    acted_on = policy._acted_on(shifted, observation, decision_rng((seed,)))
    budgets = allocate(observation, acted_on.returns, policy.max_change).budgets_minor
    return direction_of(int(observation.ad_sets.budgets_minor[index]), int(budgets[index]))


@pytest.mark.parametrize("max_change", [0.2, None])
@pytest.mark.parametrize("temperature", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_belief_beyond_the_flip_turns_the_budget_and_one_short_of_it_does_not(
    make_account: Any, max_change: float | None, temperature: float, seed: int
) -> None:
    observation = make_account(7, seed=seed).observed()
    policy = CurveThompson(temperature=temperature, max_change=max_change)

    entries = explained(policy, observation)

    assert any(entry.flip for entry in entries)
    for i, entry in enumerate(entries):
        if entry.flip is None:
            continue
        needed = float(np.log(entry.flip.marginal_roas / entry.flip.believed))
        beyond, short = needed + np.copysign(NEAR, needed), needed - np.copysign(min(NEAR, abs(needed) / 2), needed)
        assert direction_if(policy, observation, i, beyond) == entry.flip.turns != entry.direction
        assert direction_if(policy, observation, i, short) == entry.direction


def test_every_ad_set_that_can_be_moved_has_a_flip(make_account: Any) -> None:
    account = make_account(6)
    account.active[0], account.protected[1] = False, True

    entries = explained(CurveThompson(), account.observed())

    assert [entry.flip is None for entry in entries] == [True, True, False, False, False, False]


def test_what_bounds_decide_no_belief_turns(make_account: Any) -> None:
    account = make_account(3)
    account.floors_minor[0] = account.budgets_minor[0] * 2
    account.ceilings_minor[1] = account.budgets_minor[1] // 2

    entries = explained(CurveThompson(), account.observed())

    assert entries[0].flip is None
    assert entries[1].flip is None


def test_a_single_ad_set_has_nobody_to_give_to(make_account: Any) -> None:
    (entry,) = explained(CurveThompson(), make_account(1).observed())

    assert entry.flip is None
    assert entry.direction is Direction.HOLD


def test_money_that_only_one_can_take_is_taken_whatever_is_believed(make_account: Any) -> None:
    account = make_account(2)
    account.budget_minor = account.budgets_minor.sum() + account.budgets_minor[0] // 10
    account.ceilings_minor[1] = account.budgets_minor[1]

    entries = explained(CurveThompson(), account.observed())

    assert entries[0].direction is Direction.RAISE
    assert entries[0].flip is None


def test_at_a_ceiling_the_flip_is_a_cut_and_at_a_floor_a_raise(make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = 10_000
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["clicks"][...] = 100
    account.metrics["conversions"][...] = np.array([[2], [12]])
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000
    account.ceilings_minor[1] = account.floors_minor[0] = 10_000

    entries = explained(CurveThompson(), account.observed())

    assert [entry.direction for entry in entries] == [Direction.HOLD, Direction.HOLD]
    assert [entry.flip for entry in entries] == [None, None], "each is where it is whatever is believed"


def test_the_further_the_belief_is_from_the_flip_the_less_likely_is_the_flip(make_account: Any) -> None:
    policy = CurveThompson(temperature=0, learning_days=0)
    entries = explained(policy, make_account(8, seed=4).observed())

    for entry in entries:
        assert entry.flip is not None
        assert 0 < entry.flip.probability <= 0.5
        under = entry.direction is Direction.RAISE
        assert (entry.flip.marginal_roas < entry.flip.believed) == under


def test_of_very_many_ad_sets_those_that_move_most_have_their_flip_worked_out(
    make_account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    observation = make_account(6).observed()
    monkeypatch.setattr("agents.explanation.flips.MOST_FLIPS", 2)
    policy = CurveThompson()

    entries = explained(policy, observation)

    asked = policy.decide(observation, decision_rng((1,))).budgets_minor
    most = np.argsort(-np.abs(asked - observation.ad_sets.budgets_minor), kind="stable")[:2]
    assert {i for i, entry in enumerate(entries) if entry.flip} == set(most.tolist())

from __future__ import annotations

from dataclasses import fields
from functools import cache

import numpy as np
import pytest

from agents.observation import HISTORY_DAYS
from agents.registry import build_policy
from agents.vocabulary import HISTORY_METRICS, PolicySpec
from experiments.run import Guarded, Oracle, Run, join, observe_worlds, run
from service.guardrails import DEFAULTS, build_guardrails
from simulator.scenarios import load_scenario
from simulator.world import World

SEEDS, DAYS = (11, 4, 7, 2), 5
POLICIES = ("hold", "equal_split", "proportional_roas", "rules", "linear_thompson", "curve_thompson")


@cache
def live(policy: str | Oracle, seeds: tuple[int, ...] = SEEDS, scenario: str = "small", root_seed: int = 0) -> Run:
    guardrails = build_guardrails(DEFAULTS)
    steering = policy if isinstance(policy, Oracle) else Guarded(build_policy(PolicySpec(policy)), guardrails)
    return run(steering, load_scenario(scenario), seeds, DAYS, root_seed=root_seed)


def assert_same(one: Run, other: Run) -> None:
    for field in fields(Run):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if isinstance(left, dict):
            assert left.keys() == right.keys()
            assert all(np.array_equal(left[key], right[key]) for key in left)
        else:
            assert np.array_equal(left, right), field.name


@pytest.mark.slow
@pytest.mark.parametrize("policy", [*POLICIES, Oracle(), Oracle(0.2)], ids=str)
def test_the_split_into_chunks_changes_no_bit(policy: str | Oracle) -> None:
    whole = live(policy)

    assert_same(whole, join([live(policy, SEEDS[:1]), live(policy, SEEDS[1:])]))


def test_hold_changes_nothing() -> None:
    held = live("hold")

    assert (held.budgets_minor == held.starting_minor[:, None, :]).all()
    assert not held.outcome.churn.any()
    assert not any(hits.any() for hits in held.guardrail_hits.values())


@pytest.mark.parametrize("policy", POLICIES)
def test_no_policy_gives_out_more_than_there_was_nor_less_than_the_platform_accepts(policy: str) -> None:
    lived = live(policy, scenario="volatile")

    assert (lived.budgets_minor.sum(-1) <= lived.starting_minor.sum(-1)[:, None]).all()
    assert (lived.budgets_minor >= load_scenario("volatile").minimum_budget_minor).all()


@pytest.mark.parametrize("policy", POLICIES)
def test_no_policy_beats_the_oracle_on_any_day(policy: str) -> None:
    oracle, lived = live(Oracle()), live(policy)

    assert (lived.expected_value_minor <= oracle.expected_value_minor * (1 + 1e-9)).all()
    assert (live(Oracle(0.2)).expected_value_minor <= oracle.expected_value_minor * (1 + 1e-9)).all()


@pytest.mark.parametrize("oracle", [Oracle(), Oracle(0.2)], ids=str)
def test_an_oracle_gives_out_all_the_money_there_is(oracle: Oracle) -> None:
    lived = live(oracle)

    assert (lived.budgets_minor.sum(-1) == lived.starting_minor.sum(-1)[:, None]).all()


def test_the_capped_oracle_keeps_its_caps_and_still_beats_everybody() -> None:
    capped = live(Oracle(0.2))
    before = np.concatenate([capped.starting_minor[:, None, :], capped.budgets_minor[:, :-1]], axis=1)

    assert (np.abs(capped.budgets_minor - before) <= 0.2 * before + 1e-9).all()
    for policy in POLICIES:
        assert live(policy).expected_value_minor.sum() < capped.expected_value_minor.sum(), policy


def test_every_policy_starts_in_the_same_worlds() -> None:
    first, *others = (live(policy) for policy in POLICIES)

    assert all(np.array_equal(first.starting_minor, other.starting_minor) for other in others)


def test_the_root_seed_moves_policies_that_sample_and_only_those() -> None:
    sampled, steady = (live(name, root_seed=0).budgets_minor for name in ("curve_thompson", "rules"))

    assert not np.array_equal(sampled, live("curve_thompson", root_seed=1).budgets_minor)
    assert np.array_equal(steady, live("rules", root_seed=1).budgets_minor)


def test_guardrails_that_bite_are_counted() -> None:
    tight = build_guardrails({"max_daily_change": {"max_ratio": 0.01}})
    lived = run(Guarded(build_policy(PolicySpec("rules")), tight), load_scenario("small"), SEEDS, DAYS)

    assert lived.guardrail_hits["max_daily_change"].shape == (len(SEEDS), DAYS)
    assert lived.guardrail_hits["max_daily_change"].sum() > 0


def test_a_policy_sees_ninety_days_of_which_those_before_the_world_are_empty() -> None:
    world = World(load_scenario("small").having(history_days=10), [1, 2])

    seen = observe_worlds(world, world.budgets_minor.sum(-1)).history

    assert len(seen.days) == HISTORY_DAYS == 90
    assert (seen.impressions[..., -10:].sum(axis=(0, 1)) > 0).all()
    assert not any(getattr(seen, name)[..., :-10].any() for name in HISTORY_METRICS)


def test_an_owners_bounds_are_seen_and_kept_by_policies_and_oracles() -> None:
    scenario = load_scenario("small").having(floor_share=0.5, ceiling_share=1.5)
    world = World(scenario, SEEDS)
    sets = observe_worlds(world, world.budgets_minor.sum(-1)).ad_sets
    mean = world.budgets_minor.mean(-1)
    guardrails = build_guardrails(DEFAULTS)

    # The last day of the past may have been edited by a few per cent.
    assert sets.floors_minor[:, 0] == pytest.approx(0.5 * mean, rel=0.1)
    assert sets.ceilings_minor[:, 0] == pytest.approx(1.5 * mean, rel=0.1)
    for steering in (Oracle(), Oracle(0.2), Guarded(build_policy(PolicySpec("curve_thompson")), guardrails)):
        lived = run(steering, scenario, SEEDS, DAYS)
        started = lived.starting_minor[:, None]
        assert (lived.budgets_minor >= np.minimum(sets.floors_minor[:, None], started)).all()
        assert (lived.budgets_minor <= np.maximum(sets.ceilings_minor[:, None], started)).all()
        assert (lived.budgets_minor.sum(-1) <= started.sum(-1)).all()


def test_what_orders_are_worth_is_near_what_was_expected() -> None:
    lived = live("hold", tuple(range(40)))

    ratio = lived.caused_value_minor.sum() / lived.expected_value_minor.sum()

    assert ratio == pytest.approx(1.0, abs=0.05)  # 40 worlds, 5 days, 5 ad sets: the standard error is about 2 %


def test_policies_are_told_what_people_had_set_and_since_when() -> None:
    seen = []

    class Recorder:
        def steer(self, world, observation, streams):  # type: ignore[no-untyped-def]
            seen.append(observation)
            return world.budgets_minor * 9 // 10, {}

    scenario = load_scenario("small")
    began = World(scenario, seeds=[3])

    run(Recorder(), scenario, [3], 3)

    assert all(observation.baseline is not None for observation in seen)
    for observation in seen:
        assert np.array_equal(observation.baseline.budgets_minor, began.budgets_minor)
        assert observation.baseline.since == began.today

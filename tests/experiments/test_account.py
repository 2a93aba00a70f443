from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from agents.registry import build_policy
from agents.vocabulary import HISTORY_METRICS, PolicySpec
from experiments.account import SimulatedAccount
from experiments.run import Guarded, observe_worlds, run, world_streams
from service.cycle import look, plan
from service.decision import Mode
from service.errors import InvalidRequest
from service.guardrails import DEFAULTS, build_guardrails
from simulator.identity import account_id, ad_set_id
from simulator.scenarios import load_scenario
from simulator.world import World

SEEDS = [5, 3]


@pytest.fixture
def world() -> World:
    return World(load_scenario("small"), seeds=SEEDS)


def test_ids_and_facts_are_those_of_the_world(world: World) -> None:
    account = SimulatedAccount(world, 1)

    assert account.id == account_id(3) == account.facts().id
    assert (account.facts().currency, account.facts().time_zone) == ("EUR", "Europe/Madrid")
    assert [s.id for s in account.ad_sets()] == [ad_set_id(3, i) for i in range(5)] == sorted(account.budgets_minor())


def test_a_report_has_the_figures_of_its_own_world(world: World) -> None:
    since, until = world.today - timedelta(days=3), world.today - timedelta(days=1)
    rows = {(row.ad_set_id, row.day): row for row in SimulatedAccount(world, 1).report(since, until).rows}

    arrays = world.report_range(since, until)

    for i in range(5):
        for d in range(3):
            row = rows[ad_set_id(3, i), since + timedelta(days=d)]
            assert [getattr(row, name) for name in HISTORY_METRICS] == [
                arrays[name][1, i, d] for name in HISTORY_METRICS
            ]


def test_days_without_delivery_have_no_row(world: World) -> None:
    world.set_active(1, 2, active=False)
    world.step()
    yesterday = world.today - timedelta(days=1)

    rows = SimulatedAccount(world, 1).report(yesterday, yesterday).rows

    assert ad_set_id(3, 2) not in {row.ad_set_id for row in rows}
    assert len(rows) == 4


def test_data_is_collected_through_the_last_day_of_delivery(world: World) -> None:
    account = SimulatedAccount(world, 0)
    before = world.today - timedelta(days=1)
    for i in range(5):
        world.set_active(0, i, active=False)
    world.step()

    assert account.report(before - timedelta(days=5), world.today - timedelta(days=1)).collected_through == before
    assert account.report(world.today + timedelta(days=5), world.today + timedelta(days=9)).collected_through is None


def test_a_budget_that_was_set_can_be_read_back_in_its_own_world_only(world: World) -> None:
    before = world.budgets_minor

    SimulatedAccount(world, 1).set_daily_budget(ad_set_id(3, 2), 4_321)

    before[1, 2] = 4_321
    assert np.array_equal(world.budgets_minor, before)
    assert SimulatedAccount(world, 1).budgets_minor()[ad_set_id(3, 2)] == 4_321


@pytest.mark.parametrize(("ad_set", "budget"), [(ad_set_id(5, 0), 1_000), (ad_set_id(3, 0), 99), (ad_set_id(3, 0), -5)])
def test_what_the_platform_would_refuse_is_refused(world: World, ad_set: str, budget: int) -> None:
    before = world.budgets_minor

    with pytest.raises(InvalidRequest, match="ad set"):
        SimulatedAccount(world, 1).set_daily_budget(ad_set, budget)

    assert np.array_equal(world.budgets_minor, before)


@pytest.mark.parametrize("policy", ["rules", "curve_thompson", "linear_thompson"])
def test_a_batch_of_worlds_decides_what_the_service_decides_for_each_account(policy: str) -> None:
    scenario, spec, days = load_scenario("volatile"), PolicySpec(policy), 6
    batch = run(Guarded(build_policy(spec), build_guardrails(DEFAULTS)), scenario, SEEDS, days, root_seed=7)

    for w, seed in enumerate(SEEDS):
        world = World(scenario, seeds=[seed])
        account = SimulatedAccount(world)
        total = int(world.budgets_minor.sum())
        for d in range(days):
            observation = look(account, day=world.today, budget_minor=total)
            decision = plan(observation, spec, "1", DEFAULTS, root_seed=7, mode=Mode.LIVE)
            for change in decision.changes:
                account.set_daily_budget(change.ad_set_id, change.to_minor)
            assert world.budgets_minor[0].tolist() == batch.budgets_minor[w, d].tolist(), (seed, d)
            world.step()


def test_a_batch_observation_shows_what_the_accounts_show(world: World) -> None:
    batch = observe_worlds(world, world.budgets_minor.sum(-1))

    for w in range(2):
        account = SimulatedAccount(world, w)
        single = look(account, day=world.today, budget_minor=int(world.budgets_minor[w].sum()))
        for name in HISTORY_METRICS:
            assert np.array_equal(getattr(batch.history, name)[w], getattr(single.history, name))
        assert np.array_equal(batch.ad_sets.floors_minor[w], single.ad_sets.floors_minor)
        assert batch.collected_through == single.collected_through


def test_every_morning_has_its_own_randomness(world: World) -> None:
    today = world_streams(world, 0).random((2, 3))
    again = world_streams(world, 0).random((2, 3))
    world.step()

    assert np.array_equal(today, again)
    assert not np.array_equal(today, world_streams(world, 0).random((2, 3)))
    assert not np.array_equal(today, world_streams(world, 1).random((2, 3)))

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.mechanism import Morning, Setting, build_mechanism
from simulator.mechanisms.outside_edits import OutsideEdits
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams

HISTORY = 28


def setting(seeds=(1, 2, 3), ad_sets=5) -> Setting:
    scenario = load_scenario("small").having(ad_sets=ad_sets, history_days=HISTORY)
    streams = Streams(seeds)
    first = scenario.start_day - timedelta(days=HISTORY)
    return Setting(scenario, streams, draw_population(scenario, streams), first)


def built(**parameters) -> OutsideEdits:
    mechanism = build_mechanism("outside_edits", parameters)
    assert isinstance(mechanism, OutsideEdits)
    return mechanism


def edited(where: Setting, budgets=20_000, active=True, day=0, **parameters) -> tuple[np.ndarray, np.ndarray]:
    """Budgets and activity after people's edits on a day of the scenario."""
    mechanism = built(**parameters)
    in_force, running = np.broadcast_to(budgets, where.shape), np.broadcast_to(active, where.shape)
    today = where.scenario.start_day + timedelta(days=day)
    return mechanism.edit(mechanism.begin(where), Morning(where, today, in_force, running))


@pytest.mark.parametrize(
    ("chances", "active", "rate"),
    [({"budget_chance": 0.1}, True, 0.1), ({"pause_chance": 0.05}, True, 0.05), ({"resume_chance": 0.3}, False, 0.3)],
)
def test_people_come_as_often_as_stated(chances, active, rate):
    where = setting(range(200), 20)
    none = {"budget_chance": 0.0, "pause_chance": 0.0, "resume_chance": 0.0}
    # Large budgets, so that an edit is never rounded away.
    budgets, running = edited(where, 10**9, active, **{**none, **chances})
    changed = (budgets != 10**9) | (running != active)
    assert changed.mean() == pytest.approx(rate, abs=4 * np.sqrt(rate * (1 - rate) / changed.size))


def test_edits_are_factors_of_the_stated_spread():
    where = setting(range(200), 20)
    budgets, _ = edited(where, 10**9, budget_chance=1.0, budget_spread=0.4)
    factors = np.log(budgets / 10**9)
    assert factors.mean() == pytest.approx(0.0, abs=4 * 0.4 / np.sqrt(factors.size))
    assert factors.std() == pytest.approx(0.4, rel=4 / np.sqrt(2 * factors.size))


@given(st.integers(0, 2**53), st.integers(0, 50), st.floats(0.0, 3.0))
@settings(max_examples=50, deadline=None)
def test_a_typed_budget_is_round_and_at_least_the_smallest_and_never_too_large(budget, day, spread):
    where = setting()
    budgets, _ = edited(where, budget, day=day, budget_chance=1.0, budget_spread=spread)
    touched = budgets[budgets != budget]
    assert (touched >= where.scenario.minimum_budget_minor).all()
    assert (touched <= 2**53).all()
    assert (touched[touched < 2**53] % where.scenario.minimum_budget_minor == 0).all()


def test_budgets_that_nobody_edits_stay_to_the_cent():
    budgets, _ = edited(setting(), 12_345, budget_chance=0.0)
    assert (budgets == 12_345).all()
    budgets, _ = edited(setting(range(50)), 12_345, budget_chance=0.1)
    assert 0.8 < np.mean(budgets == 12_345) < 1.0


def test_who_is_edited_does_not_depend_on_what_was_decided():
    where = setting(range(20))
    parameters = {"budget_chance": 0.5, "budget_spread": 0.3, "pause_chance": 0.3}
    low, low_active = edited(where, 10**6, **parameters)
    high, high_active = edited(where, 10**8, **parameters)
    np.testing.assert_array_equal(low != 10**6, high != 10**8)
    np.testing.assert_array_equal(low_active, high_active)
    np.testing.assert_allclose(low / 10**6, high / 10**8, atol=100 / 10**6)


def test_one_ad_sets_budget_changes_nothing_for_another():
    where = setting(range(20))
    budgets = np.full(where.shape, 20_000)
    budgets[:, 2] = 90_000
    usual, _ = edited(where, 20_000, budget_chance=0.5)
    other, _ = edited(where, budgets, budget_chance=0.5)
    np.testing.assert_array_equal(np.delete(usual, 2, axis=1), np.delete(other, 2, axis=1))


def test_nobody_is_paused_twice_or_resumed_while_running():
    where = setting(range(20))
    active = np.arange(5) % 2 == 0
    _, running = edited(where, active=active, pause_chance=0.0, resume_chance=0.0)
    np.testing.assert_array_equal(running, np.broadcast_to(active, where.shape))
    _, running = edited(where, active=active, pause_chance=1.0, resume_chance=1.0)
    np.testing.assert_array_equal(running, np.broadcast_to(~active, where.shape))


def test_nobody_comes_before_the_first_day():
    everything = {"budget_chance": 1.0, "pause_chance": 1.0}
    where = setting()
    for day, first_day, comes in [(-1, 0, False), (0, 0, True), (9, 10, False), (10, 10, True), (-20, -28, True)]:
        budgets, running = edited(where, 12_345, day=day, first_day=first_day, **everything)
        assert bool((budgets != 12_345).any()) == comes
        assert bool((~running).any()) == comes
        _, running = edited(where, active=False, day=day, first_day=first_day, resume_chance=1.0)
        assert bool(running.any()) == comes


def test_the_record_of_a_day_is_what_was_done_on_it():
    where, parameters = setting(range(20)), {"budget_chance": 0.4, "pause_chance": 0.2}
    edits = built(**parameters).edits_on(where, where.scenario.start_day)
    budgets, running = edited(where, 10**9, **parameters)
    np.testing.assert_array_equal(edits.factor != 1.0, budgets != 10**9)
    np.testing.assert_array_equal(edits.pauses, ~running)


def test_what_people_do_to_one_ad_set_has_nothing_to_do_with_each_other():
    where = setting(range(200), 20)
    chances = {"budget_chance": 0.5, "pause_chance": 0.5, "resume_chance": 0.5}
    edits = built(**chances).edits_on(where, where.scenario.start_day)
    done = np.array([edits.factor != 1.0, edits.pauses, edits.resumes, edits.factor > 1.0]).reshape(4, -1)
    related = np.corrcoef(done)
    related[0, 3] = related[3, 0] = 0.0
    assert np.abs(related - np.diag(np.diag(related))).max() < 4 / np.sqrt(done.shape[1])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_day", 5),
        ("budget_chance", 0.9),
        ("budget_spread", 1.0),
        ("pause_chance", 0.9),
        ("resume_chance", 0.9),
    ],
)
def test_every_parameter_has_an_effect(name, value):
    where, usual = setting(range(20)), {"budget_chance": 0.3}
    active = np.arange(5) % 2 == 0
    before, after = edited(where, active=active, **usual), edited(where, active=active, **{**usual, name: value})
    assert not all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_days_differ_and_a_world_alone_is_the_same_as_in_a_batch():
    parameters = {"budget_chance": 0.5, "pause_chance": 0.5}
    together, running = edited(setting((4, 5, 6)), **parameters)
    alone, alone_running = edited(setting((5,)), **parameters)
    np.testing.assert_array_equal(together[1:2], alone)
    np.testing.assert_array_equal(running[1:2], alone_running)
    assert not np.array_equal(together, edited(setting((4, 5, 6)), day=1, **parameters)[0])


def test_people_come_overnight_and_their_budgets_are_in_force_in_the_morning(make_world):
    world = make_world((1, 2), outside_edits={"budget_chance": 1.0, "pause_chance": 0.5})
    budgets = world.budgets_minor
    world.step()
    assert (world.budgets_minor != budgets).mean() > 0.9
    assert 0.0 < world.active.mean() < 1.0
    assert (world.budgets_minor % 100 == 0).all()

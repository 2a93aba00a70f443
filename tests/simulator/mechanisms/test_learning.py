from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.mechanism import Factors, Mechanism, Morning, Outcome, Setting, build_mechanism
from simulator.mechanisms.creatives import launch
from simulator.mechanisms.learning import ACTIVE, LEARNING, LEARNING_LIMITED, STATUS, reset, stage
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams
from simulator.world import World


def setting(seeds=(1,), ad_sets=1) -> Setting:
    scenario = load_scenario("small").having(ad_sets=ad_sets)
    streams = Streams(seeds)
    return Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day - timedelta(days=28))


def evening_of(mechanism: Mechanism, state, where: Setting, day: int, results, budgets, active):
    """The state after a day; results, budgets and activity broadcast to (W, A)."""
    counted, in_force, running = (np.broadcast_to(np.asarray(one), where.shape) for one in (results, budgets, active))
    morning = Morning(where, where.first_day + timedelta(days=day), in_force, running)
    nothing = np.zeros((*where.shape, 1), dtype=np.int64)
    outcome = Outcome(nothing, nothing, nothing, counted[..., None], nothing)
    return mechanism.evening(state, morning, outcome)


def stages(results, budgets=None, active=None, **parameters) -> list[int]:
    """One ad set's stage on the morning after each day of a script."""
    mechanism, where = build_mechanism("learning", parameters), setting()
    state, found = mechanism.begin(where), []
    for day, count in enumerate(results):
        budget = 10_000 if budgets is None else budgets[day]
        running = True if active is None else active[day]
        state = evening_of(mechanism, state, where, day, count if running else 0, budget, running)
        found.append(int(stage(state)[0, 0]))
    return found


def factors(state, **parameters) -> Factors:
    where = setting()
    budgets = np.full(where.shape, 10_000)
    found = build_mechanism("learning", parameters).morning(
        state, Morning(where, where.first_day, budgets, budgets > 0)
    )
    assert found is not None
    return found


def test_an_ad_set_begins_in_learning():
    where = setting((1, 2), 3)
    assert (stage(build_mechanism("learning", {}).begin(where)) == LEARNING).all()


def test_fifty_results_end_learning_and_forty_nine_do_not():
    assert stages([25, 24, 1]) == [LEARNING, LEARNING, ACTIVE]


@pytest.mark.parametrize(("daily", "end"), [(8, ACTIVE), (7, LEARNING_LIMITED)])
def test_results_count_for_seven_days(daily, end):
    assert stages([daily] * 30)[-1] == end


def test_learning_is_limited_after_seven_days_and_still_ends_when_results_come():
    assert stages([1] * 8 + [44]) == [LEARNING] * 6 + [LEARNING_LIMITED] * 2 + [ACTIVE]


def test_what_was_learned_stays_without_further_results():
    assert stages([50] + [0] * 30) == [ACTIVE] * 31


@pytest.mark.parametrize(
    ("budget", "after"),
    [(12_000, ACTIVE), (12_001, LEARNING), (8_000, ACTIVE), (7_999, LEARNING)],
)
def test_a_budget_change_of_more_than_a_fifth_is_significant(budget, after):
    assert stages([60, 1], [10_000, budget]) == [ACTIVE, after]


@given(st.integers(1, 10**9), st.sampled_from([0.05, 0.1, 0.2, 0.25, 0.3, 0.35, 0.57, 0.7]))
@settings(max_examples=50, deadline=None)
def test_a_change_of_exactly_the_limit_is_not_significant(budget, limit):
    budget *= 100
    change = round(budget * limit)
    for to in (budget + change, budget - change):
        assert stages([60, 1], [budget, to], significant_change=limit) == [ACTIVE, ACTIVE]


def test_small_steps_never_reset():
    budgets = [int(10_000 * 1.15**day) for day in range(20)]
    assert stages([60] + [0] * 19, budgets) == [ACTIVE] * 20


def test_results_of_the_day_of_an_edit_count_towards_the_new_learning():
    assert stages([60, 50], [10_000, 20_000]) == [ACTIVE, ACTIVE]


@pytest.mark.parametrize(("paused", "after"), [(6, ACTIVE), (7, LEARNING), (20, LEARNING)])
def test_a_pause_of_seven_days_starts_learning_anew(paused, after):
    active = [True] + [False] * paused + [True]
    found = stages([60] + [0] * paused + [1], active=active)
    assert found == [ACTIVE] * (1 + paused) + [after]


def test_two_short_pauses_are_no_long_one():
    active = [True] + [False] * 4 + [True] + [False] * 4 + [True]
    assert stages([60] + [0] * 10, active=active)[-1] == ACTIVE


def test_the_clock_of_a_paused_ad_set_stands_still():
    active = [True] * 3 + [False] * 6 + [True] * 2
    found = stages([12] * 3 + [0] * 6 + [12, 12], active=active)
    assert found == [LEARNING] * 10 + [ACTIVE]


def test_a_decision_shows_from_the_next_day_on():
    mechanism, where = build_mechanism("learning", {}), setting()
    state = evening_of(mechanism, mechanism.begin(where), where, 0, 60, 10_000, True)
    tenfold = Morning(where, where.first_day, np.full(where.shape, 100_000), np.ones(where.shape, dtype=np.bool_))
    today = mechanism.morning(state, tenfold)
    assert today is not None
    assert np.asarray(today.conversions).item() == 1.0
    state = evening_of(mechanism, state, where, 1, 10, 100_000, True)
    tomorrow = mechanism.morning(state, tenfold)
    assert tomorrow is not None
    assert np.asarray(tomorrow.conversions).item() == 1.0 / 1.3


def test_a_reset_from_outside_touches_only_whom_it_means():
    mechanism, where = build_mechanism("learning", {}), setting((1, 2), 3)
    state = evening_of(mechanism, mechanism.begin(where), where, 0, 60, 10_000, True)
    mask = np.zeros(where.shape, dtype=np.bool_)
    mask[1, 2] = True
    after = reset(state, mask)
    np.testing.assert_array_equal(stage(after), np.where(mask, LEARNING, ACTIVE))
    assert after.results[1, 2].sum() == after.days[1, 2] == 0
    assert (after.results[~mask].sum(axis=-1) == 60).all()
    assert state.learned.all(), "the state that was given is left alone"


def test_stages_cost_what_they_should():
    mechanism, where = build_mechanism("learning", {}), setting()
    learning = mechanism.begin(where)
    limited, active = learning, learning
    for day in range(7):
        limited = evening_of(mechanism, limited, where, day, 0, 10_000, True)
        active = evening_of(mechanism, active, where, day, 50, 10_000, True)
    costs = [1.0 / np.asarray(factors(state).conversions).item() for state in (learning, limited, active)]
    noise = [np.asarray(factors(state).conversion_noise).item() for state in (learning, limited, active)]
    np.testing.assert_allclose(costs, [1.3, 1.1, 1.0])
    assert noise == [0.3, 0.15, 0.0]
    assert factors(learning).price == factors(learning).clicks == 1.0


SCRIPT = {
    "results": [20, 20, 15, 0, 1, 0, 0, 0, 2, 1, 1, 1, 1, 1, 1, 1],
    "budgets": [100, 100, 110, 110, 150] + [150] * 11,
    "active": [True] * 5 + [False] * 3 + [True] * 8,
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("results", 100),
        ("days", 3),
        ("significant_change", 0.05),
        ("pause_days", 3),
        ("cost", 1.5),
        ("limited_cost", 1.2),
        ("noise", 0.5),
        ("limited_noise", 0.25),
    ],
)
def test_every_parameter_has_an_effect(name, value):
    def course(**parameters) -> list[tuple[float, float]]:
        mechanism, where = build_mechanism("learning", parameters), setting()
        state, rows = mechanism.begin(where), []
        for day, (count, budget, running) in enumerate(zip(*SCRIPT.values(), strict=True)):
            state = evening_of(mechanism, state, where, day, count * running, budget, running)
            today = factors(state, **parameters)
            rows.append((np.asarray(today.conversions).item(), np.asarray(today.conversion_noise).item()))
        return rows

    assert course() != course(**{name: value})


def plain_stages(results, budgets, active) -> list[int]:
    """The rules for one ad set, word for word, with the default parameters."""
    found, counted, learned, before, pause = [], [], False, 0, 0
    for count, budget, running in zip(results, budgets, active, strict=True):
        if 5 * abs(budget - before) > before or (running and pause >= 7):
            counted, learned = [], False
        if running:
            counted.append(count)
            learned = learned or sum(counted[-7:]) >= 50
        before, pause = budget, 0 if running else pause + 1
        found.append(ACTIVE if learned else LEARNING_LIMITED if len(counted) >= 7 else LEARNING)
    return found


days = st.tuples(
    st.integers(0, 20), st.sampled_from([50, 90, 100, 110, 125]), st.sampled_from([True, True, True, False])
)


@given(st.lists(days, min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_history_goes_by_the_rules_as_they_are_written(history):
    results, budgets, active = zip(*history, strict=True)
    assert stages(results, budgets, active) == plain_stages(results, budgets, active)


def test_ad_sets_and_worlds_do_not_mix():
    rng = np.random.default_rng(11)
    results = rng.integers(0, 15, (20, 4, 3))
    budgets = rng.choice([100, 110, 150], (20, 4, 3))
    active = rng.random((20, 4, 3)) < 0.8
    mechanism, where = build_mechanism("learning", {}), setting((1, 2, 3, 4), 3)
    state, rows = mechanism.begin(where), []
    for day in range(20):
        state = evening_of(mechanism, state, where, day, results[day] * active[day], budgets[day], active[day])
        rows.append(stage(state))
    together = np.array(rows)
    for w, a in np.ndindex(4, 3):
        assert together[:, w, a].tolist() == plain_stages(results[:, w, a], budgets[:, w, a], active[:, w, a])


def test_stages_have_metas_names():
    assert [STATUS[code] for code in (LEARNING, LEARNING_LIMITED, ACTIVE)] == ["LEARNING", "FAIL", "SUCCESS"]


def test_a_new_ad_begins_learning_anew() -> None:
    scenario = load_scenario("small").having(learning={}, creatives={"launches_per_week": 0.0})
    world = World(scenario, [1, 2])
    calm, launched = world.mechanism_state("learning"), world.mechanism_state("creatives")
    assert (calm.days >= 28).all()
    world.replace_mechanism_state("creatives", launch(launched, 1, 2, 0))
    world.step()
    days = world.mechanism_state("learning").days

    assert days[1, 2] == 1
    assert (np.delete(days.ravel(), 7) == calm.days.ravel()[0] + 1).all()


def test_what_is_told_to_be_a_significant_edit_begins_learning_anew() -> None:
    world = World(load_scenario("small").having(learning={}), [1, 2])
    where = np.zeros((2, 5), dtype=bool)
    where[0, 3] = True
    before = world.expected_value_minor(world.budgets_minor)
    world.note_significant_edit(where)
    ratio = world.expected_value_minor(world.budgets_minor) / before

    assert world.mechanism_state("learning").days[0, 3] == 0
    assert ratio[0, 3] < 1.0
    assert (ratio[~where] == 1.0).all()


def test_learning_costs_what_it_should_in_the_world(make_world):
    plain = make_world((1, 2), history_days=0)
    learning = make_world((1, 2), history_days=0, learning={"cost": 1.4})
    budgets = plain.budgets_minor
    np.testing.assert_allclose(
        plain.expected_value_minor(budgets), 1.4 * learning.expected_value_minor(budgets), rtol=1e-12
    )


def test_a_tripled_budget_shows_tomorrow_and_not_today(make_world):
    world, calm = (make_world((1, 2), learning={"results": 1}) for _ in range(2))
    assert (stage(world.mechanism_state("learning")) == ACTIVE).all()
    budgets = world.budgets_minor
    world.set_budgets(3 * budgets)
    np.testing.assert_array_equal(world.expected_value_minor(budgets), calm.expected_value_minor(budgets))
    world.step()
    calm.step()
    learned = world.mechanism_state("learning").learned
    ratio = calm.expected_value_minor(budgets) / world.expected_value_minor(budgets)
    np.testing.assert_allclose(ratio, np.where(learned, 1.0, 1.3), rtol=1e-12)
    assert (learned == (world.caused(1)["conversions"][..., 0] >= 1)).all()

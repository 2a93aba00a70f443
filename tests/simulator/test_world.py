from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from simulator.ledger import METRICS
from simulator.scenarios import load_scenario, scenarios
from simulator.world import World

MakeWorld = Callable[..., World]


def everything(world: World) -> bytes:
    """All that is known and all that was caused, as bytes of the worlds in order."""
    days = (world.today - world.first_day).days
    arrays = [*world.report(days).values(), *world.caused().values(), world.budgets_minor]
    return b"".join(a[w].tobytes() for w in range(len(world.seeds)) for a in arrays)


def live(world: World, days: int) -> World:
    """Some days with budgets that change, the same for a seed whatever the batch."""
    for i in range(days):
        factor = np.stack(
            [np.random.default_rng([seed, i]).uniform(0.8, 1.25, world.scenario.ad_sets) for seed in world.seeds]
        )
        world.set_budgets(np.rint(world.budgets_minor * factor).astype(np.int64))
        if i == 3:
            for w in range(len(world.seeds)):
                world.set_active(w, 1, active=False)
        world.step()
    return world


def test_a_world_says_what_it_is() -> None:
    world = World(load_scenario("small"), [1, 2])

    assert repr(world) == "<World small: 2 of 5 ad sets, 2026-03-02>"


def test_a_name_is_no_scenario_and_a_number_no_seeds() -> None:
    with pytest.raises(TypeError, match=r"needs a scenario, such as load_scenario\('small'\), got 'small'"):
        World("small", [1])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"one for each world, such as \[1\], got 1"):
        World(load_scenario("small"), 1)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("name", scenarios())
def test_a_seed_lives_the_same_life_alone_and_in_any_batch(name: str) -> None:
    scenario = load_scenario(name)
    seeds = [11, 2**40, 0, 7, 5]
    together = everything(live(World(scenario, seeds), 9))
    alone = b"".join(everything(live(World(scenario, [seed]), 9)) for seed in seeds)
    halves = everything(live(World(scenario, seeds[:2]), 9)) + everything(live(World(scenario, seeds[2:]), 9))

    assert together == alone == halves


def test_different_seeds_live_different_lives(make_world: MakeWorld) -> None:
    assert everything(make_world((1,))) != everything(make_world((2,)))


def test_a_world_starts_with_its_past_behind_it(make_world: MakeWorld) -> None:
    world = make_world((1, 2))
    report = world.report(28)

    assert world.today == world.scenario.start_day == date(2026, 3, 2)
    assert world.first_day == date(2026, 2, 2)
    assert list(report) == list(METRICS)
    assert all(a.shape == (2, 5, 28) and a.dtype == np.int64 for a in report.values())
    assert (report["spend_minor"] > 0).all()


def test_a_world_may_have_no_past(make_world: MakeWorld) -> None:
    world = make_world(history_days=0)

    assert world.today == world.first_day
    assert world.report(3)["spend_minor"].sum() == 0
    assert (world.budgets_minor > 0).all()


def test_one_ad_sets_budget_does_not_change_anothers_day(make_world: MakeWorld) -> None:
    left, right = make_world((3, 4)), make_world((3, 4))
    right.set_budget(0, 2, 10 * int(left.budgets_minor[0, 2]))
    for world in (left, right):
        for _ in range(10):
            world.step()
    a, b = left.report(10), right.report(10)
    others = np.ones((2, 5), dtype=bool)
    others[0, 2] = False

    assert all(np.array_equal(a[name][others], b[name][others]) for name in METRICS)
    assert b["spend_minor"][0, 2].sum() > 5 * a["spend_minor"][0, 2].sum()


def test_more_money_never_brings_less(make_world: MakeWorld) -> None:
    worlds = [make_world(range(20)) for _ in range(3)]
    for factor, world in enumerate(worlds, start=1):
        world.set_budgets(factor * world.budgets_minor)
        world.step()
    for name in ("spend_minor", "impressions", "reach", "clicks"):
        figures = [world.report(1)[name] for world in worlds]
        assert (figures[0] <= figures[1]).all(), name
        assert (figures[1] <= figures[2]).all(), name


def test_figures_of_a_day_fit_together(make_world: MakeWorld) -> None:
    report = live(make_world(range(10), "sparse"), 20).report(48)

    assert (report["reach"] <= report["impressions"]).all()
    assert (report["clicks"] <= report["impressions"]).all()
    assert ((report["value_minor"] > 0) == (report["conversions"] > 0)).all()
    assert min(int(a.min()) for a in report.values()) >= 0


def test_past_days_are_restated_until_they_are_eight_days_old(make_world: MakeWorld) -> None:
    world = make_world(range(40))
    day = world.today
    known = []
    for _ in range(10):
        world.step()
        known.append(world.report_range(day, day)["conversions"].sum())
    caused = world.caused(days=10)["conversions"][..., 0].sum()

    assert known[0] < known[1] < known[3] < known[7] == known[8] == known[9] == caused


def test_what_is_known_never_exceeds_what_was_caused(make_world: MakeWorld) -> None:
    world = live(make_world(range(10)), 5)
    known, caused = world.report(33), world.caused()

    for name in ("conversions", "value_minor"):
        assert (known[name] <= caused[name]).all()
        assert np.array_equal(known[name][..., :-7], caused[name][..., :-7])


def test_spend_keeps_the_platforms_rules(make_world: MakeWorld) -> None:
    world = make_world(range(10), delivery_spread=0.4, delivery_share=1.0)
    budgets = world.budgets_minor
    while world.today.weekday() != 6:
        world.step()
    week = world.today
    for _ in range(14):
        world.step()
    spend = world.report_range(week, week + timedelta(days=13))["spend_minor"]

    assert (spend <= 1.75 * budgets[..., None]).all()
    assert (spend[..., :7].sum(axis=-1) <= 7 * budgets).all()
    assert (spend[..., 7:].sum(axis=-1) <= 7 * budgets).all()
    assert (spend > 1.2 * budgets[..., None]).any()


def test_a_paused_ad_set_spends_nothing_and_keeps_its_budget(make_world: MakeWorld) -> None:
    world = make_world((1, 2))
    budget = world.budgets_minor
    world.set_active(0, 3, active=False)
    assert world.expected_value_minor(budget)[0, 3] == 0.0
    world.step()
    figures = world.report(1)

    assert all(figures[name][0, 3, 0] == 0 for name in METRICS)
    assert world.caused(days=1)["conversions"][0, 3, 0] == 0
    assert figures["spend_minor"][1, 3, 0] > 0
    assert np.array_equal(world.budgets_minor, budget)
    assert world.active.tolist() == [[True, True, True, False, True], [True] * 5]

    world.set_active(0, 3, active=True)
    world.step()
    assert world.report(1)["spend_minor"][0, 3, 0] > 0


def test_no_budget_no_delivery(make_world: MakeWorld) -> None:
    world = make_world()
    world.set_budgets(np.zeros((1, 5), dtype=np.int64))
    world.step()

    assert all(world.report(1)[name].sum() == 0 for name in METRICS)


def test_the_last_budget_set_before_the_day_closes_governs_it(make_world: MakeWorld) -> None:
    hesitant, decided = make_world(), make_world()
    hesitant.set_budget(0, 0, 1)
    hesitant.set_budget(0, 0, 12_345)
    decided.set_budget(0, 0, 12_345)
    for world in (hesitant, decided):
        world.step()

    assert everything(hesitant) == everything(decided)


def test_a_look_at_today_changes_nothing_and_ends_in_tomorrows_report(make_world: MakeWorld) -> None:
    looked, blind = make_world((1, 2)), make_world((1, 2))
    shares = (0.0, 0.3, 0.6, 1.0)
    seen = [looked.peek_today(share) for share in shares]
    looked.step()
    blind.step()

    assert everything(looked) == everything(blind)
    for name in METRICS:
        assert seen[0][name].sum() == 0
        assert np.array_equal(seen[3][name], looked.report(1)[name][..., 0])
        for before, after in pairwise(seen):
            assert (before[name] <= after[name]).all()


def test_expected_value_does_not_depend_on_what_was_done_before(make_world: MakeWorld) -> None:
    calm, wild = make_world((5,)), make_world((5,))
    budgets = calm.budgets_minor
    for i in range(12):
        wild.set_budgets(budgets * (1 + i % 3))
        wild.step()
        calm.step()

    assert np.array_equal(calm.expected_value_minor(budgets), wild.expected_value_minor(budgets))


def test_days_outside_the_past_are_zero(make_world: MakeWorld) -> None:
    world = make_world()
    before = world.report_range(world.first_day - timedelta(days=3), world.first_day)["impressions"]
    after = world.report_range(world.today, world.today + timedelta(days=2))["impressions"]

    assert before[0, :, :3].sum() == 0
    assert (before[0, :, 3] > 0).all()
    assert after.sum() == 0


def test_arrays_that_are_handed_out_are_copies(make_world: MakeWorld) -> None:
    world = make_world()
    world.budgets_minor[:] = 0
    world.active[:] = False
    world.report(3)["spend_minor"][:] = 0

    assert (world.budgets_minor > 0).all()
    assert world.active.all()
    assert (world.report(3)["spend_minor"] > 0).all()


@pytest.mark.parametrize(
    ("budgets", "said"),
    [
        ([[1, 2, 3, 4]], r"shape \(worlds, ad sets\) = \(1, 5\), got \(1, 4\)"),
        ([1, 2, 3, 4, 5], "shape"),
        ([[1, 2, -3, 4, 5]], "ad set 2 has -3"),
        ([[1, 2, 3, 2**53 + 1, 5]], "ad set 3"),
        ([[1.0, 2.0, 3.0, 4.0, 5.0]], "whole minor units"),
        ([[1, 2, float("nan"), 4, 5]], "whole minor units"),
        ([[True] * 5], "whole minor units"),
        ([["1"] * 5], "whole minor units"),
    ],
)
def test_bad_budgets_are_refused_by_name_and_leave_the_old_ones(make_world: MakeWorld, budgets: Any, said: str) -> None:
    world = make_world()
    before = world.budgets_minor
    with pytest.raises(ValueError, match=said):
        world.set_budgets(budgets)

    assert np.array_equal(world.budgets_minor, before)


@pytest.mark.parametrize("budget", [-1, 1.5, float("nan"), True, "7", None, 2**60])
def test_a_bad_budget_is_refused(make_world: MakeWorld, budget: Any) -> None:
    with pytest.raises(ValueError, match="budgets must be"):
        make_world().set_budget(0, 0, budget)


def test_places_that_do_not_exist_are_refused(make_world: MakeWorld) -> None:
    world = make_world((1, 2))
    with pytest.raises(ValueError, match="no world 2"):
        world.set_budget(2, 0, 100)
    with pytest.raises(ValueError, match="no ad set -1"):
        world.set_active(0, -1, active=True)


def test_other_nonsense_is_refused(make_world: MakeWorld) -> None:
    world = make_world()
    with pytest.raises(ValueError, match="days must be positive"):
        world.report(0)
    with pytest.raises(ValueError, match="lies before since"):
        world.report_range(world.today, world.first_day)
    with pytest.raises(ValueError, match="share must be"):
        world.peek_today(1.01)
    with pytest.raises(ValueError, match="finite and not negative"):
        world.expected_value_minor(np.array([[1, 2, np.nan, 4, 5]]))
    with pytest.raises(ValueError, match="at least one world"):
        make_world(())


def test_a_batch_is_fast_enough_for_studies(make_world: MakeWorld) -> None:
    """Far below the measured speed (0.6 million ad-set-days per CPU second), so that only a blunder fails it."""
    import time  # noqa: PLC0415 - only this test looks at the clock

    world = make_world(range(100), "medium", history_days=0)
    begin = time.process_time()
    for _ in range(20):
        world.step()
    rate = 20 * world.budgets_minor.size / (time.process_time() - begin)

    assert rate > 60_000


def test_a_campaigns_week_is_bounded_as_one(make_world: MakeWorld) -> None:
    """Money that the platform moves between a campaign's ad sets must not add up to more than its seven budgets."""
    world = make_world(range(30), "cbo", delivery_spread=0.2, campaign_budget={"momentum": 0.0})
    size = world.scenario.mechanisms["campaign_budget"].to_mapping()["ad_sets_per_campaign"]
    firsts = np.arange(0, world.scenario.ad_sets, size)
    while world.today.weekday() != 6:
        world.step()
    shares = []
    for _ in range(3):
        allowed = 0
        for _ in range(7):
            allowed = allowed + world.budgets_minor
            world.step()
        spend = world.report(7)["spend_minor"].sum(axis=-1)
        shares.append(np.add.reduceat(spend, firsts, axis=1) / np.add.reduceat(allowed, firsts, axis=1))

    assert np.max(shares) <= 1.0
    assert np.max(shares) > 0.999


def test_what_was_planned_is_planned_anew_when_bids_or_activity_change(make_world: MakeWorld) -> None:
    world = make_world((1, 2), history_days=2, bid_strategies={"level": 0.7})
    budgets = world.budgets_minor
    before = world.expected_spend_minor(budgets)
    bids = world.mechanism_state("bid_strategies")
    world.replace_mechanism_state("bid_strategies", replace(bids, level=0.8 * bids.level))
    lower = world.expected_spend_minor(budgets)
    world.set_active(0, 1, active=False)
    paused = world.expected_spend_minor(budgets)
    world.set_active(0, 1, active=True)

    assert (lower <= before).all()
    assert (lower < before).any()
    assert paused[0, 1] == 0.0
    assert (world.expected_spend_minor(budgets) == lower).all()
    assert (world.expected_spend_minor(2 * budgets) >= (1.0 - 1e-5) * lower).all()


def test_a_bad_budget_is_refused_where_it_was_meant(make_world) -> None:
    world = make_world()
    worlds, ad_sets = world.budgets_minor.shape

    with pytest.raises(ValueError, match=f"world {worlds - 1}, ad set {ad_sets - 1} has -5"):
        world.set_budget(worlds - 1, ad_sets - 1, -5)


def test_nobody_clicks_more_often_than_ads_are_shown() -> None:
    scenario = load_scenario("small").having(click_rate=1.0, click_noise=1.0, frequency=0.01)
    report = World(scenario, range(20)).report(28)

    assert (report["clicks"] <= report["impressions"]).all()
    assert (report["clicks"] == report["impressions"]).any()


@pytest.mark.parametrize("seeds", [[1.7], ["1"], [True], [None], [], [-1], [2**64]])
def test_seeds_that_name_no_world_are_refused(seeds: list[Any]) -> None:
    with pytest.raises(ValueError, match="seeds"):
        World(load_scenario("small"), seeds)

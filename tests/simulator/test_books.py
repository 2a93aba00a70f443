"""To the unit, in every scenario: what was caused is reported, to come, or hidden for a reason; money is bounded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.delivery import MOST_OF_A_DAY, days_left_in_week
from simulator.order_categories import LATE, LOST, UNTRACKED
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario, scenarios
from simulator.world import World

DAYS = 16


def restless(world: World, days: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Live `days` under budgets that change wildly every few days; budgets (W, A, D) and activity as in force."""
    starting = np.maximum(world.budgets_minor, 100)
    budgets, active = [], []
    for day in range(days):
        if day % 3 == 0:
            factors = np.exp(0.5 * rng.standard_normal(starting.shape)) * (rng.random(starting.shape) > 0.05)
            world.set_budgets(np.rint(starting * factors).astype(np.int64))
            world.set_active(0, day % starting.shape[1], active=day % 2 == 0)
        budgets.append(world.budgets_minor)
        active.append(world.active)
        world.step()
    return np.stack(budgets, axis=-1), np.stack(active, axis=-1)


def small(scenario: Scenario) -> Scenario:
    """The same with a short past, to be lived often."""
    return scenario.having(history_days=9)


def check_orders(world: World) -> None:
    known, caused, pending = world.report(len(world.caused()["conversions"][0, 0])), world.caused(), world.pending()
    by_category = world.caused_by_category()
    hidden = 0 if by_category is None else by_category[[LATE, UNTRACKED, LOST]].sum(axis=0)

    assert np.array_equal(known["conversions"] + pending["conversions"] + hidden, caused["conversions"])
    if by_category is None:
        assert np.array_equal(known["value_minor"] + pending["value_minor"], caused["value_minor"])
    else:
        assert np.array_equal(by_category.sum(axis=0), caused["conversions"])
        assert (known["value_minor"] + pending["value_minor"] <= caused["value_minor"]).all()


def check_figures(world: World, days: int) -> None:
    sets, ads = world.report(days), world.report_ads(days)
    for name in ("spend_minor", "impressions", "clicks", "conversions", "value_minor"):
        assert np.array_equal(ads[name].sum(axis=2), sets[name]), name
        assert (sets[name] >= 0).all()
    assert (sets["reach"] <= sets["impressions"]).all()
    assert (sets["clicks"] <= sets["impressions"]).all()


def check_money(world: World, budgets: np.ndarray, active: np.ndarray, days: int) -> None:
    """The platform's bounds, at the level at which people set budgets: the campaign's where it divides the money."""
    spend, asked = world.report(days)["spend_minor"], np.where(active, budgets, 0)
    sections = world.scenario.mechanisms
    assert (spend[~active] == 0).all()
    if "lifetime_budget" in sections:
        return
    if "campaign_budget" in sections:
        firsts = np.arange(0, spend.shape[1], sections["campaign_budget"].ad_sets_per_campaign)
        spend, asked = (np.add.reduceat(money, firsts, axis=1) for money in (spend, asked))
    assert (spend <= MOST_OF_A_DAY * asked).all()
    first = world.today - timedelta(days=days)
    left = np.array([1 + days_left_in_week(first + timedelta(days=day)) for day in range(days)])
    sunday = next(day for day in range(days) if left[day] == 7)
    for start in range(sunday, days - 6, 7):
        week, money = spend[..., start : start + 7], asked[..., start : start + 7]
        assert (week.sum(axis=-1) <= 7 * money.max(axis=-1)).all()
        if "campaign_budget" not in sections:
            before = np.cumsum(money, axis=-1) - money
            allowed = np.maximum.accumulate(before + left[start : start + 7] * money, axis=-1)
            assert (np.cumsum(week, axis=-1) <= allowed).all()


@pytest.mark.parametrize("name", scenarios())
def test_every_order_and_every_unit_of_money_is_accounted_for(name: str) -> None:
    scenario = small(scenarios()[name])
    seeds = range(max(4, 200 // scenario.ad_sets))
    world = World(scenario, seeds)
    budgets, active = restless(world, DAYS, np.random.default_rng(11))

    check_orders(world)
    check_figures(world, DAYS)
    check_money(world, budgets, active, DAYS)


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(sorted(scenarios())),
    seed=st.integers(0, 2**63),
    luck=st.integers(0, 2**32),
    days=st.integers(7, 20),
)
def test_whatever_is_done_in_any_world_the_books_are_right(name: str, seed: int, luck: int, days: int) -> None:
    world = World(small(scenarios()[name]).having(history_days=2), [seed])
    budgets, active = restless(world, days, np.random.default_rng(luck))

    check_orders(world)
    check_figures(world, days)
    if days >= 14:
        check_money(world, budgets, active, days)


def test_a_week_of_hundreds_of_worlds_never_costs_more_than_seven_budgets(make_world: Callable[..., World]) -> None:
    world = make_world(range(400), delivery_share=1.0, delivery_spread=0.8, history_days=6)
    while days_left_in_week(world.today) != 6:
        world.step()
    asked = world.budgets_minor
    for _ in range(14):
        world.step()
    spend = world.report(14)["spend_minor"]

    assert (spend <= MOST_OF_A_DAY * asked[..., None]).all()
    for week in (spend[..., :7].sum(axis=-1), spend[..., 7:].sum(axis=-1)):
        assert (week <= 7 * asked).all()
        assert (week > 6.9 * asked).any()


def test_nothing_is_pending_after_eight_days(make_world: Callable[..., World]) -> None:
    world = make_world(range(20))
    pending = world.pending()

    assert (pending["conversions"][..., :-7] == 0).all()
    assert pending["conversions"][..., -1].sum() > pending["conversions"][..., -2].sum() > 0
    assert np.array_equal(world.pending(3)["value_minor"], pending["value_minor"][..., -3:])


def test_what_yesterday_caused_is_the_last_day_of_what_was_caused() -> None:
    for name in ("small", "ecommerce"):
        world = World(load_scenario(name), [1, 2])
        world.step()

        assert (world.caused_yesterday_minor() == world.caused(days=1)["value_minor"][..., -1]).all()

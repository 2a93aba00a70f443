from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.seasonality import log_demand
from simulator.world import World

Make = Callable[..., World]


def flying(make_world: Make, seeds: tuple[int, ...] = (1, 2, 3), history_days: int = 7, **parameters: Any) -> World:
    return make_world(seeds, history_days=history_days, lifetime_budget=parameters)


def live(world: World, days: int) -> np.ndarray:
    """Spend (W, A, days) of the days that then pass."""
    for _ in range(days):
        world.step()
    return world.report(days)["spend_minor"]


@pytest.mark.parametrize("history_days", [0, 7])
@pytest.mark.parametrize("flight_days", [1, 2, 10])
def test_the_sum_is_never_exceeded_in_any_seed(make_world: Make, flight_days: int, history_days: int) -> None:
    world = flying(make_world, tuple(range(100)), history_days, flight_days=flight_days)
    whole = world.budgets_minor * flight_days
    spent = live(world, flight_days + 3)

    assert (spent.sum(axis=-1) <= whole).all()
    assert spent.sum() > 0.55 * whole.sum()


def test_nearly_all_of_a_long_flights_sum_is_spent(make_world: Make) -> None:
    world = flying(make_world, flight_days=21)
    whole = world.budgets_minor * 21

    assert (live(world, 21).sum(axis=-1) > 0.97 * whole).all()


@pytest.mark.parametrize("seed", range(5))
def test_whatever_people_edit_the_sum_in_force_is_never_exceeded(make_world: Make, seed: int) -> None:
    world, draws = flying(make_world, tuple(range(50)), flight_days=9), np.random.default_rng(seed)
    planned, spent = np.zeros(world.budgets_minor.shape), np.zeros(world.budgets_minor.shape)
    for day in range(9):
        world.set_budgets((world.budgets_minor * draws.choice([0.0, 0.3, 1.0, 1.0, 3.0], planned.shape)).astype(int))
        left = planned + world.budgets_minor * (9 - day) - spent
        today = live(world, 1)[..., 0]
        assert (today <= np.maximum(left, 0)).all()
        planned, spent = planned + world.budgets_minor, spent + today


def test_after_the_flight_nothing_is_spent_and_before_it_daily_budgets_hold(make_world: Make) -> None:
    plain, world = make_world((1, 2), history_days=7), flying(make_world, (1, 2), first_day=3, flight_days=4)
    before, reference = live(world, 3), live(plain, 3)
    during, after = live(world, 4), live(world, 2)

    assert (before == reference).all()
    assert (during > 0).all()
    assert (after == 0).all()


def test_even_pacing_sets_out_the_same_every_day_and_traffic_follows_weekdays(make_world: Make) -> None:
    quiet = {"delivery_share": 1.0, "delivery_spread": 0.0, "history_days": 7}
    even, traffic = (make_world((1,), **quiet, lifetime_budget={"pacing": pacing}) for pacing in ("even", "traffic"))
    scale, shares = even.budgets_minor.astype(float), np.exp([log_demand(even.today, even.scenario.weekday_strength)])
    flat, wavy = live(even, 7), live(traffic, 7)
    days = [even.first_day.fromordinal(even.today.toordinal() - 7 + i) for i in range(7)]
    demand = np.exp([log_demand(day, even.scenario.weekday_strength) for day in days])

    assert flat == pytest.approx(np.repeat(scale[..., None], 7, axis=-1), rel=1e-3)
    assert wavy / wavy[..., :1] == pytest.approx(np.broadcast_to(demand / shares, wavy.shape), rel=2e-3)


def test_what_a_pause_left_is_spent_on_the_days_after(make_world: Make) -> None:
    world = flying(make_world, flight_days=10, pacing="even")
    usual = world.budgets_minor[0, 0]
    world.set_active(0, 0, active=False)
    paused = live(world, 5)[0, 0]
    world.set_active(0, 0, active=True)

    assert (paused == 0).all()
    assert world._allotted(world.budgets_minor.astype(float))[0, 0] == pytest.approx(2.0 * usual)


def test_an_edit_changes_what_is_left_by_the_days_left(make_world: Make) -> None:
    world = flying(make_world, flight_days=10, pacing="even")
    budgets = world.budgets_minor
    spent = live(world, 4).sum(axis=-1)
    world.set_budgets(2 * budgets)
    left = 10 * budgets - spent + 6 * budgets

    assert world._allotted(world.budgets_minor.astype(float)) == pytest.approx(left / 6.0)


def test_ad_sets_without_a_lifetime_budget_live_as_before(make_world: Make) -> None:
    plain, none = make_world((1, 2), history_days=7), flying(make_world, (1, 2), share=0.0)
    some = flying(make_world, tuple(range(100)), share=0.4).mechanism_state("lifetime_budget").under

    assert (live(plain, 5) == live(none, 5)).all()
    assert some.mean() == pytest.approx(0.4, abs=4 * np.sqrt(0.24 / some.size))


def test_with_a_campaign_budget_the_sum_is_the_campaigns(make_world: Make) -> None:
    parameters = {"ad_sets": 8, "history_days": 7, "lifetime_budget": {"flight_days": 14}, "campaign_budget": {}}
    world = make_world(tuple(range(50)), **parameters)
    whole = 14 * world.budgets_minor.reshape(50, 2, 4)
    spent = live(world, 16).sum(axis=-1).reshape(50, 2, 4)

    assert (spent.sum(axis=-1) <= whole.sum(axis=-1)).all()
    assert spent.sum() > 0.9 * whole.sum()
    assert (spent > 1.2 * whole).any()


def test_several_budgets_at_once_are_those_of_each(make_world: Make) -> None:
    world = flying(make_world)
    live(world, 3)
    several = np.stack([times * world.budgets_minor for times in (0.0, 0.5, 1.0, 4.0)])
    together = world._allotted(several)

    for one, found in zip(several, together, strict=True):
        assert (found == world._allotted(one)).all()
    assert (together[0] == 0.0).all()


def test_a_world_is_the_same_alone_and_in_a_batch(make_world: Make) -> None:
    batch, alone = (flying(make_world, seeds, share=0.6) for seeds in ((7, 8, 9), (8,)))

    assert (live(batch, 5)[1] == live(alone, 5)[0]).all()

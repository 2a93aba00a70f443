from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from simulator.mechanisms.saturated_audience import SaturatedAudience
from simulator.world import World

Make = Callable[..., World]


def saturated(make_world: Make, seeds: tuple[int, ...] = (1, 2, 3), **parameters: float) -> World:
    return make_world(seeds, history_days=3, saturated_audience=parameters)


def allotted(world: World, times: float) -> np.ndarray:
    """What is set out to be spent of budgets of so many times the scale."""
    return world._allotted(times * world._population.scale_minor)


def test_a_budget_that_the_audience_can_take_is_left_alone(make_world: Make) -> None:
    world = saturated(make_world, exposures_per_person=50.0)

    assert (allotted(world, 1.0) == world._population.scale_minor).all()


def test_however_large_the_budget_people_see_no_more_than_the_limit(make_world: Make) -> None:
    world = saturated(make_world, exposures_per_person=1.5, spread=0.0)
    spend = allotted(world, 1e4)
    exposures = world._outlook().impressions(spend) / world._population.audience

    assert exposures == pytest.approx(1.5, rel=1e-3)
    assert (exposures <= 1.5).all()


def test_money_stays_where_nobody_is_left_to_be_shown_the_ad(make_world: Make) -> None:
    plain, small = (make_world((1, 2), saturated_audience=section) for section in (None, {"exposures_per_person": 0.3}))
    for world in (plain, small):
        world.set_budgets(5 * world.budgets_minor)
        world.step()

    assert small.report(1)["spend_minor"].sum() < 0.5 * plain.report(1)["spend_minor"].sum()
    assert (small.report(1)["spend_minor"] <= plain.report(1)["spend_minor"]).all()


def test_on_a_dear_day_the_same_people_cost_more(make_world: Make) -> None:
    world = saturated(make_world, exposures_per_person=1.0)
    usual = allotted(world, 1e4)
    world._conditions = replace(world._conditions, impressions=world._conditions.impressions / 1.4)

    assert (allotted(world, 1e4) > 1.4 * usual).all()


def test_the_spread_sets_limits_apart(make_world: Make) -> None:
    audience = saturated(make_world)._population.audience
    even, uneven = (
        np.log(saturated(make_world, spread=spread).mechanism_state("saturated_audience") / audience)
        for spread in (0.0, 0.6)
    )

    assert even == pytest.approx(np.log(SaturatedAudience().exposures_per_person))
    assert uneven.std() > 0.2


def test_a_world_is_the_same_alone_and_in_a_batch(make_world: Make) -> None:
    batch, alone = (saturated(make_world, seeds, exposures_per_person=0.5) for seeds in ((7, 8, 9), (8,)))

    assert (allotted(batch, 3.0)[1] == allotted(alone, 3.0)[0]).all()

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator import response
from simulator.mechanism import Outlook
from simulator.outlook import outlook_of
from simulator.world import World

KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "several tired ads": {"creatives": {}, "creative_fatigue": {}},
    "overlap": {"overlap": {"share": 0.4}},
    "everything at once": {"creatives": {}, "creative_fatigue": {}, "overlap": {}, "pacing": {}, "attribution": {}},
}
FIGURES = {
    "impressions": lambda outlook, spend: outlook.impressions(spend),
    "conversions": lambda outlook, spend: outlook.brings(spend).conversions,
    "value_minor": lambda outlook, spend: outlook.brings(spend).value_minor,
    "marginal_price_minor": lambda outlook, spend: outlook.marginal_price_minor(spend),
}


def lived(make_world: Callable[..., World], kind: str) -> World:
    return make_world((1, 2, 3), history_days=6, **KINDS[kind])


def outlook_on(world: World) -> Outlook:
    return outlook_of(world._population, world._conditions, world.scenario.concentration)


@pytest.mark.parametrize("kind", KINDS)
def test_the_platform_expects_what_the_response_says(make_world: Callable[..., World], kind: str) -> None:
    world = lived(make_world, kind)
    people, concentration = world._population, world.scenario.concentration
    conditions = replace(world._conditions, market=None)
    spend, outlook = 0.7 * people.scale_minor, outlook_on(world)
    shown = response.impressions(spend, people, conditions)
    clicked = response.clicks(shown, people, conditions, concentration)
    orders = clicked * response.orders_per_click(people, conditions)
    slope = response.marginal_impressions(spend, people, conditions)

    assert outlook.impressions(spend) == pytest.approx(shown.sum(axis=-1), rel=1e-12)
    brought = outlook.brings(spend)
    assert (brought.impressions == outlook.impressions(spend)).all()
    assert brought.conversions == pytest.approx(orders.sum(axis=-1), rel=1e-9)
    assert brought.value_minor == pytest.approx(
        response.value_minor(spend, people, conditions, concentration), rel=1e-9
    )
    assert outlook.marginal_price_minor(spend) == pytest.approx(1.0 / slope, rel=1e-12)


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_look_at_some_ad_sets_sees_what_a_look_at_all_does(
    make_world: Callable[..., World], kind: str, figure: str
) -> None:
    world = lived(make_world, kind)
    outlook, scale = outlook_on(world), world._population.scale_minor
    several = np.stack([0.3 * scale, 2.0 * scale])
    some = np.zeros(scale.shape, dtype=np.bool_)
    some[0, 1] = some[2, 0] = some[2, 3] = True
    of_several = np.stack([some, ~some])

    look = FIGURES[figure]
    assert (look(outlook.at(some), scale) == look(outlook, scale)[some]).all()
    assert (look(outlook.at(of_several), several) == look(outlook, several)[of_several]).all()

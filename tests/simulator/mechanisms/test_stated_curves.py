"""An ad set's orders follow the curve that is stated, and so does everything that is asked about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from simulator.mechanism import build_mechanism
from simulator.mechanisms.learning import stage
from simulator.oracle import best_within
from simulator.scenarios import load_scenario
from simulator.world import World

Make = Callable[..., World]
ONE = dict.fromkeys(("hill", "power", "logarithm", "exponential", "s_curve"), 0.0)
CALM: dict[str, Any] = {
    "delivery_share": 1.0,
    "delivery_spread": 0.0,
    "price_noise": 0.0,
    "click_noise": 0.0,
    "conversion_noise": 0.0,
    "order_variation": 0.0,
    "drift_spread": 0.0,
    "common_spread": 0.0,
    "weekday_strength": 0.0,
    "weekday_spread": 0.0,
    "history_days": 0,
    "start_day": date(2026, 4, 1),
}
"""A day in April on which nothing but the curve matters; prices are a year's mean, and a Wednesday's."""


def calm(seeds: tuple[int, ...] = (1, 2, 3), **parameters: Any) -> World:
    return World(load_scenario("small").having(**CALM, stated_curves=parameters), seeds)


def scales(world: World) -> np.ndarray:
    return world._population.scale_minor


@pytest.mark.parametrize(
    ("family", "formula"),
    [
        ({"power": 1.0, "power_spread": 0.0}, lambda x: x**0.6),
        ({"hill": 1.0, "hill_shapes": [1.0, 1.0], "half_spread": 0.0}, lambda x: 2.2 * x / (x + 1.2)),
        ({"s_curve": 1.0, "s_shapes": [2.0, 2.0], "half_spread": 0.0}, lambda x: 2.44 * x**2 / (x**2 + 1.44)),
        ({"logarithm": 1.0, "knee_spread": 0.0}, lambda x: np.log1p(x / 0.4) / np.log1p(1 / 0.4)),
        ({"exponential": 1.0, "knee_spread": 0.0}, lambda x: np.expm1(-x / 0.9) / np.expm1(-1 / 0.9)),
    ],
    ids=["power", "hill", "s_curve", "logarithm", "exponential"],
)
def test_the_value_of_money_is_the_formula(family: dict[str, Any], formula: Callable[[Any], Any]) -> None:
    world = calm(**{**ONE, **family})
    x = np.array([0.0, 0.2, 0.7, 1.0, 2.0, 6.0])[:, None, None]

    value = world.expected_value_minor(x * scales(world))

    assert value / value[3] == pytest.approx(np.broadcast_to(formula(x), value.shape), rel=1e-9)


def test_returns_at_the_scale_are_those_that_were_asked_for() -> None:
    world = calm(tuple(range(200)), roas=2.0, roas_spread=0.5, roas_bounds=[1.0, 4.0])

    returns = world.expected_value_minor(scales(world)) / scales(world)

    assert np.median(returns) == pytest.approx(2.0, rel=0.05)
    assert returns.min() == pytest.approx(1.0)
    assert returns.max() == pytest.approx(4.0)
    inside = (returns > 1.001) & (returns < 3.999)
    assert 0.8 < inside.mean() < 0.9  # within log(2) / 0.5 = 1.39 standard deviations


def test_marginal_value_is_the_slope_of_value() -> None:
    world = calm(**{**ONE, "hill": 1.0, "logarithm": 1.0, "exponential": 1.0, "s_curve": 1.0})
    budgets = 0.8 * scales(world)
    rise = world.expected_value_minor(budgets * 1.0001) - world.expected_value_minor(budgets * 0.9999)

    assert world.marginal_value(budgets) == pytest.approx(rise / (0.0002 * budgets), rel=1e-5)


def test_clicks_saturate_otherwise_than_orders_by_the_gap_and_orders_do_not_notice() -> None:
    spend, found = 4.0, {}
    for gap in (0.0, -0.3):
        world = calm(tuple(range(60)), click_gap=gap, click_gap_spread=0.0, power=1.0, hill=0.0, power_spread=0.0)
        world.set_budgets(np.rint(spend * scales(world)).astype(np.int64))
        expected = world.expected_value_minor(world.budgets_minor).sum()
        world.step()
        day = world.report(1)
        found[gap] = day["clicks"].sum(), world.caused(1)["conversions"].sum(), expected

    assert found[-0.3][2] == pytest.approx(found[0.0][2], rel=1e-12)
    assert found[-0.3][0] / found[0.0][0] == pytest.approx(spend**0.3, rel=0.01)
    assert found[-0.3][1] / found[0.0][1] == pytest.approx(1.0, rel=0.03)


@pytest.mark.slow
def test_what_happens_is_on_average_what_is_expected() -> None:
    world = World(load_scenario("reference").having(history_days=0), range(300))
    budgets = world.budgets_minor
    expected = 0.0
    for _ in range(7):
        expected += world.expected_value_minor(budgets).sum()
        world.step()

    assert world.caused(7)["value_minor"].sum() == pytest.approx(expected, rel=0.01)


def test_people_see_as_many_ads_and_nothing_tires() -> None:
    plain = calm()
    tired = World(plain.scenario.having(creative_fatigue={}), plain.seeds)
    for world in (plain, tired):
        world.set_budgets(np.rint(3 * scales(world)).astype(np.int64))
        for _ in range(3):
            world.step()

    assert plain.report(3)["clicks"].sum() == tired.report(3)["clicks"].sum()
    assert (plain.report(3)["reach"] < plain.report(3)["impressions"]).any()


def test_the_shares_of_families_are_their_weights(make_world: Make) -> None:
    world = make_world(range(400), history_days=0, stated_curves={**ONE, "power": 3.0, "exponential": 1.0})
    curves = world._population.curves

    assert curves is not None
    assert (curves.kind == 0).mean() == pytest.approx(0.75, abs=0.03)
    assert set(np.unique(curves.kind)) == {0, 2}


@pytest.mark.parametrize("others", [{"pacing": {}, "hour_of_day": {}}, {"overlap": {"share": 0.4}}, {"creatives": {}}])
def test_it_goes_together_with_mechanisms_of_delivery(others: dict[str, Any]) -> None:
    world = World(load_scenario("small").having(stated_curves={}, history_days=5, **others), (1, 2))
    budgets, total = world.budgets_minor, world.budgets_minor.sum(-1)
    value = world.expected_value_minor(budgets)

    assert (value > 0).all()
    assert (world.expected_value_minor(best_within(world, total, 0.2)).sum(-1) >= value.sum(-1) * (1 - 1e-6)).all()
    world.step()
    assert (world.report(1)["impressions"] > 0).any()


def test_learning_knows_how_much_a_curve_brings(make_world: Make) -> None:
    world = make_world((1, 2), history_days=28, stated_curves={"roas": 8.0, "roas_bounds": [7.0, 9.0]}, learning={})

    assert stage(world.mechanism_state("learning")).shape == (2, 5)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (ONE, "needs a family of a weight above zero"),
        ({"hill_shapes": [1.2, 0.7]}, "hill_shapes must be the least and the most"),
        ({"roas_bounds": [1.0]}, "roas_bounds must be the least and the most"),
    ],
)
def test_what_states_no_curve_is_refused(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        build_mechanism("stated_curves", parameters)

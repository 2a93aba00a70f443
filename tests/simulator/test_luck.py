"""A day's figures average to its expectation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulator.world import World

WORLDS = range(1500)


def test_realised_value_averages_to_expected_value(make_world: Callable[..., World]) -> None:
    """1500 worlds x 5 ad sets: the standard error of the ratio is about 0.7 %."""
    world = make_world(WORLDS, history_days=2)
    expected = world.expected_value_minor(world.budgets_minor)
    world.step()
    realised = world.caused(days=1)["value_minor"][..., 0]

    assert realised.sum() / expected.sum() == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(realised.ravel(), expected.ravel())[0, 1] > 0.8


def test_orders_of_a_day_vary_more_than_chance_would(make_world: Callable[..., World]) -> None:
    """Negative binomial of shape about 12 on top of the counting noise."""
    world = make_world(WORLDS, "all_equal", common_spread=0.0, history_days=2)
    world.step()
    orders = world.caused(days=1)["conversions"][..., 0].ravel()
    dispersion = orders.var() / orders.mean()

    assert dispersion == pytest.approx(1 + orders.mean() / 12 * 1.2, rel=0.15)


def test_the_stated_share_is_known_on_the_first_morning(make_world: Callable[..., World]) -> None:
    world = make_world(WORLDS, history_days=2)
    known, caused = world.report(1)["conversions"].sum(), world.caused(days=1)["conversions"].sum()

    assert known / caused == pytest.approx(world.scenario.same_day_share, abs=0.01)


def test_orders_follow_clicks_not_the_hope_of_clicks(make_world: Callable[..., World]) -> None:
    world = make_world(WORLDS, history_days=2, conversion_rate=0.5)
    world.set_budgets(np.full((len(WORLDS), 5), 50))
    world.step()
    clicks, orders = world.report(1)["clicks"], world.caused(days=1)["conversions"]

    assert (clicks == 0).sum() > 1000
    assert (orders[clicks == 0] == 0).all()
    assert orders.sum() > 1000

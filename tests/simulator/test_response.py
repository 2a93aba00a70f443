"""Saturation comes out of the chain of mechanisms; nothing puts it in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulator.world import World


def test_value_is_concave_in_every_budget(make_world: Callable[..., World]) -> None:
    world = make_world(range(20), "medium")
    scale = world.budgets_minor.astype(float)
    values = np.stack([world.expected_value_minor(scale * x) for x in np.linspace(0.0, 4.0, 60)])

    assert (values[0] == 0).all()
    assert (np.diff(values, axis=0) > 0).all()
    assert (np.diff(values, 2, axis=0) < 0).all()


def test_the_marginal_value_is_the_derivative(make_world: Callable[..., World]) -> None:
    world = make_world(range(5), "medium")
    budgets, step = world.budgets_minor.astype(float), 1.0
    rise = world.expected_value_minor(budgets + step) - world.expected_value_minor(budgets - step)

    assert world.marginal_value(budgets) == pytest.approx(rise / (2 * step), rel=1e-5)


def test_a_smaller_audience_saturates_earlier(make_world: Callable[..., World]) -> None:
    wide = make_world(name="all_equal", frequency=0.1)
    narrow = make_world(name="all_equal", frequency=2.0)

    def gain_of_doubling(world: World) -> float:
        once = world.expected_value_minor(world.budgets_minor)
        return float((world.expected_value_minor(2 * world.budgets_minor) / once).mean())

    assert gain_of_doubling(narrow) < gain_of_doubling(wide) - 0.1

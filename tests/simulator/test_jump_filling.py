from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from simulator.hull_filling import fill_values
from simulator.jump_filling import fill_jumps

EVERY = np.array([True, True])
TOTAL = np.array([100.0, 70.0])
LO, HI = np.zeros((2, 3)), np.repeat(TOTAL[:, None], 3, axis=1)


def stairs(amounts: np.ndarray) -> np.ndarray:
    """Returns that jump at 30, 45 and 60, and grow a little between."""
    steps = np.array([30.0, 45.0, 60.0])
    return np.array([3.0, 5.0, 8.0]) * (amounts >= steps) + 0.1 * np.sqrt(amounts)


def best_on_a_grid(total: float) -> float:
    grid = np.linspace(0.0, total, 141)
    splits = np.array([(a, b, max(total - a - b, 0.0)) for a, b in product(grid, grid) if a + b <= total + 1e-9])
    return float(stairs(splits).sum(axis=-1).max())


def test_the_right_stairs_are_climbed() -> None:
    found = fill_jumps(stairs, TOTAL, LO, HI, EVERY)

    np.testing.assert_allclose(found.sum(axis=1), TOTAL)
    for world, total in enumerate(TOTAL):
        assert stairs(found[world]).sum() >= best_on_a_grid(total) - 0.01


def test_stairs_are_noticed_when_values_are_filled() -> None:
    found = fill_values(stairs, TOTAL, LO, HI)

    for world, total in enumerate(TOTAL):
        assert stairs(found[world]).sum() >= best_on_a_grid(total) - 0.01


def test_money_that_loses_stays_idle() -> None:
    found = fill_jumps(lambda x: stairs(x) - 0.1 * x, TOTAL, LO, HI, EVERY, spend_all=False)

    assert stairs(found[1])[2] == pytest.approx(8.0, abs=1.0)
    assert found[1].sum() == pytest.approx(60.0, abs=1.0)


def test_bounds_hold_and_other_worlds_are_left_alone() -> None:
    high = np.array([[20.0, 100.0, 100.0], [20.0, 70.0, 70.0]])
    found = fill_jumps(stairs, TOTAL, LO, high, np.array([True, False]))

    assert (found <= high + 1e-9).all()
    assert found[0].sum() == pytest.approx(100.0, abs=0.5)
    assert not found[1].any()

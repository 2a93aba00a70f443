from __future__ import annotations

import numpy as np
import pytest

from simulator.orders import value_minor


@pytest.mark.parametrize("orders", [1, 3, 40])
def test_the_worth_of_orders_has_the_stated_mean_and_variation(orders: int, many_normals: np.ndarray) -> None:
    n = np.full(many_normals.shape, orders)
    worth = value_minor(n, np.array(5000.0), 0.5, many_normals)

    assert worth.mean() == pytest.approx(orders * 5000, rel=0.004)
    assert worth.std() / worth.mean() == pytest.approx(0.5 / np.sqrt(orders), rel=0.01)


def test_no_orders_are_worth_nothing() -> None:
    assert value_minor(np.array([0, 0]), np.array(5000.0), 0.5, np.array([5.0, -5.0])).tolist() == [0, 0]


def test_without_variation_every_order_is_the_mean_one() -> None:
    assert value_minor(np.array([0, 3]), np.array(5000.0), 0.0, np.array([5.0, -5.0])).tolist() == [0, 15000]


@pytest.mark.parametrize("variation", [0.7, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("orders", [1, 2, 10])
def test_the_mean_holds_however_much_orders_vary(orders: int, variation: float, many_normals: np.ndarray) -> None:
    worth = value_minor(np.full(many_normals.shape, orders), np.array(50_000.0), variation, many_normals)
    spread = variation / np.sqrt(orders)

    assert worth.mean() / (orders * 50_000) == pytest.approx(1.0, abs=0.012 + 4 * spread / np.sqrt(many_normals.size))
    assert worth.std() / worth.mean() == pytest.approx(spread, rel=0.06)

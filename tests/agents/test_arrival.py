"""The delay of orders is bent to what an account's youngest days show, and only as far as they show it."""

from __future__ import annotations

import numpy as np
import pytest

from agents.arrival import slowness

ARRIVED = np.array([1.0] * 40 + [0.95, 0.88, 0.8, 0.7, 0.6, 0.45, 0.3])
AD_SETS = 5


def power(true_power: float, *, orders_a_day: float = 2_000.0, level: float = 1.0, worlds: int = 1) -> np.ndarray:
    """What is found where orders arrive by that power of what is taken for known; young days at another level."""
    rng = np.random.default_rng(6)
    shape = (ARRIVED.size, worlds, AD_SETS)
    clicks = rng.poisson(20.0 * orders_a_day, shape).astype(float)
    levels = np.where(ARRIVED < 1.0, level, 1.0)
    known = (levels * ARRIVED**true_power)[:, None, None]
    arrived = np.broadcast_to(ARRIVED[:, None, None], shape).copy()
    return slowness(clicks, rng.poisson(clicks * 0.05 * known).astype(float), arrived)


@pytest.mark.parametrize("true_power", [0.5, 1.0, 1.5])
def test_a_bent_delay_is_found(true_power: float) -> None:
    assert power(true_power)[0, 0] == pytest.approx(true_power, abs=0.12)


def test_few_orders_say_little() -> None:
    few, many = (power(0.5, orders_a_day=n, worlds=50).mean() for n in (0.05, 50.0))

    assert abs(few - 1.0) < 0.5 * abs(many - 1.0)


def test_a_change_of_level_is_mostly_told_from_a_delay() -> None:
    assert power(1.0, level=1.1)[0, 0] == pytest.approx(1.0, abs=0.15)


def test_without_orders_without_clicks_or_without_settled_days_nothing_is_bent() -> None:
    nothing, arrived = np.zeros((ARRIVED.size, AD_SETS)), np.broadcast_to(ARRIVED[:, None], (ARRIVED.size, AD_SETS))
    some = np.full_like(nothing, 30.0)

    assert slowness(nothing, nothing, arrived) == pytest.approx(1.0)
    assert slowness(some, nothing, arrived) == pytest.approx(1.0)
    assert slowness(some[-7:], some[-7:], arrived[-7:]) == pytest.approx(1.0)
    assert slowness(some[:0], some[:0], arrived[:0]) == pytest.approx(1.0)


def test_accounts_are_bent_apart() -> None:
    rng = np.random.default_rng(3)
    clicks = rng.poisson(50.0, (ARRIVED.size, 2, AD_SETS)).astype(float)
    arrived = np.broadcast_to(ARRIVED[:, None, None], clicks.shape).copy()
    orders = rng.poisson(clicks * 0.1 * arrived).astype(float)
    whole = slowness(clicks, orders, arrived)

    for world in range(2):
        alone = slowness(*(np.ascontiguousarray(a[:, world]) for a in (clicks, orders, arrived)))
        assert np.array_equal(whole[world], alone)

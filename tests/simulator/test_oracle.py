from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulator.oracle import best_budgets
from simulator.world import World


def value(world: World, budgets: np.ndarray) -> np.ndarray:
    return world.expected_value_minor(budgets).sum(axis=1)


def test_nobody_does_better_than_the_oracle(make_world: Callable[..., World]) -> None:
    world = make_world(range(20))
    human = world.budgets_minor
    total = human.sum(axis=1)
    best = best_budgets(world, total, np.zeros_like(human), np.broadcast_to(total[:, None], human.shape))
    rng = np.random.default_rng(1)
    top = value(world, best)

    assert (best.sum(axis=1) == total).all()
    for spread in (0.01, 0.1, 1.0):
        other = (best + 1) * np.exp(spread * rng.standard_normal(best.shape))
        other *= total[:, None] / other.sum(axis=1, keepdims=True)
        assert (value(world, other) <= top * (1 + 1e-9)).all()
    assert (value(world, human) < top).all()


def test_moving_one_unit_of_money_from_the_best_gains_nothing(make_world: Callable[..., World]) -> None:
    world = make_world((3,))
    total = world.budgets_minor.sum(axis=1)
    best = best_budgets(world, total, np.zeros((1, 5), dtype=int), np.broadcast_to(total[:, None], (1, 5)))
    top = value(world, best)[0]
    for giver in range(5):
        for taker in set(range(5)) - {giver}:
            moved = best.copy()
            size = min(1000, moved[0, giver])
            moved[0, giver] -= size
            moved[0, taker] += size
            assert value(world, moved)[0] <= top


def test_bounds_hold(make_world: Callable[..., World]) -> None:
    world = make_world(range(10), "volatile")
    now = world.budgets_minor
    lo, hi = np.ceil(now / 1.2).astype(int), np.floor(now * 1.2).astype(int)
    capped = best_budgets(world, now.sum(axis=1), lo, hi)

    assert (capped.sum(axis=1) == now.sum(axis=1)).all()
    assert ((lo <= capped) & (capped <= hi)).all()
    assert (value(world, capped) > value(world, now)).all()


def test_money_does_not_go_where_nothing_is_delivered(make_world: Callable[..., World]) -> None:
    world = make_world((3, 4))
    world.set_active(0, 2, active=False)
    total = world.budgets_minor.sum(axis=1)
    best = best_budgets(world, total, np.zeros((2, 5), dtype=int), np.broadcast_to(total[:, None], (2, 5)))

    assert best[0, 2] == 0
    assert best[1, 2] > 0


def test_a_batch_is_its_members(make_world: Callable[..., World]) -> None:
    together, alone = make_world((3, 4, 5)), make_world((4,))
    total = together.budgets_minor.sum(axis=1)
    lo, hi = np.zeros((3, 5), dtype=int), np.broadcast_to(total[:, None], (3, 5))

    assert np.array_equal(best_budgets(together, total, lo, hi)[1:2], best_budgets(alone, total[1:2], lo[1:2], hi[1:2]))


def test_an_impossible_total_is_refused(make_world: Callable[..., World]) -> None:
    with pytest.raises(ValueError, match="no split"):
        best_budgets(make_world(), [100], np.full((1, 5), 50), np.full((1, 5), 90))

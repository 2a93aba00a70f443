from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

from simulator.oracle import best_budgets, best_within
from simulator.scenarios import scenarios
from simulator.world import World

pytestmark = pytest.mark.slow


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


def everything(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The whole money of each world, and bounds that allow any split of it."""
    total = world.budgets_minor.sum(axis=1)
    return total, np.zeros_like(world.budgets_minor), np.broadcast_to(total[:, None], world.budgets_minor.shape)


KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "overlap": {"overlap": {"share": 0.4}},
    "overlap beyond all measure": {"overlap": {"share": 0.8, "strength": 1.5}},
    "cost caps": {"bid_strategies": {"strategy": "cost_cap", "level": 0.9}},
    "mixed bids": {"bid_strategies": {"strategy": "mixed", "level": 0.8}},
    "campaign budgets": {"campaign_budget": {"ad_sets_per_campaign": 2}},
    "lifetime budgets": {"lifetime_budget": {"flight_days": 10}},
    "the last day of lifetime budgets": {"lifetime_budget": {"flight_days": 4}},
    "saturated audiences": {"saturated_audience": {"exposures_per_person": 0.5}},
    "bids among siblings": {"overlap": {}, "bid_strategies": {"strategy": "cost_cap"}},
}


def lived(make_world: Callable[..., World], kind: str, ad_sets: int, seeds: Sequence[int] = range(4)) -> World:
    world = make_world(seeds, ad_sets=ad_sets, **KINDS[kind])
    for _ in range(3):
        world.step()
    return world


@pytest.mark.slow
@pytest.mark.parametrize("ad_sets", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_no_split_on_a_fine_grid_is_better(make_world: Callable[..., World], kind: str, ad_sets: int) -> None:
    world = lived(make_world, kind, ad_sets)
    total, lo, hi = everything(world)
    best = best_budgets(world, total, lo, hi)
    shares = np.array([s for s in product(np.linspace(0, 1, 61), repeat=ad_sets) if abs(sum(s) - 1) < 1e-9])
    grid = world.expected_value_minor(shares[:, None, :] * total[:, None]).sum(axis=-1)

    assert (best.sum(axis=1) == total).all()
    # Whole units cost up to one marginal unit each; the search itself is within a ten-thousandth.
    assert (value(world, best) >= grid.max(axis=0) * (1 - 1e-4) - 10 * ad_sets).all()


@pytest.mark.parametrize("kind", KINDS)
def test_no_profit_on_a_grid_is_larger_when_money_may_stay_idle(make_world: Callable[..., World], kind: str) -> None:
    world = lived(make_world, kind, 2)
    total, lo, hi = everything(world)
    best = best_budgets(world, total, lo, hi, spend_all=False)
    shares = np.array([s for s in product(np.linspace(0, 1, 61), repeat=2) if sum(s) <= 1 + 1e-9])

    def profit(budgets: np.ndarray) -> np.ndarray:
        return (world.expected_value_minor(budgets) - world.expected_spend_minor(budgets)).sum(axis=-1)

    grid = profit(shares[:, None, :] * total[:, None]).max(axis=0)
    assert (best.sum(axis=1) <= total).all()
    assert (profit(best) >= grid - 1e-4 * np.abs(grid) - 20).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", scenarios())
def test_nobody_does_better_in_any_scenario(make_world: Callable[..., World], name: str) -> None:
    world = make_world((1, 2), name)
    now = np.where(world.active, world.budgets_minor, 0)
    total = now.sum(axis=1)
    hi = np.broadcast_to(total[:, None], now.shape)
    best = best_budgets(world, total, np.zeros_like(now), hi)
    top = value(world, best)
    weights = np.random.default_rng(5).dirichlet(np.full(now.shape[1], 0.7), 200)
    others = world.expected_value_minor(weights[:, None, :] * total[:, None]).sum(axis=-1)
    even = world.expected_value_minor(np.broadcast_to(total[:, None] / now.shape[1], now.shape)).sum(axis=-1)

    assert (best.sum(axis=1) == total).all()
    slack = 1e-6 * top + 10 * now.shape[1]
    assert (others.max(axis=0) <= top + slack).all()
    assert (even <= top + slack).all()
    assert (value(world, now) <= top + slack).all()


def test_with_overlap_the_last_unit_of_money_brings_the_same_everywhere(make_world: Callable[..., World]) -> None:
    world = lived(make_world, "overlap", 4)
    total, lo, hi = everything(world)
    best = best_budgets(world, total, lo, hi).astype(float)
    step = np.eye(4)[:, None, :] * 50.0
    gains = value_of(world, best + step) - value_of(world, np.maximum(best - step, 0.0))
    inside = (best > 100.0).T
    highest = np.where(inside, gains, -np.inf).max(axis=0)
    lowest = np.where(inside, gains, np.inf).min(axis=0)

    assert inside.sum() > 8
    assert (highest - lowest < 0.01 * highest).all()


def value_of(world: World, budgets: np.ndarray) -> np.ndarray:
    return world.expected_value_minor(budgets).sum(axis=-1)


def test_a_campaigns_money_may_lie_with_any_of_its_ad_sets(make_world: Callable[..., World]) -> None:
    world = lived(make_world, "campaign budgets", 4)
    total, lo, hi = everything(world)
    best = best_budgets(world, total, lo + 100, hi)
    moved = best.copy()
    moved[:, 0], moved[:, 1] = best[:, 0] + best[:, 1] - 100, 100

    np.testing.assert_allclose(value(world, moved), value(world, best), rtol=1e-6)


def test_a_campaign_does_without_an_ad_set_that_the_platform_overrates(make_world: Callable[..., World]) -> None:
    world = make_world(range(6), conversion_spread=1.5, campaign_budget={"ad_sets_per_campaign": 5})
    total, lo, hi = everything(world)
    free, all_in = best_budgets(world, total, lo, hi), best_budgets(world, total, lo + 100, hi)

    assert (free == 0).any()
    assert (value(world, free) >= value(world, all_in) * (1 - 1e-9)).all()
    assert value(world, free).sum() > 1.001 * value(world, all_in).sum()


def test_idle_money_earns_more_than_money_that_loses(make_world: Callable[..., World]) -> None:
    world = make_world(range(6), conversion_rate=0.002)
    total, lo, hi = everything(world)
    idle = best_budgets(world, total, lo, hi, spend_all=False)

    assert (idle.sum(axis=1) < 0.1 * total).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_is_its_members_whatever_is_searched(make_world: Callable[..., World], kind: str) -> None:
    together, alone = lived(make_world, kind, 3, (3, 4, 5)), lived(make_world, kind, 3, (4,))
    (total, lo, hi), (own, own_lo, own_hi) = everything(together), everything(alone)

    assert np.array_equal(best_budgets(together, total, lo, hi)[1:2], best_budgets(alone, own, own_lo, own_hi))


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_hold_and_gain_whatever_is_searched(make_world: Callable[..., World], kind: str) -> None:
    world = lived(make_world, kind, 5)
    now = world.budgets_minor
    capped = best_within(world, now.sum(axis=1), 0.2)

    assert (capped.sum(axis=1) == now.sum(axis=1)).all()
    assert (np.abs(capped - now) <= 0.2 * now).all()
    assert (value(world, capped) >= value(world, now) - 10).all()
    assert (value(world, best_within(world, now.sum(axis=1))) >= value(world, capped) - 10).all()


def test_paused_ad_sets_keep_budgets_and_totals_that_caps_cannot_hold_are_held_as_far_as_they_can(
    make_world: Callable[..., World],
) -> None:
    world = make_world((3, 4))
    world.set_active(0, 2, active=False)
    now = world.budgets_minor
    much, little = 10 * now.sum(axis=1), now.sum(axis=1) // 3
    most, least = best_within(world, much, 0.2), best_within(world, little, 0.2)

    assert most[0, 2] == least[0, 2] == now[0, 2]
    assert np.array_equal(most[world.active], np.floor(1.2 * now[world.active]))
    assert (np.where(world.active, least, 0).sum(axis=1) == little).all()


def test_weights_mistake_the_levels(make_world: Callable[..., World]) -> None:
    world = make_world((3,))
    total, lo, hi = everything(world)
    favoured = np.array([[1.0, 1.0, 1.0, 1.0, 3.0]])
    right, wrong = best_budgets(world, total, lo, hi), best_budgets(world, total, lo, hi, weights=favoured)

    assert wrong[0, 4] > right[0, 4]
    assert np.array_equal(best_budgets(world, total, lo, hi, weights=2.0 * np.ones((1, 5))), right)


@pytest.mark.parametrize("name", scenarios())
def test_where_ad_sets_are_separate_the_marginal_value_is_the_slope_of_the_value(
    make_world: Callable[..., World], name: str
) -> None:
    world = make_world((1, 2), name)
    if not world.separable:
        return
    budgets = np.maximum(world.budgets_minor, 100).astype(float)
    step = 1e-4 * budgets
    slope = (world.expected_value_minor(budgets + step) - world.expected_value_minor(budgets - step)) / (2 * step)

    np.testing.assert_allclose(world.marginal_value(budgets), slope, rtol=1e-5)


def test_an_hourly_day_has_the_same_oracle(make_world: Callable[..., World]) -> None:
    world = make_world((1, 2), pacing={"capacity": 2.0}, hour_of_day={}, ad_sets=2)
    total = world.budgets_minor.sum(axis=1)
    best = best_budgets(world, total, np.zeros((2, 2), dtype=int), np.broadcast_to(total[:, None], (2, 2)))
    shares = np.stack([np.linspace(0, 1, 201), np.linspace(1, 0, 201)], axis=-1)
    grid = world.expected_value_minor(shares[:, None, :] * total[:, None]).sum(axis=-1)

    assert (value(world, best) >= grid.max(axis=0) * (1 - 1e-5)).all()

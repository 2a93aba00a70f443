"""Budgets in whole minor units: exact sums, kept bounds, and the best split there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from agents.allocation import Leeway, best_first, bounds, conclude, leeway, proportional, to_cents, water_fill

exactly = settings(
    derandomize=True, deadline=None, max_examples=100, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@st.composite
def rooms(draw: st.DrawFn, most: int = 12) -> Leeway:
    """A feasible leeway of 1 to `most` ad sets, from yen to billions."""
    count = draw(st.integers(1, most))
    scale = draw(st.sampled_from([3, 100, 10**5, 10**10]))
    low = np.array(draw(st.lists(st.integers(0, scale), min_size=count, max_size=count)))
    wide = np.array(draw(st.lists(st.integers(0, scale), min_size=count, max_size=count)))
    total = int(low.sum()) + draw(st.integers(0, int(wide.sum())))
    return Leeway(low, low + wide, np.asarray(total), np.asarray(False))


def weights(room: Leeway, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    heavy: np.ndarray = np.exp(rng.normal(0, 3, room.lo_minor.shape)) * (rng.random(room.lo_minor.shape) < 0.8)
    return heavy


@pytest.mark.slow
@exactly
@given(rooms(), st.integers(0, 99), st.floats(-1e4, 1e4))
def test_rounding_sums_exactly_and_stays_in_bounds(room: Leeway, seed: int, error: float) -> None:
    # Shares that do not even fit: rounding has to cope with whatever a solver left behind.
    shares = np.maximum(weights(room, seed) + error, 0.0)

    cents = to_cents(shares, room.total_minor, room.lo_minor, room.hi_minor)

    assert cents.sum() == room.total_minor
    assert (cents >= room.lo_minor).all()
    assert (cents <= room.hi_minor).all()


@exactly
@given(st.integers(1, 9), st.integers(0, 99), st.integers(1, 10**6))
def test_rounding_changes_no_share_by_a_whole_cent(count: int, seed: int, total: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(count)) * total

    cents = to_cents(shares, np.asarray(total), np.zeros(count, dtype=int), np.full(count, total))

    assert (np.abs(cents - shares) < 1 + 1e-9).all()


@pytest.mark.parametrize(("total", "expected"), [(3, [5, 5]), (50, [9, 9])])
def test_rounding_goes_as_near_to_an_impossible_total_as_bounds_allow(total: int, expected: list[int]) -> None:
    cents = to_cents(np.array([1.0, 2.0]), np.asarray(total), np.array([5, 5]), np.array([9, 9]))

    assert cents.tolist() == expected


@exactly
@given(rooms(), st.integers(0, 99))
def test_a_proportional_split_sums_exactly_and_stays_in_bounds(room: Leeway, seed: int) -> None:
    split = proportional(weights(room, seed), room)

    assert split.sum() == room.total_minor
    assert (split >= room.lo_minor).all()
    assert (split <= room.hi_minor).all()


@exactly
@given(rooms(), st.integers(0, 99))
def test_inside_its_bounds_a_proportional_split_is_proportional(room: Leeway, seed: int) -> None:
    weight = np.random.default_rng(seed).uniform(0.5, 2, room.lo_minor.shape)

    split = proportional(weight, room)

    inside = (split > room.lo_minor + 1) & (split < room.hi_minor - 1)
    rate = split[inside] / weight[inside]
    slack = (1.0 + 1e-7 * split[inside]) / weight[inside]
    assert (rate - slack <= (rate + slack).min(initial=np.inf)).all()


def test_equal_weights_share_evenly_up_to_one_cent() -> None:
    room = Leeway(np.zeros(3, dtype=int), np.full(3, 100), np.asarray(100), np.asarray(False))

    assert proportional(np.zeros(3), room).tolist() == [34, 33, 33]


def test_a_weight_of_zero_gets_only_what_nobody_else_has_room_for() -> None:
    room = Leeway(np.zeros(3, dtype=int), np.full(3, 40), np.asarray(100), np.asarray(False))

    assert proportional(np.array([0.0, 1.0, 2.0]), room).tolist() == [20, 40, 40]


def test_a_hundred_thousand_ad_sets_sum_exactly() -> None:
    rng = np.random.default_rng(4)
    low = rng.integers(0, 1_000, 100_000)
    room = Leeway(low, low + rng.integers(0, 10_000, low.shape), np.asarray(2 * low.sum()), np.asarray(False))

    assert proportional(np.exp(rng.normal(0, 2, low.shape)), room).sum() == room.total_minor


@exactly
@given(rooms(), st.integers(0, 99))
def test_best_first_sums_exactly_and_leaves_one_ad_set_inside_its_bounds(room: Leeway, seed: int) -> None:
    score = weights(room, seed)

    budgets, _ = best_first(score, room)

    assert budgets.sum() == room.total_minor
    assert (budgets >= room.lo_minor).all()
    assert (budgets <= room.hi_minor).all()
    assert ((budgets > room.lo_minor) & (budgets < room.hi_minor)).sum() <= 1


@pytest.mark.parametrize("seed", range(12))
def test_water_filling_finds_the_optimum_that_a_general_solver_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 6))
    power, scale = rng.uniform(0.3, 0.8, count), rng.uniform(1, 4, count)
    low, high = rng.integers(0, 4_000, count), rng.integers(6_000, 20_000, count)
    total = int(rng.integers(low.sum() + 1, high.sum()))
    room = Leeway(low, high, np.asarray(total), np.asarray(False))
    anchor = rng.uniform(1_000, 9_000, count)

    shares, dual = water_fill(anchor, scale * power * anchor ** (power - 1), 1 / (1 - power), room)

    def loss(share: np.ndarray) -> float:
        return -float((scale * (share * total) ** power).sum())

    rival = minimize(
        loss,
        np.clip(np.full(count, 1 / count), low / total, high / total),
        bounds=list(zip(np.maximum(low, 1e-3) / total, high / total, strict=True)),
        constraints={"type": "eq", "fun": lambda share: share.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-13, "maxiter": 500},
    )
    assert shares.sum() == pytest.approx(total, rel=1e-9)
    # The rival keeps its sum to about 1e-6 only; that the optimum is exact is what the marginal returns say.
    assert -loss(shares / total) >= -rival.fun * (1 - 1e-5)
    returns = scale * power * np.maximum(shares, 1e-6) ** (power - 1)
    assert (returns[shares < high - 0.01] <= float(dual) * (1 + 1e-9)).all()
    assert (returns[shares > low + 0.01] >= float(dual) * (1 - 1e-9)).all()


@exactly
@given(rooms(), st.integers(0, 99))
def test_every_row_of_a_batch_is_filled_as_if_it_were_alone(room: Leeway, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (3, *room.lo_minor.shape)
    anchor, marginal, steepness = (np.exp(rng.normal(0, 1, shape)) for _ in range(3))
    many = Leeway(
        np.stack([room.lo_minor] * 3),
        np.stack([room.hi_minor] * 3),
        np.stack([room.total_minor] * 3),
        np.zeros(3, bool),
    )

    together, duals = water_fill(anchor, marginal, steepness, many)

    for i in range(3):
        alone, dual = water_fill(anchor[i], marginal[i], steepness[i], room)
        assert alone.tobytes() == together[i].tobytes()
        assert dual.tobytes() == duals[i].tobytes()


def test_a_fifth_is_counted_in_whole_cents_rounded_towards_no_change(make_account: Any) -> None:
    account = make_account(4)
    account.budgets_minor[...] = [0, 4, 15, 10**15 + 1]

    low, high = bounds(account.observed(), 0.2)

    assert low.tolist() == [0, 4, 12, 8 * 10**14 + 1]
    assert high.tolist() == [0, 4, 18, 12 * 10**14 + 1]


def test_a_budget_outside_its_bounds_moves_towards_them_as_fast_as_the_cap_allows(make_account: Any) -> None:
    account = make_account(4)
    account.budgets_minor[...] = 1_000
    account.floors_minor[...] = [1_100, 5_000, 0, 0]
    account.ceilings_minor[...] = [9_999, 9_999, 900, 100]

    low, high = bounds(account.observed(), 0.2)

    assert low.tolist() == [1_100, 1_200, 800, 800]
    assert high.tolist() == [1_200, 1_200, 900, 800]


def test_protected_ad_sets_count_in_the_total_and_paused_ones_do_not(make_account: Any) -> None:
    account = make_account(3)
    account.budgets_minor[...] = [1_000, 2_000, 3_000]
    account.protected[0], account.active[1] = True, False
    account.budget_minor = np.asarray(4_000)

    room = leeway(account.observed(), 0.2)

    assert room.total_minor == 3_000
    assert room.lo_minor.tolist() == [0, 0, 2_400]
    assert room.hi_minor.tolist() == [0, 0, 3_000]  # the cap allows 3,600, the money does not


def test_the_total_comes_before_floors_and_change_caps(make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = [1_000, 3_000]
    account.budget_minor = np.asarray(1_001)
    observation = account.observed()

    room = leeway(observation, 0.2)
    allocation = conclude(observation, room, proportional(np.ones(2), room))

    assert allocation.budgets_minor.sum() == 1_001
    assert allocation.budgets_minor.tolist() == [250, 751]
    assert allocation.certificate is not None
    assert allocation.certificate.gap_minor == 0
    assert allocation.certificate.binding.tolist() == [-1, -1]


def test_money_that_upper_bounds_cannot_hold_is_not_spent_and_the_certificate_says_so(make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = [1_000, 3_000]
    account.budget_minor = np.asarray(10_000)
    observation = account.observed()

    room = leeway(observation, 0.2)
    allocation = conclude(observation, room, proportional(np.ones(2), room))

    assert allocation.budgets_minor.tolist() == [1_200, 3_600]
    assert allocation.certificate is not None
    assert allocation.certificate.gap_minor == 5_200
    assert allocation.certificate.binding.tolist() == [1, 1]


def test_protected_budgets_above_the_total_leave_nothing_and_a_negative_gap(make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = [1_000, 3_000]
    account.protected[1] = True
    account.budget_minor = np.asarray(2_500)
    observation = account.observed()

    room = leeway(observation, None)
    allocation = conclude(observation, room, proportional(np.ones(2), room))

    assert allocation.budgets_minor.tolist() == [0, 3_000]
    assert allocation.certificate is not None
    assert allocation.certificate.gap_minor == -500


def test_absent_ceilings_of_many_ad_sets_do_not_overflow(make_account: Any) -> None:
    observation = make_account(3_000, days=1).observed()

    room = leeway(observation, None)

    assert room.hi_minor.sum() > 0
    assert room.total_minor == observation.budget_minor

"""Allocations and their certificates: what limits each budget, why money is left, how far from the best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.allocation import Limits, Returns, allocate, conclude, concluding, leeway, proportional, solve, verify
from agents.vocabulary import Allocation, Bound, Certificate, Observation, Reason

Made = Callable[..., tuple[Observation, Returns, Limits]]

exactly = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def certified(allocation: Allocation) -> Certificate:
    assert allocation.certificate is not None
    return allocation.certificate


@pytest.mark.slow
@exactly
@given(st.integers(0, 10**6), st.sampled_from([1, 2, 5, 20, 60]))
def test_whatever_is_asked_the_answer_is_sound_or_says_what_gave_way(
    make_problem: Made, seed: int, ad_sets: int
) -> None:
    observation, returns, limits = make_problem(seed, ad_sets, 3)

    allocation = allocate(observation, returns, limits)

    broken = verify(observation, allocation, returns, limits)
    assert not [name for name, bad in broken.items() if bad.any()]


@pytest.mark.slow
@exactly
@given(st.integers(0, 10**6), st.sampled_from([1, 2, 5, 20]))
def test_a_batch_is_decided_as_each_of_its_rows_alone(make_problem: Made, seed: int, ad_sets: int) -> None:
    observation, returns, limits = make_problem(seed, ad_sets, 4)

    together = allocate(observation, returns, limits)

    for w in range(4):
        alone = allocate(_row(observation, w), _curve_row(returns, w), limits)
        assert alone.budgets_minor.tobytes() == together.budgets_minor[w].tobytes()
        for name in Certificate.__slots__:
            one, all_of_them = getattr(certified(alone), name), getattr(certified(together), name)
            assert (one is None) == (all_of_them is None)
            assert one is None or np.asarray(one).tobytes() == np.asarray(all_of_them[w]).tobytes(), name


def _row(observation: Observation, w: int) -> Observation:
    sets = observation.ad_sets
    arrays = {n: getattr(sets, n)[w] for n in sets.__slots__ if isinstance(getattr(sets, n), np.ndarray)}
    return replace(observation, budget_minor=observation.budget_minor[w], ad_sets=replace(sets, **arrays))


def _curve_row(returns: Returns, w: int) -> Returns:
    arrays = {n: getattr(returns, n)[w] for n in returns.__slots__ if isinstance(getattr(returns, n), np.ndarray)}
    return replace(returns, **arrays)


@pytest.mark.parametrize("seed", range(6))
def test_the_gap_bounds_what_any_other_split_brings(make_problem: Made, seed: int) -> None:
    observation, returns, limits = make_problem(seed, 8, plain=True)
    room = leeway(observation, limits)

    allocation = allocate(observation, returns, limits)

    reached = returns.value(allocation.budgets_minor).sum()
    best = returns.value(solve(returns, room, limits).shares).sum()
    assert best - reached <= float(certified(allocation).missed)
    assert certified(allocation).relative_gap < 1e-6
    rng = np.random.default_rng(seed)
    for _ in range(100):
        other = proportional(np.exp(rng.normal(0, 1, 8)), room)
        assert returns.value(other).sum() <= reached + float(certified(allocation).missed)


def test_what_is_gained_is_gained_over_staying(make_problem: Made) -> None:
    observation, returns, limits = make_problem(1, 8, plain=True)

    allocation = allocate(observation, returns, limits)

    now = observation.ad_sets.budgets_minor
    gained = returns.value(allocation.budgets_minor).sum() - returns.value(now).sum()
    assert certified(allocation).gained == pytest.approx(gained, rel=1e-9)
    assert gained > 0


def test_all_alike_stays_as_it_is_and_misses_nothing(make_account: Any) -> None:
    account = make_account(5)
    account.budgets_minor[...] = 20_000
    observation = account.observed()
    level = np.full(5, np.log(20_000.0))

    allocation = allocate(observation, Returns(level, level + 1, np.full(5, 0.5), 0.12), 0.2)

    assert (allocation.budgets_minor == 20_000).all()
    assert certified(allocation).missed == pytest.approx(0, abs=1e-6)


def test_every_bound_that_stops_a_budget_is_named(make_account: Any) -> None:
    account = make_account(7)
    account.budgets_minor[...] = 100_000
    account.floors_minor[0], account.ceilings_minor[1] = 95_000, 105_000
    account.protected[2], account.active[3] = True, False
    observation = account.observed()
    log_now = np.log(account.budgets_minor)
    roas = np.array([0.1, 9.0, 1.0, 1.0, 0.1, 9.0, 1.0])

    allocation = allocate(observation, Returns(log_now, log_now + np.log(roas), np.full(7, 0.5), 0.12), 0.2)

    named = [Bound(int(code)) for code in certified(allocation).bounds]
    assert named == [
        Bound.FLOOR,
        Bound.CEILING,
        Bound.HELD,
        Bound.HELD,
        Bound.CHANGE_CAP,
        Bound.CHANGE_CAP,
        Bound.NONE,
    ]
    assert certified(allocation).binding.tolist() == [-1, 1, 0, 0, -1, 1, 0]


def test_the_total_comes_before_floors_and_change_caps(make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = [1_000, 3_000]
    account.budget_minor = np.asarray(1_001)
    observation = account.observed()

    room = leeway(observation, 0.2)
    allocation = conclude(observation, room, proportional(np.ones(2), room))

    assert allocation.budgets_minor.sum() == 1_001
    assert allocation.budgets_minor.tolist() == [250, 751]
    assert certified(allocation).gap_minor == 0
    assert certified(allocation).binding.tolist() == [-1, -1]
    assert certified(allocation).bounds.tolist() == [Bound.TOTAL, Bound.TOTAL]
    assert certified(allocation).reasons == Reason.FLOORS_ABOVE_TOTAL


def test_money_that_upper_bounds_cannot_hold_is_not_spent_and_the_certificate_says_so(make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = [1_000, 3_000]
    account.budget_minor = np.asarray(10_000)
    observation = account.observed()

    room = leeway(observation, 0.2)
    allocation = conclude(observation, room, proportional(np.ones(2), room))

    assert allocation.budgets_minor.tolist() == [1_200, 3_600]
    assert certified(allocation).gap_minor == 5_200
    assert certified(allocation).binding.tolist() == [1, 1]
    assert certified(allocation).reasons == Reason.NO_ROOM


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


def test_a_policy_without_curves_claims_neither_gain_nor_gap(make_account: Any) -> None:
    observation = make_account(3).observed()
    room = leeway(observation, 0.2)

    certificate = certified(conclude(observation, room, proportional(np.ones(3), room)))

    assert np.isnan(certificate.dual_value)
    assert np.isnan(certificate.gained)
    assert np.isnan(certificate.relative_gap)


def test_where_nothing_is_gained_a_gap_is_infinite_and_no_gap_is_none() -> None:
    zero = np.zeros(3)
    some = Certificate(zero, zero.astype(np.int8), zero.astype(int), zero.astype(np.int8), zero.astype(int), zero, zero)

    assert replace(some, missed=np.array([0.0, 1.0, np.nan])).relative_gap == pytest.approx(
        [0, np.inf, np.nan], nan_ok=True
    )


@pytest.mark.slow
@pytest.mark.parametrize("ad_sets", [1, 10_000, 100_000])
def test_the_sum_is_exact_for_accounts_of_any_size(make_problem: Made, ad_sets: int) -> None:
    observation, returns, limits = make_problem(3, ad_sets, plain=True)

    allocation = allocate(observation, returns, limits)

    assert allocation.budgets_minor.sum() == observation.budget_minor
    assert not any(bad.any() for bad in verify(observation, allocation, returns, limits).values())
    assert ad_sets == 1 or certified(allocation).relative_gap < 2e-6


@pytest.mark.slow
def test_where_two_looks_are_not_enough_the_certificate_says_so_and_more_are_taken(
    make_problem: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    observation, returns, _ = make_problem(3, 5_000, plain=True)
    bent = replace(returns, curvature=0.5)
    wide = Limits(max_change=0.9)
    monkeypatch.setattr(concluding, "_ENOUGH", np.inf)
    two_looks = certified(allocate(observation, bent, wide))
    monkeypatch.undo()

    as_many_as_it_takes = certified(allocate(observation, bent, wide))

    assert two_looks.relative_gap > 2e-7
    assert as_many_as_it_takes.relative_gap < 2e-8


@pytest.mark.parametrize("offset", [1, 100, 1000])
def test_any_currency_offset_sums_exactly(make_account: Any, offset: int) -> None:
    account = make_account(6)
    account.budgets_minor = account.budgets_minor // 100 * offset
    account.minor_per_major = offset
    observation = account.observed()
    log_now = np.log(np.maximum(account.budgets_minor, 1))

    allocation = allocate(observation, Returns(log_now, log_now + np.arange(6), np.full(6, 0.5), 0.12), 0.2)

    assert allocation.budgets_minor.sum() == observation.budget_minor


def test_a_better_ad_set_never_gets_less(make_problem: Made) -> None:
    for seed in range(20):
        observation, returns, limits = make_problem(seed, 6)
        better = replace(returns, level=returns.level + 0.2 * (np.arange(6) == seed % 6))

        before, after = (allocate(observation, r, limits).budgets_minor for r in (returns, better))

        if limits.cpa_ceiling_minor is None or np.ndim(returns.conversions_each) == 0:
            assert after[seed % 6] >= before[seed % 6] - 1


def test_a_certificate_with_a_price_and_no_gap_is_found_out(make_account: Any) -> None:
    observation = make_account(3).observed()
    returns = Returns(np.full(3, 9.0), np.full(3, 10.0), np.full(3, 0.5))
    allocation = allocate(observation, returns, 0.2)
    assert allocation.certificate is not None

    blank = replace(allocation.certificate, missed=np.asarray(np.nan))

    assert not verify(observation, allocation, returns, 0.2)["gap"]
    assert verify(observation, replace(allocation, certificate=blank), returns, 0.2)["gap"]


def test_where_everyone_stands_at_the_top_the_price_is_what_the_cheapest_of_them_returns(make_account: Any) -> None:
    account = make_account(2)
    account.budget_minor = np.asarray(account.budgets_minor.sum() * 3)
    observation = account.observed()
    returns = Returns(np.full(2, 9.0), np.array([10.0, 12.0]), np.full(2, 0.5))

    allocation = allocate(observation, returns, 0.2)

    top = returns.marginal(allocation.budgets_minor)
    assert allocation.certificate is not None
    assert float(allocation.certificate.dual_value) == pytest.approx(top.min(), rel=1e-6)

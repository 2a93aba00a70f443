"""Whole minor units: exact sums, kept bounds, largest remainders first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.allocation import Leeway, rounding, to_cents

Weights = Callable[[Leeway, int], np.ndarray]
exactly = settings(
    derandomize=True, deadline=None, max_examples=100, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.slow
@exactly
@given(st.from_type(Leeway), st.integers(0, 99), st.floats(-1e4, 1e4))
def test_rounding_sums_exactly_and_stays_in_bounds(weights: Weights, room: Leeway, seed: int, error: float) -> None:
    # Shares that do not even fit: rounding has to cope with whatever a solver left behind.
    shares = np.maximum(weights(room, seed) + error, 0.0)

    cents = to_cents(shares, room.total_minor, room.lo_minor, room.hi_minor)

    assert cents.sum() == room.total_minor
    assert (cents >= room.lo_minor).all()
    assert (cents <= room.hi_minor).all()


@pytest.mark.slow
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


@pytest.mark.slow
@exactly
@given(st.integers(1, 40), st.integers(0, 999))
def test_the_larger_share_never_gets_less(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = np.sort(rng.integers(0, 40, count) / 8 + rng.integers(0, 2, count))

    cents = to_cents(shares, np.asarray(round(shares.sum())), np.zeros(count, dtype=int), np.full(count, 10**6))

    assert (np.diff(cents)[np.diff(shares) > 0] >= 0).all()


@pytest.mark.parametrize("count", [7, 300])
def test_equal_remainders_go_up_in_the_order_of_the_ad_sets(count: int) -> None:
    shares = np.full(count, 2.5)

    cents = to_cents(shares, np.asarray(2 * count + 3), np.zeros(count, dtype=int), np.full(count, 9))

    assert cents.tolist() == [3] * 3 + [2] * (count - 3)


def test_finding_the_cut_by_sorting_and_by_partition_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    shares = rng.integers(0, 64, (9, 600)) / 16
    total = np.floor(shares.sum(axis=-1)).astype(int)
    bounds = np.zeros(shares.shape, dtype=int), np.full(shares.shape, 99)

    by_partition = to_cents(shares, total, *bounds)
    monkeypatch.setattr(rounding, "_WIDE", 10**9)

    assert to_cents(shares, total, *bounds).tobytes() == by_partition.tobytes()

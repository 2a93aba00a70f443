"""Splitting money between returns of which some begin slowly, against trying every split."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import waterfilling
from simulator.bent_filling import fill_bent
from simulator.curves import POWER, Curves

UNITS = 40
"""Money in steps of 100: so many are given out."""
Floats = np.ndarray


def curves(powers: tuple[float, ...], halves: tuple[float, ...], heights: tuple[float, ...]) -> Curves:
    power, half, height = (np.array([values]) for values in (powers, halves, heights))
    limit = half**-power
    ones = np.ones_like(power)
    return Curves(1_000.0 * ones, height, np.full(power.shape, POWER), power, limit, ones, 0.0 * ones)


def filled(curve: Curves, total: int, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    return fill_bent(
        curve.impressions,
        curve.marginal_impressions,
        curve.worth_starting_at(lo.astype(float)),
        np.array([total]),
        lo,
        hi,
        np.full(lo.shape, total / lo.shape[-1]),
    )


SPLITS = np.array([(a, b, UNITS - a - b) for a in range(UNITS + 1) for b in range(UNITS + 1 - a)])


def best_by_trying(value: Callable[[Floats], Floats], most: int) -> float:
    """The largest sum of values of three over all splits in steps of 100."""
    allowed = 100.0 * SPLITS[SPLITS.max(axis=-1) <= most]
    return float(value(allowed[:, None, :]).sum(axis=-1).max())


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    powers=st.tuples(*[st.floats(0.5, 2.5)] * 3),
    halves=st.tuples(*[st.floats(0.3, 4.0)] * 3),
    heights=st.tuples(*[st.floats(10.0, 100.0)] * 3),
    most=st.sampled_from([16, 30, UNITS]),
)
def test_no_split_in_steps_is_better(
    powers: tuple[float, ...], halves: tuple[float, ...], heights: tuple[float, ...], most: int
) -> None:
    curve = curves(powers, halves, heights)
    lo = np.zeros((1, 3), dtype=np.int64)
    hi = np.full((1, 3), 100 * most)

    found = filled(curve, 100 * UNITS, lo, hi)

    assert found.sum() == 100 * UNITS
    assert ((lo <= found) & (found <= hi)).all()
    assert curve.impressions(found.astype(float)).sum() >= best_by_trying(curve.impressions, most) * (1.0 - 1e-4)


def test_where_every_return_falls_off_it_is_the_plain_filling() -> None:
    curve = curves((0.5, 0.7, 0.9), (1.0, 2.0, 1.5), (30.0, 60.0, 40.0))
    lo, hi = np.full((1, 3), 50), np.full((1, 3), 3_000)

    plain = waterfilling.fill(curve.marginal_impressions, np.array([4_000]), lo, hi)

    assert (filled(curve, 4_000, lo, hi) == plain).all()


def test_too_little_money_for_two_goes_to_one() -> None:
    curve = curves((3.0, 3.0), (1.0, 1.0), (50.0, 50.1))
    lo, hi = np.zeros((1, 2), dtype=np.int64), np.full((1, 2), 1_200)

    assert filled(curve, 1_200, lo, hi).tolist() == [[0, 1_200]]


def test_bounds_without_a_split_are_refused() -> None:
    curve = curves((2.0, 0.7), (1.0, 1.0), (50.0, 50.0))

    with pytest.raises(ValueError, match="world 0: no split"):
        filled(curve, 1_000, np.zeros((1, 2), dtype=np.int64), np.full((1, 2), 400))

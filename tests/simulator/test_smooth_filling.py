"""Filling by Newton's method gives what filling by grids gives, and knows when it cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from simulator import waterfilling
from simulator.smooth_filling import fill_smooth

POWERS = np.array([[0.3, 0.5, 0.7, 0.9]])
HEIGHTS = np.array([[9.0, 4.0, 2.0, 1.0]])


def marginal(amounts: np.ndarray) -> np.ndarray:
    """Of returns a (x + 50)^b."""
    slope: np.ndarray = HEIGHTS * POWERS * (amounts + 50.0) ** (POWERS - 1.0)
    return slope


def value(amounts: np.ndarray) -> float:
    return float((HEIGHTS * (amounts + 50.0) ** POWERS).sum())


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    lo=hnp.arrays(np.int64, (1, 4), elements=st.integers(0, 3_000)),
    room=hnp.arrays(np.int64, (1, 4), elements=st.integers(0, 50_000)),
    start=hnp.arrays(np.float64, (1, 4), elements=st.floats(0.0, 60_000.0)),
    part=st.floats(0.0, 1.0),
)
def test_it_fills_as_the_grids_do(lo: np.ndarray, room: np.ndarray, start: np.ndarray, part: float) -> None:
    total = lo.sum(-1) + np.rint(part * room.sum(-1)).astype(np.int64)

    found = fill_smooth(marginal, total, lo, lo + room, start)

    assert found.sum() == total[0]
    assert ((lo <= found) & (found <= lo + room)).all()
    assert value(found) >= value(waterfilling.fill(marginal, total, lo, lo + room)) * (1.0 - 1e-9)


def test_where_marginals_jump_the_grids_answer() -> None:
    def stepped(amounts: np.ndarray) -> np.ndarray:
        return np.where(amounts < 1_000.0, 5.0 - 1e-4 * amounts, 1.0 - 1e-4 * amounts) + 0.0 * POWERS

    lo, hi = np.zeros((1, 4), dtype=np.int64), np.full((1, 4), 5_000)

    found = fill_smooth(stepped, np.array([4_000]), lo, hi, np.array([[4_000.0, 0.0, 0.0, 0.0]]))

    assert found.sum() == 4_000
    assert np.abs(found - 1_000).max() <= 20


def test_each_world_gets_what_it_gets_alone() -> None:
    total, lo, hi = np.array([500, 90_000, 7_000]), np.zeros((3, 4), dtype=np.int64), np.full((3, 4), 60_000)
    start = np.array([[1.0, 2.0, 3.0, 4.0], [9e4, 1.0, 1.0, 1.0], [2e3, 2e3, 2e3, 1e3]])

    together = fill_smooth(marginal, total, lo, hi, start)

    for w in range(3):
        one = slice(w, w + 1)
        assert (fill_smooth(marginal, total[one], lo[one], hi[one], start[one]) == together[one]).all()


def test_bounds_without_a_split_are_refused() -> None:
    with pytest.raises(ValueError, match="world 0: no split"):
        fill_smooth(marginal, np.array([10]), np.full((1, 4), 5), np.full((1, 4), 9), np.full((1, 4), 5.0))

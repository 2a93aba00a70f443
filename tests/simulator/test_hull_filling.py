from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.hull_filling import envelope_slopes, fill_values

ROOM = np.array([100.0])
NONE, ALL = np.zeros((1, 2)), np.full((1, 2), 100.0)


def test_concave_returns_are_filled_to_equal_slopes() -> None:
    scale = np.array([[1.0, 2.0]])
    found = fill_values(lambda x: scale * np.sqrt(x), ROOM, NONE, ALL)

    np.testing.assert_allclose(found, [[20.0, 80.0]], rtol=1e-3)


def test_money_that_brings_nothing_before_a_threshold_goes_past_it_or_not_at_all() -> None:
    def value(amounts: np.ndarray) -> np.ndarray:
        past = np.maximum(amounts - 60.0, 0.0)
        return np.stack([10.0 * np.sqrt(past[..., 0]), np.sqrt(amounts[..., 1])], axis=-1)

    found = fill_values(value, ROOM, NONE, ALL)
    assert found[0, 0] > 90.0
    assert fill_values(value, np.array([50.0]), NONE, ALL)[0, 1] == pytest.approx(50.0, abs=1.0)


def test_what_loses_is_left_when_money_may_stay_idle() -> None:
    found = fill_values(lambda x: 4.0 * np.sqrt(x) - x, ROOM, NONE, ALL, spend_all=False)

    np.testing.assert_allclose(found, [[4.0, 4.0]], atol=0.05)


@given(st.lists(st.floats(-100.0, 100.0), min_size=2, max_size=20))
def test_envelopes_lie_above_and_bend_downwards(heights: list[float]) -> None:
    values = np.array(heights)[:, None]
    grid = np.arange(len(heights), dtype=np.float64)[:, None]
    slopes = envelope_slopes(grid, values)
    envelope = values[0] + np.concatenate([np.zeros((1, 1)), np.cumsum(slopes, axis=0)])

    assert (np.diff(slopes, axis=0) <= 1e-9).all()
    assert (envelope >= values - 1e-6).all()
    assert envelope[-1, 0] == pytest.approx(heights[-1], abs=1e-6)

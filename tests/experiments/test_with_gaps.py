from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.with_gaps import correlation, log_ratio, mean_of, slope, variance_of

ROWS = arrays(np.float64, (2, 9), elements=st.integers(-100, 100).map(float))
NAN = np.nan


@given(ROWS)
def test_without_gaps_they_are_numpys(values: np.ndarray) -> None:
    assert mean_of(values) == pytest.approx(values.mean(axis=-1))
    assert variance_of(values) == pytest.approx(values.var(axis=-1, ddof=1))


@given(ROWS, st.integers(0, 8))
def test_what_is_not_there_does_not_count(values: np.ndarray, place: int) -> None:
    gapped = values.copy()
    gapped[:, place] = NAN
    rest = np.delete(values, place, axis=-1)

    assert mean_of(gapped) == pytest.approx(mean_of(rest))
    assert variance_of(gapped) == pytest.approx(variance_of(rest))
    assert slope(gapped, values) == pytest.approx(slope(rest, rest), nan_ok=True)


def test_nothing_at_all_is_nan_without_a_warning() -> None:
    nothing = np.full((1, 3), NAN)

    assert np.isnan([mean_of(nothing)[0], variance_of(nothing)[0], correlation(nothing, nothing)[0]]).all()


def test_slopes_and_correlations_are_those_of_a_line() -> None:
    x = np.array([[0.0, 1.0, 2.0, 5.0]])

    assert slope(x, 3.0 - 2.0 * x) == pytest.approx(-2.0)
    assert correlation(x, 3.0 - 2.0 * x) == pytest.approx(-1.0)


def test_logs_of_nothing_are_nan() -> None:
    assert log_ratio(np.array([4.0, 0.0]), np.array([2.0, 1.0])) == pytest.approx([np.log(2.0), NAN], nan_ok=True)

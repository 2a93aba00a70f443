from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.reach import people_reached, share_missed


@pytest.mark.parametrize("concentration", [0.36, 0.7, 3.0])
def test_the_missed_are_the_zero_class_of_the_negative_binomial(concentration: float) -> None:
    mean = np.array([0.05, 0.5, 2.0, 20.0])
    zero = stats.nbinom.pmf(0, concentration, concentration / (concentration + mean))

    assert share_missed(mean, concentration) == pytest.approx(zero)


def test_nobody_is_reached_by_nothing_and_never_more_than_the_audience() -> None:
    reached = people_reached(np.array([0.0, 100.0, 1e12]), np.array(1000.0), 0.7)

    assert reached[0] == 0.0
    assert reached[1] < 100.0
    assert 990.0 < reached[2] <= 1000.0


def test_an_even_audience_is_reached_like_poisson_urns() -> None:
    reached = people_reached(np.array(500.0), np.array(1000.0), 1e7)

    assert reached == pytest.approx(1000 * (1 - np.exp(-0.5)), rel=1e-5)

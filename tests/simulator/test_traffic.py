from __future__ import annotations

import numpy as np
import pytest

from simulator.traffic import hour_shares


@pytest.mark.parametrize("weekday", range(7))
def test_the_hours_of_a_day_sum_to_one(weekday: int) -> None:
    shares = hour_shares(weekday)

    assert shares.shape == (24,)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares > 0).all()


def test_a_weekend_is_not_a_working_day() -> None:
    assert np.array_equal(hour_shares(5), hour_shares(6))
    assert not np.array_equal(hour_shares(4), hour_shares(5))


@pytest.mark.parametrize("weekday", [-1, 7])
def test_an_eighth_day_is_refused(weekday: int) -> None:
    with pytest.raises(ValueError, match="weekday"):
        hour_shares(weekday)

"""The shipped data gives the published figures again."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.calibration import hour_profiles, spend_exponent


def test_impressions_grow_as_spend_to_the_power_of_two_thirds() -> None:
    assert spend_exponent() == pytest.approx(0.65, abs=0.01)


def test_the_hour_profile_has_a_quiet_night_and_a_plateau_by_day() -> None:
    working_day = hour_profiles()[0] * 24
    published = {0: 0.34, 3: 0.09, 6: 0.23, 8: 0.90, 10: 1.76, 14: 1.75, 17: 1.52, 20: 1.16, 23: 0.57}

    for hour, index in published.items():
        assert working_day[hour] == pytest.approx(index, abs=0.06), hour


def test_the_weekday_that_the_data_window_cuts_leaves_no_step_in_the_evening() -> None:
    evening = hour_profiles()[0][17:24]

    assert (np.diff(evening) < 0).all()
    assert (np.abs(np.diff(np.log(evening))) < 0.45).all()


def test_a_profile_cannot_be_changed_by_who_reads_it() -> None:
    with pytest.raises(ValueError, match="read-only"):
        hour_profiles()[0, 0] = 1.0

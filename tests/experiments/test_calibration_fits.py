from __future__ import annotations

import numpy as np
import pytest

from experiments.calibration_fits import calibration_fits
from simulator.calibration import bid_landscape, hour_profiles, region_profiles, spend_exponent


def test_the_bid_landscape_is_a_power_law_to_two_per_cent() -> None:
    landscape, _ = calibration_fits()

    assert landscape.points == len(bid_landscape()[0]) == 10
    assert landscape.r_squared > 0.999
    assert landscape.residual_sd < 0.02
    assert f"{spend_exponent():.2f}" in landscape.name


def test_one_profile_explains_most_of_the_hours_of_all_regions() -> None:
    _, hours = calibration_fits()

    assert hours.points == sum(int((profiles > 0).sum()) for profiles in region_profiles().values())
    assert 0.6 < hours.r_squared < 0.9


@pytest.mark.parametrize("weekday", range(1, 8))
def test_profiles_of_regions_are_shares_of_a_day(weekday: int) -> None:
    assert region_profiles()[weekday].shape == (114, 24)
    assert region_profiles()[weekday].sum(axis=1) == pytest.approx(np.ones(114))


def test_the_typical_profile_lies_in_the_midst_of_the_regions() -> None:
    above = (region_profiles()[3] > hour_profiles()[0]).mean(axis=0)

    assert (above > 0.1).all()
    assert (above < 0.9).all()

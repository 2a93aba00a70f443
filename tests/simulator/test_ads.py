from __future__ import annotations

import numpy as np
import pytest

from simulator.ads import over_ads


@pytest.mark.parametrize("ads", [1, 2, 5, 50])
def test_ads_are_added_up(ads: int) -> None:
    values = np.random.default_rng(1).uniform(size=(4, 3, ads))

    assert over_ads(values) == pytest.approx(values.sum(axis=-1), rel=1e-13)


def test_whole_numbers_stay_whole_and_the_ads_stay_as_they_are() -> None:
    values = np.array([[[2**60, 1]]])

    assert over_ads(values).item() == 2**60 + 1
    assert values.tolist() == [[[2**60, 1]]]

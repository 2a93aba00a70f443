from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.delay import arrival_shares
from simulator.order_categories import ORDER_CATEGORIES, category_shares

shares = st.floats(0.0, 1.0)


@given(shares, shares, shares, shares, st.floats(0.0, 3.0))
def test_categories_sum_to_what_is_caused(
    same_day: float, tracked: float, recorded: float, late: float, views: float
) -> None:
    found = category_shares(same_day, tracked, recorded, late, views)

    assert found.shape == (13, 1, 1, 1)
    assert (found >= -1e-15).all()
    assert found.sum() == pytest.approx(1.0 + views)


def test_an_outage_loses_what_would_have_come_in_on_its_day() -> None:
    recorded = np.ones((8, 1, 1, 1))
    recorded[1] = 0.25
    found = dict(zip(ORDER_CATEGORIES, category_shares(0.6, 0.9, recorded, 0.1, 0.2).ravel(), strict=True))
    lag1 = 0.9 * arrival_shares(0.6)[1]

    assert found["click 0"] == pytest.approx(0.9 * 0.9 * 0.6)
    assert found["click 1"] == pytest.approx(0.25 * 0.9 * lag1)
    assert found["view 0"] == pytest.approx(0.9 * 0.2 * 0.6)
    assert found["view 1"] == pytest.approx(0.25 * 0.9 * 0.2 * 0.4)
    assert found["late"] == pytest.approx(0.1)
    assert found["untracked"] == pytest.approx(0.1 * (0.9 + 0.2))
    assert found["lost"] == pytest.approx(0.75 * 0.9 * (lag1 + 0.2 * 0.4))


def test_shares_of_their_own_for_every_ad_set_keep_their_shape() -> None:
    tracked = np.array([0.5, 1.0]).reshape(1, 1, 2, 1)
    found = category_shares(0.5, tracked, 1.0, 0.0, 0.0)

    assert found.shape == (13, 1, 2, 1)
    assert found[11].ravel().tolist() == pytest.approx([0.5, 0.0])

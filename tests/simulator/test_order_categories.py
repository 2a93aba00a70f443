import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.delay import LAGS, arrival_shares
from simulator.order_categories import (
    ARRIVAL_LAGS,
    CLICKS,
    LATE,
    LOST,
    ORDER_CATEGORIES,
    UNTRACKED,
    VIEWS,
    as_known,
    category_shares,
)

shares = st.floats(0.0, 1.0)


def test_names_places_and_lags_of_categories_agree():
    assert len(ORDER_CATEGORIES) == len(ARRIVAL_LAGS) == 13
    assert [f"click {lag}" for lag in ARRIVAL_LAGS[CLICKS]] == list(ORDER_CATEGORIES[CLICKS])
    assert [f"view {lag}" for lag in ARRIVAL_LAGS[VIEWS]] == list(ORDER_CATEGORIES[VIEWS])
    assert [ORDER_CATEGORIES[i] for i in (LATE, UNTRACKED, LOST)] == ["late", "untracked", "lost"]
    assert {lag for name, lag in zip(ORDER_CATEGORIES, ARRIVAL_LAGS, strict=True) if " " not in name} == {-1}


@given(shares, shares, st.lists(shares, min_size=LAGS, max_size=LAGS), shares, st.floats(0.0, 3.0))
def test_categories_add_up_to_what_was_caused(same_day, tracked, recorded, late, views):
    by_lag = np.array(recorded).reshape(LAGS, 1, 1, 1)
    parts = category_shares(same_day, tracked=tracked, recorded=by_lag, late_share=late, view_orders=views)
    assert (parts >= 0.0).all()
    assert parts.sum() == pytest.approx(1.0 + views, rel=1e-12)


def test_without_losses_orders_are_booked_by_delay_alone():
    parts = category_shares(0.55)[:, 0, 0, 0]
    np.testing.assert_array_equal(parts[CLICKS], arrival_shares(0.55))
    assert not parts[LAGS:].any()


def test_late_orders_are_taken_from_those_after_a_click_and_not_from_those_after_a_view():
    parts = category_shares(0.55, late_share=0.2, view_orders=0.5)[:, 0, 0, 0]
    assert parts[CLICKS].sum() == pytest.approx(0.8)
    assert parts[VIEWS].sum() == pytest.approx(0.5)
    assert parts[LATE] == pytest.approx(0.2)


def test_what_is_not_tracked_cannot_be_lost_again():
    parts = category_shares(0.55, tracked=0.75, recorded=0.5, view_orders=0.2)[:, 0, 0, 0]
    assert parts[UNTRACKED] == pytest.approx(1.2 * 0.25)
    assert parts[LOST] == pytest.approx(1.2 * 0.75 * 0.5)


def test_a_day_of_outage_takes_the_orders_of_that_day_and_no_others():
    recorded = np.ones((LAGS, 1, 1, 1))
    recorded[1] = 0.0
    whole = category_shares(0.55, view_orders=0.3)[:, 0, 0, 0]
    parts = category_shares(0.55, recorded=recorded, view_orders=0.3)[:, 0, 0, 0]
    gone = [i for i, lag in enumerate(ARRIVAL_LAGS) if lag == 1]
    assert [ORDER_CATEGORIES[i] for i in gone] == ["click 1", "view 1"]
    assert not parts[gone].any()
    kept = [i for i, lag in enumerate(ARRIVAL_LAGS) if lag not in {1, -1}]
    np.testing.assert_array_equal(parts[kept], whole[kept])
    assert parts[LOST] == pytest.approx(whole[gone].sum())


def test_shares_of_as_many_worlds_as_there_are_lags_are_shares_of_worlds():
    tracked = np.linspace(0.2, 0.9, LAGS).reshape(LAGS, 1, 1)
    parts = category_shares(0.55, tracked=tracked)
    assert parts.shape == (13, LAGS, 1, 1)
    np.testing.assert_allclose(parts[CLICKS].sum(axis=0)[:, 0, 0], tracked[:, 0, 0])


def test_axes_of_worlds_ad_sets_and_ads_meet():
    rng = np.random.default_rng(3)
    tracked, recorded = rng.random((4, 3, 1)), rng.random((LAGS, 4, 1, 1))
    views, late = rng.random((1, 3, 2)), rng.random((4, 1, 1))
    parts = category_shares(0.6, tracked=tracked, recorded=recorded, late_share=late, view_orders=views)
    assert parts.shape == (13, 4, 3, 2)
    for w, a, c in np.ndindex(4, 3, 2):
        alone = category_shares(
            0.6,
            tracked=tracked[w, a, 0],
            recorded=recorded[:, w].reshape(LAGS, 1, 1, 1),
            late_share=late[w, 0, 0],
            view_orders=views[0, a, c],
        )
        np.testing.assert_array_equal(parts[:, w, a, c], alone[:, 0, 0, 0])


def test_what_is_booked_is_what_was_caused_less_what_never_comes_and_what_is_still_to_come():
    orders = np.random.default_rng(5).poisson(20.0, (13, 3, 2, 1))
    lags = np.array(ARRIVAL_LAGS)
    for days in range(10):
        booked = as_known(orders, days).sum(axis=0)
        to_come = orders[lags > days].sum(axis=0)
        never = orders[UNTRACKED] + orders[LOST] + orders[LATE]
        np.testing.assert_array_equal(booked, orders.sum(axis=0) - never - to_come)


def test_nothing_more_becomes_known_after_a_week():
    orders = np.arange(1, 14)
    np.testing.assert_array_equal(as_known(orders, 7), as_known(orders, 100))
    assert as_known(orders, 7).sum() > as_known(orders, 6).sum()

"""Whose part of a day's figures is whose."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.graph_api.presence import Presence, weights_of

DAY = date(2026, 3, 2)


@pytest.mark.slow
@given(st.lists(st.integers(0, 10**6).map(str), min_size=1, max_size=8, unique=True))
def test_weights_sum_to_one_and_the_oldest_ad_of_two_equals_weighs_three_times_as_much(ids: list[str]) -> None:
    weights = weights_of(ids)

    assert sum(weights.values()) == pytest.approx(1.0)
    assert list(weights) == ids
    if len(ids) > 1:
        turned = weights_of(ids[::-1])
        assert weights[ids[0]] > turned[ids[0]]


@given(st.lists(st.tuples(st.floats(0, 1), st.sets(st.sampled_from("abc"))), max_size=6))
def test_parts_of_a_day_sum_to_the_time_in_which_anything_delivered(changes) -> None:
    presence, expected, since, on = Presence(), 0.0, 0.0, False
    for share, ids in sorted(changes, key=lambda change: change[0]):
        expected += (share - since) * on
        presence.change(share, sorted(ids))
        since, on = share, bool(ids)
    expected += (1.0 - since) * on

    assert presence.delivered(1.0) == pytest.approx(expected)
    presence.close(DAY)
    assert sum(presence.days[DAY].values()) == pytest.approx(expected)
    assert presence.delivered(0.0) == 0.0
    assert presence.delivered(1.0) == pytest.approx(float(on))

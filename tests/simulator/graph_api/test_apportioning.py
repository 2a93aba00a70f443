"""Whole numbers divided into whole parts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.graph_api.apportioning import apportioned, divided

WEIGHTS = st.lists(st.floats(0, 1e6), min_size=1, max_size=6)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5), WEIGHTS)
def test_parts_sum_to_what_was_divided_and_are_near_their_shares(totals: list[int], weights: list[float]) -> None:
    parts = apportioned(np.array(totals), np.array(weights))

    assert parts.sum(axis=-1).tolist() == totals
    assert (parts >= 0).all()
    if sum(weights) > 0:
        shares = np.array(totals)[:, None] * np.array(weights) / sum(weights)
        assert (np.abs(parts - shares) < 1 + 1e-6).all()


@given(st.data(), st.integers(0, 10**7), WEIGHTS)
def test_no_part_is_below_its_least_or_above_its_most(data: st.DataObject, total: int, weights: list[float]) -> None:
    least = data.draw(st.lists(st.integers(0, 10**6), min_size=len(weights), max_size=len(weights)))
    most = [low + data.draw(st.integers(0, 10**7)) for low in least]
    parts = divided(total, weights, least, most)

    assert sum(parts) <= total
    if sum(least) <= total:
        assert all(low <= part <= high for part, low, high in zip(parts, least, most, strict=True))
    else:
        assert sum(parts) == total

"""Counts of days, spread over their hours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.graph_api.events.browser import spread

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=24).filter(lambda shares: sum(shares) > 0.01)


@given(st.integers(0, 10**9), SHARES)
def test_nothing_is_lost_and_nothing_is_negative(count: int, shares: list[float]) -> None:
    parts = spread(count, shares)

    assert sum(parts) == count
    assert all(part >= 0 for part in parts)
    assert all(abs(sum(parts[: i + 1]) - count * sum(shares[: i + 1]) / sum(shares)) <= 1.01 for i in range(len(parts)))

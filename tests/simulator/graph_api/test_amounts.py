"""Money and ratios as text lose nothing."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.graph_api.amounts import major, ratio


@settings(derandomize=True, deadline=None)
@given(minor=st.integers(0, 2**53), offset=st.sampled_from([1, 100]))
def test_minor_units_come_back_exactly(minor: int, offset: int) -> None:
    text = major(minor, offset)

    assert Decimal(text) * offset == minor
    assert "E" not in text
    assert text == "0" or not (("." in text) and text.endswith(("0", ".")))


@settings(derandomize=True, deadline=None)
@given(numerator=st.integers(0, 10**12), denominator=st.integers(1, 10**9))
def test_a_ratio_is_right_to_half_a_millionth(numerator: int, denominator: int) -> None:
    text = ratio(numerator, denominator)

    assert text is not None
    assert abs(Decimal(text) - Decimal(numerator) / denominator) <= Decimal("0.0000005")


def test_nothing_is_divided_by_nothing() -> None:
    assert ratio(5, 0) is None

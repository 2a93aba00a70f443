"""Money crosses the wire without losing a cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.platforms.meta.money import (
    MAX_MINOR,
    major_from_minor,
    minor_from_major,
    minor_of,
)

offsets = st.sampled_from([1, 100])
amounts = st.integers(0, MAX_MINOR)


@settings(derandomize=True)
@given(amounts, offsets)
def test_minor_to_major_and_back_is_exact(minor, offset) -> None:
    assert minor_from_major(major_from_minor(minor, offset), offset) == minor


@settings(derandomize=True)
@given(st.integers(0, 10**12), st.integers(0, 6), offsets)
def test_rounding_is_to_the_nearest_minor_unit_and_halves_go_up(digits, places, offset) -> None:
    value = Decimal(digits).scaleb(-places)

    minor = minor_from_major(f"{value:f}", offset)

    assert Decimal(-1) / 2 < minor - value * offset <= Decimal(1) / 2


@pytest.mark.parametrize(
    ("text", "offset", "minor"),
    [("0", 100, 0), ("0.1", 100, 10), ("1.005", 100, 101), ("1.0049", 100, 100), ("9.99", 1, 10), ("0.5", 1, 1)],
)
def test_report_figures_become_minor_units(text, offset, minor) -> None:
    assert minor_from_major(text, offset) == minor


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1e3", "NaN", "Infinity", "1,5", " 1", "1.", ".5", "0x10", "9" * 19, "\u0661"]
)
def test_what_is_no_plain_number_is_no_money(text) -> None:
    with pytest.raises(ValueError, match="number"):
        minor_from_major(text, 100)
    with pytest.raises(ValueError, match="number"):
        minor_of(text)


def test_amounts_that_no_account_holds_are_mistakes() -> None:
    with pytest.raises(ValueError, match="more money"):
        minor_of(str(MAX_MINOR + 1))
    with pytest.raises(ValueError, match="more money"):
        minor_from_major(str(MAX_MINOR), 100)


def test_a_budget_with_a_fraction_is_no_budget() -> None:
    with pytest.raises(ValueError, match="whole number"):
        minor_of("10.50")

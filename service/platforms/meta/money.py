"""Money on Meta's wire: budgets are whole minor units, report figures are decimals of the major unit.

How many minor units make a major one is in `service.currencies`.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

MAX_MINOR = 2**53
"""Amounts beyond this are a mistake, and would not be exact as a float64."""

_DECIMAL = re.compile(r"[0-9]{1,18}(\.[0-9]{1,12})?")
_WHOLE = re.compile(r"[0-9]{1,18}")


def minor_from_major(text: str, offset: int) -> int:
    """A decimal of the major unit as minor units; digits below the minor unit are rounded half up.

    >>> minor_from_major("5339.5", 100), minor_from_major("0.005", 100), minor_from_major("5339.5", 1)
    (533950, 1, 5340)

    Raises:
        ValueError: no plain decimal number, negative, or absurdly large.
    """
    return _bounded(round_half_up(decimal_of(text) * offset), text)


def major_from_minor(minor: int, offset: int) -> str:
    """Minor units as a decimal of the major unit, exactly.

    >>> major_from_minor(533950, 100), major_from_minor(7, 1)
    ('5339.50', '7')
    """
    return str(minor) if offset == 1 else f"{Decimal(minor) / offset:.{len(str(offset)) - 1}f}"


def minor_of(text: str) -> int:
    """A budget as Meta writes it: a numeric string in minor units.

    Raises:
        ValueError: not a whole number, negative, or absurdly large.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is no whole number of minor units")
    return _bounded(int(text), text)


def decimal_of(text: str) -> Decimal:
    """A plain non-negative decimal: no sign, exponent, blank, NaN or infinity.

    Raises:
        ValueError: anything else.
    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text!r} is no plain decimal number")
    return Decimal(text)


def round_half_up(value: Decimal) -> int:
    """The nearest whole number; halves go up, as on an invoice."""
    return int(value.to_integral_value(rounding=ROUND_HALF_UP))


def _bounded(minor: int, text: str) -> int:
    if minor > MAX_MINOR:
        raise ValueError(f"{text!r} is more money than any account holds")
    return minor

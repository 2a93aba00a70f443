"""Numbers as the API writes them: always text; money in minor units on objects, in decimal major units in reports."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

MICRO = Decimal("0.000001")


def major(minor: int, minor_per_major: int) -> str:
    """Minor units as a decimal of major units, exact and without trailing zeros.

    >>> major(533950, 100), major(5339, 1), major(0, 100)
    ('5339.5', '5339', '0')
    """
    return plain(Decimal(minor) / minor_per_major)


def ratio(numerator: Decimal | int, denominator: int) -> str | None:
    """A quotient to six places, or None where there is nothing to divide by.

    >>> ratio(1, 3), ratio(1, 0)
    ('0.333333', None)
    """
    if not denominator:
        return None
    return plain((Decimal(numerator) / denominator).quantize(MICRO, ROUND_HALF_UP))


def plain(number: Decimal) -> str:
    """Fixed point, no trailing zeros, no exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

"""Money on Meta's wire: budgets are whole minor units, report figures are decimals of the major unit.

Currency offsets are Meta's own, not ISO 4217's (Marketing API reference, "Currencies"): ISO has decimals for COP, CRC,
HUF, IDR and TWD, and three of them for BHD and JOD; Meta counts the former in whole units and the latter in hundredths.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

WHOLE_UNIT_CURRENCIES = frozenset(
    {"CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"},
)
"""Currencies whose offset is 1: the minor unit is the unit itself."""

MAX_MINOR = 2**53
"""Amounts beyond this are a mistake, and would not be exact as a float64."""

_DECIMAL = re.compile(r"[0-9]{1,18}(\.[0-9]{1,12})?")
_WHOLE = re.compile(r"[0-9]{1,18}")


def minor_per_major(currency: str) -> int:
    """Meta's offset of a currency.

    >>> minor_per_major("EUR"), minor_per_major("JPY"), minor_per_major("JOD")
    (100, 1, 100)

    Raises:
        ValueError: not three capital letters.
    """
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValueError(f"{currency!r} is no currency code")
    return 1 if currency in WHOLE_UNIT_CURRENCIES else 100


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

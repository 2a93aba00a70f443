"""How many minor units make one major unit, as Meta counts them.

Currency offsets are Meta's own, not ISO 4217's (Marketing API reference, "Currencies"): ISO has decimals for COP, CRC,
HUF, IDR and TWD, and three of them for BHD and JOD; Meta counts the former in whole units and the latter in hundredths.
"""

from __future__ import annotations

import re

WHOLE_UNIT_CURRENCIES = frozenset(
    {"CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"},
)
"""Currencies whose offset is 1: the minor unit is the unit itself."""


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

"""How large an audience is said to be, and how many people live where."""

from __future__ import annotations

import math

SMALLEST_SHOWN = 1000
"""Smaller audiences are all said to have this size."""
UNKNOWN = -1

PEOPLE = {
    "AE": 9_000_000, "AR": 29_000_000, "AT": 4_300_000, "AU": 17_000_000, "BD": 60_000_000, "BE": 7_000_000,
    "BR": 119_000_000, "CA": 25_000_000, "CH": 4_200_000, "CL": 13_000_000, "CO": 37_000_000, "CZ": 5_400_000,
    "DE": 31_000_000, "DK": 3_800_000, "EG": 46_000_000, "ES": 24_000_000, "FI": 2_700_000, "FR": 35_000_000,
    "GB": 41_000_000, "GR": 5_600_000, "HU": 5_700_000, "ID": 128_000_000, "IE": 3_000_000, "IL": 5_800_000,
    "IN": 400_000_000, "IT": 31_000_000, "JP": 17_000_000, "KE": 13_000_000, "KR": 10_000_000, "MX": 90_000_000,
    "MY": 23_000_000, "NG": 38_000_000, "NL": 11_000_000, "NO": 3_400_000, "NZ": 3_300_000, "PE": 26_000_000,
    "PH": 90_000_000, "PK": 50_000_000, "PL": 19_000_000, "PT": 6_600_000, "RO": 10_000_000, "SA": 15_000_000,
    "SE": 6_200_000, "SG": 3_600_000, "TH": 51_000_000, "TR": 37_000_000, "TW": 17_000_000, "UA": 14_000_000,
    "US": 200_000_000, "VN": 75_000_000, "ZA": 27_000_000,
}  # fmt: skip
"""People who use the platform, by country: round figures of the right size (assumption)."""
ELSEWHERE = 5_000_000


def population(countries: tuple[str, ...]) -> int:
    """People in all of these countries."""
    return sum(PEOPLE.get(country, ELSEWHERE) for country in countries)


def bounds(people: int) -> tuple[int, int]:
    """Lower and upper bound as they are shown: two digits, some 8 % to either side; never an exact count.

    >>> bounds(40), bounds(312_000), bounds(UNKNOWN)
    ((1000, 1000), (280000, 340000), (-1, -1))
    """
    if people == UNKNOWN:
        return UNKNOWN, UNKNOWN
    if people < SMALLEST_SHOWN:
        return SMALLEST_SHOWN, SMALLEST_SHOWN
    step = 10 ** (int(math.log10(people)) - 1)
    lower, upper = math.floor(people * 0.92 / step) * step, math.ceil(people * 1.08 / step) * step
    return max(SMALLEST_SHOWN, lower), upper

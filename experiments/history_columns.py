"""What columns of an exported report are called, and how their cells read.

Names are those of Meta's Ads Manager export and of the Insights API, in any case and with any punctuation; the first
one that is there is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from experiments.errors import HistoryRefused
from simulator.errors import did_you_mean

NAMES = {
    "day": ("day", "date", "reporting starts", "date start", "date_start"),
    "ad_set": ("ad set id", "adset id", "ad set name", "adset name", "ad set", "adset"),
    "spend": ("amount spent", "spend", "cost"),
    "impressions": ("impressions", "impr"),
    "clicks": ("link clicks", "inline link clicks", "clicks"),
    "conversions": ("purchases", "website purchases", "leads", "results", "conversions", "orders"),
    "value": ("purchases conversion value", "purchase conversion value", "conversion value", "value", "revenue"),
    "reach": ("reach",),
    "budget": ("ad set budget", "adset budget", "daily budget", "budget"),
}
"""Words of each column, most telling first."""

OPTIONAL = ("reach", "budget")
MAY_BE_EMPTY = ("clicks", "conversions", "value")
"""Meta leaves these cells empty where they are zero."""

_LONGEST = 18
_CURRENCY = re.compile(r"\(([A-Z]{3})\)")


def column_places(headers: Sequence[str]) -> dict[str, int]:
    """Where each known column stands, optional ones only if they are there.

    Raises:
        HistoryRefused: a needed column is missing; the message lists what it may be called.
    """
    plain = [_plain(header) for header in headers]
    found: dict[str, int] = {}
    for column, words in NAMES.items():
        place = next((plain.index(_plain(word)) for word in words if _plain(word) in plain), None)
        if place is not None:
            found[column] = place
        elif column not in OPTIONAL:
            raise HistoryRefused(
                f"row 1: no column for {column.replace('_', ' ')}: it may be called {', '.join(words)} "
                f"({did_you_mean(words[0], plain)})"
            )
    return found


def stated_currency(headers: Sequence[str]) -> str | None:
    """The currency that a header names, as in "Amount spent (EUR)".

    >>> stated_currency(["Day", "Amount spent (EUR)"])
    'EUR'
    """
    return next((match.group(1) for header in headers if (match := _CURRENCY.search(header))), None)


def separator(header: str) -> str:
    r"""What stands between cells: a comma, or what European spreadsheets and copies of tables have instead.

    >>> [separator(header) for header in ("Day,Spend", "Day;Spend", "Day\tSpend", "Day")]
    [',', ';', '\t', ',']
    """
    return max(",;\t", key=header.count)


def read_day(text: str, row: int) -> date:
    """A day.

    Raises:
        HistoryRefused: not written as 2026-03-31.
    """
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError as error:
        raise HistoryRefused(f"row {row}: {text!r} is no day; write days as 2026-03-31") from error


def read_number(text: str, column: str, row: int) -> float:
    """A number of at least zero; an empty cell is zero where Meta leaves zeros out.

    Raises:
        HistoryRefused: anything else, such as a decimal comma, nan, or a negative number.
    """
    text = text.strip()
    if not text and column in MAY_BE_EMPTY:
        return 0.0
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]*)?", text):
        raise HistoryRefused(
            f"row {row}: {column} is {text!r}; write plain numbers such as 1234.56, without signs, spaces or commas"
        )
    if text.startswith("-"):
        raise HistoryRefused(f"row {row}: {column} is {text}, and cannot be below zero; leave corrections out")
    if len(text) > _LONGEST:
        raise HistoryRefused(f"row {row}: {column} has {len(text)} digits, which no account spends or counts")
    return float(text)


def _plain(header: str) -> str:
    """A header without currency, punctuation and case."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", _CURRENCY.sub("", header).lower()).split())

"""Amounts, shares and days as people read them."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
COMMAND = re.compile(r"`([^`]+)`")


def money(amount_minor: int, minor_per_major: int) -> str:
    """Major units with thousands separators and the decimals the currency has.

    >>> money(123456789, 100), money(5, 100), money(1200, 1)
    ('1,234,567.89', '0.05', '1,200')
    """
    decimals = len(str(minor_per_major)) - 1
    whole, part = divmod(abs(amount_minor), minor_per_major)
    sign = MINUS if amount_minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{part:0{decimals}d}" if decimals else "")


def signed(amount_minor: float, minor_per_major: int) -> str:
    """An amount with its sign, rounded to whole minor units.

    >>> signed(4120.4, 100), signed(-0.2, 1)
    ('+41.20', '0')
    """
    whole = round(amount_minor)
    return f"{'+' if whole > 0 else ''}{money(whole, minor_per_major)}"


def change(before_minor: int, after_minor: int) -> str:
    """The change in percent, signed; from nothing there is no percentage.

    >>> change(100, 120), change(100, 100), change(0, 5)
    ('+20.0 %', '0 %', 'new')
    """
    if before_minor == after_minor:
        return "0 %"
    if before_minor == 0:
        return "new"
    percent = 100 * (after_minor - before_minor) / before_minor
    return f"{'+' if percent > 0 else MINUS}{abs(percent):,.1f} %"


def long_day(day: date) -> str:
    """For headings.

    >>> long_day(date(2026, 3, 2))
    'Monday 2 March 2026'
    """
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_day(day: date) -> str:
    """For tables.

    >>> short_day(date(2026, 3, 2))
    'Mon 2 Mar 2026'
    """
    return f"{day:%a} {day.day} {day:%b %Y}"


def local_time(at: datetime, time_zone: str) -> str:
    """Minutes on the account's own clock.

    >>> from datetime import UTC
    >>> local_time(datetime(2026, 3, 2, 1, 31, tzinfo=UTC), "Europe/Madrid")
    '02:31'
    """
    return f"{at.astimezone(ZoneInfo(time_zone)):%H:%M}"


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "change"), count(3, "change"), count(0, "change")
    ('1 change', '3 changes', 'no changes')
    """
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """A message as a sentence of its own: with a capital, and ended.

    >>> sentence("no policy yet"), sentence("Is it there?")
    ('No policy yet.', 'Is it there?')
    """
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith((".", "!", "?")) else ".")


def commands(text: str) -> Markup:
    """HTML of a message, with what stands between backticks as code; everything is escaped before.

    >>> commands("run `a <b>`")
    Markup('run <code>a &lt;b&gt;</code>')
    """
    return Markup(COMMAND.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped in the same breath

"""Amounts, shares and days as people read them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dashboard import words


@pytest.mark.parametrize(
    ("amount", "per", "said"),
    [
        (123_456_789, 100, "1,234,567.89"),
        (5, 100, "0.05"),
        (0, 100, "0.00"),
        (1200, 1, "1,200"),
        (1_234_567, 1000, "1,234.567"),
        (-50, 100, "\N{MINUS SIGN}0.50"),
    ],
)
def test_money_has_separators_and_the_decimals_of_its_currency(amount, per, said):
    assert words.money(amount, per) == said


@given(st.integers(0, 2**53), st.sampled_from([1, 100, 1000]))
def test_money_loses_no_minor_unit(amount, per):
    assert int(words.money(amount, per).replace(",", "").replace(".", "")) == amount


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (100, 120, "+20.0 %"),
        (100, 97, "\N{MINUS SIGN}3.0 %"),
        (100, 100, "0 %"),
        (0, 0, "0 %"),
        (0, 5, "new"),
        (5, 0, "\N{MINUS SIGN}100.0 %"),
    ],
)
def test_a_change_is_signed_and_from_nothing_there_is_none(before, after, said):
    assert words.change(before, after) == said


def test_days_and_times_are_the_accounts_own():
    assert words.long_day(date(2026, 3, 2)) == "Monday 2 March 2026"
    assert words.short_day(date(2026, 3, 2)) == "Mon 2 Mar 2026"
    assert words.local_time(datetime(2026, 3, 2, 1, 31, tzinfo=UTC), "Europe/Madrid") == "02:31"


def test_nouns_follow_their_number():
    assert [words.count(n, "change") for n in (0, 1, 2)] == ["no changes", "1 change", "2 changes"]


def test_messages_become_sentences():
    assert [words.sentence(text) for text in ("", "no policy", "Why?")] == ["", "No policy.", "Why?"]


def test_backticks_become_code_after_escaping():
    assert words.commands("`a` <i>`b&`</i> `") == "<code>a</code> &lt;i&gt;<code>b&amp;</code>&lt;/i&gt; `"

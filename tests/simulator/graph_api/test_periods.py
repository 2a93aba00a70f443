"""Days and how they are cut."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from facebook_business.adobjects.adsinsights import AdsInsights
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.graph_api.periods import PRESETS, cut, earliest, periods

TODAY = date(2026, 3, 4)  # a Wednesday


@pytest.mark.parametrize(
    ("preset", "since", "until"),
    [
        ("today", "2026-03-04", "2026-03-04"),
        ("yesterday", "2026-03-03", "2026-03-03"),
        ("last_7d", "2026-02-25", "2026-03-03"),
        ("this_month", "2026-03-01", "2026-03-04"),
        ("last_month", "2026-02-01", "2026-02-28"),
        ("this_week_mon_today", "2026-03-02", "2026-03-04"),
        ("this_week_sun_today", "2026-03-01", "2026-03-04"),
        ("last_week_mon_sun", "2026-02-23", "2026-03-01"),
        ("last_week_sun_sat", "2026-02-22", "2026-02-28"),
        ("this_quarter", "2026-01-01", "2026-03-04"),
        ("last_quarter", "2025-10-01", "2025-12-31"),
        ("this_year", "2026-01-01", "2026-03-04"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("maximum", "2023-02-04", "2026-03-04"),
        ("data_maximum", "2023-02-04", "2026-03-04"),
    ],
)
def test_presets_mean_these_days(preset: str, since: str, until: str) -> None:
    assert periods({"date_preset": preset}, TODAY) == [(date.fromisoformat(since), date.fromisoformat(until))]


def test_every_preset_of_the_sdk_means_something() -> None:
    assert {value for name, value in vars(AdsInsights.DatePreset).items() if not name.startswith("_")} == set(PRESETS)


def test_thirty_days_are_meant_where_nothing_is_said() -> None:
    assert periods({}, TODAY) == [PRESETS["last_30d"](TODAY)]


@settings(derandomize=True, deadline=None)
@given(
    since=st.dates(date(2024, 1, 1), date(2026, 1, 1)),
    length=st.integers(0, 400),
    increment=st.one_of(st.integers(1, 90), st.sampled_from(["all_days", "monthly"])),
)
def test_cutting_keeps_every_day_once_and_in_order(since: date, length: int, increment: int | str) -> None:
    until = since + timedelta(days=length)
    pieces = list(cut((since, until), increment, date(2030, 1, 1)))

    assert pieces[0][0] == since
    assert pieces[-1][1] == until
    assert all(end + timedelta(days=1) == start for (_, end), (start, _) in itertools.pairwise(pieces))
    assert all(start <= end for start, end in pieces)


@settings(derandomize=True, deadline=None)
@given(today=st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_thirty_seven_months_are_kept(today: date) -> None:
    assert 37 * 30 < (today - earliest(today)).days <= 37 * 31

"""Whose morning is it: time zones, clock changes, missed days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.decision import AccountState, Mode
from service.platforms import AccountFacts
from service.scheduling.due import due, local_day

ZONES = ["Europe/Madrid", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", "America/Sao_Paulo", "UTC"]


def account(zone: str, last: date | None = None, unsettled: int = 0, name: str = "act_1") -> AccountState:
    """An onboarded account in a time zone."""
    facts = AccountFacts(name, "Shop", "EUR", 100, zone, active=True)
    return AccountState(facts, Mode.LIVE, 10_000, datetime(2026, 1, 1, tzinfo=UTC), last, unsettled, None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2026-03-05T00:59", "Europe/Madrid", None),
        ("2026-03-05T01:00", "Europe/Madrid", date(2026, 3, 5)),
        ("2026-03-05T01:00", "America/New_York", date(2026, 3, 4)),
        ("2026-03-04T17:00", "Asia/Tokyo", date(2026, 3, 5)),
        ("2026-03-04T16:59", "Asia/Tokyo", None),
    ],
)
def test_a_morning_comes_by_the_accounts_own_clock(now: str, zone: str, expected: date | None) -> None:
    assert due(at(now), [account(zone)], 2) == ([("act_1", expected)] if expected else [])


def test_a_decided_morning_is_not_due_again() -> None:
    now = at("2026-03-05T12:00")

    assert due(now, [account("UTC", last=date(2026, 3, 5))], 2) == []
    assert due(now, [account("UTC", last=date(2026, 3, 4))], 2) == [("act_1", date(2026, 3, 5))]


def test_a_decided_morning_with_open_changes_is_due_until_they_are_settled() -> None:
    assert due(at("2026-03-05T12:00"), [account("UTC", date(2026, 3, 5), unsettled=2)], 2) == [
        ("act_1", date(2026, 3, 5))
    ]


def test_missed_mornings_are_gone() -> None:
    assert due(at("2026-03-20T09:00"), [account("UTC", last=date(2026, 3, 5))], 2) == [("act_1", date(2026, 3, 20))]


def test_a_platform_clock_that_stepped_back_decides_nothing_twice() -> None:
    assert due(at("2026-03-04T12:00"), [account("UTC", last=date(2026, 3, 5))], 2) == []


def test_accounts_keep_their_order() -> None:
    states = [account("UTC", name=name) for name in ("act_9", "act_1", "act_5")]

    assert [name for name, _ in due(at("2026-03-05T12:00"), states, 2)] == ["act_9", "act_1", "act_5"]


@pytest.mark.slow
@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    start=st.sampled_from([date(2026, 3, 6), date(2026, 3, 27), date(2026, 10, 23), date(2026, 10, 30)]),
    hour=st.integers(0, 22),
    minutes=st.sampled_from([5, 15, 30]),
)
def test_every_local_day_has_exactly_one_morning_even_when_the_clocks_change(
    zone: str, start: date, hour: int, minutes: int
) -> None:
    now = datetime(start.year, start.month, start.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    decided: list[date] = []
    for _ in range(4 * 24 * 60 // minutes):
        for _, day in due(now, [account(zone, decided[-1] if decided else None)], hour):
            decided.append(day)
            assert now.astimezone(ZoneInfo(zone)).hour <= hour + 1
        now += timedelta(minutes=minutes)

    assert decided[:4] == [start + timedelta(days=n) for n in range(4)]


def test_the_local_day_is_the_calendar_of_the_place() -> None:
    assert local_day(at("2026-03-05T23:30"), "Asia/Tokyo") == date(2026, 3, 6)
    assert local_day(at("2026-03-05T03:00"), "America/New_York") == date(2026, 3, 4)

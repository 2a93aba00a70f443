"""Hours: what a day's traffic brought up to now, without people and without purchases."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest

from .conftest import EVERYTHING, SMALL, VOLATILE

ADVERTISER, AUDIENCE = (f"hourly_stats_aggregated_by_{whose}_time_zone" for whose in ("advertiser", "audience"))
FIELDS = "spend,impressions,clicks,reach,frequency,unique_clicks,actions,action_values"


@pytest.mark.parametrize("account", [SMALL, EVERYTHING, VOLATILE])
def test_hours_sum_to_their_day(report, account: str) -> None:
    asked = {"level": "adset", "time_increment": "1", "fields": f"adset_id,{FIELDS}"}
    days = {(row["adset_id"], row["date_start"]): row for row in report(account, **asked)}
    sums: dict[tuple[str, str], dict[str, Decimal]] = {}
    for row in report(account, breakdowns=[ADVERTISER], **asked):
        found = sums.setdefault((row["adset_id"], row["date_start"]), {})
        for name in ("spend", "impressions", "clicks"):
            found[name] = found.get(name, Decimal(0)) + Decimal(row[name])

    assert sums.keys() == days.keys()
    for place, found in sums.items():
        assert found == {name: Decimal(days[place][name]) for name in found}


def test_an_hour_is_named_by_its_first_and_last_second(report) -> None:
    rows = report(SMALL, breakdowns=[ADVERTISER], date_preset="yesterday")

    assert [row[ADVERTISER] for row in rows][:2] == ["00:00:00 - 00:59:59", "01:00:00 - 01:59:59"]
    assert len(rows) == 24


def test_hours_have_no_people_and_no_purchases(report) -> None:
    for row in report(SMALL, FIELDS, breakdowns=[ADVERTISER]):
        assert (row["reach"], row["frequency"], row["unique_clicks"]) == ("0", "0", "0")
        assert {item["action_type"] for item in row.get("actions", [])} <= {"link_click"}
        assert "action_values" not in row


def test_people_and_account_live_in_the_same_time_zone(report) -> None:
    ours, theirs = (report(SMALL, FIELDS, breakdowns=[name]) for name in (ADVERTISER, AUDIENCE))

    assert [row.pop(ADVERTISER) for row in ours] == [row.pop(AUDIENCE) for row in theirs]
    assert ours == theirs


def test_nights_are_quieter_than_days(report) -> None:
    shown = {row[ADVERTISER][:2]: int(row["impressions"]) for row in report(SMALL, breakdowns=[ADVERTISER])}

    assert shown["03"] < shown["06"] < shown["12"]


def test_today_has_hours_up_to_now_that_stay_as_they_are(open_desk) -> None:
    desk = open_desk()
    path, asked = f"{desk.account.id}/insights", {"date_preset": "today", "breakdowns": ADVERTISER, "limit": "50"}
    seen = []
    for _ in range(4):
        desk.admin("POST", "clock", advance_seconds=5 * 3600)
        seen.append({row[ADVERTISER][:2]: Decimal(row["spend"]) for row in desk.get(path, **asked)["data"]})

    assert [max(hours) for hours in seen] == ["07", "12", "17", "22"]
    for earlier, later in itertools.pairwise(seen):
        whole = [hour for hour in earlier if hour < max(earlier)]
        assert all(abs(earlier[hour] - later[hour]) <= Decimal("0.05") for hour in whole)


def test_a_day_without_two_o_clock_has_no_such_hour(open_desk) -> None:
    """On 29 March 2026 clocks in Madrid go from two to three."""
    desk = open_desk()
    desk.pass_days(28)
    day = {"since": "2026-03-29", "until": "2026-03-29"}
    rows = desk.get(f"{desk.account.id}/insights", time_range=day, breakdowns=ADVERTISER, limit="50")["data"]

    assert "02:00:00 - 02:59:59" not in {row[ADVERTISER] for row in rows}
    assert len(rows) == 23

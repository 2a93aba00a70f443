"""Changing objects, and being refused."""

from __future__ import annotations

import json

import pytest

AD_SET, SECOND = "1202000000000120000", "1202000000000120001"


def budget(desk, ad_set: str = AD_SET) -> str:
    return desk.get(ad_set, fields="daily_budget")["daily_budget"]


def test_a_budget_goes_in_as_minor_units_and_comes_out_as_text(desk) -> None:
    assert desk.post(AD_SET, daily_budget="12345") == {"success": True}
    assert budget(desk) == "12345"
    assert int(desk.account.world.budgets_minor[0, 0]) == 12345


def test_fields_in_an_update_are_read_after_the_write(desk) -> None:
    body = desk.post(AD_SET, daily_budget="12345", fields="daily_budget")

    assert body == {"id": AD_SET, "daily_budget": "12345", "success": True}


def test_validate_only_checks_and_changes_nothing(desk) -> None:
    before = budget(desk)

    assert desk.post(AD_SET, daily_budget="12345", execution_options='["validate_only"]') == {"success": True}
    assert budget(desk) == before
    assert desk.error(AD_SET, "POST", daily_budget="1", execution_options='["validate_only"]') == (100, 1885272)


@pytest.mark.parametrize("value", ["12.5", "1e4", "-5", "", "true", "ten", "99999999999999999999", '{"a":1}'])
def test_a_budget_that_is_no_amount_is_refused_and_blamed(desk, value: str) -> None:
    before = budget(desk)
    error = desk.post(AD_SET, daily_budget=value)["error"]

    assert error["code"] == 100
    assert error["error_data"] == {"blame_field_specs": [["daily_budget"]]}
    assert budget(desk) == before


def test_a_budget_below_the_minimum_is_refused_with_blame_as_json_text(desk) -> None:
    error = desk.post(AD_SET, daily_budget=str(desk.account.scenario.minimum_budget_minor - 1))["error"]

    assert error["error_subcode"] == 1885272
    assert json.loads(error["error_data"]) == {"blame_field_specs": [["daily_budget"]]}
    assert "EUR" in error["error_user_msg"]


def test_the_fifth_budget_change_within_an_hour_is_refused_for_an_hour(desk) -> None:
    for change in range(4):
        assert desk.post(AD_SET, daily_budget=str(10000 + change))["success"]
    assert desk.error(AD_SET, "POST", daily_budget="20000") == (613, 1487632)
    assert desk.post(SECOND, daily_budget="20000")["success"]

    desk.admin("POST", "clock", advance_seconds=3599)
    assert desk.error(AD_SET, "POST", daily_budget="20000") == (613, 1487632)
    desk.admin("POST", "clock", advance_seconds=1)
    assert desk.post(AD_SET, daily_budget="20000")["success"]


def test_four_changes_spread_over_more_than_an_hour_do_not_block(desk) -> None:
    for change in range(8):
        assert desk.post(AD_SET, daily_budget=str(10000 + change))["success"]
        desk.admin("POST", "clock", advance_seconds=1201)


def test_nothing_is_applied_where_anything_is_refused(desk) -> None:
    name = desk.get(AD_SET, fields="name")["name"]

    desk.post(AD_SET, name="new", daily_budget="1")
    desk.post(AD_SET, name="new", fields="nonsense")
    desk.post(AD_SET, name="new", status="SLEEPING")
    desk.post(AD_SET, name="new", lifetime_budget="500000")

    assert desk.get(AD_SET, fields="name")["name"] == name


def test_a_paused_ad_set_keeps_its_budget_and_spends_nothing(desk) -> None:
    before = budget(desk)
    desk.post(AD_SET, status="PAUSED")
    desk.pass_days(2)
    filtering = [{"field": "adset.id", "operator": "IN", "value": [AD_SET]}]

    assert desk.get(f"{desk.account.id}/insights", date_preset="yesterday", filtering=filtering)["data"] == []
    assert desk.get(AD_SET, fields="effective_status")["effective_status"] == "PAUSED"
    assert budget(desk) == before


def test_a_paused_campaign_pauses_what_is_under_it(desk) -> None:
    campaign = desk.get(AD_SET, fields="campaign_id")["campaign_id"]
    ad = desk.get(f"{AD_SET}/ads")["data"][0]["id"]
    desk.post(campaign, status="PAUSED")

    assert desk.get(AD_SET, fields="status,effective_status") == {
        "id": AD_SET,
        "status": "ACTIVE",
        "effective_status": "CAMPAIGN_PAUSED",
    }
    assert desk.get(ad, fields="effective_status")["effective_status"] == "CAMPAIGN_PAUSED"
    assert not desk.account.world.active.any()
    desk.post(campaign, status="ACTIVE")
    assert desk.account.world.active.all()


def test_a_paused_ad_stops_its_ad_set_from_delivering(desk) -> None:
    ad = desk.get(f"{AD_SET}/ads")["data"][0]["id"]
    desk.post(ad, status="PAUSED")

    assert desk.account.world.active[0].tolist() == [False, True, True, True, True]


def test_a_deleted_object_can_only_be_renamed_and_an_archived_one_also_deleted(desk) -> None:
    desk.post(SECOND, status="ARCHIVED")
    assert desk.error(SECOND, "POST", daily_budget="10000") == (100, 1885088)
    assert desk.error(SECOND, "POST", status="ACTIVE") == (100, 1885088)
    assert desk.post(SECOND, name="kept for the books")["success"]
    assert desk.call("DELETE", f"/v26.0/{SECOND}") == {"success": True}
    assert desk.error(SECOND, "POST", status="ACTIVE") == (100, 1487056)
    assert desk.post(SECOND, name="gone")["success"]


def test_the_updated_time_is_moved_by_a_name_and_not_by_a_budget(desk) -> None:
    before = desk.get(AD_SET, fields="updated_time")["updated_time"]
    desk.post(AD_SET, daily_budget="12345")
    assert desk.get(AD_SET, fields="updated_time")["updated_time"] == before
    desk.post(AD_SET, name="renamed")
    assert desk.get(AD_SET, fields="updated_time")["updated_time"] == "2026-03-02T02:30:00+0100"

"""Ad rules through the SDK: checked, kept, evaluated on schedule in simulated time, written into history."""

from __future__ import annotations

from typing import Any

import pytest
from facebook_business.adobjects.adrule import AdRule
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign
from hypothesis import given
from hypothesis import strategies as st

from simulator.graph_api.rule_engine import scaled
from simulator.graph_api.rule_filters import compare
from simulator.graph_api.rule_specs import Change


def condition(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def spec(*filters: dict[str, Any], execution: str, schedule: Any = "SEMI_HOURLY", **options: Any) -> dict[str, Any]:
    return {
        "name": "rule",
        "evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": list(filters)},
        "execution_spec": {
            "execution_type": execution,
            "execution_options": [condition(name, "EQUAL", value) for name, value in options.items()],
        },
        "schedule_spec": schedule if isinstance(schedule, dict) else {"schedule_type": schedule},
    }


AD_SETS = condition("entity_type", "EQUAL", "ADSET")
TODAY = condition("time_preset", "EQUAL", "TODAY")
WEEK = condition("time_preset", "EQUAL", "LAST_7_DAYS")
TEN_PERCENT = {"amount": 10, "unit": "PERCENTAGE"}


def create(client, *filters: dict[str, Any], **more: Any) -> AdRule:
    return client.account.create_ad_rules_library(params=spec(*filters, **more))


def ad_set(client, place: int = 0) -> AdSet:
    return client.of(AdSet, client.account.get_ad_sets()[place]["id"])


def budget(found: AdSet) -> int:
    return int(found.api_get(fields=["daily_budget"])["daily_budget"])


def history(rule: AdRule, **params: Any) -> list[dict[str, Any]]:
    return [row.export_all_data() for row in rule.get_history(params=params)]


def test_a_rule_pauses_an_ad_set_within_the_half_hour_after_its_spend_passes_the_line(client) -> None:
    rule = create(client, AD_SETS, TODAY, condition("spent", "GREATER_THAN", 500), execution="PAUSE")
    client.pass_time(advance_days=1)

    statuses = {row["effective_status"] for row in client.account.get_ad_sets(fields=["effective_status"])}
    assert statuses == {"PAUSED"}
    acts = [one for line in history(rule, hide_no_changes=True) for one in line["results"]]
    assert {one["actions"][0]["action"] for one in acts} == {"PAUSED"}
    spends = [
        int(row["daily_budget"]) - int(row["budget_remaining"])
        for row in client.account.get_ad_sets(fields=["daily_budget", "budget_remaining"])
    ]
    assert all(spent >= 0 for spent in spends)
    changes = client.account.get_activities(fields=["event_type", "actor_name", "extra_data"])
    assert {row["actor_name"] for row in changes if row["event_type"] == "update_ad_set_run_status"} == {
        "Automated rule"
    }


def test_what_a_rule_did_is_the_same_whether_time_passed_at_once_or_in_steps(make_client) -> None:
    def lived(steps: int) -> list[dict[str, Any]]:
        client = make_client()
        one = ad_set(client)
        rule = create(
            client,
            condition("id", "IN", [one["id"]]),
            TODAY,
            condition("spent", "GREATER_THAN", 1000),
            execution="CHANGE_BUDGET",
            change_spec={"amount": -7, "unit": "PERCENTAGE"},
            action_frequency=300,
        )
        for _ in range(steps):
            client.pass_time(advance_seconds=21 * 3600 / steps)
            one.api_get(fields=["status"])
        return history(rule)

    at_once = lived(1)
    assert lived(7) == at_once
    assert sum(bool(line["results"]) for line in at_once) > 1


@pytest.mark.parametrize(
    ("options", "times"), [({}, 4), ({"execution_count_limit": 1}, 1), ({"action_frequency": 120}, 2)]
)
def test_a_budget_rises_by_ten_percent_an_hour_as_often_as_the_rule_allows(client, options, times: int) -> None:
    one = ad_set(client)
    before = budget(one)
    create(
        client,
        condition("id", "IN", [one["id"]]),
        execution="CHANGE_BUDGET",
        schedule="HOURLY",
        change_spec=TEN_PERCENT,
        **options,
    )
    client.pass_time(advance_seconds=4 * 3600)

    wanted = before
    for _ in range(times):
        wanted = int(wanted * 1.1 + 0.5)
    assert budget(one) == wanted


def test_the_upper_limit_of_a_change_holds_and_a_change_below_the_minimum_is_an_error_in_history(client) -> None:
    one, two = ad_set(client), ad_set(client, 1)
    limit = budget(one) + 5
    change = {"amount": 50, "unit": "PERCENTAGE", "limit": limit}
    create(client, condition("id", "IN", [one["id"]]), execution="CHANGE_BUDGET", change_spec=change)
    low = create(
        client,
        condition("id", "EQUAL", two["id"]),
        execution="CHANGE_BUDGET",
        change_spec={"amount": -99.9, "unit": "PERCENTAGE"},
    )
    client.pass_time(advance_seconds=3600)

    assert budget(one) == limit
    assert history(low)[0]["results"][0]["actions"][0]["action"] == "ERROR"


def test_a_daily_rule_runs_at_the_account_s_midnight_and_a_custom_one_at_its_own_minutes(client) -> None:
    daily = create(client, AD_SETS, execution="NOTIFICATION", schedule="DAILY")
    custom = {"schedule_type": "CUSTOM", "schedule": [{"start_minute": 480, "end_minute": 540}]}
    own = create(client, AD_SETS, execution="NOTIFICATION", schedule=custom)
    client.pass_time(advance_days=1)

    assert [row["timestamp"][11:16] for row in history(daily)] == ["00:00"]
    assert [row["timestamp"][11:16] for row in history(own)] == ["09:00", "08:30", "08:00"]


def test_a_rule_can_be_switched_off_executed_by_hand_previewed_and_deleted(client, refused) -> None:
    one = ad_set(client)
    rule = create(client, condition("id", "IN", [one["id"]]), WEEK, condition("spent", "GREATER_THAN", 1),
                  execution="PAUSE")  # fmt: skip
    rule.api_update(params={"status": "DISABLED"})
    client.pass_time(advance_days=1)
    assert one.api_get(fields=["status"])["status"] == "ACTIVE"
    assert history(rule) == []

    seen = client.raw("POST", f"{rule['id']}/preview")["data"]
    assert seen == [{"object_id": one["id"], "object_type": "ADSET"}]
    rule.create_execute()
    assert one.api_get(fields=["status"])["status"] == "PAUSED"
    assert history(rule)[0]["is_manual"] is True
    assert client.raw("POST", f"{rule['id']}/preview")["data"] == []
    every = client.account.get_ad_rules_history(fields=["rule_id", "results"])
    assert [row["rule_id"] for row in every] == [rule["id"]]
    rule.api_delete()
    assert list(client.account.get_ad_rules_library()) == []
    assert refused(rule.api_get).api_error_subcode() == 33


def test_last_7_days_includes_today_and_last_7d_does_not(client) -> None:
    one = ad_set(client)
    client.pass_time(advance_seconds=12 * 3600)
    spent = {}
    for preset in ("LAST_7_DAYS", "LAST_7D"):
        since_until = client.raw("GET", f"{one['id']}/insights", date_preset="last_7d", fields="spend")
        past = round(float(since_until["data"][0]["spend"]) * 100)
        rule = create(
            client,
            condition("id", "IN", [one["id"]]),
            condition("time_preset", "EQUAL", preset),
            condition("spent", "GREATER_THAN", past),
            execution="NOTIFICATION",
        )
        spent[preset] = len(client.raw("POST", f"{rule['id']}/preview")["data"])

    assert spent == {"LAST_7_DAYS": spent["LAST_7_DAYS"], "LAST_7D": 0}


def test_unpause_sees_paused_objects_and_other_actions_see_active_ones_only(client) -> None:
    one = ad_set(client)
    one.api_update(params={"status": "PAUSED"})
    unpause = create(client, condition("id", "IN", [one["id"]]), execution="UNPAUSE")
    notify = create(client, condition("id", "IN", [one["id"]]), execution="NOTIFICATION")

    assert client.raw("POST", f"{notify['id']}/preview")["data"] == []
    client.pass_time(advance_seconds=1800)
    assert one.api_get(fields=["status"])["status"] == "ACTIVE"
    assert history(unpause)[0]["results"][0]["actions"][0]["action"] == "UNPAUSED"


def test_the_rules_that_govern_an_object_are_found_from_it(client) -> None:
    one, two = ad_set(client), ad_set(client, 1)
    named = create(client, condition("id", "IN", [one["id"]]), execution="NOTIFICATION")
    every = create(client, AD_SETS, condition("name", "CONTAIN", "no such name"), execution="NOTIFICATION")

    assert {row["id"] for row in one.get_ad_rules_governed()} == {named["id"], every["id"]}
    assert {row["id"] for row in two.get_ad_rules_governed()} == {every["id"]}
    assert {row["id"] for row in one.get_ad_rules_governed(params={"pass_evaluation": True})} == {named["id"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong",
    [
        spec(execution="PAUSE"),
        spec(AD_SETS, condition("spent", "GREATER_THAN", 1), execution="PAUSE"),
        spec(AD_SETS, condition("happiness", "GREATER_THAN", 1), execution="PAUSE"),
        spec(AD_SETS, TODAY, condition("spent", "GREATER_THAN", "much"), execution="PAUSE"),
        spec(AD_SETS, TODAY, condition("spent", "CONTAIN", "1"), execution="PAUSE"),
        spec(AD_SETS, TODAY, condition("spent", "IN_RANGE", [1]), execution="PAUSE"),
        spec(AD_SETS, condition("time_preset", "EQUAL", "SOMETIME"), execution="PAUSE"),
        spec(condition("id", "IN", ["1"]), execution="PAUSE"),
        spec(condition("name", "CONTAIN", "x"), execution="PAUSE"),
        spec(AD_SETS, execution="EXPLODE"),
        spec(AD_SETS, execution="CHANGE_BUDGET"),
        spec(AD_SETS, execution="CHANGE_BUDGET", change_spec={"amount": 5}),
        spec(AD_SETS, execution="CHANGE_CAMPAIGN_BUDGET", change_spec=TEN_PERCENT),
        spec(AD_SETS, execution="REBALANCE_BUDGET"),
        spec(AD_SETS, execution="PAUSE", schedule="YEARLY"),
        spec(AD_SETS, execution="PAUSE", schedule={"schedule_type": "CUSTOM", "schedule": [{"start_minute": 7}]}),
        spec(AD_SETS, execution="PAUSE", schedule={"schedule_type": "CUSTOM", "schedule": [{"days": [9]}]}),
    ],
)
def test_a_rule_that_says_nothing_sensible_is_refused(client, refused, wrong: dict[str, Any]) -> None:
    error = refused(lambda: client.account.create_ad_rules_library(params=wrong))

    assert error.api_error_code() == 100
    assert list(client.account.get_ad_rules_library()) == []


@given(st.integers(1, 10**9), st.integers(-99, 300).filter(bool), st.integers(1, 10**9))
def test_a_change_never_goes_beyond_its_limit_nor_the_wrong_way(old: int, percent: int, limit: int) -> None:
    bounds = (None, float(limit)) if percent > 0 else (float(limit), None)
    new = scaled(old, Change(float(percent), "PERCENTAGE", bounds, None), None)

    assert (old <= new <= max(old, limit)) if percent > 0 else (min(old, limit) <= new <= old)


@given(st.integers(), st.integers(), st.integers())
def test_ranges_and_lists_are_complements(value: int, one: int, two: int) -> None:
    low, high = sorted((one, two))

    assert compare("IN_RANGE", value, [low, high]) != compare("NOT_IN_RANGE", value, [low, high])
    assert compare("IN", value, [one, two]) != compare("NOT_IN", value, [one, two])
    assert compare("EQUAL", value, one) != compare("NOT_EQUAL", value, one)


def test_the_budget_of_a_campaign_follows_a_rule_and_an_ad_set_without_one_is_left_alone(make_client) -> None:
    client = make_client("cbo")
    campaign = client.account.get_campaigns(fields=["daily_budget"])[0]
    rule = create(
        client,
        condition("id", "IN", [campaign["id"]]),
        execution="CHANGE_CAMPAIGN_BUDGET",
        schedule="HOURLY",
        change_spec=TEN_PERCENT,
        execution_count_limit=1,
    )
    inner = create(client, AD_SETS, execution="CHANGE_BUDGET", schedule="HOURLY", change_spec=TEN_PERCENT)
    client.pass_time(advance_seconds=3600)

    after = client.of(Campaign, campaign["id"]).api_get(fields=["daily_budget"])["daily_budget"]
    assert int(after) == int(int(campaign["daily_budget"]) * 1.1 + 0.5)
    assert history(rule)[0]["results"][0]["actions"][0]["field"] == "daily_budget"
    assert {one["actions"][0]["action"] for one in history(inner)[0]["results"]} == {"NOT_CHANGED"}


def test_a_rule_rotates_the_ads_of_an_ad_set(client) -> None:
    one = ad_set(client)
    creative = client.account.get_ad_creatives()[0]["id"]
    second = client.account.create_ad(
        params={"name": "b", "adset_id": one["id"], "creative": {"creative_id": creative}, "status": "PAUSED"}
    )["id"]
    first = next(row["id"] for row in one.get_ads() if row["id"] != second)
    create(
        client,
        condition("entity_type", "EQUAL", "AD"),
        condition("adset.id", "IN", [one["id"]]),
        execution="ROTATE",
        schedule="DAILY",
    )
    seen = []
    for _ in range(2):
        client.pass_time(advance_days=1)
        seen.append({row["id"]: row["status"] for row in one.get_ads(fields=["status"])})

    assert seen == [{first: "PAUSED", second: "ACTIVE"}, {first: "ACTIVE", second: "PAUSED"}]

"""The history of changes through the SDK."""

from __future__ import annotations

import json

from facebook_business.adobjects.adset import AdSet


def test_every_change_is_in_the_history_with_old_and_new_values(client) -> None:
    client.account.create_ad_image(params={"bytes": "R0lGODlhAQABAAAAACw="})
    fields = ["event_type", "object_type", "actor_name", "event_time", "translated_event_type"]
    rows = list(client.account.get_activities(fields=fields))

    assert [(row["event_type"], row["object_type"]) for row in rows] == [("add_images", "IMAGE")]
    assert rows[0]["actor_name"] == "Caudal emulator system user"


def test_the_history_is_narrowed_by_time_category_and_object(client, refused) -> None:
    one = client.of(AdSet, client.account.get_ad_sets()[0]["id"])
    change = {"amount": -30, "unit": "PERCENTAGE"}
    client.account.create_ad_rules_library(
        params={
            "name": "halve",
            "evaluation_spec": {
                "evaluation_type": "SCHEDULE",
                "filters": [{"field": "id", "operator": "IN", "value": [one["id"]]}],
            },
            "execution_spec": {
                "execution_type": "CHANGE_BUDGET",
                "execution_options": [
                    {"field": "change_spec", "operator": "EQUAL", "value": change},
                    {"field": "execution_count_limit", "operator": "EQUAL", "value": 1},
                ],
            },
        }
    )
    client.pass_time(advance_seconds=1800)
    now = int(client.running.emulator.now().timestamp())
    get = client.account.get_activities
    [row] = get(fields=["extra_data", "event_type"], params={"category": "BUDGET"})
    extra = json.loads(row["extra_data"])

    assert row["event_type"] == "update_ad_set_budget"
    assert 0.69 < int(extra["new_value"]) / int(extra["old_value"]) < 0.71
    assert len(one.get_activities()) == 1
    assert len(get(params={"category": "AUDIENCE"})) == 0
    assert len(get(params={"since": now - 10})) == 1
    assert len(get(params={"since": now - 7200, "until": now - 3600})) == 0
    assert len(get(params={"oid": client.account.get_ad_sets()[1]["id"]})) == 0
    assert refused(lambda: get(params={"since": "yesterday-ish"})).api_error_code() == 100
    assert refused(lambda: client.raw("GET", f"{client.account.get_id()}/activities", category="X"))
    client.pass_time(advance_days=8)
    assert len(get()) == 0


def test_what_a_client_changes_is_told_field_by_field(client) -> None:
    one = client.of(AdSet, client.account.get_ad_sets()[0]["id"])
    old = one.api_get(fields=["daily_budget", "name"])
    one.api_update(params={"daily_budget": int(old["daily_budget"]) + 100, "name": "other", "status": "PAUSED"})
    found = {row["event_type"]: row for row in one.get_activities(fields=["event_type", "extra_data", "actor_name"])}
    told = {kind: json.loads(row["extra_data"]) for kind, row in found.items()}

    assert int(told["update_ad_set_budget"]["new_value"]) == int(old["daily_budget"]) + 100
    assert told["update_ad_set_run_status"] == {"old_value": "ACTIVE", "new_value": "PAUSED"}
    assert told["update_ad_set_name"]["new_value"] == "other"
    assert {row["actor_name"] for row in found.values()} == {"Caudal emulator system user"}


def test_what_people_of_the_world_change_is_in_the_history_too(make_client) -> None:
    client = make_client("everything")
    client.pass_time(advance_days=20)
    rows = client.account.get_activities(
        fields=["actor_name", "event_type"], params={"since": "2026-01-01", "limit": 500}
    )
    by_people = [row for row in rows if row["actor_name"] == "A person in Ads Manager"]

    assert "update_ad_set_budget" in {row["event_type"] for row in by_people}

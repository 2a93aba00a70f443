"""Datasets through the SDK: found, made, changed, shared, and what they have received."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adspixel import AdsPixel
from facebook_business.adobjects.business import Business


@pytest.fixture
def pixel(client) -> AdsPixel:
    return client.of(AdsPixel, client.facts["pixel_id"])


def now(client) -> int:
    answer = requests.get(f"{client.facts['admin_url']}/clock", timeout=10).json()
    return int(datetime.fromisoformat(answer["now"]).timestamp())


def send(client, pixel, name: str = "Lead", **changes) -> None:
    event = {
        "event_name": name,
        "event_time": now(client) - 5,
        "action_source": "website",
        "event_source_url": "https://other.example/form",
        "user_data": {"external_id": "7", "client_user_agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"},
        **changes,
    }
    pixel.create_event(params={"data": [json.dumps(event)]})


def totals(rows) -> dict[str, int]:
    """Counts over all rows of an answer."""
    found: dict[str, int] = {}
    for row in rows:
        for one in row["data"]:
            found[one["value"]] = found.get(one["value"], 0) + one["count"]
    return found


def test_the_pixel_that_the_emulator_begins_with_is_everybodys(client, pixel) -> None:
    found = pixel.api_get(
        fields=["name", "code", "creation_time", "last_fired_time", "owner_business", "is_unavailable"]
    )
    business = client.of(Business, client.facts["business_id"])

    assert found["name"] == "Caudal emulator pixel"
    assert found["id"] in found["code"]
    assert found["owner_business"]["id"] == client.facts["business_id"]
    assert found["is_unavailable"] is False
    assert [one["id"] for one in client.account.get_ads_pixels()] == [pixel["id"]]
    assert [one["id"] for one in business.get_owned_pixels()] == [pixel["id"]]
    assert [one["id"] for one in pixel.get_shared_accounts()] == client.facts["ad_account_ids"]


def test_a_new_pixel_is_listed_changed_and_read_back(client, refused) -> None:
    made = client.account.create_ads_pixel(params={"name": "Shop"}, fields=["name"])
    made.api_update(
        params={"name": "Store", "enable_automatic_matching": True, "automatic_matching_fields": ["em", "ph"]}
    )

    assert made["name"] == "Shop"
    found = made.api_get(fields=["name", "enable_automatic_matching", "automatic_matching_fields", "owner_ad_account"])
    assert (found["name"], found["enable_automatic_matching"]) == ("Store", True)
    assert found["automatic_matching_fields"] == ["em", "ph"]
    assert found["owner_ad_account"]["id"] == client.account.get_id()
    assert client.account.get_ads_pixels().total() == 2
    assert refused(lambda: client.account.create_ads_pixel(params={})).api_error_code() == 100
    assert refused(lambda: client.raw("POST", made["id"], data_use_setting="NONE")).api_error_code() == 100
    assert refused(lambda: client.raw("GET", made["id"], fields="nonsense")).api_error_code() == 100


def test_a_pixel_is_shared_with_accounts_and_users(client) -> None:
    business = client.of(Business, client.facts["business_id"])
    made = business.create_ads_pixel(params={"name": "Shared"})
    mine = client.of(AdAccount, client.account.get_id())

    assert made["id"] not in {one["id"] for one in mine.get_ads_pixels()}
    made.create_shared_account(params={"account_id": mine.get_id(), "business": business["id"]})
    assert made["id"] in {one["id"] for one in mine.get_ads_pixels()}
    made.delete_shared_accounts(params={"account_id": mine.get_id(), "business": business["id"]})
    assert made["id"] not in {one["id"] for one in mine.get_ads_pixels()}
    made.create_assigned_user(params={"user": 77, "tasks": ["ANALYZE"]})
    assert [(one["id"], one["tasks"]) for one in made.get_assigned_users()] == [("77", ["ANALYZE"])]


def test_statistics_are_hourly_and_add_up_to_what_the_account_reports(client, pixel) -> None:
    client.pass_time(advance_days=1)
    day = {"since": "2026-02-27", "until": "2026-02-27"}
    row = client.account.get_insights(fields=["inline_link_clicks", "actions"], params={"time_range": day})[0]
    reported = {one["action_type"]: int(one["value"]) for one in row["actions"]}

    rows = pixel.get_stats(params={"start_time": "2026-02-27", "end_time": "2026-02-28", "limit": 5})
    first = rows[0]
    assert (first["start_time"], first["aggregation"]) == ("2026-02-27T00:00:00+0100", "event")
    assert totals(rows) == {"PageView": int(row["inline_link_clicks"]), "Purchase": reported["purchase"]}
    assert len(list(rows)) <= 24


def test_events_of_servers_and_browsers_are_told_apart(client, pixel) -> None:
    for _ in range(3):
        send(client, pixel)
    client.pass_time(advance_seconds=60)

    def stats(**params) -> dict[str, int]:
        return totals(pixel.get_stats(params=params))

    assert stats(event_source="SERVER_ONLY") == {"Lead": 3}
    assert "Lead" not in stats(event_source="WEB_ONLY")
    assert stats(event="Lead", aggregation="host") == {"other.example": 3}
    assert stats(event="Lead", aggregation="device_os") == {"Windows": 3}
    assert stats(event="Lead", aggregation="browser_type") == {"Firefox": 3}
    assert stats(event="Lead", aggregation="had_pii") == {"had_pii": 3}
    assert stats(event="Lead", aggregation="match_keys") == {"external_id": 3, "client_user_agent": 3}
    assert stats(event="Lead", aggregation="event_source") == {"SERVER": 3}
    (whole,) = pixel.get_stats(params={"event": "Lead", "aggregation": "event_total_counts"})
    assert whole["data"][0]["count"] == 3


@pytest.mark.parametrize(
    "params",
    [
        {"aggregation": "nonsense"},
        {"start_time": "soon"},
        {"start_time": 10**20},
        {"start_time": "2026-03-01", "end_time": "2026-02-01"},
        {"event_source": "APP"},
    ],
)
def test_statistics_that_cannot_be_are_refused(client, pixel, refused, params) -> None:
    def ask() -> None:
        client.raw("GET", f"{pixel['id']}/stats", **params)

    assert refused(ask).api_error_code() == 100


def test_a_pixel_without_a_shop_knows_what_servers_send_alone(client) -> None:
    made = client.account.create_ads_pixel(params={"name": "Shop"})

    assert "last_fired_time" not in made.api_get(fields=["last_fired_time"])
    assert [one["result"] for one in made.get_da_checks()] == ["failed", "passed"]
    send(client, made)
    client.pass_time(advance_seconds=60)
    assert totals(made.get_stats()) == {"Lead": 1}
    assert "last_fired_time" in made.api_get(fields=["last_fired_time"])
    assert [one["result"] for one in made.get_da_checks()] == ["passed", "passed"]


def test_quality_rises_with_the_keys_that_are_sent(client, pixel) -> None:
    def quality(fields: str):
        return client.raw("GET", "dataset_quality", dataset_id=pixel["id"], fields=fields)["web"]

    send(client, pixel)
    (weak,) = quality("web{event_match_quality{composite_score,match_key_feedback{identifier,coverage}},event_name}")
    assert set(weak) == {"event_match_quality", "event_name"}
    assert {
        one["identifier"]: one["coverage"]["percentage"] for one in weak["event_match_quality"]["match_key_feedback"]
    }["external_id"] == 100
    data = {"em": "a" * 64, "ph": "b" * 64, "client_user_agent": "x", "client_ip_address": "10.0.0.1"}
    for number in range(3):
        send(
            client, pixel, "Purchase", user_data=data, event_id=str(number), custom_data={"value": 1, "currency": "EUR"}
        )
    strong = quality("web")[1]

    assert strong["event_name"] == "Purchase"
    score = strong["event_match_quality"]["composite_score"]
    assert 0 < weak["event_match_quality"]["composite_score"] < score <= 10
    assert strong["event_match_quality"]["diagnostics"][0]["affected_event_count"] == 3
    assert 0 < strong["event_coverage"]["percentage"] < strong["event_coverage"]["goal_percentage"] == 75
    assert strong["data_freshness"]["upload_frequency"] == "real_time"
    by_key = {one["dedupe_key"]: one for one in strong["dedupe_key_feedback"]}
    assert by_key["event_id"]["server_events_with_dedupe_key"]["percentage"] == 100
    assert strong["acr"]["percentage"] > 0


def test_quality_needs_a_dataset(client, refused) -> None:
    assert refused(lambda: client.raw("GET", "dataset_quality")).api_error_code() == 100
    assert refused(lambda: client.raw("GET", "dataset_quality", dataset_id="7")).api_error_subcode() == 33
    bad = {"dataset_id": client.facts["pixel_id"], "fields": "app"}
    assert refused(lambda: client.raw("GET", "dataset_quality", **bad)).api_error_code() == 100

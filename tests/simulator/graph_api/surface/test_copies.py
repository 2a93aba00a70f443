"""Copies of campaigns, ad sets and ads through the SDK."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.adset import AdSet

from .objects import ad, ad_set, campaign, code, message, read, spent_by

pytestmark = pytest.mark.filterwarnings("ignore:value of")


def test_a_deep_copy_of_a_campaign_has_its_ad_sets_and_ads_and_is_paused(client) -> None:
    own = campaign(client)
    inside = ad_set(client, own["id"], bid_strategy="COST_CAP", bid_amount=900)
    shown = ad(client, inside["id"])

    answer = own.create_copy(params={"deep_copy": True}).export_all_data()

    copied = {row["source_id"]: row["copied_id"] for row in answer["ad_object_ids"]}
    assert set(copied) == {own["id"], inside["id"], shown["id"]}
    assert answer["copied_campaign_id"] == copied[own["id"]]
    assert read(client, copied[own["id"]], "name", "status", "source_campaign_id") == {
        "id": copied[own["id"]],
        "name": "Spring - Copy",
        "status": "PAUSED",
        "source_campaign_id": own["id"],
    }
    assert read(client, copied[inside["id"]], "name", "bid_amount", "daily_budget", "campaign_id") == {
        "id": copied[inside["id"]],
        "name": "Runners",
        "bid_amount": 900,
        "daily_budget": "20000",
        "campaign_id": copied[own["id"]],
    }
    assert read(client, copied[shown["id"]], "creative") == {
        "id": copied[shown["id"]],
        "creative": read(client, shown["id"], "creative")["creative"],
    }


def test_a_scenarios_ad_set_is_copied_into_another_campaign_and_delivers_there(client) -> None:
    source = client.account.get_ad_sets(fields=["name", "daily_budget"])[0]
    target = campaign(client)
    answer = client.of(AdSet, source["id"]).create_copy(
        params={
            "campaign_id": target["id"],
            "deep_copy": True,
            "status_option": "ACTIVE",
            "rename_options": {"rename_strategy": "DEEP_RENAME", "rename_prefix": "New "},
        }
    )
    made = answer["copied_adset_id"]
    client.pass_time(advance_days=2)

    assert read(client, made, "name", "daily_budget", "campaign_id") == {
        "id": made,
        "name": f"New {source['name']}",
        "daily_budget": source["daily_budget"],
        "campaign_id": target["id"],
    }
    assert spent_by(client, made)[0] > 0


def test_an_ad_is_copied_into_its_own_ad_set(client) -> None:
    own = ad_set(client, campaign(client)["id"])
    shown = ad(client, own["id"])

    made = shown.create_copy(params={"status_option": "INHERITED_FROM_SOURCE"})["copied_ad_id"]

    assert read(client, made, "name", "adset_id", "status", "source_ad_id") == {
        "id": made,
        "name": "Shoe - Copy",
        "adset_id": own["id"],
        "status": "ACTIVE",
        "source_ad_id": shown["id"],
    }


def test_more_than_three_ads_are_too_many_for_one_call(client) -> None:
    own = ad_set(client, campaign(client)["id"])
    for _ in range(4):
        ad(client, own["id"])

    assert "at most 3 ads" in message(lambda: own.create_copy(params={"deep_copy": True}))
    assert own.create_copy(params={"deep_copy": False})["copied_adset_id"]
    assert code(lambda: own.create_copy(params={"status_option": "MAYBE"})) == (100, None)


def test_an_ad_set_that_has_ended_needs_a_new_end(client) -> None:
    own = ad_set(client, campaign(client)["id"], end_time="2026-03-05T00:00:00+0100")
    client.pass_time(advance_days=5)

    assert code(lambda: own.create_copy(params={})) == (100, 1487033)
    made = own.create_copy(params={"end_time": "2026-04-05T00:00:00+0200"})["copied_adset_id"]
    assert read(client, made, "end_time")["end_time"] == "2026-04-05T00:00:00+0200"

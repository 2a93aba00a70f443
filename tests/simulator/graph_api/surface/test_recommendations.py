"""Guidance through the SDK: it follows from figures and learning stages."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign


def advised(client) -> list[dict[str, object]]:
    rows = list(client.account.get_recommendations())
    return [one for row in rows for one in row["recommendations"]]


def test_an_account_that_cannot_learn_is_told_so_object_by_object(make_client) -> None:
    client = make_client("learning_limited")
    client.pass_time(advance_days=1)
    found = advised(client)
    slow = [one for one in found if one["type"] == "LEARNING_LIMITED"]

    assert slow
    assert all(one["recommendation_content"]["body"] for one in found)
    one = client.of(AdSet, slow[0]["object_ids"][0]).api_get(fields=["recommendations", "name"])
    assert "Learning limited" in [row["title"] for row in one["recommendations"]]
    together = [one for one in found if one["type"] == "FRAGMENTATION"]
    campaign = client.of(Campaign, together[0]["object_ids"][0]).api_get(fields=["recommendations"])
    assert campaign["recommendations"][0]["title"] == "Combine ad sets"


def test_the_score_falls_with_what_there_is_to_gain(make_client) -> None:
    client = make_client("learning_limited")
    client.pass_time(advance_days=1)
    lifts = [int(one["recommendation_content"]["opportunity_score_lift"]) for one in advised(client)]
    score = client.account.api_get(fields=["opportunity_score"])["opportunity_score"]
    [business] = client.raw("GET", f"{client.facts['business_id']}/recommendations")["data"]

    assert score == business["opportunity_score"] == max(0, 100 - sum(lifts))
    assert score < 100
    assert lifts == sorted(lifts, reverse=True)


def test_guidance_is_the_same_until_something_changes(client) -> None:
    assert advised(client) == advised(client)
    for ad_set in client.account.get_ad_sets():
        client.of(AdSet, ad_set["id"]).api_update(params={"status": "PAUSED"})
    assert advised(client) == []


def test_applying_is_refused_with_what_to_do_instead(client, refused) -> None:
    path = f"{client.account.get_id()}/recommendations"
    error = refused(lambda: client.raw("POST", path, recommendation_signature="1"))

    assert "make the change on its object" in error.api_error_message()


@pytest.mark.parametrize("scenario", ["strong_fatigue", "everything"])
def test_every_world_can_be_advised(make_client, scenario: str) -> None:
    client = make_client(scenario)
    client.pass_time(advance_days=1)

    ids = {row["id"] for row in client.account.get_ad_sets()} | {row["id"] for row in client.account.get_campaigns()}
    assert {object_id for one in advised(client) for object_id in one["object_ids"]} <= ids

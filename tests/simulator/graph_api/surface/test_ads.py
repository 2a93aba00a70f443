"""Ads through the SDK: creatives, review, several in an ad set, and whose figures are whose."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adset import AdSet

from .objects import ad, ad_set, campaign, code, creative, message, opened, read, spend, spent_by

pytestmark = pytest.mark.filterwarnings("ignore:value of")


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"creative": {"creative_id": "12"}},
        {"creative": {}},
        {"creative": "12"},
        {"bid_amount": 100},
        {"status": "ARCHIVED"},
        {"adset_id": "12"},
        {"creative": {"object_story_spec": {"page_id": "12"}}},
    ],
)
def test_what_meta_refuses_is_refused_and_nothing_is_made(client, change) -> None:
    own = ad_set(client, campaign(client)["id"])
    params = {"adset_id": own["id"], "name": "Shoe", "creative": {"creative_id": creative(client)}, **change}

    assert code(lambda: client.account.create_ad(params=params)) == (100, None)
    assert client.raw("GET", f"{own['id']}/ads")["data"] == []


def test_an_ad_is_made_with_a_creative_that_is_named_or_sent(client) -> None:
    own = ad_set(client, campaign(client)["id"])
    chosen = creative(client)
    link = {"link": "https://b.example/", "message": "New."}
    inline = {"object_story_spec": {"page_id": client.facts["page_id"], "link_data": link}}

    named = ad(client, own["id"], creative={"creative_id": chosen})
    sent = ad(client, own["id"], creative=inline)

    assert read(client, named["id"], "creative")["creative"] == {"id": chosen}
    made = read(client, sent["id"], "creative")["creative"]["id"]
    assert read(client, made, "object_story_spec")["object_story_spec"]["link_data"]["link"] == "https://b.example/"
    assert (
        client.raw("GET", sent["id"], fields="creative{id,name},adset{id,name},campaign_id")["adset"]["name"]
        == "Runners"
    )


def test_fields_are_read_after_the_create(client) -> None:
    own = ad_set(client, campaign(client)["id"])
    params = {"adset_id": own["id"], "name": "Shoe", "creative": {"creative_id": creative(client)}, "status": "PAUSED"}
    made = client.account.create_ad(params=params, fields=["effective_status", "configured_status", "tracking_specs"])

    assert made["effective_status"] == "PENDING_REVIEW"
    assert made["configured_status"] == "PAUSED"
    assert made["tracking_specs"] == [
        {"action.type": ["offsite_conversion"], "fb_pixel": [str(client.facts["pixel_id"])]}
    ]


def test_a_paused_ad_stays_paused_after_its_review_and_a_new_creative_is_reviewed_again(client) -> None:
    own = ad_set(client, campaign(client)["id"])
    made = ad(client, own["id"], status="PAUSED")
    client.pass_time(advance_seconds=1800)
    assert read(client, made["id"], "effective_status")["effective_status"] == "PAUSED"

    made.api_update(params={"status": "ACTIVE"})
    assert read(client, made["id"], "effective_status")["effective_status"] == "ACTIVE"
    made.api_update(params={"creative": {"creative_id": creative(client, "https://c.example/")}})
    assert read(client, made["id"], "effective_status")["effective_status"] == "PENDING_REVIEW"


def test_the_ads_of_an_ad_set_sum_to_it_and_days_that_have_passed_are_not_split_again(client) -> None:
    own = ad_set(client, campaign(client)["id"])
    first = ad(client, own["id"])
    client.pass_time(advance_days=3)
    before = spend(client, "ad")
    second = ad(client, own["id"], name="Boot")
    client.pass_time(advance_days=3)

    after, whole = spend(client, "ad"), spend(client, "adset")
    assert {key: after[key] for key in before if not key.endswith("-05")} == {
        key: value for key, value in before.items() if not key.endswith("-05")
    }
    shared = [key.partition("/")[2] for key in after if key.startswith(second["id"])]
    assert len(shared) == 4
    for day in shared:
        parts = [after.get(f"{one['id']}/{day}", 0.0) for one in (first, second)]
        assert all(parts)
        assert sum(parts) == pytest.approx(whole[f"{own['id']}/{day}"], abs=1e-9)


def test_a_second_ad_of_a_scenarios_ad_set_shares_its_figures_from_then_on(client) -> None:
    own = client.account.get_ad_sets()[0]["id"]
    first = client.raw("GET", f"{own}/ads")["data"][0]["id"]
    whole = spent_by(client, own)
    second = ad(client, own)
    client.pass_time(advance_days=2)

    assert spent_by(client, first)[: len(whole) - 1] == whole[:-1]
    assert [
        sum(pair) for pair in zip(spent_by(client, first)[-2:], spent_by(client, second["id"])[-2:], strict=True)
    ] == (pytest.approx(spent_by(client, own)[-2:]))
    client.of(Ad, first).api_update(params={"status": "PAUSED"})
    client.pass_time(advance_days=2)
    assert len(spent_by(client, first)) == len(whole) + 2
    assert spent_by(client, second["id"])[-2:] == spent_by(client, own)[-2:]


@pytest.mark.slow
def test_ads_of_a_market_with_places_sum_to_their_ad_sets_and_new_ones_appear() -> None:
    with opened("everything", 3) as client:
        before = {row["id"] for row in client.account.get_ads(params={"limit": 500})}
        client.pass_time(advance_days=10)
        statuses = ["ACTIVE", "PAUSED", "ARCHIVED", "ADSET_PAUSED", "CAMPAIGN_PAUSED", "PENDING_REVIEW", "DISAPPROVED"]
        rows = client.account.get_ads(
            fields=["effective_status", "adset_id"], params={"limit": 500, "effective_status": statuses}
        )
        homes = {row["id"]: row["adset_id"] for row in rows}
        assert len(set(homes) - before) > 10

        seen = [{"field": "ad.effective_status", "operator": "IN", "value": statuses}]
        params = {"level": "ad", "date_preset": "last_7d", "filtering": seen, "limit": 500}
        totals: dict[str, float] = {}
        for row in client.account.get_insights(params=params, fields=["ad_id", "spend"]):
            home = homes[row["ad_id"]]
            totals[home] = totals.get(home, 0.0) + float(row["spend"])
        params = {"level": "adset", "date_preset": "last_7d", "limit": 500}
        for row in client.account.get_insights(params=params, fields=["adset_id", "spend"]):
            assert totals[row["adset_id"]] == pytest.approx(float(row["spend"]), abs=1e-9)


def test_pausing_one_ad_of_several_gives_its_money_to_the_others() -> None:
    with opened("everything", 3) as client:
        own = next(
            row["id"] for row in client.account.get_ad_sets(fields=["effective_status"]) if spent_by(client, row["id"])
        )
        running = [
            row["id"]
            for row in client.of(AdSet, own).get_ads(fields=["effective_status"])
            if row["effective_status"] == "ACTIVE"
        ]
        client.of(Ad, running[0]).api_update(params={"status": "PAUSED"})
        client.pass_time(advance_days=2)

        days = {key.partition("/")[2] for key in spend(client, "adset", "last_3d") if key.startswith(own)}
        after = spend(client, "ad", "yesterday")
        assert days
        assert f"{running[0]}/2026-03-03" not in after
        assert sum(after.get(f"{one}/2026-03-03", 0.0) for one in running[1:]) > 0


def test_an_ad_of_an_ended_ad_set_cannot_be_made_and_one_of_a_deleted_one_neither(client) -> None:
    own = ad_set(client, campaign(client)["id"], end_time="2026-03-04T00:00:00+0100")
    chosen = {"creative_id": creative(client)}
    client.pass_time(advance_days=3)
    assert code(lambda: ad(client, own["id"], creative=chosen)) == (100, 1487007)

    gone = ad_set(client, campaign(client)["id"])
    gone.api_delete()
    assert code(lambda: ad(client, gone["id"], creative=chosen)) == (100, 1487056)
    assert code(lambda: gone.api_update(params={"status": "ACTIVE"})) == (100, 1487056)


@pytest.mark.slow
def test_some_ads_are_rejected_where_the_scenario_reviews_ads() -> None:
    with opened("everything", 3) as client:
        own = ad_set(client, campaign(client)["id"])
        chosen = {"creative_id": creative(client)}
        made = [ad(client, own["id"], name=f"a{i}", creative=chosen)["id"] for i in range(40)]
        client.pass_time(advance_seconds=3600)
        fields = ["effective_status", "ad_review_feedback", "issues_info"]
        rows = list(client.of(AdSet, own["id"]).get_ads(fields=fields))
        rejected = [row for row in rows if row["effective_status"] == "DISAPPROVED"]

        assert len(rows) == len(made)
        assert 1 <= len(rejected) <= 8
        assert all("global" in row["ad_review_feedback"] and row["issues_info"] for row in rejected)
        assert "50 ads" in message(lambda: [ad(client, own["id"], creative=chosen) for _ in range(11)])

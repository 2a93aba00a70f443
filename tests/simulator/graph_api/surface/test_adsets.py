"""Ad sets through the SDK: rules of budgets, bids, goals and targeting, delivery, learning."""

from __future__ import annotations

import pytest
import requests

from .objects import ad, ad_set, ad_set_params, campaign, code, message, opened, read, spend, spent_by

pytestmark = pytest.mark.filterwarnings("ignore:value of")
"""The SDK warns of words that it does not know; some of these tests send such words on purpose."""
BLAMED = (100, None)


@pytest.fixture(scope="module")
def shop():
    """One emulator and one campaign of ad set budgets, for what changes nothing."""
    with opened("small", 3) as client:
        yield client, campaign(client)["id"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": None}, BLAMED),
        ({"billing_event": None}, BLAMED),
        ({"targeting": None}, BLAMED),
        ({"targeting": {"age_min": 20}}, BLAMED),
        ({"targeting": {"geo_locations": {"countries": ["usa"]}}}, BLAMED),
        ({"targeting": {"geo_locations": {"countries": ["US"]}, "age_min": 40, "age_max": 30}}, BLAMED),
        ({"targeting": {"geo_locations": {"countries": ["US"]}, "genders": [3]}}, BLAMED),
        ({"targeting": {"geo_locations": {"countries": ["US"]}, "publisher_platforms": ["myspace"]}}, BLAMED),
        ({"targeting": {"geo_locations": {"countries": ["US"]}, "custom_audiences": [{"id": "5"}]}}, BLAMED),
        ({"targeting": {"geo_locations": {"countries": ["DE"]}}}, (100, 3858079)),
        ({"targeting": {"geo_locations": {"countries": ["DE"]}}, "dsa_payor": "Shop"}, (100, 3858081)),
        ({"optimization_goal": "APP_INSTALLS"}, BLAMED),
        ({"optimization_goal": "LINK_CLICKS", "billing_event": "THRUPLAY"}, BLAMED),
        ({"billing_event": "CLICKS"}, BLAMED),
        ({"promoted_object": {"page_id": "1"}}, BLAMED),
        ({"promoted_object": {"pixel_id": "12", "custom_event_type": "PURCHASE"}}, BLAMED),
        ({"daily_budget": 99}, (100, 1885272)),
        ({"daily_budget": "12.5"}, BLAMED),
        ({"daily_budget": None}, (100, 1885272)),
        ({"daily_budget": 499, "optimization_goal": "LINK_CLICKS", "billing_event": "LINK_CLICKS"}, (100, 1885272)),
        ({"daily_budget": None, "lifetime_budget": 50_000}, BLAMED),
        ({"lifetime_budget": 50_000, "end_time": "2026-04-01"}, BLAMED),
        ({"daily_budget": None, "lifetime_budget": 500, "end_time": "2026-04-01"}, (100, 1885272)),
        ({"end_time": "2026-03-02T20:00:00+0100"}, BLAMED),
        ({"end_time": "2025-03-02T20:00:00+0100"}, (100, 1487033)),
        ({"start_time": "2026-05-01", "end_time": "2026-04-01"}, BLAMED),
        ({"bid_strategy": "COST_CAP"}, BLAMED),
        ({"bid_strategy": "LOWEST_COST_WITH_BID_CAP"}, BLAMED),
        ({"bid_strategy": "LOWEST_COST_WITHOUT_CAP", "bid_amount": 500}, BLAMED),
        ({"bid_strategy": "LOWEST_COST_WITH_BID_CAP", "bid_amount": 1}, BLAMED),
        ({"bid_strategy": "LOWEST_COST_WITH_BID_CAP", "bid_amount": 30_000}, (100, 1885272)),
        ({"bid_strategy": "COST_CAP", "bid_amount": 500, "pacing_type": ["no_pacing"]}, BLAMED),
        ({"bid_strategy": "LOWEST_COST_WITH_MIN_ROAS"}, BLAMED),
        ({"bid_strategy": "LOWEST_COST_WITH_MIN_ROAS", "bid_constraints": {"roas_average_floor": 20_000}}, BLAMED),
        ({"bid_constraints": {"roas_average_floor": 20_000}}, BLAMED),
        ({"attribution_spec": [{"event_type": "CLICK_THROUGH", "window_days": 28}]}, BLAMED),
        ({"targeting": {"geo_locations": {"countries": ["US"]}, "flexible_spec": "sport"}}, BLAMED),
        ({"targeting": {"geo_locations": {"countries": ["US"]}, "exclusions": [1]}}, BLAMED),
        ({"start_time": "9999-12-31T23:59:59+0000"}, BLAMED),
        ({"end_time": "0001-01-01"}, BLAMED),
        ({"adlabels": [5]}, BLAMED),
        ({"adset_schedule": [{"start_minute": 0, "end_minute": 60, "days": [1]}]}, BLAMED),
        ({"daily_min_spend_target": 1_000}, BLAMED),
        ({"daily_budgt": 1_000}, BLAMED),
        ({"status": "DELETED"}, BLAMED),
        ({"destination_type": "MOON"}, BLAMED),
    ],
)
def test_what_meta_refuses_is_refused(shop, change, expected) -> None:
    client, campaign_id = shop

    assert code(lambda: ad_set(client, campaign_id, **change)) == expected
    assert client.raw("GET", f"{campaign_id}/adsets")["data"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"targeting": {"geo_locations": {"countries": ["DE"]}}, "dsa_payor": "Shop", "dsa_beneficiary": "Shop"},
        {"optimization_goal": "VALUE", "bid_strategy": "LOWEST_COST_WITH_MIN_ROAS",
         "bid_constraints": {"roas_average_floor": 20_000}},
        {"bid_strategy": "LOWEST_COST_WITH_BID_CAP", "bid_amount": 900},
        {"daily_budget": None, "lifetime_budget": 50_000, "end_time": "2026-04-01", "pacing_type": ["day_parting"],
         "adset_schedule": [{"start_minute": 540, "end_minute": 1200, "days": [1, 2], "timezone_type": "ADVERTISER"}]},
        {"attribution_spec": [{"event_type": "CLICK_THROUGH", "window_days": 1}]},
        {"optimization_goal": "LINK_CLICKS", "billing_event": "LINK_CLICKS", "promoted_object": None},
        {"start_time": "2026-03-05T00:00:00-0800", "end_time": 0},
    ],
)  # fmt: skip
def test_what_meta_takes_is_taken(shop, change) -> None:
    client, campaign_id = shop

    assert (
        client.account.create_ad_set(
            params=ad_set_params(client, campaign_id, **change, execution_options=["validate_only"])
        ).get_id()
        is None
    )


def test_every_setting_is_read_back_as_it_was_set(client) -> None:
    made = ad_set(
        client,
        campaign(client)["id"],
        daily_budget=None,
        lifetime_budget=70_000,
        start_time="2026-03-03T00:00:00+0100",
        end_time="2026-03-10T00:00:00+0100",
        bid_strategy="COST_CAP",
        bid_amount=1_500,
        destination_type="WEBSITE",
    )

    assert read(
        client,
        made["id"],
        *(
            "daily_budget",
            "lifetime_budget",
            "budget_remaining",
            "start_time",
            "end_time",
            "bid_strategy",
            "bid_amount",
        ),
        *("bid_info", "billing_event", "optimization_goal", "attribution_spec", "destination_type", "pacing_type"),
    ) == {
        "id": made["id"],
        "daily_budget": "0",
        "lifetime_budget": "70000",
        "budget_remaining": "70000",
        "start_time": "2026-03-03T00:00:00+0100",
        "end_time": "2026-03-10T00:00:00+0100",
        "bid_strategy": "COST_CAP",
        "bid_amount": 1500,
        "bid_info": {"ACTIONS": 1500},
        "billing_event": "IMPRESSIONS",
        "optimization_goal": "OFFSITE_CONVERSIONS",
        "attribution_spec": [
            {"event_type": "CLICK_THROUGH", "window_days": 7},
            {"event_type": "VIEW_THROUGH", "window_days": 1},
        ],
        "destination_type": "WEBSITE",
        "pacing_type": ["standard"],
    }


def test_an_ad_set_delivers_when_it_has_an_ad_that_passed_review_and_not_before(client) -> None:
    own = ad_set(client, campaign(client)["id"])
    client.pass_time(advance_days=1)
    assert spent_by(client, own["id"]) == []

    made = ad(client, own["id"])
    assert read(client, made["id"], "effective_status")["effective_status"] == "PENDING_REVIEW"
    assert read(client, own["id"], "effective_status")["effective_status"] == "IN_PROCESS"
    client.pass_time(advance_seconds=1800)
    assert read(client, made["id"], "effective_status")["effective_status"] == "ACTIVE"
    client.pass_time(advance_days=2)

    first, second, today = spent_by(client, own["id"])
    assert 0 < first <= 200 * 1.75
    assert 150 <= second <= 200 * 1.75
    assert today < second


def test_a_paused_ad_set_keeps_what_it_spent_and_spends_no_more(client) -> None:
    own = ad_set(client, campaign(client)["id"])
    ad(client, own["id"])
    client.pass_time(advance_seconds=12 * 3600)
    own.api_update(params={"status": "PAUSED"})
    before = sum(spent_by(client, own["id"]))
    client.pass_time(advance_days=3)

    assert 0 < before < 200
    assert sum(spent_by(client, own["id"])) == pytest.approx(before, rel=0.15)


def test_a_lifetime_budget_is_spent_by_the_end_and_never_exceeded(client) -> None:
    own = ad_set(
        client, campaign(client)["id"], daily_budget=None, lifetime_budget=70_000, end_time="2026-03-08T18:00:00+0100"
    )
    ad(client, own["id"])
    client.pass_time(advance_days=9)

    spent = spent_by(client, own["id"])
    assert len(spent) == 7
    assert 640 <= sum(spent) <= 700


def test_what_a_client_creates_changes_nothing_about_the_other_ad_sets() -> None:
    with opened("volatile", 4) as alone, opened("volatile", 4) as busy:
        made = ad_set(busy, campaign(busy)["id"])
        ad(busy, made["id"])
        for client in (alone, busy):
            client.pass_time(advance_days=8)
        known = spend(alone)

        both = spend(busy)
        assert {key: both[key] for key in known} == known
        assert len(both) > len(known)


def test_a_cost_cap_that_cannot_be_kept_spends_less(client) -> None:
    own = campaign(client)["id"]
    free, capped = ad_set(client, own), ad_set(client, own, bid_strategy="COST_CAP", bid_amount=60)
    for one in (free, capped):
        ad(client, one["id"])
    client.pass_time(advance_days=4)

    assert sum(spent_by(client, capped["id"])) < 0.5 * sum(spent_by(client, free["id"]))


@pytest.mark.parametrize("place", ["custom_audiences", "excluded_custom_audiences", "flexible_spec"])
def test_only_audiences_of_the_account_can_be_targeted(client, place) -> None:
    shop = campaign(client)["id"]
    audience = client.account.create_custom_audience(params=AUDIENCE)["id"]

    def targeting(one: str) -> dict[str, object]:
        named = [{"custom_audiences": [{"id": one}]}] if place == "flexible_spec" else [{"id": one}]
        return {"geo_locations": {"countries": ["US"]}, place: named}

    assert ad_set(client, shop, targeting=targeting(audience))["id"]
    for foreign in (client.facts["pixel_id"], client.facts["page_id"], "7"):
        said = message(lambda one=foreign: ad_set(client, shop, targeting=targeting(one)))
        assert f"names audience {foreign}, which does not exist" in said


@pytest.mark.parametrize("name", ["pixel_id", "product_set_id", "custom_conversion_id"])
def test_only_what_the_account_has_can_be_promoted(client, name) -> None:
    shop = campaign(client)["id"]
    promoted = {"pixel_id": client.facts["pixel_id"], "custom_event_type": "PURCHASE", name: client.facts["page_id"]}

    assert f"names {name} {client.facts['page_id']}" in message(lambda: ad_set(client, shop, promoted_object=promoted))


def test_an_ad_set_with_a_flagged_audience_has_issues_and_spends_nothing_until_it_is_well_again(client) -> None:
    shop, audience = campaign(client)["id"], client.account.create_custom_audience(params=AUDIENCE)["id"]
    targeting = {"geo_locations": {"countries": ["US"]}, "custom_audiences": [{"id": audience}]}
    made = ad_set(client, shop, targeting=targeting)
    ad(client, made["id"])
    client.pass_time(advance_days=2)
    before = len(spent_by(client, made["id"]))

    _flag(client, audience, flagged=True)
    found = read(client, made["id"], "effective_status", "issues_info")
    client.pass_time(advance_days=3)
    idle = len(spent_by(client, made["id"]))
    _flag(client, audience, flagged=False)
    client.pass_time(advance_days=2)

    assert (found["effective_status"], found["issues_info"][0]["error_code"]) == ("WITH_ISSUES", 2460003)
    assert idle == before > 0
    assert len(spent_by(client, made["id"])) > idle
    assert read(client, made["id"], "effective_status", "issues_info") == {
        "id": made["id"],
        "effective_status": "ACTIVE",
    }


AUDIENCE = {"name": "Customers", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}


def _flag(client, audience: str, *, flagged: bool) -> None:
    answer = requests.post(
        f"{client.facts['admin_url']}/controls", json={"id": audience, "flagged": flagged}, timeout=10
    )
    assert answer.status_code == 200, answer.text


def test_learning_ends_with_results_and_begins_again_with_a_significant_edit(client) -> None:
    own = ad_set(client, campaign(client)["id"], daily_budget=60_000)
    ad(client, own["id"])
    info = read(client, own["id"], "learning_stage_info")["learning_stage_info"]
    assert (info["status"], info["conversions"], info["attribution_windows"]) == (
        "LEARNING",
        0,
        ["7d_click", "1d_view"],
    )

    client.pass_time(advance_days=9)
    assert read(client, own["id"], "learning_stage_info")["learning_stage_info"]["status"] == "SUCCESS"
    own.api_update(params={"targeting": {"geo_locations": {"countries": ["GB"]}}})
    again = read(client, own["id"], "learning_stage_info")["learning_stage_info"]
    assert again["status"] == "LEARNING"
    assert again["last_sig_edit_ts"] > info["last_sig_edit_ts"]


def test_learning_is_the_markets_own_where_it_has_any() -> None:
    with opened("learning_limited") as client:
        rows = client.account.get_ad_sets(fields=["learning_stage_info"])
        stages = {row["learning_stage_info"]["status"] for row in rows}

        assert stages <= {"LEARNING", "FAIL", "SUCCESS"}
        assert "FAIL" in stages


def test_the_updated_time_is_moved_by_settings_and_not_by_budgets(client) -> None:
    own = ad_set(client, campaign(client)["id"])
    client.pass_time(advance_seconds=60)
    before = read(client, own["id"], "updated_time")
    own.api_update(params={"daily_budget": 30_000})
    assert read(client, own["id"], "updated_time") == before
    own.api_update(params={"bid_strategy": "COST_CAP", "bid_amount": 900})
    assert read(client, own["id"], "updated_time") != before


def test_a_daily_budget_cannot_become_a_lifetime_budget(client) -> None:
    own = ad_set(client, campaign(client)["id"])

    assert "copy the ad set" in message(
        lambda: own.api_update(params={"lifetime_budget": 90_000, "end_time": "2026-04-01"})
    )


def test_the_fifth_budget_change_within_an_hour_is_refused_for_created_ad_sets_too(client) -> None:
    own = ad_set(client, campaign(client)["id"])
    for change in range(4):
        own.api_update(params={"daily_budget": 21_000 + change})

    assert code(lambda: own.api_update(params={"daily_budget": 30_000})) == (613, 1487632)


def test_what_was_created_is_there_after_a_restart(tmp_path) -> None:
    with opened("small", state_file=tmp_path / "state.jsonl") as client:
        own = ad_set(client, campaign(client)["id"])
        inline = {
            "object_story_spec": {"page_id": client.facts["page_id"], "link_data": {"link": "https://a.example/"}}
        }
        made = ad(client, own["id"], creative=inline)
        made.api_update(params={"creative": inline, "name": "Boot"})
        client.pass_time(advance_days=3)
        own.api_update(params={"daily_budget": 30_000})
        seen = spend(client, "ad"), read(client, made["id"], "name", "creative", "effective_status")

    with opened("small", state_file=tmp_path / "state.jsonl") as client:
        assert (spend(client, "ad"), read(client, made["id"], "name", "creative", "effective_status")) == seen
        assert read(client, own["id"], "daily_budget")["daily_budget"] == "30000"

"""Campaigns through the SDK: what a create needs, who has the budget, and what changing them does."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.campaign import Campaign

from .objects import ad, ad_set, campaign, code, message, opened, read, spent_by

pytestmark = pytest.mark.filterwarnings("ignore:value of")


def test_a_campaign_is_made_and_read_back_as_it_was_set(client) -> None:
    made = client.account.create_campaign(
        fields=["name", "objective", "status", "special_ad_categories", "buying_type"],
        params={
            "name": "Spring",
            "objective": "OUTCOME_TRAFFIC",
            "status": "PAUSED",
            "special_ad_categories": ["HOUSING"],
            "is_adset_budget_sharing_enabled": False,
        },
    )

    assert made.export_all_data() == {
        "id": made["id"],
        "name": "Spring",
        "objective": "OUTCOME_TRAFFIC",
        "status": "PAUSED",
        "special_ad_categories": ["HOUSING"],
        "buying_type": "AUCTION",
    }
    assert made["id"] in {row["id"] for row in client.account.get_campaigns()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": None}, (100, None)),
        ({"name": "x" * 401}, (100, None)),
        ({"objective": None}, (100, None)),
        ({"objective": "CONVERSIONS"}, (100, None)),
        ({"special_ad_categories": None}, (100, None)),
        ({"special_ad_categories": ["CREDIT"]}, (100, None)),
        ({"status": "ARCHIVED"}, (100, None)),
        ({"is_adset_budget_sharing_enabled": None}, (100, 4834011)),
        ({"is_adset_budget_sharing_enabled": True, "daily_budget": 50_000}, (100, 4834002)),
        ({"is_adset_budget_sharing_enabled": None, "daily_budget": 1}, (100, 2238055)),
        ({"daily_budget": 50_000, "lifetime_budget": 50_000}, (100, None)),
        ({"bid_strategy": "COST_CAP"}, (100, None)),
        ({"spend_cap": 500}, (100, 2446307)),
        ({"buying_type": "RESERVED"}, (100, None)),
        ({"dialy_budget": 50_000}, (100, None)),
        ({"stop_time": "2020-01-01T00:00:00+0000"}, (100, 1487033)),
    ],
)
def test_what_meta_refuses_is_refused_and_nothing_is_made(client, change, expected) -> None:
    before = len(client.account.get_campaigns())

    assert code(lambda: campaign(client, **change)) == expected
    assert len(client.account.get_campaigns()) == before


def test_a_misspelt_budget_is_named_and_an_unknown_word_is_ignored(client) -> None:
    assert "Did you mean daily_budget?" in message(lambda: campaign(client, dailybudget=50_000))
    assert campaign(client, weather="sunny")["id"]


def test_validate_only_makes_nothing(client) -> None:
    made = campaign(client, execution_options=["validate_only"])

    assert made.get_id() is None
    assert len(client.account.get_campaigns()) == 1


def test_a_spending_limit_is_set_and_removed(client) -> None:
    made = campaign(client, spend_cap=50_000)
    assert read(client, made["id"], "spend_cap")["spend_cap"] == "50000"
    before = read(client, made["id"], "updated_time")

    made.api_update(params={"spend_cap": 922337203685478})

    assert "spend_cap" not in read(client, made["id"], "spend_cap")
    assert read(client, made["id"], "updated_time") == before


def test_a_spending_limit_that_is_reached_stops_the_campaign(client) -> None:
    made = campaign(client, spend_cap=30_000)
    own = ad_set(client, made["id"], daily_budget=20_000)
    ad(client, own["id"])
    client.pass_time(advance_days=6)

    spent = spent_by(client, own["id"])
    assert 2 <= len(spent) <= 3
    assert 295 <= sum(spent) <= 300


def test_the_bid_strategy_is_the_campaigns_where_it_has_the_budget(client) -> None:
    made = campaign(client, is_adset_budget_sharing_enabled=None, daily_budget=50_000, bid_strategy="COST_CAP")

    assert code(lambda: ad_set(client, made["id"], daily_budget=None)) == (100, None)
    own = ad_set(client, made["id"], daily_budget=None, bid_amount=900)
    assert read(client, own["id"], "bid_strategy", "bid_amount", "daily_budget") == {
        "id": own["id"],
        "bid_strategy": "COST_CAP",
        "bid_amount": 900,
    }
    assert "cannot be changed" in message(lambda: made.api_update(params={"bid_strategy": "LOWEST_COST_WITH_MIN_ROAS"}))


def test_budgets_are_the_campaigns_or_the_ad_sets_and_never_both(client) -> None:
    shared = campaign(client, is_adset_budget_sharing_enabled=None, daily_budget=50_000)
    own = campaign(client)

    assert code(lambda: ad_set(client, shared["id"])) == (100, 1885621)
    assert code(lambda: ad_set(client, own["id"], daily_budget=None)) == (100, 1885272)
    inside = ad_set(client, shared["id"], daily_budget=None)
    assert code(lambda: inside.api_update(params={"daily_budget": 10_000})) == (100, 1885621)


def test_a_campaigns_budget_is_divided_among_its_ad_sets_to_the_unit(client) -> None:
    shared = campaign(client, is_adset_budget_sharing_enabled=None, daily_budget=50_000)
    sets = [ad_set(client, shared["id"], daily_budget=None, name=f"s{i}") for i in range(3)]
    sets[0].api_update(params={"daily_min_spend_target": 30_000})
    sets[1].api_update(params={"daily_spend_cap": 4_000})
    for one in sets:
        ad(client, one["id"])
    client.pass_time(advance_days=5)

    spent = [sum(spent_by(client, one["id"])) / 5 for one in sets]
    assert spent[0] >= 0.9 * 300
    assert spent[1] <= 1.1 * 40
    assert sum(spent) == pytest.approx(500, rel=0.08)


def test_the_budget_moves_up_to_the_campaign_and_down_again(client) -> None:
    own = campaign(client)
    sets = [ad_set(client, own["id"], name=f"s{i}") for i in range(2)]

    own.api_update(params={"daily_budget": 60_000})
    assert read(client, own["id"], "daily_budget", "last_budget_toggling_time")["daily_budget"] == "60000"
    assert "daily_budget" not in read(client, sets[0]["id"], "daily_budget")

    one_only = [{"adset_id": sets[0]["id"], "daily_budget": 25_000}]
    assert code(lambda: own.api_update(params={"adset_budgets": one_only})) == (100, None)
    both = [{"adset_id": one["id"], "daily_budget": 25_000} for one in sets]
    own.api_update(params={"adset_budgets": both})
    assert "daily_budget" not in read(client, own["id"], "daily_budget")
    assert [read(client, one["id"], "daily_budget")["daily_budget"] for one in sets] == ["25000", "25000"]


def test_the_scenarios_own_campaign_budgets_are_shown_and_can_be_changed() -> None:
    with opened("cbo") as client:
        first = client.account.get_campaigns(fields=["daily_budget"])[0]
        world = client.raw("GET", f"{first['id']}/adsets", fields="daily_budget,name")["data"]
        assert int(first["daily_budget"]) > 0
        assert len(world) == 4
        assert not any("daily_budget" in row for row in world)

        client.of(Campaign, first["id"]).api_update(params={"daily_budget": 2 * int(first["daily_budget"])})
        client.pass_time(advance_days=3)

        spent = spent_by(client, first["id"])
        assert sum(spent[-4:-1]) == pytest.approx(2 * sum(spent[-7:-4]), rel=0.15)


def test_sharing_needs_ad_sets_that_are_alike(client) -> None:
    shared = campaign(client, is_adset_budget_sharing_enabled=True)
    ad_set(client, shared["id"])

    assert code(lambda: ad_set(client, shared["id"], bid_strategy="COST_CAP", bid_amount=900)) == (100, 4834009)
    assert ad_set(client, shared["id"])["id"]


def test_ad_sets_that_share_budgets_bid_as_their_campaign_says(client) -> None:
    shared = campaign(client, is_adset_budget_sharing_enabled=True, bid_strategy="COST_CAP")

    own = ad_set(client, shared["id"], bid_amount=900)
    other = code(lambda: ad_set(client, shared["id"], bid_strategy="LOWEST_COST_WITHOUT_CAP"))

    assert read(client, shared["id"], "bid_strategy")["bid_strategy"] == "COST_CAP"
    assert read(client, own["id"], "bid_strategy")["bid_strategy"] == "COST_CAP"
    assert other == (100, None)
    assert "bid_strategy" not in read(client, campaign(client)["id"], "bid_strategy")


def test_deleted_campaigns_can_only_be_renamed_and_take_no_ad_sets(client) -> None:
    made = campaign(client)
    made.api_delete()

    assert read(client, made["id"], "effective_status")["effective_status"] == "DELETED"
    assert made["id"] not in {row["id"] for row in client.account.get_campaigns()}
    assert code(lambda: made.api_update(params={"status": "ACTIVE"})) == (100, 1487566)
    assert code(lambda: ad_set(client, made["id"])) == (100, 1487566)
    made.api_update(params={"name": "kept for the books"})
    assert read(client, made["id"], "name")["name"] == "kept for the books"


def test_campaigns_are_deleted_by_strategy_oldest_first(client) -> None:
    first, second = campaign(client), campaign(client)
    client.of(Campaign, first["id"]).api_update(params={"status": "ARCHIVED"})
    client.pass_time(advance_days=1)
    number = client.account["id"]

    gone = client.raw(
        "DELETE", f"{number}/campaigns", delete_strategy="DELETE_ARCHIVED_BEFORE", before_date="2027-01-01"
    )
    assert gone == {"deleted_object_ids": [first["id"]], "objects_left_to_delete_count": 0}
    assert code(lambda: client.raw("DELETE", f"{number}/campaigns", delete_strategy="DELETE_ANY")) == (100, None)
    rest = client.raw("DELETE", f"{number}/campaigns", delete_strategy="DELETE_OLDEST", object_count=1)
    assert rest["objects_left_to_delete_count"] == 1
    assert read(client, second["id"], "status")["status"] == "ACTIVE"


def test_there_is_a_most_of_ad_sets_in_a_campaign_and_of_created_ones_in_an_account(client, monkeypatch) -> None:
    own, other = campaign(client), campaign(client)
    monkeypatch.setattr("simulator.graph_api.rules.ad_sets.MOST_AD_SETS", 1)
    monkeypatch.setattr("simulator.graph_api.creation.MOST_CREATED", 2)
    first = ad_set(client, own["id"])

    assert code(lambda: ad_set(client, own["id"])) == (100, None)
    ad_set(client, other["id"])
    third = campaign(client)
    assert "at most 2 created ad sets" in message(lambda: ad_set(client, third["id"]))
    first.api_delete()
    assert ad_set(client, own["id"])["id"]


def test_many_ad_sets_freeze_who_has_the_budget_and_how_it_bids(client, monkeypatch) -> None:
    shared = campaign(client, is_adset_budget_sharing_enabled=None, daily_budget=50_000)
    sets = [ad_set(client, shared["id"], daily_budget=None, name=f"s{i}") for i in range(2)]
    monkeypatch.setattr("simulator.graph_api.rules.campaigns.FROZEN_ABOVE", 1)
    down = [{"adset_id": one["id"], "daily_budget": 25_000} for one in sets]

    assert "more than 1 ad sets" in message(lambda: shared.api_update(params={"adset_budgets": down}))
    assert "more than 1 ad sets" in message(lambda: shared.api_update(params={"bid_strategy": "COST_CAP"}))
    shared.api_update(params={"daily_budget": 60_000})
    assert read(client, shared["id"], "daily_budget")["daily_budget"] == "60000"


def test_a_lifetime_budget_of_a_campaign_is_spent_by_its_end_and_never_exceeded(client) -> None:
    shared = campaign(
        client, is_adset_budget_sharing_enabled=None, lifetime_budget=60_000, stop_time="2026-03-06T00:00:00+0100"
    )
    for i in range(2):
        ad(client, ad_set(client, shared["id"], daily_budget=None, name=f"s{i}")["id"])
    client.pass_time(advance_days=7)

    assert 540 <= sum(spent_by(client, shared["id"])) <= 600


def test_an_ad_set_under_a_lifetime_budget_says_when_it_ends(client) -> None:
    shared = campaign(client, is_adset_budget_sharing_enabled=None, lifetime_budget=60_000)

    assert "end_time" in message(lambda: ad_set(client, shared["id"], daily_budget=None))
    assert ad_set(client, shared["id"], daily_budget=None, end_time="2026-03-20T00:00:00+0100")["id"]
    assert len(client.of(Campaign, shared["id"]).get_ad_sets()) == 1


def test_changes_are_in_the_history_with_what_was_and_what_is(client) -> None:
    made = campaign(client)
    own = ad_set(client, made["id"])
    own.api_update(params={"daily_budget": 30_000, "status": "PAUSED"})
    rows = client.raw("GET", f"{client.account['id']}/activities", fields="event_type,object_id,extra_data")["data"]
    lines = {row["event_type"]: row for row in rows if row["object_id"] in (made["id"], own["id"])}

    assert {"create_campaign_group", "create_ad_set", "update_ad_set_budget", "update_ad_set_run_status"} <= set(lines)
    assert "20000" in lines["update_ad_set_budget"]["extra_data"]
    assert "30000" in lines["update_ad_set_budget"]["extra_data"]


@pytest.mark.parametrize("gone", ["DELETED", "ARCHIVED"])
def test_what_is_in_a_campaign_that_is_gone_keeps_its_money_and_status(client, gone: str) -> None:
    made = campaign(client, status="PAUSED")
    inside = ad_set(client, made["id"])
    advert = ad(client, inside["id"])
    made.api_update(params={"status": gone})

    assert code(lambda: inside.api_update(params={"daily_budget": 30_000}))[0] == 100
    assert code(lambda: inside.api_update(params={"status": "PAUSED"}))[0] == 100
    assert code(lambda: advert.api_update(params={"status": "PAUSED"}))[0] == 100
    assert read(client, inside["id"], "daily_budget", "effective_status") == {
        "id": inside["id"],
        "daily_budget": "20000",
        "effective_status": gone,
    }
    inside.api_update(params={"name": "Kept for the books"})
    inside.api_delete()
    assert read(client, inside["id"], "status")["status"] == "DELETED"

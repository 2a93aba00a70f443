"""Ad accounts and their lists through the SDK: spending limit, defaults, filters."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.campaign import Campaign

from .objects import ad_set, campaign, code, read, spend

pytestmark = pytest.mark.filterwarnings("ignore:value of")


def test_an_account_is_renamed_and_keeps_its_id(client) -> None:
    client.account.api_update(params={"name": "Bicycles"})
    seen = client.account.api_get(fields=["name", "timezone_id", "funding_source", "min_campaign_group_spend_cap"])

    assert seen["name"] == "Bicycles"
    assert seen["id"] == f"act_{seen['account_id']}"
    assert seen["min_campaign_group_spend_cap"] == "9000"


def test_a_spending_limit_goes_in_as_major_units_and_stops_delivery_when_it_is_reached(client) -> None:
    number = client.account["id"]
    spent = int(read(client, number, "amount_spent")["amount_spent"])
    cap = spent / 100 + 900
    client.account.api_update(params={"spend_cap": cap})
    assert read(client, number, "spend_cap")["spend_cap"] == str(round(cap * 100))
    client.pass_time(advance_days=5)

    total = int(read(client, number, "amount_spent")["amount_spent"])
    assert 0.99 * cap * 100 <= total <= cap * 100
    assert sum(spend(client, "account", "yesterday").values()) < 1
    client.account.api_update(params={"spend_cap_action": "reset"})
    assert read(client, number, "amount_spent")["amount_spent"] == "0"


def test_the_eleventh_change_of_the_limit_in_a_day_is_refused(client) -> None:
    for change in range(10):
        client.account.api_update(params={"spend_cap": 900_000 + change})

    assert code(lambda: client.account.api_update(params={"spend_cap": 1})) == (100, None)
    assert code(lambda: client.account.api_update(params={"spend_cap": 800_000})) == (17, 1885172)
    client.pass_time(advance_days=1)
    client.account.api_update(params={"spend_cap_action": "delete"})
    assert read(client, client.account["id"], "spend_cap")["spend_cap"] == "0"


def test_defaults_of_the_account_serve_ad_sets_that_target_the_european_union(client) -> None:
    europe = {"geo_locations": {"countries": ["FR"]}}
    own = campaign(client)["id"]
    assert code(lambda: ad_set(client, own, targeting=europe)) == (100, 3858079)

    client.account.api_update(params={"default_dsa_payor": "Shop", "default_dsa_beneficiary": "Shop"})

    assert ad_set(client, own, targeting=europe)["id"]
    assert client.account.api_get(fields=["default_dsa_payor"])["default_dsa_payor"] == "Shop"


def test_what_cannot_be_changed_says_so(client) -> None:
    assert code(lambda: client.account.api_update(params={"currency": "USD"})) == (100, None)
    assert code(lambda: client.account.api_update(params={"spend_capp": 5})) == (100, None)


def test_lists_are_narrowed_by_fields_parents_and_times(client) -> None:
    first, second = campaign(client), campaign(client, name="Autumn")
    inside = [ad_set(client, one["id"], name=one["id"])["id"] for one in (first, second)]
    client.pass_time(advance_seconds=100)
    second.api_update(params={"name": "Winter"})

    def listed(edge: str, **params):
        return [row["id"] for row in client.raw("GET", f"{client.account['id']}/{edge}", **params)["data"]]

    by_parent = [{"field": "campaign.id", "operator": "IN", "value": [second["id"]]}]
    assert listed("adsets", filtering=by_parent) == [inside[1]]
    assert listed("adsets", filtering=[{"field": "campaign.name", "operator": "CONTAIN", "value": "wint"}]) == [
        inside[1]
    ]
    assert listed("adsets", filtering=[{"field": "daily_budget", "operator": "EQUAL", "value": "20000"}]) == inside
    made = read(client, second["id"], "updated_time")["updated_time"]
    assert made.endswith("+0100")
    assert listed("campaigns", updated_since="1772415050") == [second["id"]]
    assert listed("campaigns", date_preset="last_7d", effective_status=["ACTIVE"])[-1]
    assert code(lambda: listed("campaigns", effective_status=["CAMPAIGN_PAUSED"])) == (100, None)
    assert code(lambda: listed("campaigns", effective_status=["DELETED"])) == (100, 1815001)
    assert code(lambda: listed("campaigns", filtering=[{"field": "shoe_size", "operator": "IN", "value": []}])) == (
        100,
        None,
    )


def test_archived_objects_are_not_switched_on_again(client) -> None:
    made = campaign(client)
    made.api_update(params={"status": "ARCHIVED"})

    assert code(lambda: made.api_update(params={"status": "ACTIVE"})) == (100, 1885088)
    assert code(lambda: ad_set(client, made["id"])) == (100, 1885088)
    assert client.account.get_campaigns(params={"effective_status": ["ARCHIVED"]}).total() == 1
    assert client.of(Campaign, made["id"]).api_get(fields=["status"])["status"] == "ARCHIVED"


def test_minimum_budgets_are_those_that_creates_are_held_to(client) -> None:
    row = client.account.get_minimum_budgets()[0].export_all_data()
    own = campaign(client)["id"]
    clicks = {"optimization_goal": "LINK_CLICKS", "billing_event": "LINK_CLICKS", "promoted_object": None}

    assert row["currency"] == "EUR"
    assert ad_set(client, own, **clicks, daily_budget=row["min_daily_budget_high_freq"])["id"]
    low = row["min_daily_budget_high_freq"] - 1
    assert code(lambda: ad_set(client, own, **clicks, daily_budget=low)) == (100, 1885272)

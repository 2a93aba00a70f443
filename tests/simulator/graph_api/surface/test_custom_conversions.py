"""Custom conversions through the SDK: made by a rule, counted, changed, deleted."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from facebook_business.adobjects.customconversion import CustomConversion

from simulator.graph_api.events.conversion_rules import meets, read_rule
from simulator.graph_api.events.statistics import Happened

BUYERS = {"and": [{"event": {"eq": "Purchase"}}, {"or": [{"URL": {"i_contains": "THANK-you"}}]}]}


@pytest.fixture
def conversion(client) -> CustomConversion:
    return client.account.create_custom_conversion(
        params={
            "name": "Buyers",
            "event_source_id": client.facts["pixel_id"],
            "rule": json.dumps(BUYERS),
            "custom_event_type": "PURCHASE",
            "default_conversion_value": 3.5,
        }
    )


def test_a_custom_conversion_is_read_back_as_it_was_made(client, conversion) -> None:
    fields = ["name", "rule", "custom_event_type", "default_conversion_value", "pixel", "account_id", "is_archived"]
    found = conversion.api_get(fields=fields)

    assert json.loads(found["rule"]) == BUYERS
    assert (found["name"], found["custom_event_type"]) == ("Buyers", "PURCHASE")
    assert found["default_conversion_value"] == 3.5
    assert found["pixel"]["id"] == client.facts["pixel_id"]
    assert found["is_archived"] is False
    assert [one["name"] for one in client.account.get_custom_conversions(fields=["name"])] == ["Buyers"]


def test_it_counts_what_its_rule_means(client, conversion) -> None:
    client.pass_time(advance_days=1)
    rows = conversion.get_stats(params={"aggregation": "count"})
    found = {one["value"] for row in rows for one in row["data"]}

    assert found == {"Purchase"}
    assert conversion.api_get(fields=["last_fired_time", "first_fired_time"])["last_fired_time"]


def test_it_is_renamed_and_deleted_and_its_rule_stays(client, conversion, refused) -> None:
    conversion.api_update(params={"name": "Customers", "description": "all of them"})
    found = conversion.api_get(fields=["name", "description"])

    assert (found["name"], found["description"]) == ("Customers", "all of them")
    assert refused(lambda: client.raw("POST", conversion["id"], rule="{}")).api_error_code() == 100
    conversion.api_delete()
    assert client.account.get_custom_conversions().total() == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"event_source_id": None},
        {"event_source_id": "7"},
        {"rule": None},
        {"rule": "nonsense"},
        {"rule": "{}"},
        {"rule": '{"and": []}'},
        {"rule": '{"event": {"sounds_like": "Purchase"}}'},
        {"rule": '{"event": {"regex_match": "("}}'},
        {"custom_event_type": "BOUGHT"},
        {"default_conversion_value": -1},
        {"action_source_type": "shop"},
    ],
)
def test_a_custom_conversion_that_cannot_be_is_refused(client, refused, changes) -> None:
    good = {"name": "n", "event_source_id": client.facts["pixel_id"], "rule": json.dumps(BUYERS)}
    params = {name: value for name, value in {**good, **changes}.items() if value is not None}

    def create() -> None:
        client.raw("POST", f"{client.account.get_id()}/customconversions", **params)

    assert refused(create).api_error_code() == 100


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"event": {"eq": "Purchase"}}, True),
        ({"event": {"neq": "Purchase"}}, False),
        ({"domain": {"eq": "shop.example"}}, True),
        ({"path": {"starts_with": "/thank"}}, True),
        ({"url": {"i_not_contains": "shop"}}, False),
        ({"url": {"regex_match": "thank-you$"}}, True),
        ({"value": {"gt": "1"}}, False),
        ({"or": [{"event": {"eq": "Lead"}}, {"event": {"eq": "Purchase"}}]}, True),
    ],
)
def test_a_rule_means_the_events_that_it_says(rule, holds: bool) -> None:
    bought = Happened("Purchase", datetime(2026, 3, 2, tzinfo=UTC), 1)

    assert meets(read_rule(rule), bought) is holds


def test_offline_conversions_point_to_datasets(client, refused) -> None:
    error = refused(lambda: client.raw("GET", f"{client.account.get_id()}/offline_conversion_data_sets"))

    assert "physical_store" in error.api_error_message()

"""Filters, order and totals of a report."""

from __future__ import annotations

from decimal import Decimal

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.exceptions import FacebookRequestError
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.graph_api.params import passes

from .conftest import EVERYTHING, SMALL

FIELDS = "adset_id,adset_name,campaign_id,spend,impressions,clicks,ctr,actions"


def where(field: str, operator: str, value) -> list[dict[str, object]]:
    return [{"field": field, "operator": operator, "value": value}]


@pytest.mark.parametrize(
    ("operator", "value", "test"),
    [
        ("GREATER_THAN", 300, lambda x: x > 300),
        ("LESS_THAN", "300", lambda x: x < 300),
        ("IN_RANGE", [200, 400], lambda x: 200 <= x <= 400),
        ("NOT_IN_RANGE", [200, 400], lambda x: not 200 <= x <= 400),
        ("GREATER_THAN_OR_EQUAL", 300, lambda x: x >= 300),
    ],
)
def test_rows_are_filtered_by_their_figures(report, operator: str, value, test) -> None:
    rows = report(EVERYTHING, FIELDS, level="adset", filtering=where("spend", operator, value))

    everything = report(EVERYTHING, FIELDS, level="adset")
    assert rows == [row for row in everything if test(float(row["spend"]))]
    assert 0 < len(rows) < len(everything)


@pytest.mark.parametrize("field", ["ctr", "cpc", "frequency", "actions:link_click", "cost_per_action_type:purchase"])
def test_every_figure_can_be_filtered_and_sorted(report, field: str) -> None:
    name, _, kind = field.partition(":")
    rows = report(EVERYTHING, f"adset_id,{name}", level="adset", sort=[f"{field}_descending"])

    def figure(row) -> float:
        value = row.get(name)
        if kind:
            value = next((item["value"] for item in row.get(name, []) if item["action_type"] == kind), 0)
        return float(value or 0)

    values = [figure(row) for row in rows]
    assert values == sorted(values, reverse=True)
    middle = values[len(values) // 2]
    above = report(EVERYTHING, f"adset_id,{name}", level="adset", filtering=where(field, "GREATER_THAN", middle))
    assert sorted(map(figure, above)) == sorted(value for value in values if value > middle)


def test_objects_are_filtered_by_what_they_are_called(report) -> None:
    rows = report(EVERYTHING, FIELDS, level="adset")
    name = rows[0]["adset_name"]

    for operator, value in (("EQUAL", name), ("CONTAIN", name[1:].upper()), ("STARTS_WITH", name[:-1])):
        found = report(EVERYTHING, FIELDS, level="adset", filtering=where("adset.name", operator, value))
        assert rows[0] in found
    without = report(EVERYTHING, FIELDS, level="adset", filtering=where("adset.name", "NOT_CONTAIN", name))
    assert rows[0] not in without
    assert without


def test_ad_filters_narrow_every_level_above(report) -> None:
    campaign = report(EVERYTHING, FIELDS, level="campaign")[0]["campaign_id"]
    chosen = where("campaign.id", "IN", [campaign])

    parts = report(EVERYTHING, FIELDS, level="adset", filtering=chosen)
    whole = report(EVERYTHING, FIELDS, filtering=chosen)[0]
    assert {row["campaign_id"] for row in parts} == {campaign}
    assert sum(Decimal(row["spend"]) for row in parts) == Decimal(whole["spend"])


def test_only_the_types_asked_for_are_listed(report) -> None:
    row = report(SMALL, "actions,action_values", filtering=where("action_type", "IN", ["purchase"]))[0]

    assert [item["action_type"] for item in row["actions"]] == ["purchase"]
    assert [item["action_type"] for item in row["action_values"]] == ["purchase"]


def test_segments_can_be_filtered_too(report) -> None:
    rows = report(SMALL, breakdowns=["age"], filtering=where("age", "IN", ["18-24", "65+"]))

    assert [row["age"] for row in rows] == ["18-24", "65+"]


def test_objects_with_delivery_are_found_by_their_impressions(report) -> None:
    everything = report(SMALL, FIELDS, level="ad")

    assert report(SMALL, FIELDS, level="ad", filtering=where("ad.impressions", "GREATER_THAN", 0)) == everything


@pytest.mark.parametrize(
    "wrong",
    [
        where("adset.colour", "IN", ["red"]),
        where("spend", "RHYMES", 1),
        where("spend", "IN_RANGE", [1]),
        where("spend", "GREATER_THAN", "much"),
        where("nothing", "EQUAL", 1),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(report, wrong) -> None:
    with pytest.raises(FacebookRequestError, match="filtering"):
        report(SMALL, level="adset", filtering=wrong)


def test_sorting_by_two_columns_uses_the_second_where_the_first_is_equal(report) -> None:
    asked = {"level": "adset", "time_increment": "1", "sort": ["date_start_ascending", "spend_descending"]}
    rows = report(SMALL, "adset_id,spend", **asked)

    order = [(row["date_start"], -Decimal(row["spend"])) for row in rows]
    assert order == sorted(order)


def test_a_summary_adds_up_every_row_and_not_only_the_page(api) -> None:
    asked = {"level": "adset", "time_increment": "1", "date_preset": "last_7d", "limit": 5}
    path, fields = (EVERYTHING, "insights"), "adset_id,spend"
    body = api.call("GET", path, params={**asked, "fields": fields, "default_summary": True}).json()
    rows = AdAccount(EVERYTHING, api=api).get_insights(["adset_id", "spend"], asked)

    assert len(body["data"]) == 5
    assert set(body["summary"]) == {"spend", "date_start", "date_stop"}
    assert Decimal(body["summary"]["spend"]) == sum(Decimal(row["spend"]) for row in rows)
    more = {**asked, "fields": "spend,impressions,ctr"}
    named = api.call("GET", path, params={**more, "summary": ["impressions", "ctr"]}).json()
    assert set(named["summary"]) == {"impressions", "ctr", "date_start", "date_stop"}
    with pytest.raises(FacebookRequestError, match="Cannot include reach in summary param"):
        api.call("GET", path, params={**more, "summary": ["reach"]})


@settings(derandomize=True, deadline=None)
@given(value=st.integers(-5, 5), low=st.integers(-5, 5), high=st.integers(-5, 5))
def test_a_range_is_between_its_ends_or_not(value: int, low: int, high: int) -> None:
    inside = passes("IN_RANGE", value, [low, high])

    assert inside == (low <= value <= high) != passes("NOT_IN_RANGE", str(value), [str(low), str(high)])

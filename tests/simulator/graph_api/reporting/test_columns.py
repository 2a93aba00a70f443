"""Columns: text, consistent with each other, of the types that Meta's SDK expects (its warnings are errors here)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simulator.graph_api.reporting.vocabulary import FIELDS

from .conftest import EVERYTHING, SMALL


@pytest.mark.slow
@pytest.mark.parametrize("account", [SMALL, EVERYTHING])
@pytest.mark.parametrize("level", ["account", "campaign", "adset", "ad"])
def test_a_row_may_be_asked_for_everything_and_holds_text(report, account: str, level: str) -> None:
    for row in report(account, ",".join(sorted(FIELDS)), level=level):
        plain = {name: value for name, value in row.items() if not isinstance(value, list)}
        assert all(isinstance(value, str) and value for value in plain.values())
        lists = {name: value for name, value in row.items() if isinstance(value, list)}
        assert all(lists.values())
        for name, items in lists.items():
            for item in items:
                assert {"action_type", "value"} <= set(item) or {"indicator", "values"} == set(item), name


def test_what_no_simulated_ad_has_is_left_out(report) -> None:
    row = report(SMALL, "spend,video_play_actions,canvas_avg_view_time,mobile_app_purchase_roas,dda_results")[0]

    assert set(row) == {"spend", "date_start", "date_stop"}


def test_people_who_click_are_fewer_than_clicks_and_than_people(report) -> None:
    fields = "clicks,reach,unique_clicks,unique_ctr,impressions,spend,cost_per_unique_click"
    for row in report(EVERYTHING, fields, level="ad", time_increment="1"):
        clicks, people, reach = int(row["clicks"]), int(row["unique_clicks"]), int(row["reach"])
        assert min(1, clicks) <= people <= min(clicks, reach)
        assert ("cost_per_unique_click" in row) == (people > 0)


def test_results_are_purchases_with_their_cost(report) -> None:
    row = report(SMALL, "results,cost_per_result,result_rate,spend,impressions,actions")[0]

    purchases = next(item["value"] for item in row["actions"] if item["action_type"] == "purchase")
    assert row["results"] == [
        {
            "indicator": "actions:offsite_conversion.fb_pixel_purchase",
            "values": [{"value": purchases, "attribution_windows": ["default"]}],
        }
    ]
    cost = Decimal(row["cost_per_result"][0]["values"][0]["value"])
    assert cost == round(Decimal(row["spend"]) / Decimal(purchases), 6)


def test_return_on_spend_is_listed_under_its_own_type(report) -> None:
    row = report(SMALL, "purchase_roas,website_purchase_roas")[0]

    assert [item["action_type"] for item in row["purchase_roas"]] == ["omni_purchase"]
    assert [item["action_type"] for item in row["website_purchase_roas"]] == ["offsite_conversion.fb_pixel_purchase"]
    assert row["purchase_roas"][0]["value"] == row["website_purchase_roas"][0]["value"]


def test_only_ads_are_ranked(report) -> None:
    fields = "quality_ranking,engagement_rate_ranking,conversion_rate_ranking,impressions"

    assert all("quality_ranking" not in row for row in report(SMALL, fields, level="adset"))
    for row in report(EVERYTHING, fields, level="ad", time_increment="1"):
        assert row["quality_ranking"] == ("AVERAGE" if int(row["impressions"]) >= 500 else "UNKNOWN")


def test_link_clicks_are_told_apart_by_device_and_purchases_are_not(report) -> None:
    plain = report(SMALL, "actions")[0]["actions"]
    split = report(SMALL, "actions", action_breakdowns=["action_type", "action_device"])[0]["actions"]

    clicks = [item for item in split if item["action_type"] == "link_click"]
    assert {"iphone", "android_smartphone", "desktop"} <= {item["action_device"] for item in clicks}
    total = next(item for item in plain if item["action_type"] == "link_click")
    assert sum(int(item["value"]) for item in clicks) == int(total["value"])
    assert [item for item in split if item not in clicks] == [item for item in plain if item != total]


def test_what_meta_disregards_changes_nothing(report) -> None:
    plain = report(SMALL, "spend,actions")

    for more in (
        {"use_unified_attribution_setting": True},
        {"action_report_time": "conversion"},
        {"use_account_attribution_setting": True},
        {"product_id_limit": 5},
        {"export_format": "csv", "export_name": "report", "export_columns": ["spend"]},
        {"graph_cache": False},
    ):
        assert report(SMALL, "spend,actions", **more) == plain

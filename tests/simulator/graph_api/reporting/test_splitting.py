"""Segments add up to what they are segments of, whatever the breakdown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from facebook_business.adobjects.adset import AdSet

from .conftest import EVERYTHING, SMALL, VOLATILE

FIELDS = "spend,impressions,reach,clicks,actions,action_values"
SEGMENTED = {
    "age": 6,
    "gender": 2,
    "age,gender": 12,
    "publisher_platform": 3,
    "publisher_platform,platform_position": 9,
    "publisher_platform,impression_device": 14,
    "publisher_platform,platform_position,impression_device": 40,
    "impression_device": 5,
    "device_platform": 2,
    "publisher_platform,platform_position,device_platform": 13,
    "country": 1,
    "frequency_value": 9,
}


def amount(row, name: str, kind: str | None = None) -> Decimal:
    value = row.get(name, "0")
    if kind is not None:
        value = next((item["value"] for item in row.get(name, []) if item["action_type"] == kind), "0")
    return Decimal(value)


def archived_too(level: str) -> list[dict[str, str]]:
    """A filter that everything passes: lists leave out what is archived unless they are filtered by status."""
    return [] if level == "account" else [{"field": f"{level}.effective_status", "operator": "NOT_EQUAL", "value": "-"}]


def figures(rows) -> dict[str, Decimal]:
    """Sums over rows of everything that may be added up."""
    plain = {name: sum(amount(row, name) for row in rows) for name in ("spend", "impressions", "reach", "clicks")}
    kinds = (("actions", "link_click"), ("actions", "purchase"), ("action_values", "purchase"))
    return plain | {f"{name}:{kind}": sum(amount(row, name, kind) for row in rows) for name, kind in kinds}


@pytest.mark.parametrize("account", [SMALL, EVERYTHING, VOLATILE])
@pytest.mark.parametrize("breakdown", SEGMENTED)
def test_segments_sum_to_the_row_without_a_breakdown(report, account: str, breakdown: str) -> None:
    whole = report(account, FIELDS)
    rows = report(account, FIELDS, breakdowns=breakdown.split(","))

    assert figures(rows) == figures(whole)
    names = breakdown.split(",")
    labels = [tuple(row[name] for name in names) for row in rows]
    assert len(set(labels)) == len(labels) <= SEGMENTED[breakdown]
    assert all(amount(row, "clicks") <= amount(row, "impressions") for row in rows if "frequency_value" not in row)


def test_every_level_and_day_is_broken_down_alike(report) -> None:
    """One ad's women and the account's women are the same women."""
    asked = {"breakdowns": ["gender"], "fields": FIELDS}
    by_level = {
        level: report(EVERYTHING, level=level, time_increment=increment, filtering=archived_too(level), **asked)
        for level, increment in (("account", "all_days"), ("campaign", "7"), ("adset", "1"), ("ad", "1"))
    }

    for gender in ("female", "male"):
        sums = [figures([row for row in rows if row["gender"] == gender]) for rows in by_level.values()]
        for found in sums:
            found.pop("reach")
        assert all(found == sums[0] for found in sums)


def test_coarse_segments_are_sums_of_fine_ones(report) -> None:
    fine = report(EVERYTHING, FIELDS, breakdowns=["age", "gender"])

    for row in report(EVERYTHING, FIELDS, breakdowns=["age"]):
        inside = figures([one for one in fine if one["age"] == row["age"]])
        whole = figures([row])
        inside.pop("reach"), whole.pop("reach")
        assert inside == whole


def test_the_same_question_has_the_same_answer(report) -> None:
    asked = {"breakdowns": ["age", "gender"], "level": "adset", "time_increment": "1", "fields": FIELDS}

    assert report(SMALL, **asked) == report(SMALL, **asked)


def test_ages_of_a_world_with_segments_differ_more_than_usual_ones(api) -> None:
    """In the world with segments, ad sets have people of their own; elsewhere everybody's are the usual ones."""
    shares = {}
    for account in (SMALL, EVERYTHING):
        rows = api.call("GET", (account, "adsets"), params={"limit": 3}).json()["data"]
        for ad_set in rows:
            found = AdSet(ad_set["id"], api=api).get_insights(
                ["impressions"], {"breakdowns": ["age"], "date_preset": "last_7d"}
            )
            shown = {row["age"]: int(row["impressions"]) for row in found}
            total = sum(shown.values())
            shares.setdefault(account, []).append(shown.get("25-34", 0) / max(1, total))

    assert max(shares[SMALL]) - min(shares[SMALL]) < 0.02
    assert max(shares[EVERYTHING]) - min(shares[EVERYTHING]) > 0.02


def test_regions_show_no_purchases(report) -> None:
    rows = report(SMALL, "region,impressions,actions,action_values,reach".replace("region,", ""), breakdowns=["region"])

    assert len(rows) == 4
    assert all({item["action_type"] for item in row["actions"]} == {"link_click"} for row in rows)
    assert all("action_values" not in row and int(row["reach"]) > 0 for row in rows)


def test_no_ad_shows_products(report) -> None:
    assert report(SMALL, breakdowns=["product_id"]) == []

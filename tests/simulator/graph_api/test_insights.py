"""Reports say what the world's ledger says, in the API's own notation."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import httpx
import numpy as np
import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.user import User

FIELDS = "adset_id,spend,impressions,reach,clicks,actions,action_values"
LAST_28 = {"level": "adset", "time_increment": "1", "date_preset": "last_28d", "limit": "5000"}


def purchases(row, key: str = "actions", kind: str = "purchase") -> Decimal:
    return sum((Decimal(item["value"]) for item in row.get(key, []) if item["action_type"] == kind), Decimal(0))


def as_arrays(rows, account, since: date, days: int):
    """Rows back to arrays (A, D), as a careful client would read them."""
    ids = {ad_set: i for i, ad_set in enumerate(sorted(account.ad_sets))}
    found = {name: np.zeros((len(ids), days), dtype=np.int64) for name in account.world.report()}
    for row in rows:
        assert row["date_start"] == row["date_stop"]
        cell = ids[row["adset_id"]], (date.fromisoformat(row["date_start"]) - since).days
        for name in ("impressions", "reach", "clicks"):
            found[name][cell] = int(row[name])
        found["spend_minor"][cell] = Decimal(row["spend"]) * account.scenario.minor_per_major
        found["conversions"][cell] = purchases(row)
        found["value_minor"][cell] = purchases(row, "action_values") * account.scenario.minor_per_major
    return found


@pytest.mark.parametrize("scenario", ["small", "medium", "volatile"])
def test_rows_are_the_worlds_report_to_the_last_unit(open_desk, scenario: str) -> None:
    desk = open_desk((scenario, 5))
    desk.pass_days(3)
    account = desk.account
    rows = desk.get(f"{account.id}/insights", fields=FIELDS, **LAST_28)["data"]

    seen = as_arrays(rows, account, account.today - timedelta(days=28), 28)
    for name, truth in account.world.report(28).items():
        assert np.array_equal(seen[name], truth[0]), name


def test_every_number_is_text_and_money_is_in_major_units(desk) -> None:
    fields = f"{FIELDS},ctr,cpc,cpm,cpp,frequency,purchase_roas,cost_per_action_type,account_currency"
    row = desk.get(f"{desk.account.id}/insights", fields=fields, date_preset="last_7d")["data"][0]

    for name in ("spend", "impressions", "reach", "clicks", "ctr", "cpc", "cpm", "cpp", "frequency"):
        assert isinstance(row[name], str), name
    spend, impressions, clicks = Decimal(row["spend"]), int(row["impressions"]), int(row["clicks"])
    assert Decimal(row["ctr"]) == round(Decimal(100 * clicks) / impressions, 6)
    assert Decimal(row["cpc"]) == round(spend / clicks, 6)
    assert Decimal(row["cpm"]) == round(1000 * spend / impressions, 6)
    assert Decimal(row["frequency"]) == round(Decimal(impressions) / int(row["reach"]), 6)
    roas = round(purchases(row, "action_values") / spend, 6)
    assert row["purchase_roas"] == [{"action_type": "omni_purchase", "value": f"{roas.normalize():f}"}]
    assert purchases(row, "cost_per_action_type") == round(spend / purchases(row), 6)


def test_one_purchase_shows_under_three_nested_types(desk) -> None:
    row = desk.get(f"{desk.account.id}/insights", fields="actions", date_preset="last_28d")["data"][0]

    counts = {item["action_type"]: item["value"] for item in row["actions"]}
    assert set(counts) == {"link_click", "omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"}
    assert len(set(counts.values()) - {counts["link_click"]}) == 1


def test_a_currency_without_minor_units_reports_whole_numbers(open_desk) -> None:
    desk = open_desk(("volatile", 2))
    account = desk.account
    row = desk.get(f"{account.id}/insights", fields="spend", date_preset="yesterday")["data"][0]

    assert row["spend"] == str(account.world.report(1)["spend_minor"].sum())


def test_levels_add_up(open_desk) -> None:
    desk = open_desk(("medium", 2))
    rows = {
        level: desk.get(f"{desk.account.id}/insights", fields="spend", level=level, date_preset="last_14d")["data"]
        for level in ("account", "campaign", "adset", "ad")
    }

    assert [len(found) for found in rows.values()] == [1, 4, 20, 20]
    assert len({sum(Decimal(row["spend"]) for row in found) for found in rows.values()}) == 1


def test_an_object_reports_what_is_inside_it(desk) -> None:
    account = desk.account
    by_ad_set = desk.get(f"{account.id}/insights", fields="spend,adset_id", level="adset")["data"]

    for row in by_ad_set:
        own = desk.get(f"{row['adset_id']}/insights", fields="spend,adset_id")["data"]
        ad = desk.get(f"{row['adset_id']}/insights", fields="spend,adset_id", level="ad")["data"]
        assert own == ad == [row]


def test_ids_of_levels_below_the_row_are_left_out(desk) -> None:
    row = desk.get(f"{desk.account.id}/insights", fields="account_id,campaign_id,adset_id,ad_id", level="campaign")
    assert set(row["data"][0]) == {"account_id", "campaign_id", "date_start", "date_stop"}


def test_yesterdays_conversions_grow_on_later_days(desk) -> None:
    """Restatement: conversions are booked on the day of the click and become known later."""
    day = (desk.account.today - timedelta(days=1)).isoformat()
    asked = {"fields": "actions,spend", "time_range": {"since": day, "until": day}}
    seen = []
    for _ in range(9):
        seen.append(desk.get(f"{desk.account.id}/insights", **asked)["data"][0])
        desk.pass_days(1)

    counts = [purchases(row) for row in seen]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    assert counts[-1] == counts[-2]
    assert len({row["spend"] for row in seen}) == 1


def test_a_day_matures_for_a_week_and_is_final_after_four(desk) -> None:
    """Purchases and their value grow as orders come in; what was shown and paid never changes."""
    day = (desk.account.today - timedelta(days=1)).isoformat()
    asked = {"fields": FIELDS, "level": "adset", "time_range": {"since": day, "until": day}, "limit": "50"}
    seen = [desk.get(f"{desk.account.id}/insights", **asked)["data"]]
    for days in (1, 2, 4, 1, 20, 30):
        desk.pass_days(days)
        seen.append(desk.get(f"{desk.account.id}/insights", **asked)["data"])

    bought = [sum(purchases(row) for row in rows) for rows in seen]
    assert bought[0] < bought[1] <= bought[2] <= bought[3] == bought[4]
    assert seen[4] == seen[5] == seen[6]
    for name in ("spend", "impressions", "reach", "clicks"):
        assert all([row[name] for row in rows] == [row[name] for row in seen[0]] for rows in seen)


def test_today_fills_up_as_the_local_day_goes_by(desk) -> None:
    spent = []
    for _ in range(21):
        rows = desk.get(f"{desk.account.id}/insights", fields="spend", date_preset="today")["data"]
        spent.append(Decimal(rows[0]["spend"]) if rows else Decimal(0))
        desk.admin("POST", "clock", advance_seconds=3600)
    desk.pass_days(1)
    whole = desk.account.world.report(1)["spend_minor"][0].sum()

    assert spent == sorted(spent)
    assert 0 < spent[0] < spent[-1] < Decimal(int(whole)) / 100


def test_days_to_come_and_days_before_the_world_have_no_rows(desk) -> None:
    path = f"{desk.account.id}/insights"

    for since, until in (("2026-03-03", "2026-04-01"), ("2025-06-01", "2026-02-01"), ("9999-12-30", "9999-12-31")):
        for increment in ("1", "90", "monthly", "all_days"):
            asked = {"time_range": {"since": since, "until": until}, "time_increment": increment}
            assert desk.get(path, **asked) == {"data": []}


def test_a_range_may_end_as_far_ahead_as_the_calendar_goes(desk) -> None:
    path = f"{desk.account.id}/insights"
    asked = {"since": "2026-02-27", "until": "9999-12-31"}

    days = desk.get(path, time_range=asked, time_increment="1")["data"]
    whole = desk.get(path, time_range=asked)["data"]
    assert [row["date_start"] for row in days] == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
    assert sum(Decimal(row["spend"]) for row in days) == Decimal(whole[0]["spend"])


def test_the_days_of_a_row_are_those_that_were_asked_for(desk) -> None:
    path = f"{desk.account.id}/insights"
    asked = {"time_range": {"since": "2026-02-03", "until": "2026-02-20"}}
    whole = desk.get(path, **asked)["data"]
    weeks = desk.get(path, **asked, time_increment="7")["data"]
    months = desk.get(path, time_range={"since": "2026-02-10", "until": "2026-03-01"}, time_increment="monthly")["data"]

    assert [(row["date_start"], row["date_stop"]) for row in whole] == [("2026-02-03", "2026-02-20")]
    assert [row["date_stop"] for row in weeks] == ["2026-02-09", "2026-02-16", "2026-02-20"]
    assert [row["date_start"] for row in months] == ["2026-02-10", "2026-03-01"]
    assert sum(Decimal(row["spend"]) for row in weeks) == Decimal(whole[0]["spend"])


def test_several_ranges_give_a_row_each(desk) -> None:
    ranges = [{"since": "2026-02-05", "until": "2026-02-06"}, {"since": "2026-02-09", "until": "2026-02-09"}]
    rows = desk.get(f"{desk.account.id}/insights", time_ranges=ranges, time_range={"since": "bad"})["data"]

    assert [row["date_start"] for row in rows] == ["2026-02-05", "2026-02-09"]


def test_filters_choose_ad_sets_and_campaigns_at_every_level(open_desk) -> None:
    desk = open_desk(("medium", 2))
    path, ids = f"{desk.account.id}/insights", sorted(desk.account.ad_sets)
    two = [{"field": "adset.id", "operator": "IN", "value": ids[:2]}]

    rows = desk.get(path, level="adset", filtering=two, fields="adset_id,spend")["data"]
    total = desk.get(path, filtering=two, fields="spend")["data"][0]["spend"]
    assert [row["adset_id"] for row in rows] == ids[:2]
    assert sum(Decimal(row["spend"]) for row in rows) == Decimal(total)
    rich = [{"field": "spend", "operator": "GREATER_THAN", "value": rows[0]["spend"]}]
    assert all(
        Decimal(row["spend"]) > Decimal(rows[0]["spend"])
        for row in desk.get(path, level="adset", filtering=rich, fields="spend")["data"]
    )


def test_sorting_puts_the_most_first(open_desk) -> None:
    desk = open_desk(("medium", 2))
    path = f"{desk.account.id}/insights"
    spends = [
        Decimal(row["spend"]) for row in desk.all(path, level="adset", fields="spend", sort='["spend_descending"]')
    ]

    assert spends == sorted(spends, reverse=True)
    assert desk.error(path, sort="height_descending") == (100, None)


def test_pages_of_a_report_give_every_row_once(desk) -> None:
    path = f"{desk.account.id}/insights"
    asked = {"level": "adset", "time_increment": "1", "fields": "adset_id,spend", "date_preset": "last_14d"}

    assert desk.all(path, **asked, limit="9") == desk.get(path, **asked, limit="500")["data"]


def test_lists_leave_out_deleted_ad_sets_and_totals_keep_them(desk) -> None:
    account = desk.account
    before = desk.get(f"{account.id}/insights", fields="spend", date_preset="last_7d")["data"]
    gone = min(account.ad_sets)
    desk.call("DELETE", f"/v26.0/{gone}")

    assert desk.get(f"{account.id}/insights", fields="spend", date_preset="last_7d")["data"] == before
    rows = desk.get(f"{account.id}/insights", level="adset", fields="adset_id", date_preset="last_7d")["data"]
    assert gone not in {row["adset_id"] for row in rows}
    assert desk.get(f"{gone}/insights", fields="adset_id")["data"][0]["adset_id"] == gone


def test_parameters_may_be_quoted_as_in_metas_examples(desk) -> None:
    path = f"{desk.account.id}/insights"
    plain = desk.get(path, level="adset", fields="spend", time_range='{"since":"2026-02-03","until":"2026-02-05"}')

    assert plain["data"]
    assert (
        desk.get(path, level="adset", fields="['spend']", time_range="{'since':'2026-02-03','until':'2026-02-05'}")[
            "data"
        ]
        == plain["data"]
    )


def test_reports_are_read_inside_the_objects_they_are_about(desk) -> None:
    """Field expansion: one call for ad sets and their reports by age."""
    asked = "name,insights.date_preset(last_7d).breakdowns(age).limit(3){spend,impressions}"
    rows = desk.get(f"{desk.account.id}/adsets", fields=asked)["data"]

    for row in rows:
        own = desk.get(f"{row['id']}/insights", fields="spend,impressions", date_preset="last_7d", breakdowns="age")
        assert row["insights"]["data"] == own["data"][:3]
        assert "next" in row["insights"]["paging"]


def test_several_ads_of_an_ad_set_sum_to_it(open_desk) -> None:
    desk = open_desk(("everything", 2))
    path, asked = f"{desk.account.id}/insights", {"fields": FIELDS, "date_preset": "last_14d", "limit": "500"}
    status = {"operator": "NOT_EQUAL", "value": "-"}
    ads = desk.get(path, level="ad", filtering=[{"field": "ad.effective_status", **status}], **asked)["data"]
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 6)

    def numbers(row) -> list[Decimal]:
        plain = [Decimal(row[name]) for name in ("spend", "impressions", "reach", "clicks")]
        return [*plain, purchases(row), purchases(row, "action_values")]

    for row in ads:
        sums[row["adset_id"]] = [one + more for one, more in zip(sums[row["adset_id"]], numbers(row), strict=True)]
    ad_sets = desk.get(path, level="adset", filtering=[{"field": "adset.effective_status", **status}], **asked)["data"]
    assert len(ads) > len(ad_sets)
    assert {row["adset_id"]: numbers(row) for row in ad_sets} == sums


@pytest.mark.slow
def test_what_a_client_creates_is_reported_beside_the_others_and_changes_nothing_of_theirs(running, sdk) -> None:
    account = AdAccount("act_1000000000000001", api=sdk)
    asked = {"level": "adset", "limit": 500, "time_range": {"since": "2026-02-05", "until": "2026-03-01"}}
    before = {name: rows_of(account, {**asked, "breakdowns": [name]}) for name in ("age", "publisher_platform")}
    campaign, ad_set = created(account)
    with httpx.Client(trust_env=False) as http:
        http.post(f"{running.facts['admin_url']}/clock", json={"advance_days": 4}).raise_for_status()

    assert {name: rows_of(account, {**asked, "breakdowns": [name]}) for name in before} == before
    whole = rows_of(campaign, {"date_preset": "last_7d"})[0]
    ads = rows_of(campaign, {"date_preset": "last_7d", "level": "ad"})
    ages = rows_of(ad_set, {"date_preset": "last_7d", "breakdowns": ["age"]})
    assert len(ads) == 2
    for rows in (ads, ages):
        assert sum(Decimal(row["spend"]) for row in rows) == Decimal(whole["spend"]) > 0
    places = rows_of(ad_set, {"date_preset": "last_7d", "breakdowns": ["country"]})
    assert {row["country"] for row in places} == {"AT", "US"}
    setting = ad_set.get_insights(["attribution_setting", "optimization_goal"], {"date_preset": "last_7d"})[0]
    assert (setting["attribution_setting"], setting["optimization_goal"]) == ("1d_click", "OFFSITE_CONVERSIONS")


def rows_of(thing, params) -> list[dict[str, str]]:
    return [row.export_all_data() for row in thing.get_insights(["spend", "impressions"], params)]


def created(account: AdAccount) -> tuple[Campaign, AdSet]:
    """A new campaign with one ad set and two ads, all of them active."""
    api = account.get_api_assured()
    plain = {"name": "New", "status": "ACTIVE"}
    goal = {"objective": "OUTCOME_SALES", "special_ad_categories": [], "is_adset_budget_sharing_enabled": False}
    campaign = Campaign(account.create_campaign(params={**plain, **goal})["id"], api=api)
    money = {"daily_budget": 20_000, "billing_event": "IMPRESSIONS", "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
    whom = {"targeting": {"geo_locations": {"countries": ["US", "AT"]}}, "dsa_payor": "P", "dsa_beneficiary": "B"}
    what = {
        "optimization_goal": "OFFSITE_CONVERSIONS",
        "promoted_object": {"pixel_id": account.get_ads_pixels()[0]["id"], "custom_event_type": "PURCHASE"},
        "attribution_spec": [{"event_type": "CLICK_THROUGH", "window_days": 1}],
    }
    made = account.create_ad_set(params={**plain, "campaign_id": campaign["id"], **money, **whom, **what})
    page = User("me", api=api).get_accounts()[0]["id"]
    story = {"page_id": page, "link_data": {"link": "https://example.com", "message": "Hello"}}
    creative = account.create_ad_creative(params={"name": "New", "object_story_spec": story})
    for _ in range(2):
        account.create_ad(params={**plain, "adset_id": made["id"], "creative": {"creative_id": creative["id"]}})
    return campaign, AdSet(made["id"], api=api)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"time_range": "yesterday"}, 100),
        ({"time_range": '["2026-02-10","2026-02-11"]'}, 100),
        ({"time_ranges": "[]"}, 100),
        ({"summary": "colour"}, 100),
        ({"fields": "spent"}, 100),
        ({"level": "galaxy"}, 100),
        ({"time_increment": "0"}, 100),
        ({"time_increment": "91"}, 100),
        ({"date_preset": "last_fortnight"}, 100),
        ({"time_range": '{"since":"2026-02-10"}'}, 100),
        ({"time_range": '{"since":"2026-02-10","until":"2026-02-09"}'}, 100),
        ({"time_range": '{"since":"2026-02-30","until":"2026-03-09"}'}, 100),
        ({"time_range": '{"since":"2020-01-01","until":"2026-02-09"}'}, 3018),
        ({"breakdowns": '["dma"]'}, 100),
        ({"filtering": '[{"field":"adset.colour","operator":"IN","value":["red"]}]'}, 100),
        ({"filtering": '[{"field":"spend","operator":"RHYMES","value":"1"}]'}, 100),
    ],
)
def test_what_cannot_be_reported_is_refused(desk, params: dict[str, str], code: int) -> None:
    assert desk.error(f"{desk.account.id}/insights", **params)[0] == code


def test_an_unknown_column_is_named_with_the_nearest_known_one(desk) -> None:
    message = desk.get(f"{desk.account.id}/insights", fields="spend,impresions")["error"]["message"]

    assert message.startswith("(#100) impresions is not valid for fields param.")
    assert "Did you mean impressions?" in message


def test_a_level_above_the_object_is_refused(desk) -> None:
    assert desk.error(f"{min(desk.account.ad_sets)}/insights", level="campaign") == (100, None)


def test_a_report_that_is_too_large_is_refused_with_the_code_for_it(open_desk) -> None:
    desk = open_desk(("medium", 2))
    ranges = [{"since": "2026-02-05", "until": "2026-02-28"}] * 200
    asked = {"level": "adset", "time_increment": "1", "time_ranges": ranges}

    assert desk.error(f"{desk.account.id}/insights", **asked) == (100, 1487534)


def test_accounts_live_their_own_local_days(open_desk) -> None:
    desk = open_desk(("small", 1), ("medium", 2), ("volatile", 3))
    accounts = list(desk.emulator.state.accounts)
    days = defaultdict(list)
    for _ in range(30):
        for account in accounts:
            rows = desk.get(f"{account}/insights", date_preset="yesterday")["data"]
            days[account].append(rows[0]["date_start"])
        desk.admin("POST", "clock", advance_seconds=3600)

    changes = {a: [i for i in range(1, 30) if days[a][i] != days[a][i - 1]] for a in accounts}
    assert changes == {accounts[0]: [22], accounts[1]: [4, 28], accounts[2]: [14]}
    assert days[accounts[1]][0] == "2026-02-28"


def test_a_world_that_is_a_day_ahead_shows_only_what_has_passed(open_desk) -> None:
    """At the start it is still the evening before in New York, while its world begins on the next morning."""
    desk = open_desk(("small", 1), ("medium", 2))
    account = "act_1000000000000002"
    day = {"time_range": {"since": "2026-03-01", "until": "2026-03-02"}, "time_increment": "1", "fields": "spend"}

    evening = desk.get(f"{account}/insights", **day)["data"]
    assert [row["date_start"] for row in evening] == ["2026-03-01"]
    desk.admin("POST", "clock", advance_seconds=4 * 3600)
    after = desk.get(f"{account}/insights", **day)["data"]
    assert Decimal(0) < Decimal(evening[0]["spend"]) < Decimal(after[0]["spend"])


def test_an_hour_before_midnight_a_budget_still_governs_the_whole_day(open_desk) -> None:
    late, early = open_desk(), open_desk()
    ad_set = min(early.account.ad_sets)
    early.post(ad_set, daily_budget="30000")
    late.admin("POST", "clock", advance_seconds=21 * 3600)
    late.post(ad_set, daily_budget="30000")
    for desk in (early, late):
        desk.admin("POST", "clock", to="2026-03-03T02:00:00+01:00")

    asked = {"level": "adset", "fields": FIELDS, "date_preset": "yesterday"}
    rows = [desk.get(f"{desk.account.id}/insights", **asked)["data"] for desk in (early, late)]
    assert rows[0] == rows[1]

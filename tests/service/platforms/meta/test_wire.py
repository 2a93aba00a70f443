"""Rows of the Graph API as words of the vocabulary; what is not understood is named."""

from __future__ import annotations

from datetime import date

import pytest

from agents.vocabulary import LearningStage
from service.platforms.meta import wire
from service.platforms.meta.errors import Malformed

ACCOUNT = {"id": "act_1", "name": "Shop", "currency": "JPY", "timezone_name": "Asia/Tokyo", "account_status": 1}
AD_SET = {"id": "12", "name": "Set", "status": "ACTIVE", "effective_status": "ACTIVE", "daily_budget": "2500"}
ROW = {
    "adset_id": "12",
    "date_start": "2026-03-01",
    "date_stop": "2026-03-01",
    "spend": "12.34",
    "impressions": "1000",
    "reach": "800",
    "clicks": "20",
    "actions": [
        {"action_type": "link_click", "value": "18"},
        {"action_type": "omni_purchase", "value": "4"},
        {"action_type": "purchase", "value": "3"},
        {"action_type": "offsite_conversion.fb_pixel_purchase", "value": "2"},
    ],
    "action_values": [{"action_type": "omni_purchase", "value": "99.9"}, {"action_type": "purchase", "value": "45.60"}],
}


def without(row, *names):
    return {name: value for name, value in row.items() if name not in names}


def test_an_account_has_metas_offset_and_its_time_zone() -> None:
    facts = wire.account_facts(ACCOUNT)

    assert (facts.id, facts.currency, facts.minor_per_major) == ("act_1", "JPY", 1)
    assert (facts.time_zone, facts.active) == ("Asia/Tokyo", True)


@pytest.mark.parametrize("status", [2, 3, 7, 8, 9, 100, 101, None, "1", True])
def test_only_an_active_account_is_active(status) -> None:
    active = wire.account_facts({**ACCOUNT, "account_status": status}).active

    assert active is (status is True)  # JSON's true equals 1 in Python; Meta sends numbers


@pytest.mark.parametrize("field", ["id", "currency", "timezone_name"])
def test_an_account_without_a_fact_is_malformed_by_name(field) -> None:
    with pytest.raises(Malformed, match=field):
        wire.account_facts(without(ACCOUNT, field))


@pytest.mark.parametrize(
    ("field", "bad"), [("currency", "euro"), ("timezone_name", "Mars/Base"), ("timezone_name", "..")]
)
def test_an_account_in_no_known_place_is_malformed(field, bad) -> None:
    with pytest.raises(Malformed):
        wire.account_facts({**ACCOUNT, field: bad})


def test_an_ad_set_has_its_budget_and_floor_in_minor_units() -> None:
    ad_set = wire.ad_set(AD_SET, floor_minor=100)

    assert (ad_set.id, ad_set.name, ad_set.budget_minor, ad_set.floor_minor) == ("12", "Set", 2500, 100)
    assert (ad_set.active, ad_set.protected) == (True, False)


@pytest.mark.parametrize(
    ("status", "active", "protected"),
    [
        ("ACTIVE", True, False),
        ("IN_PROCESS", True, False),
        ("WITH_ISSUES", True, True),
        ("PAUSED", False, False),
        ("CAMPAIGN_PAUSED", False, False),
        ("SOMETHING_NEW", False, False),
    ],
)
def test_activity_is_the_effective_status(status, active, protected) -> None:
    ad_set = wire.ad_set({**AD_SET, "effective_status": status}, 0)

    assert (ad_set.active, ad_set.protected) == (active, protected)


@pytest.mark.parametrize("row", [without(AD_SET, "daily_budget"), {**AD_SET, "daily_budget": "0"}])
def test_an_ad_set_whose_campaign_holds_the_budget_is_protected(row) -> None:
    ad_set = wire.ad_set(row, 0)

    assert (ad_set.budget_minor, ad_set.protected, ad_set.active) == (0, True, True)


@pytest.mark.parametrize(
    ("info", "stage"),
    [
        (None, LearningStage.UNKNOWN),
        ({}, LearningStage.UNKNOWN),
        ("LEARNING", LearningStage.UNKNOWN),
        ({"status": "SOMETHING_NEW"}, LearningStage.UNKNOWN),
        ({"status": "LEARNING"}, LearningStage.LEARNING),
        ({"status": "SUCCESS"}, LearningStage.SUCCESS),
        ({"status": "FAIL"}, LearningStage.FAIL),
    ],
)
def test_the_learning_stage_is_what_meta_says_or_unknown(info, stage) -> None:
    assert wire.ad_set({**AD_SET, "learning_stage_info": info}, 0).learning_stage is stage


@pytest.mark.parametrize("bad", ["", "12.5", "-1", "abc", None, True, [], 10.0])
def test_a_budget_that_is_no_number_is_malformed(bad) -> None:
    with pytest.raises(Malformed, match="ad set 12: daily_budget"):
        wire.ad_set({**AD_SET, "daily_budget": bad}, 0)


@pytest.mark.parametrize("bad", [None, "", "12x", 12, "-1", "1/2"])
def test_an_id_that_is_no_number_is_malformed(bad) -> None:
    with pytest.raises(Malformed, match="id"):
        wire.ad_set({**AD_SET, "id": bad}, 0)
    with pytest.raises(Malformed, match="adset_id"):
        wire.daily_row({**ROW, "adset_id": bad}, 100, "purchase")


def test_a_report_row_counts_one_action_type_and_never_a_sum() -> None:
    row = wire.daily_row(ROW, 100, "purchase")

    assert (row.ad_set_id, row.day, row.spend_minor) == ("12", date(2026, 3, 1), 1234)
    assert (row.impressions, row.reach, row.clicks) == (1000, 800, 20)
    assert (row.conversions, row.value_minor) == (3, 4560)


def test_the_reward_may_be_another_action_type() -> None:
    row = wire.daily_row(ROW, 100, "omni_purchase")

    assert (row.conversions, row.value_minor) == (4, 9990)


def test_an_action_that_is_not_there_is_zero() -> None:
    bare = wire.daily_row(without(ROW, "actions", "action_values", "reach", "clicks"), 100, "purchase")
    other = wire.daily_row(ROW, 100, "lead")

    assert (bare.conversions, bare.value_minor, bare.reach, bare.clicks) == (0, 0, 0, 0)
    assert (other.conversions, other.value_minor) == (0, 0)


def test_fractions_of_a_conversion_are_rounded_half_up() -> None:
    row = {**ROW, "actions": [{"action_type": "purchase", "value": "2.5"}]}

    assert wire.daily_row(row, 100, "purchase").conversions == 3


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("spend", None),
        ("spend", "-1"),
        ("spend", "NaN"),
        ("spend", "1e3"),
        ("impressions", None),
        ("impressions", "many"),
        ("clicks", True),
        ("reach", {}),
        ("actions", {}),
        ("actions", [5]),
        ("actions", [{"action_type": "purchase"}]),
        ("actions", [{"action_type": "purchase", "value": "1"}, {"action_type": "purchase", "value": "2"}]),
        ("action_values", [{"action_type": "purchase", "value": "x"}]),
        ("date_start", "2026-02-28"),
        ("date_start", None),
    ],
)
def test_a_figure_that_is_no_figure_is_malformed_by_name(field, bad) -> None:
    with pytest.raises(Malformed, match=field):
        wire.daily_row({**ROW, field: bad}, 100, "purchase")


def test_a_day_that_does_not_exist_is_malformed() -> None:
    with pytest.raises(Malformed, match="date_start"):
        wire.daily_row({**ROW, "date_start": "2026-02-30", "date_stop": "2026-02-30"}, 100, "purchase")

"""Which breakdowns go together, and what Meta says of those that do not."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.exceptions import FacebookRequestError

from simulator.graph_api.reporting.breakdowns import FAMILIES
from simulator.graph_api.reporting.vocabulary import ACTION_BREAKDOWNS, FIELDS, OTHER_BREAKDOWNS, WINDOWS

from .conftest import SMALL

HOURLY = "hourly_stats_aggregated_by_advertiser_time_zone"


def names(kind: type) -> set[str]:
    """The values of one of the SDK's enumerations."""
    return {value for name, value in vars(kind).items() if not name.startswith("_")}


def refusal(report, **params) -> FacebookRequestError:
    with pytest.raises(FacebookRequestError) as caught:
        report(SMALL, **params)
    assert caught.value.api_error_code() == 100
    return caught.value


@pytest.mark.parametrize(
    ("breakdowns", "columns"),
    [
        (["age", "country"], "action_type, age, country"),
        (["age", "gender", "publisher_platform"], "action_type, age, gender, publisher_platform"),
        (["platform_position"], "action_type, platform_position"),
        (["platform_position", "impression_device"], "action_type, impression_device, platform_position"),
        ([HOURLY, "age"], f"action_type, age, {HOURLY}"),
        (["product_id", "gender"], "action_type, gender, product_id"),
        (["frequency_value", "age"], "action_type, age, frequency_value"),
        (["region", "comscore_market"], "action_type, comscore_market, region"),
    ],
)
def test_breakdowns_of_different_families_are_refused_by_name(report, breakdowns, columns) -> None:
    error = refusal(report, breakdowns=breakdowns)

    assert error.api_error_message() == f"(#100) Current combination of data breakdown columns ({columns}) is invalid"


def test_a_refused_combination_names_the_breakdowns_of_actions_too(report) -> None:
    error = refusal(report, breakdowns=["age", "country"], action_breakdowns=["action_device"])

    assert "(action_device, age, country)" in error.api_error_message()


def test_countries_and_regions_go_together(report) -> None:
    rows = report(SMALL, breakdowns=["country", "region"])

    assert {row["country"] for row in rows} == {"DE"}
    assert {row["region"] for row in rows} >= {"Berlin", "Bayern"}


def test_market_areas_have_another_name_now(report) -> None:
    assert "comscore_market" in refusal(report, breakdowns=["dma"]).api_error_message()
    assert {row["comscore_market"] for row in report(SMALL, breakdowns=["comscore_market"])} == {"Unknown"}


def test_a_breakdown_nothing_here_answers_to_is_refused_with_those_that_are(report) -> None:
    message = refusal(report, breakdowns=["body_asset"]).api_error_message()

    assert "body_asset is not offered" in message
    assert "publisher_platform" in message


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_breakdown_that_does_not_exist_is_refused_with_its_place(report) -> None:
    assert "breakdowns[1] must be one of" in refusal(report, breakdowns=["age", "AGE"]).api_error_message()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_action_breakdowns_and_windows_that_do_not_exist_are_refused(report) -> None:
    assert "action_breakdowns[0]" in refusal(report, action_breakdowns=["colour"]).api_error_message()
    assert (
        "action_attribution_windows[0]" in refusal(report, action_attribution_windows=["2d_click"]).api_error_message()
    )


def test_videos_have_no_hours(report) -> None:
    refusal(report, fields="spend,video_play_actions", breakdowns=[HOURLY])


def test_every_word_of_the_sdk_is_known() -> None:
    assert names(AdsInsights.Field) == FIELDS
    assert names(AdsInsights.Breakdowns) == {*FAMILIES, *OTHER_BREAKDOWNS, "dma"}
    assert names(AdsInsights.ActionBreakdowns) == set(ACTION_BREAKDOWNS)
    assert names(AdsInsights.ActionAttributionWindows) <= set(WINDOWS)

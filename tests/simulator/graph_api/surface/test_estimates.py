"""Estimates and targeting searches through the SDK and raw HTTP."""

from __future__ import annotations

import pytest
from facebook_business.adobjects.adset import AdSet

from simulator.graph_api.audience_sizes import bounds

GERMANY = {"geo_locations": {"countries": ["DE"]}}
SHOES, MUSIC = {"id": "6003415393053"}, {"id": "6003020834693"}


def test_a_delivery_estimate_has_bounds_and_not_what_v26_removed(client, refused) -> None:
    params = {"optimization_goal": "OFFSITE_CONVERSIONS", "targeting_spec": GERMANY}
    [found] = client.account.get_delivery_estimate(params=params)
    own = client.of(AdSet, client.account.get_ad_sets()[0]["id"]).get_delivery_estimate()

    assert 0 < found["estimate_mau_lower_bound"] < found["estimate_mau_upper_bound"]
    assert found["estimate_ready"] is True
    assert "estimate_dau" not in found
    assert own[0]["estimate_ready"] is True
    path = f"{client.account.get_id()}/delivery_estimate"
    error = refused(lambda: client.raw("GET", path, fields="daily_outcomes_curve", **params))
    assert "nonexisting field (daily_outcomes_curve)" in error.api_error_message()


def test_a_reach_estimate_is_one_object(client) -> None:
    [found] = client.account.get_reach_estimate(params={"targeting_spec": GERMANY})

    assert found["users_lower_bound"] < found["users_upper_bound"]
    assert found["estimate_ready"] is True


def test_ads_that_run_are_counted(client) -> None:
    [found] = client.account.get_ads_volume()
    client.of(AdSet, client.account.get_ad_sets()[0]["id"]).api_update(params={"status": "PAUSED"})

    [after] = client.account.get_ads_volume()
    assert after["ads_running_or_in_review_count"] == found["ads_running_or_in_review_count"] - 1


@pytest.mark.parametrize(
    "narrower",
    [
        {"age_min": 30},
        {"age_max": 40},
        {"genders": [1]},
        {"flexible_spec": [{"interests": [SHOES]}]},
        {"flexible_spec": [{"interests": [SHOES, MUSIC]}]},
        {"flexible_spec": [{"interests": [SHOES]}, {"interests": [MUSIC]}]},
        {"exclusions": {"interests": [MUSIC]}},
        {"interests": [SHOES]},
        {"custom_audiences": [{"id": "1"}]},
        {"geo_locations": {"cities": [{"key": "673094"}]}},
    ],
)
def test_every_restriction_makes_the_audience_smaller(narrower) -> None:
    assert bounds({**GERMANY, **narrower}) < bounds(GERMANY)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"geo_locations": {}},
        {"geo_locations": {"countries": ["XX"]}},
        {**GERMANY, "age_min": 50, "age_max": 20},
        {**GERMANY, "genders": [3]},
    ],
)
def test_targeting_that_is_none_is_refused(client, refused, wrong) -> None:
    params = {"targeting_spec": wrong, "optimization_goal": "REACH"}

    assert refused(lambda: client.account.get_delivery_estimate(params=params)).api_error_code() == 100


def test_interests_are_searched_browsed_suggested_and_checked(client) -> None:
    account = client.account
    found = list(account.get_targeting_search(params={"q": "shoe"}))

    assert [row["name"] for row in found] == ["Shoes"]
    assert found[0]["audience_size_lower_bound"] < found[0]["audience_size_upper_bound"]
    assert len(account.get_targeting_browse(params={"limit_type": "behaviors"})) == 4
    [known, unknown] = account.get_targeting_valid_a_t_i_on(params={"targeting_list": [SHOES, {"id": "1"}]})
    assert (known["valid"], unknown["valid"]) == (True, False)
    near = account.get_targeting_suggestions(params={"targeting_list": [{"type": "interests", **SHOES}]})
    assert near[0]["path"][1] == "Shopping and fashion"
    assert SHOES["id"] not in {row["id"] for row in near}


def test_places_languages_and_interests_are_found_by_name_or_key(client, refused) -> None:
    def search(**params):
        return client.raw("GET", "search", **params)["data"]

    assert {row["type"] for row in search(type="adgeolocation", q="berlin")} == {"region", "city"}
    assert search(type="adgeolocation", q="DE", location_types='["country"]')[0]["name"] == "Germany"
    assert search(type="adlocale", q="german")[0]["key"] == 5
    assert search(type="adcountry", q="japan")[0]["country_code"] == "JP"
    assert search(type="adinterest", q="tennis")[0]["path"][0] == "Interests"
    checked = search(type="adinterestvalid", interest_list='["Tennis","Nonsense"]')
    assert [row["valid"] for row in checked] == [True, False]
    assert search(type="adinterestsuggestion", interest_list='["Tennis"]')
    assert refused(lambda: search(type="adstarsign", q="leo")).api_error_code() == 100


def test_reservations_are_refused_plainly(client, refused) -> None:
    error = refused(lambda: client.raw("GET", f"{client.account.get_id()}/reachfrequencypredictions"))

    assert "not offered" in error.api_error_message()

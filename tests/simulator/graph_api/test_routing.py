"""What is at which address, and how the API says no."""

from __future__ import annotations

import json

import pytest

FIRST_AD_SET = "1202000000000120000"
ACCOUNT = "act_1000000000000001"


def test_trailing_and_doubled_slashes_mean_nothing(desk) -> None:
    wanted = desk.get(ACCOUNT)

    assert wanted == {"id": ACCOUNT, "account_id": ACCOUNT.removeprefix("act_")}
    assert desk.get(f"/{ACCOUNT}/") == wanted
    assert desk.call("GET", f"//v26.0//{ACCOUNT}//") == wanted


@pytest.mark.parametrize("version", ["v24.0", "v25.0", "v26.0"])
def test_the_three_living_versions_are_spoken(desk, version: str) -> None:
    assert "id" in desk.call("GET", f"/{version}/me")


@pytest.mark.parametrize("version", ["v23.0", "v99.0", "v2.0"])
def test_other_versions_are_refused_as_deprecated(desk, version: str) -> None:
    assert desk.call("GET", f"/{version}/me")["error"]["code"] == 2635


def test_a_token_is_accepted_in_the_header_and_among_the_parameters(desk) -> None:
    assert desk.send("GET", "/v26.0/me", {"access_token": desk.token}).status_code == 200
    assert desk.send("GET", "/v26.0/me", {}, Authorization=f"Bearer {desk.token}").status_code == 200


@pytest.mark.parametrize("token", ["EAAwrong", "tökén"])
def test_a_wrong_token_is_190(desk, token: str) -> None:
    answer = desk.send("GET", "/v26.0/me", {}, Authorization=f"Bearer {token}".encode().decode("latin-1"))

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (400, 190, "OAuthException")


def test_a_proof_is_checked_when_it_is_given(desk) -> None:
    proof = desk.emulator.state.credentials.proof(desk.token)

    assert "id" in desk.get("me", appsecret_proof=proof)
    assert "Invalid appsecret_proof" in desk.get("me", appsecret_proof="0" * 64)["error"]["message"]


def test_an_object_that_is_not_there_is_100_33(desk) -> None:
    for path in ("act_9", "42", "act_9/insights", "no-such-thing"):
        assert desk.error(path) == (100, 33)


def test_an_unknown_field_is_named(desk) -> None:
    body = desk.get(FIRST_AD_SET, fields="id,colour")

    assert body["error"]["message"] == "(#100) Tried accessing nonexisting field (colour) on node type (AdSet)"


def test_a_field_the_real_api_has_is_left_out_where_there_is_no_value(desk) -> None:
    assert desk.get(FIRST_AD_SET, fields="id,bid_amount") == {"id": FIRST_AD_SET}


def test_only_the_id_comes_unasked(desk) -> None:
    assert desk.get(FIRST_AD_SET) == {"id": FIRST_AD_SET}


def test_fields_may_be_a_comma_list_or_a_json_list(desk) -> None:
    comma = desk.get(FIRST_AD_SET, fields="name,daily_budget")

    assert set(comma) == {"id", "name", "daily_budget"}
    assert desk.get(FIRST_AD_SET, fields='["name","daily_budget"]') == comma


def test_an_unknown_edge_a_longer_path_and_a_wrong_method_are_errors(desk) -> None:
    assert desk.error(f"{ACCOUNT}/adsetz") == (100, None)
    assert desk.error(f"{ACCOUNT}/adsets/more") == (2500, None)
    assert desk.error(ACCOUNT, method="DELETE") == (100, 33)
    assert desk.error(FIRST_AD_SET, method="PATCH") == (100, 33)


def test_what_this_version_does_not_offer_is_said_plainly(desk) -> None:
    for method, path in (
        ("POST", f"{ACCOUNT}/recommendations"),
        ("GET", f"{ACCOUNT}/reachfrequencypredictions"),
    ):
        message = desk.call(method, f"/v26.0/{path}")["error"]["message"]
        assert "not offered in this version of the emulator" in message


def test_reading_many_ids_from_the_root_is_gone(desk) -> None:
    assert desk.error("", ids=FIRST_AD_SET) == (100, None)


def test_a_post_may_mean_another_method(desk) -> None:
    assert desk.post(FIRST_AD_SET, method="get", fields="status")["status"] == "ACTIVE"


def test_the_same_requests_get_the_same_trace_ids(open_desk) -> None:
    first, second = (open_desk().get("nowhere")["error"]["fbtrace_id"] for _ in range(2))

    assert first == second


def test_a_token_can_be_looked_at(desk) -> None:
    good = desk.get("debug_token", input_token=desk.token)["data"]

    assert good["is_valid"]
    assert {"ads_management", "ads_read"} <= set(good["scopes"])
    assert not desk.get("debug_token", input_token=desk.token[1:])["data"]["is_valid"]


def test_a_batch_answers_every_operation_by_itself(desk) -> None:
    operations = [
        {"method": "POST", "relative_url": f"{FIRST_AD_SET}/", "body": "daily_budget=20000"},
        {"method": "GET", "relative_url": "nowhere"},
        {"method": "GET", "relative_url": f"v26.0/{FIRST_AD_SET}?fields=daily_budget"},
    ]
    answers = desk.post("", batch=json.dumps(operations))

    assert [answer["code"] for answer in answers] == [200, 400, 200]
    assert json.loads(answers[2]["body"])["daily_budget"] == "20000"
    assert {"name", "value"} == set(answers[0]["headers"][0])


def test_a_batch_of_more_than_fifty_is_refused_whole(desk) -> None:
    operation = {"method": "POST", "relative_url": FIRST_AD_SET, "body": "name=changed"}

    assert desk.error("", method="POST", batch=json.dumps([operation] * 51)) == (100, None)
    assert desk.get(FIRST_AD_SET, fields="name")["name"] != "changed"


def test_a_batch_inside_a_batch_is_refused(desk) -> None:
    inner = {"method": "POST", "relative_url": "?batch=[]"}

    assert desk.error("", method="POST", batch=json.dumps([inner])) == (100, None)


def test_usage_headers_have_their_shapes(desk) -> None:
    desk.get(f"{ACCOUNT}/insights")
    told = desk.responses[-1].headers
    names = ("X-App-Usage", "X-Ad-Account-Usage", "X-Business-Use-Case-Usage", "X-FB-Ads-Insights-Throttle")
    headers = {name: json.loads(told[name]) for name in names}

    (case,) = headers["X-Business-Use-Case-Usage"][ACCOUNT.removeprefix("act_")]
    assert case["type"] == "ads_insights"
    assert {"call_count", "total_cputime", "total_time", "estimated_time_to_regain_access"} <= set(case)
    assert set(headers["X-App-Usage"]) == {"call_count", "total_time", "total_cputime"}
    assert {"acc_id_util_pct", "reset_time_duration", "ads_api_access_tier"} == set(headers["X-Ad-Account-Usage"])
    assert {"app_id_util_pct", "acc_id_util_pct", "ads_api_access_tier"} == set(headers["X-FB-Ads-Insights-Throttle"])


def test_accounts_of_the_user_and_of_the_business_are_listed(open_desk) -> None:
    desk = open_desk(("small", 1), ("volatile", 2))
    business = desk.emulator.state.credentials.business_id

    for path in ("me/adaccounts", f"{business}/owned_ad_accounts"):
        rows = desk.get(path, fields="name,currency")["data"]
        assert [row["currency"] for row in rows] == ["EUR", "JPY"]

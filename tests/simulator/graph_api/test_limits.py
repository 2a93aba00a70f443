"""Rate limits over HTTP, in simulated time: from nothing to blocked and back."""

from __future__ import annotations

import json

import pytest

AD_SET = "1202000000000120000"
ACCOUNT = "act_1000000000000001"
NUMBER = ACCOUNT.removeprefix("act_")


def use(client, answer, kind: str = "ads_management"):
    cases = client.usage(answer, "X-Business-Use-Case-Usage")[NUMBER]
    return next(case for case in cases if case["type"] == kind)


def read(client, times: int = 1):
    for _ in range(times):
        answer = client.call("GET", AD_SET)
    return answer


@pytest.fixture
def timed(client):
    """Usage time is simulated time alone: calls themselves take none."""
    client.admin("POST", "limits", call_seconds=0)
    return client


@pytest.mark.slow
def test_ordinary_use_on_a_clock_that_stands_still_is_never_throttled(client) -> None:
    assert client.admin("GET", "limits")["tier"] == "standard"
    assert client.admin("GET", "limits")["enforce"] is True
    batch = json.dumps([{"method": "POST", "relative_url": AD_SET, "body": "name=x"}] * 50)
    for _ in range(80):  # 4,000 edits at one simulated instant
        codes = {entry["code"] for entry in client.post("", batch=batch)}
        assert codes == {200}


def test_sixty_reads_fill_the_development_tier_which_blocks_for_five_minutes(timed) -> None:
    timed.admin("POST", "limits", tier="development")
    half = timed.usage(read(timed, 30), "X-Ad-Account-Usage")
    assert half == {"acc_id_util_pct": 50.0, "reset_time_duration": 150, "ads_api_access_tier": "development_access"}
    assert timed.code(read(timed, 30)) is None
    blocked = read(timed)
    assert timed.code(blocked) == (17, 2446079)
    assert timed.usage(blocked, "X-Ad-Account-Usage")["acc_id_util_pct"] == 100
    assert timed.usage(blocked, "X-Ad-Account-Usage")["reset_time_duration"] == 300
    timed.pass_seconds(299)
    assert timed.code(read(timed)) == (17, 2446079)  # and this one lengthens it by a read's five seconds
    timed.pass_seconds(5)
    assert timed.code(read(timed)) == (17, 2446079)
    timed.pass_seconds(6)
    assert timed.code(read(timed)) is None


def test_a_write_is_three_reads_and_is_refused_with_its_own_code(timed) -> None:
    timed.admin("POST", "limits", tier="development")
    for i in range(20):
        assert timed.post(AD_SET, name=f"name {i}") == {"success": True}
    refused = timed.call("POST", AD_SET, name="one too many")

    assert timed.code(refused) == (613, 1487742)
    timed.admin("POST", "limits", enforce=False)
    assert timed.get(AD_SET, fields="name")["name"] == "name 19"


def test_points_decay_evenly(timed) -> None:
    timed.admin("POST", "limits", tier="development")
    read(timed, 30)
    timed.pass_seconds(100)

    assert timed.usage(read(timed), "X-Ad-Account-Usage")["acc_id_util_pct"] == pytest.approx(100 * 11 / 60, abs=0.01)


def test_a_hundred_edits_a_second_and_not_one_more(timed) -> None:
    def edits(count: int) -> list[int | None]:
        operations = [{"method": "POST", "relative_url": AD_SET, "body": f"name=n{i}"} for i in range(count)]
        bodies = [json.loads(one["body"]) for one in timed.post("", batch=json.dumps(operations))]
        return [body.get("error", {}).get("error_subcode") for body in bodies]

    assert edits(50) == edits(50) == [None] * 50
    assert edits(1) == [5044001]
    timed.pass_seconds(1)
    assert edits(50) == [None] * 50


@pytest.mark.slow
def test_ads_management_goes_from_nothing_to_blocked_and_back(timed) -> None:
    timed.admin("POST", "limits", tier="development")
    for _ in range(10):  # of the 300 + 40 x 5 active ads; five minutes apart, below the score's limit
        read(timed, 50)
        timed.pass_seconds(300)
    assert use(timed, read(timed))["call_count"] == 100
    assert timed.code(read(timed)) == (80004, 2446079)
    blocked = read(timed)
    minutes = use(timed, blocked)["estimated_time_to_regain_access"]
    assert 0 < minutes <= 10
    timed.pass_seconds(60 * minutes)
    back = read(timed)
    assert timed.code(back) is None
    assert use(timed, back)["call_count"] < 100


@pytest.mark.slow
def test_insights_go_from_nothing_to_blocked_and_back(timed) -> None:
    timed.admin("POST", "limits", tier="development", enforce=False)
    batch = json.dumps([{"method": "GET", "relative_url": f"{ACCOUNT}/insights"}] * 50)
    for _ in range(52):
        timed.post("", batch=batch, include_headers="false")
    timed.pass_seconds(600)
    timed.admin("POST", "limits", enforce=True)
    blocked = timed.call("GET", f"{ACCOUNT}/insights")
    assert timed.code(blocked) == (80000, 2446079)
    assert timed.usage(blocked, "X-FB-Ads-Insights-Throttle")["acc_id_util_pct"] >= 100
    assert use(timed, blocked, "ads_insights")["estimated_time_to_regain_access"] == 50
    timed.pass_seconds(3000)
    assert timed.code(timed.call("GET", f"{ACCOUNT}/insights")) is None


@pytest.mark.slow
def test_audience_calls_go_from_nothing_to_blocked_and_back(timed) -> None:
    timed.admin("POST", "limits", tier="development", enforce=False)
    path = f"{ACCOUNT}/customaudiences"
    made = timed.post(path, name="people", subtype="CUSTOM", customer_file_source="USER_PROVIDED_ONLY")["id"]
    batch = json.dumps([{"method": "GET", "relative_url": path}, {"method": "GET", "relative_url": made}] * 25)
    for _ in range(101):  # of 5,000 and 40 for the one audience
        timed.post("", batch=batch, include_headers="false")
    timed.pass_seconds(600)
    timed.admin("POST", "limits", enforce=True)
    blocked = timed.call("GET", made)
    assert timed.code(blocked) == (80003, 2446079)
    assert "ads_api_access_tier" not in use(timed, blocked, "custom_audience")
    timed.pass_seconds(3000)
    assert timed.code(timed.call("GET", path)) is None


def test_the_spending_limit_changes_ten_times_a_day(client) -> None:
    codes = [client.code(client.call("POST", ACCOUNT, spend_cap=str(100_000 + n))) for n in range(11)]
    assert codes == [None] * 10 + [(17, 1885172)]
    client.pass_seconds(86_400)
    assert client.code(client.call("POST", ACCOUNT, spend_cap="200000")) is None


def test_the_insights_platform_takes_so_many_calls_of_an_app_a_minute(timed) -> None:
    timed.admin("POST", "limits", insights_a_minute=5)
    path = f"{ACCOUNT}/insights"
    answers = [timed.call("GET", path) for _ in range(6)]
    assert [timed.code(answer) for answer in answers] == [None] * 5 + [(4, 1504022)]
    assert answers[4].headers["X-FB-Ads-Insights-Throttle"].startswith('{"app_id_util_pct": 100')
    assert answers[5].status_code == 403
    assert timed.code(read(timed)) is None
    timed.pass_seconds(60)
    assert timed.code(timed.call("GET", path)) is None


def test_calls_about_no_account_have_two_hundred_an_hour_for_each_user_of_the_app(timed) -> None:
    timed.admin("POST", "limits", users=1)
    for _ in range(200):
        answer = timed.call("GET", "me")
    assert timed.usage(answer, "X-App-Usage")["call_count"] == 100
    assert timed.code(timed.call("GET", "me")) == (4, None)
    assert timed.code(read(timed)) is None
    timed.pass_seconds(3600)
    assert timed.code(timed.call("GET", "me")) is None


def test_processor_and_wall_time_count_too(timed) -> None:
    timed.admin("POST", "limits", tier="development", enforce=False)
    asked = {"level": "adset", "time_increment": "1", "limit": "1000", "fields": "spend"}
    for _ in range(100):
        answer = timed.call("GET", f"{ACCOUNT}/insights", **asked)
    told = use(timed, answer, "ads_insights")

    assert 0 < told["total_cputime"] < told["total_time"]
    assert told["total_time"] > told["call_count"]


def test_each_operation_of_a_batch_counts(timed) -> None:
    timed.admin("POST", "limits", tier="development")
    timed.post("", batch=json.dumps([{"method": "GET", "relative_url": AD_SET}] * 29))

    assert timed.usage(read(timed), "X-Ad-Account-Usage")["acc_id_util_pct"] == 50


def test_answers_about_no_account_tell_the_apps_usage_alone(client) -> None:
    names = {name for name in client.call("GET", "me").headers if "usage" in name.lower() or "throttle" in name.lower()}
    assert {name.lower() for name in names} == {"x-app-usage"}


def test_a_throttle_on_purpose_tells_minutes_and_seconds(client) -> None:
    client.fault(kind="throttle", minutes=7)
    answer = client.call("GET", f"{ACCOUNT}/insights")

    assert client.code(answer) == (80000, 2446079)
    assert use(client, answer, "ads_insights")["estimated_time_to_regain_access"] == 7
    assert client.usage(answer, "X-Ad-Account-Usage")["reset_time_duration"] == 420


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tier": "standart"}, "did you mean 'standard'?"),
        ({"teir": "standard"}, "did you mean 'tier'?"),
        ({"enforce": "maybe"}, "true or false"),
        ({"users": 0}, "at least 1"),
        ({"tier": "development", "call_seconds": -1}, "from 0 to"),
    ],
)
def test_settings_that_cannot_be_are_refused_and_nothing_changes(client, settings, said: str) -> None:
    before = client.admin("GET", "limits")
    assert said in client.admin("POST", "limits", **settings)["error"]
    assert client.admin("GET", "limits") == before


@pytest.mark.slow
def test_a_restart_repeats_what_was_accepted_however_much_it_was(open_client, tmp_path) -> None:
    file = tmp_path / "state.jsonl"
    with open_client(state_file=file, tier="development") as first:
        first.admin("POST", "limits", enforce=False)
        for i in range(100):
            assert first.post(AD_SET, name=f"name {i}") == {"success": True}
    with open_client(state_file=file, tier="development") as second:
        assert second.get(AD_SET, fields="name")["name"] == "name 99"
        assert second.admin("GET", "limits")["tier"] == "development"

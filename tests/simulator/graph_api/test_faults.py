"""What goes wrong on purpose, seen by a client over HTTP."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adset import AdSet

from simulator.graph_api.fault_kinds import KINDS

AD_SET, SECOND = "1202000000000120000", "1202000000000120001"
ACCOUNT = "act_1000000000000001"
SLOW = {"timeout": {"seconds": 0.2}, "latency": {"seconds": 0.2}, "slow_drip": {"seconds": 0.2}}
ON_WRITES = sorted(kind for kind in KINDS if KINDS[kind].fits in ("any", "write") and kind != "token_expiry")


def budget(client) -> str:
    return client.get(AD_SET, fields="daily_budget")["daily_budget"]


@pytest.mark.slow
@pytest.mark.parametrize("apply", [True, False])
@pytest.mark.parametrize("kind", ON_WRITES)
def test_a_request_takes_effect_or_not_as_the_fault_says(client, kind: str, apply: bool) -> None:
    if apply not in KINDS[kind].applies:
        assert "apply" in client.fault(kind=kind, apply=apply)["error"]
        return
    before = budget(client)
    client.fault(kind=kind, match="POST adset daily_budget", apply=apply, **SLOW.get(kind, {}))
    try:
        client.call("POST", AD_SET, daily_budget="20000")
    except requests.RequestException:
        assert kind in ("drop", "lost_answer", "timeout", "outage")
    client.fault(clear=True)
    client.get(AD_SET)  # what a stale read would need: its reads are used up
    client.get(AD_SET)
    client.get(AD_SET)

    assert budget(client) == ("20000" if apply else before)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("http_500_html", 500, "Sorry"),
        ("http_500_json", 500, '"code":2'),
        ("http_500_plain_json", 503, "Service Unavailable"),
        ("error_200", 200, '"error":{'),
        ("empty_200", 200, ""),
        ("empty_500", 500, ""),
        ("truncated_json", 200, '{"succ'),
        ("throttle", 400, '"code":80004'),
        ("transient", 500, '"is_transient":true'),
        ("wrong_transient", 500, '"is_transient":false'),
    ],
)
def test_an_answer_gone_wrong_looks_as_it_does_in_the_wild(client, kind: str, status: int, body: str) -> None:
    client.fault(kind=kind)
    answer = client.call("POST", AD_SET, name="other")

    assert answer.status_code == status
    assert body in answer.text
    assert answer.text != '{"success":true}'


def test_a_fault_can_be_asked_for_by_the_request_itself(client) -> None:
    assert client.code(client.call("GET", AD_SET, fault="kind=error; code=613; subcode=1487632")) == (613, 1487632)
    assert client.code(client.call("GET", AD_SET, fault='{"kind": "too_much_data"}')) == (100, 1487534)
    assert client.code(client.call("GET", AD_SET)) is None
    wrong = client.call("GET", AD_SET, fault="kind=lost_anser")
    assert wrong.status_code == 400
    assert "did you mean 'lost_answer'?" in wrong.json()["error"]


def test_a_fault_strikes_only_what_it_matches_and_as_often_as_it_says(client) -> None:
    client.fault(kind="transient", next=2, match="GET account/insights")

    assert client.code(client.call("GET", AD_SET)) is None
    codes = [client.code(client.call("GET", f"{ACCOUNT}/insights")) for _ in range(3)]
    assert codes == [(2, None), (2, None), None]


def test_an_outage_lasts_for_simulated_seconds(client) -> None:
    client.fault(kind="http_500_html", for_seconds=60)
    assert [client.call("GET", AD_SET).status_code for _ in range(5)] == [500] * 5
    client.pass_seconds(59)
    assert client.call("GET", AD_SET).status_code == 500
    client.pass_seconds(1)
    assert client.call("GET", AD_SET).status_code == 200


def test_an_answer_that_waits_does_not_keep_others_waiting(client) -> None:
    client.fault(kind="timeout", seconds=30, match="me")
    url = f"{client.running.facts['url']}/v26.0/me"
    began = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        client.session.get(url, timeout=0.3)
    assert client.call("GET", AD_SET).status_code == 200
    assert time.monotonic() - began < 3


@pytest.mark.slow
def test_a_late_answer_and_a_slow_one_are_whole(client) -> None:
    for kind in ("latency", "slow_drip"):
        began = time.monotonic()
        answer = client.call("GET", AD_SET, fields="name", fault=f"kind={kind}; seconds=0.3")
        assert time.monotonic() - began >= 0.25
        assert set(answer.json()) == {"id", "name"}


def test_a_duplicate_is_done_twice(client) -> None:
    client.fault(kind="duplicate", match="POST")
    client.post(f"{ACCOUNT}/insights", level="account")
    again = client.post(f"{ACCOUNT}/insights", level="account")["report_run_id"]

    assert int(again[-3:]) == 3


def test_reads_after_a_write_are_stale_for_as_many_as_it_says_and_then_right(client) -> None:
    before = budget(client)
    client.fault(kind="stale_read", reads=2)
    assert client.post(AD_SET, daily_budget="20000") == {"success": True}

    assert [budget(client) for _ in range(4)] == [before, before, "20000", "20000"]
    kinds = [entry["fault"] for entry in client.admin("GET", "faults")["history"]]
    assert kinds == ["stale_read", "stale_answer", "stale_answer"]


def test_stale_reads_end_when_simulated_seconds_have_passed(client) -> None:
    before = budget(client)
    client.fault(kind="stale_read", reads=100, seconds=10)
    client.post(AD_SET, daily_budget="20000")
    assert budget(client) == before
    client.pass_seconds(10)

    assert budget(client) == "20000"


def test_a_part_of_a_batch_is_null_or_fails_and_null_says_nothing(client) -> None:
    ids = [f"12020000000001200{i:02d}" for i in range(5)]
    before = {row["id"]: row["name"] for row in client.get(f"{ACCOUNT}/adsets", fields="name")["data"]}
    batch = [{"method": "POST", "relative_url": i, "body": f"name=new{n}"} for n, i in enumerate(ids)]
    client.fault(kind="partial_batch", share=1.0)
    answers = client.post("", batch=json.dumps(batch))
    (entry,) = client.admin("GET", "faults")["history"]
    after = {row["id"]: row["name"] for row in client.get(f"{ACCOUNT}/adsets", fields="name")["data"]}

    for number, (answer, fate) in enumerate(zip(answers, entry["operations"], strict=True)):
        assert (answer is None) == fate.startswith("null")
        assert after[ids[number]] == (f"new{number}" if fate in ("done", "null_done") else before[ids[number]])
    assert {"null_done", "null_not_done", "failed"} >= set(entry["operations"])
    assert len(set(entry["operations"])) > 1


def test_insights_are_restated_downward(client) -> None:
    client.admin("POST", "clock", advance_days=1)
    asked = {"level": "account", "fields": "spend,actions,action_values"}
    (whole,) = client.get(f"{ACCOUNT}/insights", **asked)["data"]
    client.fault(kind="restated", share=0.5)
    (less,) = client.get(f"{ACCOUNT}/insights", **asked)["data"]

    assert less["spend"] == whole["spend"]
    assert [row["action_type"] for row in less["actions"]] == [row["action_type"] for row in whole["actions"]]
    for old, new in zip(whole["actions"], less["actions"], strict=True):
        assert int(new["value"]) == int(old["value"]) // 2
    assert float(less["action_values"][0]["value"]) == pytest.approx(
        float(whole["action_values"][0]["value"]) / 2, 1e-4
    )


def test_an_empty_page_loses_rows_for_the_sdk_and_for_nobody_who_goes_on(running, sdk, client_of) -> None:
    client = client_of(running)
    account = AdAccount(ACCOUNT, api=sdk)
    whole = [row["id"] for row in account.get_ad_sets(params={"limit": 2})]
    client.fault(kind="empty_page", match="GET account/adsets after")
    assert [row["id"] for row in account.get_ad_sets(params={"limit": 2})] == whole[:2]  # as the real SDK does
    client.fault(kind="empty_page", match="GET account/adsets")
    page = client.get(f"{ACCOUNT}/adsets", limit="2")
    found = []
    while "next" in page.get("paging", {}):
        page = client.session.get(page["paging"]["next"], timeout=10).json()
        found += [row["id"] for row in page["data"]]
    assert found == whole


def test_a_repeated_cursor_leads_to_the_same_page_again(client) -> None:
    client.fault(kind="repeated_cursor", next=2)
    first = client.get(f"{ACCOUNT}/adsets", limit="2")
    again = client.get(f"{ACCOUNT}/adsets", limit="2", after=first["paging"]["cursors"]["after"])
    third = client.get(f"{ACCOUNT}/adsets", limit="2", after=again["paging"]["cursors"]["after"])

    assert first["data"] == again["data"] == third["data"]
    assert third["paging"]["cursors"]["after"] != again["paging"]["cursors"]["after"]


def test_clocks_may_disagree(client) -> None:
    honest = client.call("GET", AD_SET, fields="created_time")
    client.fault(kind="clock_skew", seconds=-7200)
    skewed = client.call("GET", AD_SET, fields="created_time")

    form = "%a, %d %b %Y %H:%M:%S %Z"
    dates = [datetime.strptime(answer.headers["Date"], form) for answer in (skewed, honest)]  # noqa: DTZ007 - both GMT
    created = [datetime.fromisoformat(answer.json()["created_time"]) for answer in (skewed, honest)]
    assert (dates[0] - dates[1]).total_seconds() == (created[0] - created[1]).total_seconds() == -7200


def test_a_report_may_fail_be_skipped_or_hang_at_a_hundred_per_cent(client) -> None:
    run = client.post(f"{ACCOUNT}/insights", level="account")["report_run_id"]
    client.fault(kind="report_stuck")
    stuck = client.get(run)
    client.fault(kind="report_failed")
    failed = client.get(run)
    client.fault(kind="report_skipped")
    skipped = client.get(run)

    assert (skipped["async_status"], skipped["async_percent_completion"]) == ("Job Skipped", 0)
    assert (stuck["async_status"], stuck["async_percent_completion"]) == ("Job Running", 100)
    assert (failed["async_status"], failed["error_code"]) == ("Job Failed", -2)


def test_a_token_that_ends_in_mid_run_stays_ended(client) -> None:
    token = client.admin("POST", "tokens", scopes=["ads_read"])["access_token"]
    client.fault(kind="token_expiry", match="me")
    codes = [client.code(client.call("GET", path, token=token)) for path in (AD_SET, "me", AD_SET)]

    assert codes == [None, (190, 463), (190, 463)]
    assert client.code(client.call("GET", AD_SET)) is None


def test_what_happened_is_told_with_its_seed_and_number(client) -> None:
    client.get("me")
    client.fault(kind="lost_answer", match="POST")
    with pytest.raises(requests.ConnectionError):
        client.post(AD_SET, daily_budget="20000")
    client.call("GET", AD_SET, fault="kind=transient")
    history, log = client.admin("GET", "faults")["history"], client.admin("GET", "requests")["requests"]

    told = [(e["fault"], e["origin"], e["seed"], e["number"], e["applied"]) for e in history]
    assert told == [("lost_answer", "plan", 0, 2, True), ("transient", "header", 0, 3, False)]
    assert [e["fault"] for e in log] == [None, "lost_answer", "transient"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"kind": "gremlins"}, "there is no fault 'gremlins'"),
        ({"kind": "lost_anser"}, "did you mean 'lost_answer'?"),
        ({"kind": "drop", "next": 0}, "next is how many"),
        ({"kind": "drop", "often": 2}, "has no 'often'"),
        ({"kind": "throttle", "minuts": 2}, "did you mean 'minutes'?"),
        ({"kind": "throttle", "minutes": 0}, "from 1 to 60"),
        ({"kind": "latency", "seconds": -1}, "from 0 to"),
        ({"kind": "http_500_html", "status": 418}, "one of 500"),
        ({"kind": "drop", "for_seconds": 0}, "for_seconds"),
        ({"kind": "drop", "apply": True}, "lost_answer does that"),
        ({"kind": "error", "error_data": "xml"}, "one of object, text"),
        ({}, "say which fault by its kind, for instance kind latency"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_in_a_sentence(client, spec, said: str) -> None:
    assert said in client.fault(**spec)["error"]
    assert client.admin("GET", "faults") == {"profile": None, "planned": [], "history": []}


def test_planned_faults_can_be_taken_back(client) -> None:
    planned = {"kind": "drop", "next": 5, "match": "GET me", "apply": False}
    assert client.fault(kind="drop", next=5, match="GET me")["planned"] == [planned]
    assert client.fault(clear=True)["planned"] == []


def test_what_an_applied_fault_changed_survives_a_restart_and_the_fault_does_not(open_client, tmp_path) -> None:
    file = tmp_path / "state.jsonl"
    with open_client(state_file=file) as first:
        first.fault(kind="http_500_html", apply=True)
        first.call("POST", AD_SET, daily_budget="20000")
        first.fault(kind="drop", next=100)
    with open_client(state_file=file) as second:
        assert budget(second) == "20000"


def test_error_data_and_is_transient_can_be_told(client) -> None:
    text = client.call("GET", AD_SET, fault='{"kind":"error","code":100,"subcode":1885650,"error_data":"text"}').json()
    flag = client.call("GET", AD_SET, fault='{"kind":"error","code":100,"subcode":1885650,"is_transient":true}').json()

    assert json.loads(text["error"]["error_data"]) == flag["error"]["error_data"]
    assert (text["error"]["is_transient"], flag["error"]["is_transient"]) == (False, True)


def test_the_sdk_takes_plain_json_of_a_500_for_a_success(sdk, running, client_of) -> None:
    client_of(running).fault(kind="http_500_plain_json")

    assert AdSet(AD_SET, api=sdk).api_update(params={"name": "x"})["id"] == AD_SET


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"kind": "drop", "for_seconds": 1e300}, "for_seconds ends beyond the calendar"),
        ({"kind": "drop", "match": 5}, "match is words of a request's line"),
        ({"kind": "error", "type": []}, "type of fault error is a word"),
        ({"kind": "error", "is_transient": 7}, "is_transient of fault error is true or false"),
        ({"kind": "throttle", "minutes": [5, 1]}, "minutes of fault throttle is a number, or [low, high]"),
        ({"kind": "latency", "seconds": [1, 2, 3]}, "seconds of fault latency is a number, or [low, high]"),
        ({"clear": "no"}, 'send {"clear": true}'),
    ],
)
def test_a_fault_that_cannot_be_is_refused_by_name_and_none_is_planned(client, told, says) -> None:
    assert says in client.fault(**told)["error"]
    assert client.admin("GET", "faults")["planned"] == []


def test_a_header_may_name_a_kind_alone(client) -> None:
    assert client.code(client.call("GET", AD_SET, fault="transient")) is not None


def test_taking_all_faults_back_ends_stale_reads_too(client) -> None:
    client.fault(kind="stale_read", reads=3)
    client.call("POST", AD_SET, name="newest")
    assert client.get(AD_SET, fields="name")["name"] != "newest"

    client.fault(clear=True)

    assert client.get(AD_SET, fields="name")["name"] == "newest"

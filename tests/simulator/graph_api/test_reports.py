"""Asynchronous reports: wait, then get what a synchronous call would have given."""

from __future__ import annotations

import json

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.exceptions import FacebookRequestError

ASKED = {"level": "adset", "time_increment": "1", "fields": '["adset_id","spend","actions"]', "date_preset": "last_7d"}


def completed(desk, run: str) -> list[tuple[str, int]]:
    """Poll until completed; the states on the way."""
    states = []
    while not states or states[-1] != ("Job Completed", 100):
        body = desk.get(run)
        states.append((body["async_status"], body["async_percent_completion"]))
        assert len(states) < 10
    return states


def test_a_report_gives_the_rows_of_the_synchronous_call(desk) -> None:
    path = f"{desk.account.id}/insights"
    run = desk.post(path, **ASKED)["report_run_id"]
    completed(desk, run)

    assert desk.all(f"{run}/insights", limit="10") == desk.all(path, **ASKED)


def test_a_report_goes_through_its_states(desk) -> None:
    run = desk.post(f"{desk.account.id}/insights", **ASKED)["report_run_id"]

    assert [state for state, _ in completed(desk, run)] == [
        "Job Not Started",
        "Job Started",
        "Job Running",
        "Job Running",
        "Job Completed",
    ]


def test_a_report_cannot_be_read_before_it_is_complete(desk) -> None:
    run = desk.post(f"{desk.account.id}/insights", **ASKED)["report_run_id"]
    error = desk.get(f"{run}/insights")["error"]

    assert (error["code"], error["error_subcode"], error["is_transient"]) == (2601, 1815107, True)


def test_a_report_stays_as_it_was_when_it_was_asked_for(desk) -> None:
    path = f"{desk.account.id}/insights"
    run = desk.post(path, **ASKED)["report_run_id"]
    then = desk.all(path, **ASKED)
    desk.pass_days(3)
    completed(desk, run)

    assert desk.all(f"{run}/insights") == then


def test_a_wrong_report_is_refused_at_once(desk) -> None:
    assert desk.error(f"{desk.account.id}/insights", "POST", fields="nonsense") == (100, None)
    assert desk.error("600000000000001/insights") == (100, 33)


def test_only_the_fields_asked_for_come(desk) -> None:
    run = desk.post(f"{desk.account.id}/insights", **ASKED)["report_run_id"]

    assert desk.get(run, fields="async_status") == {"id": run, "async_status": "Job Not Started"}
    assert desk.error(run, fields="colour") == (100, None)


def test_a_hundred_per_cent_is_not_yet_completed(desk) -> None:
    run = desk.post(f"{desk.account.id}/insights", **ASKED)["report_run_id"]
    states = completed(desk, run)

    assert ("Job Running", 100) in states
    assert states[-1] == ("Job Completed", 100)


def test_stages_may_last_simulated_time_however_often_somebody_looks(desk) -> None:
    desk.admin("POST", "reports", stage_seconds=30)
    run = desk.post(f"{desk.account.id}/insights", **ASKED)["report_run_id"]

    seen = []
    for _ in range(5):
        seen += [desk.get(run)["async_status"] for _ in range(3)]
        desk.admin("POST", "clock", advance_seconds=30)
    assert [seen[i] for i in range(0, 15, 3)] == [seen[i + 2] for i in range(0, 15, 3)]
    assert seen[-1] == "Job Completed"
    assert desk.get(f"{run}/insights")["data"]


def test_a_run_can_be_read_for_thirty_days(desk) -> None:
    run = desk.post(f"{desk.account.id}/insights", **ASKED)["report_run_id"]
    completed(desk, run)
    desk.pass_days(29.9)
    assert desk.get(f"{run}/insights")["data"]

    desk.pass_days(0.2)
    assert desk.error(run) == (100, 33)
    assert desk.error(f"{run}/insights") == (100, 33)


def test_a_run_that_is_deleted_is_gone_and_its_id_is_not_given_again(desk) -> None:
    path = f"{desk.account.id}/insights"
    run = desk.post(path, **ASKED)["report_run_id"]

    assert desk.call("DELETE", f"/v26.0/{run}") == {"success": True}
    assert desk.error(run) == (100, 33)
    assert desk.post(path, **ASKED)["report_run_id"] != run


def test_a_report_that_is_too_large_fails_and_says_why(open_desk) -> None:
    desk = open_desk(("medium", 2))
    ranges = [{"since": "2026-02-05", "until": "2026-02-28"}] * 2000
    asked = {"level": "adset", "time_increment": "1", "time_ranges": ranges}
    run = desk.post(f"{desk.account.id}/insights", **asked)["report_run_id"]
    body = {}
    while body.get("async_status") != "Job Failed":
        body = desk.get(run)

    assert (body["error_code"], body["error_subcode"]) == (-3, 1504045)
    assert body["error_message"]
    assert body["async_percent_completion"] < 100
    assert not body["is_running"]
    assert desk.error(f"{run}/insights") == (-3, 1504045)


def test_people_of_old_segments_are_counted_by_reports_only_and_ten_times_a_day(desk) -> None:
    path = f"{desk.account.id}/insights"
    days = {"time_range": {"since": "2025-01-01", "until": "2026-02-28"}, "breakdowns": "age"}
    old = {**days, "fields": "reach,frequency,cpp,impressions"}
    kept = {"impressions", "age", "date_start", "date_stop"}

    def fields() -> set[str]:
        run = desk.post(path, **old)["report_run_id"]
        completed(desk, run)
        return set(desk.get(f"{run}/insights")["data"][0])

    assert set(desk.get(path, **old)["data"][0]) == kept
    assert "reach" in desk.get(path, **{**old, "breakdowns": ""})["data"][0]
    assert [fields() == {*kept, "reach", "frequency", "cpp"} for _ in range(11)] == [True] * 10 + [False]
    told = json.loads(desk.responses[-1].headers["x-Fb-Ads-Insights-Reach-Throttle"])
    assert told["acc_id_util_pct"] == 100
    for run in desk.emulator.state.reports:
        assert desk.call("DELETE", f"/v26.0/{run}")["success"]
        break
    assert fields() == kept
    desk.pass_days(1.1)
    assert "reach" in fields()


def test_hours_and_unique_segments_are_kept_for_thirteen_months(desk) -> None:
    path = f"{desk.account.id}/insights"
    old = {"time_range": {"since": "2025-01-01", "until": "2026-02-28"}}

    assert desk.error(path, **old, breakdowns="hourly_stats_aggregated_by_advertiser_time_zone") == (3018, None)
    assert desk.error(path, **old, breakdowns="age", fields="unique_clicks") == (3018, None)
    assert "data" in desk.get(path, **old, fields="unique_clicks")


def test_polls_and_runs_survive_a_restart(open_desk, tmp_path) -> None:
    first = open_desk(state_file=tmp_path / "state.jsonl")
    run = first.post(f"{first.account.id}/insights", **ASKED)["report_run_id"]
    completed(first, run)
    rows = first.all(f"{run}/insights")
    first.emulator.close()

    again = open_desk(state_file=tmp_path / "state.jsonl")
    assert again.get(run)["async_status"] == "Job Completed"
    assert again.all(f"{run}/insights") == rows


def test_the_sdk_makes_polls_and_reads_a_report(running, sdk) -> None:
    account = AdAccount("act_1000000000000001", api=sdk)
    asked = {"level": "adset", "time_increment": "1", "date_preset": "last_7d"}
    at_once = [row.export_all_data() for row in account.get_insights(["adset_id", "spend"], {**asked, "limit": 3})]

    for start in (
        lambda: account.get_insights(["adset_id", "spend"], asked, is_async=True),
        lambda: account.get_insights_async(["adset_id", "spend"], asked),
    ):
        run = start()
        with pytest.raises(FacebookRequestError, match="2601"):
            run.get_result()
        while run.api_get()["async_status"] != "Job Completed":
            assert isinstance(run["async_percent_completion"], int)
        assert [row.export_all_data() for row in run.get_insights(params={"limit": 4})] == at_once
        only = run.get_insights(fields=["spend"], params={"limit": 1})[0].export_all_data()
        assert set(only) == {"spend", "date_start", "date_stop"}


def test_the_sdk_reads_reports_of_every_kind_of_object_and_in_batches(running, sdk) -> None:
    account = AdAccount("act_1000000000000001", api=sdk)
    asked = {"date_preset": "last_7d"}
    objects = [account.get_campaigns()[0], account.get_ad_sets()[0], account.get_ads()[0]]
    singly = [one.get_insights(["spend"], asked)[0].export_all_data() for one in objects]

    batch, answers = sdk.new_batch(), []
    for one in objects:
        one.get_insights(["spend"], asked, batch=batch, success=lambda answer: answers.append(answer.json()))
    assert batch.execute() is None
    assert [answer["data"] for answer in answers] == [[row] for row in singly]

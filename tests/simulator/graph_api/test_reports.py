"""Asynchronous reports: wait, then get what a synchronous call would have given."""

from __future__ import annotations

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

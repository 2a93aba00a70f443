"""Reports by ad set and day: at once, or from an asynchronous run where that is too much."""

from __future__ import annotations

import json
from datetime import date

import pytest

from service.errors import InvalidRequest, Unavailable

SINCE, UNTIL = date(2026, 3, 1), date(2026, 3, 5)
TOO_MUCH = {"error": {"code": 100, "error_subcode": 1487534, "message": "too much"}}
FACTS = {"id": "act_42", "name": "Shop", "currency": "EUR", "timezone_name": "Europe/Berlin", "account_status": 1}


def row(ad_set_id, day, spend="1.00", impressions="10"):
    return {"adset_id": ad_set_id, "date_start": day, "date_stop": day, "spend": spend, "impressions": impressions}


class Runs:
    """A Graph that answers insights only asynchronously; `states` are what successive polls see."""

    def __init__(self, answer, states, rows) -> None:
        self.answer, self.states, self.rows = answer, list(states), rows
        self.started = []

    def __call__(self, asked):
        if asked.path == "v26.0/act_42":
            return self.answer(FACTS)
        if asked.path == "v26.0/act_42/insights" and asked.method == "GET":
            return self.answer(TOO_MUCH, status=400)
        if asked.path == "v26.0/act_42/insights":
            self.started.append(asked)
            return self.answer({"report_run_id": "777"})
        if asked.path == "v26.0/777":
            state, percent = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return self.answer({"id": "777", "async_status": state, "async_percent_completion": percent})
        half = self.rows[:1] if "after" not in asked.params else self.rows[1:]
        next_page = {"cursors": {"after": "c1"}, "next": "https://x"} if "after" not in asked.params else {}
        return self.answer({"data": half, "paging": next_page})


STATES = [("Job Not Started", 0), ("Job Running", 40), ("Job Running", 100), ("Job Completed", 100)]


def test_too_much_data_is_asked_for_asynchronously(account, graph, answer, waits) -> None:
    runs = Runs(answer, STATES, [row("1", "2026-03-01"), row("2", "2026-03-03", "2.50")])
    graph.script = runs

    report = account.report(SINCE, UNTIL)

    assert [(r.ad_set_id, r.spend_minor) for r in report.rows] == [("1", 100), ("2", 250)]
    assert report.collected_through == date(2026, 3, 3)
    assert waits == [1.0, 2.0, 4.0]
    asked = runs.started[0].params
    assert json.loads(asked["time_range"]) == {"since": "2026-03-01", "until": "2026-03-05"}
    assert "action_values" in json.loads(asked["fields"])


@pytest.mark.parametrize("state", ["Job Failed", "Job Skipped"])
def test_a_run_that_failed_is_unavailable(state, account, graph, answer) -> None:
    graph.script = Runs(answer, [("Job Running", 10), (state, 10)], [])

    with pytest.raises(Unavailable, match=state):
        account.report(SINCE, UNTIL)


def test_a_run_that_never_ends_is_given_up(account, graph, answer, waits) -> None:
    graph.script = Runs(answer, [("Job Running", 99)], [])

    with pytest.raises(Unavailable, match="not complete after"):
        account.report(SINCE, UNTIL)

    assert sum(waits) < 700


def test_a_run_without_an_id_is_unavailable(account, graph, answer) -> None:
    runs = Runs(answer, STATES, [])
    graph.script = lambda asked: answer({"success": True}) if asked.method == "POST" else runs(asked)

    with pytest.raises(Unavailable):
        account.report(SINCE, UNTIL)


def test_a_report_is_asked_by_ad_set_and_day_and_pages_to_its_end(account, graph, answer) -> None:
    def script(asked):
        if not asked.path.endswith("insights"):
            return answer(FACTS)
        more = {"cursors": {"after": "c1"}, "next": "x"}
        if "after" in asked.params:
            return answer({"data": [row("1", "2026-03-02")]})
        return answer({"data": [], "paging": more})

    graph.script = script

    report = account.report(SINCE, UNTIL)

    asked = graph.asked[-1].params
    assert (asked["level"], asked["time_increment"], asked["after"]) == ("adset", "1", "c1")
    assert json.loads(asked["time_range"]) == {"since": "2026-03-01", "until": "2026-03-05"}
    assert [r.day for r in report.rows] == [date(2026, 3, 2)]


@pytest.mark.parametrize(
    ("rows", "through"),
    [
        ([], None),
        ([row("1", "2026-03-02", "0", "0")], None),
        ([row("1", "2026-03-02"), row("1", "2026-03-04", "0", "0")], date(2026, 3, 2)),
        ([row("1", "2026-03-02"), row("1", "2026-03-09")], date(2026, 3, 2)),
    ],
)
def test_data_reach_as_far_as_something_was_delivered(rows, through, account, graph, answer) -> None:
    graph.script = lambda asked: answer({"data": rows} if asked.path.endswith("insights") else FACTS)

    assert account.report(SINCE, UNTIL).collected_through == through


def test_the_currency_is_asked_for_once(account, graph, healthy) -> None:
    graph.script = healthy

    account.report(SINCE, UNTIL)
    account.report(SINCE, UNTIL)

    assert [asked.path for asked in graph.asked].count("v26.0/act_42") == 1


def test_a_report_of_no_days_is_refused_unsent(account, graph) -> None:
    with pytest.raises(InvalidRequest):
        account.report(UNTIL, SINCE)

    assert graph.asked == []

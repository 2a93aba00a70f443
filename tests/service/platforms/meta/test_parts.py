"""Reports that are too much: in parts, from runs that fail and are not ready, and the same rows in the end."""

from __future__ import annotations

import json
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest

from service.platforms.meta.errors import Malformed, TooMuchData
from service.platforms.meta.report import AT_ONCE_ROWS

SINCE, UNTIL = date(2026, 3, 1), date(2026, 3, 8)
IDS = ("11", "12", "13")
FACTS = {"id": "act_42", "name": "Shop", "currency": "EUR", "timezone_name": "Europe/Berlin", "account_status": 1}
TIER = {"X-Ad-Account-Usage": json.dumps({"acc_id_util_pct": 1.0, "ads_api_access_tier": "standard_access"})}


def asked_list(value):
    return json.loads(value) if value.startswith("[") else value.split(",")


class Picky:
    """Answers insights only up to so many figures (ad sets x days x fields) at once, and in a run."""

    def __init__(self, answer, at_once, in_run, pair=(100, 1487534), state="Job Failed", ids=IDS) -> None:
        self.answer, self.at_once, self.in_run, self.pair, self.state, self.ids = (
            answer,
            at_once,
            in_run,
            pair,
            state,
            ids,
        )
        self.runs: list[dict[str, str]] = []
        self.not_ready = 0
        self.page_rows = 7

    def __call__(self, asked):  # noqa: PLR0911 - one return a door
        _, *path = asked.path.split("/")
        if path == ["act_42"]:
            return self.answer(FACTS, headers=TIER)
        if path == ["act_42", "adsets"]:
            return self.answer(
                {"data": [{"id": i, "effective_status": "ACTIVE", "daily_budget": "100"} for i in self.ids]}
            )
        if path == ["act_42", "insights"] and asked.method == "GET":
            return (
                self.page(asked.params, asked.params) if self.size(asked.params) <= self.at_once else self.complaint()
            )
        if path == ["act_42", "insights"]:
            self.runs.append(asked.params)
            return self.answer({"report_run_id": str(900 + len(self.runs))})
        params = self.runs[int(path[0]) - 901]
        if path[1:] == ["insights"]:
            self.not_ready -= 1
            if self.not_ready >= 0:
                error = {"code": 2601, "error_subcode": 1815107, "message": "not ready", "is_transient": True}
                return self.answer({"error": error}, status=400)
            return self.page(params, asked.params)
        fine = self.size(params) <= self.in_run
        run = {"id": path[0], "async_status": "Job Completed" if fine else self.state, "async_percent_completion": 100}
        return self.answer(run if fine else {**run, "error_code": self.pair[0], "error_subcode": self.pair[1]})

    def complaint(self):
        code, subcode = self.pair if self.pair in PAIRS else PAIRS[0]
        return self.answer({"error": {"code": code, "error_subcode": subcode, "message": "too much"}}, status=400)

    def rows(self, params):
        span = json.loads(params["time_range"])
        since, until = (date.fromisoformat(span[name]) for name in ("since", "until"))
        days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
        ids = list(self.ids)
        for wanted in json.loads(params.get("filtering", "[]")):
            ids = [i for i in ids if (i in wanted["value"]) == (wanted["operator"] == "IN")]
        figures = {"spend": "1.50", "impressions": "10", "reach": "9", "clicks": "2"}
        figures |= {"actions": [{"action_type": "purchase", "value": "3"}]}
        kept = {name: figures[name] for name in asked_list(params["fields"]) if name in figures}
        return [
            {"adset_id": i, "date_start": day.isoformat(), "date_stop": day.isoformat(), **kept}
            for i in ids
            for day in days
        ]

    def size(self, params):
        return len(self.rows(params)) * (len(asked_list(params["fields"])) - 1)

    def page(self, params, place):
        rows, start = self.rows(params), int(place.get("after", 0))
        paging = {"cursors": {"after": str(start + self.page_rows)}}
        paging |= (
            {"next": "https://x/?" + urlencode({"after": start + self.page_rows})}
            if start + self.page_rows < len(rows)
            else {}
        )
        return self.answer({"data": rows[start : start + self.page_rows], "paging": paging}, headers=TIER)


PAIRS = [(100, 1487534), (100, 1504018), (2, 1504038), (-3, 1504045)]


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids=str)
@pytest.mark.parametrize("in_run", [10_000, 40, 6], ids=lambda n: f"runs of {n}")
def test_in_however_many_parts_the_report_is_the_same(pair, in_run, connect, graph, answer) -> None:
    graph.script = Picky(answer, 10_000, 10_000)
    whole = connect().report(SINCE, UNTIL)
    graph.script = Picky(answer, 0, in_run, pair)
    account = connect()
    account.ad_sets()

    parts = account.report(SINCE, UNTIL)

    assert len(whole.rows) == len(IDS) * 8
    assert sorted(parts.rows, key=repr) == sorted(whole.rows, key=repr)


def test_a_run_that_failed_is_started_once_more_before_it_is_cut(account, graph, answer) -> None:
    picky = graph.script = Picky(answer, 0, 100, pair=(2, 1504043), state="Job Skipped")

    account.report(SINCE, UNTIL)

    spans = [json.loads(run["time_range"]) for run in picky.runs]
    assert spans[0] == spans[1] != spans[2]


def test_a_run_that_says_it_is_too_much_is_cut_at_once(account, graph, answer) -> None:
    picky = graph.script = Picky(answer, 0, 100, pair=(-3, 1504045))

    account.report(SINCE, UNTIL)

    spans = [run["time_range"] for run in picky.runs]
    assert len(spans) == len(set(spans))


def test_rows_that_are_not_ready_are_asked_for_again(account, graph, answer, waits) -> None:
    picky = graph.script = Picky(answer, 0, 10_000)
    picky.not_ready = 3

    assert len(account.report(SINCE, UNTIL).rows) == len(IDS) * 8
    assert len(picky.runs) == 1
    assert waits == [2.0, 4.0, 8.0]


@pytest.mark.slow
def test_a_large_report_is_asynchronous_from_the_start(account, graph, answer) -> None:
    picky = graph.script = Picky(answer, 10_000_000, 10_000_000)
    picky.page_rows = 5_000
    account.budgets_minor()
    days = AT_ONCE_ROWS // len(IDS)

    assert len(account.report(UNTIL - timedelta(days=days - 1), UNTIL).rows) == days * len(IDS)
    assert picky.runs == []
    account.report(UNTIL - timedelta(days=days), UNTIL)

    assert len(picky.runs) == 1
    assert [asked.method for asked in graph.asked if asked.path.endswith("act_42/insights")][-1] == "POST"


def test_a_single_figure_that_is_too_much_is_given_up(account, graph, answer) -> None:
    graph.script = Picky(answer, 0, 0)

    with pytest.raises(TooMuchData):
        account.report(SINCE, SINCE)


def test_a_row_that_comes_twice_with_different_figures_is_no_report(account, graph, answer) -> None:
    row = {"adset_id": "1", "date_start": "2026-03-01", "date_stop": "2026-03-01", "impressions": "1"}
    rows = [{**row, "spend": "1.00"}, {**row, "spend": "2.00"}]
    graph.script = lambda asked: answer({"data": rows} if asked.path.endswith("insights") else FACTS)

    with pytest.raises(Malformed, match="twice"):
        account.report(SINCE, UNTIL)

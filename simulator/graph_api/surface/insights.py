"""Insights of an account, a campaign, an ad set or an ad: at once, or as a report that is made and then read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import GraphError, known, too_much_data, unknown_object
from simulator.graph_api.insights import ASYNC_CELLS, Query, read_query, table, totals, without_people
from simulator.graph_api.paging import page, row_keys
from simulator.graph_api.reporting.cells import Cell
from simulator.graph_api.reporting.columns import render
from simulator.graph_api.reports import OLD_PEOPLE_RUNS, STAGES, ReportRun, old_people_runs


@dataclass(frozen=True, slots=True)
class Answer:
    """A synchronous report as it is being read: its rows, and a key for each, by which pages go on."""

    query: Query
    found: Sequence[Cell]
    keys: list[str]
    summary: dict[str, Any] | None


def _insights(call: Call) -> Any:
    answer: Answer = call.state.tables.take(
        f"{call.kind} {call.object_id}", call.params, lambda answer: _moment(call, answer.query), lambda: _answer(call)
    )
    body = page(call.request, answer.found, answer.keys, lambda cell: render(cell, answer.query.fields))
    return body if answer.summary is None else {**body, "summary": answer.summary}


def _moment(call: Call, query: Query) -> tuple[object, ...]:
    """What must be the same for an answer to hold still."""
    account = call.own
    moves = bool(query.filters) or any(end >= min(account.today, account.world.today) for _, end in query.periods)
    return call.state.changes, account.today, account.world.today, call.state.now if moves else None


def _answer(call: Call) -> Answer:
    query = read_query(call.own, call.node, call.params, (call.state.changes, call.state.now))
    if query.old_people:
        query = without_people(query)
    found = table(query)
    return Answer(query, found, row_keys(len(found)), totals(query, found))


def _report(call: Call) -> Any:
    query = read_query(call.own, call.node, call.params, (call.state.changes, call.state.now))
    spends = query.old_people and old_people_runs(call.own, call.state.now) < OLD_PEOPLE_RUNS
    if query.old_people and not spends:
        query = without_people(query)
    _forget_expired(call)
    run = ReportRun(call.state.next_report_id(), call.own, query, [], call.state.now)
    _compute(run, query)
    call.state.reports[run.id] = run
    if spends:
        call.own.old_people_at = [*call.own.old_people_at[1 - OLD_PEOPLE_RUNS :], call.state.now]
    call.changed()
    return {"report_run_id": run.id}


def _forget_expired(call: Call) -> None:
    reports = call.state.reports
    for run_id in [run_id for run_id, run in reports.items() if run.expired(call.state.now)]:
        del reports[run_id]


def _compute(run: ReportRun, query: Query) -> None:
    try:
        found = table(query, limit=ASYNC_CELLS)
    except GraphError as error:
        if error.subcode != too_much_data().subcode:
            raise
        run.failure = known(-3, 1504045)
        return
    run.rows = [render(cell, query.fields) for cell in found[:]]
    run.summary = totals(query, found)


def _run(call: Call) -> ReportRun:
    if call.report is None or call.report.expired(call.state.now):
        raise unknown_object(call.request.method, call.object_id)
    return call.report


def _poll(call: Call) -> Any:
    run = _run(call)
    stage = run.stage(call.state.now, call.state.report_stage_seconds)
    body = run.shown(call.request, stage)
    if stage < len(STAGES) - 1:
        run.polls += 1
        call.changed()
    return body


def _result(call: Call) -> Any:
    run = _run(call)
    return run.result(call.request, run.stage(call.state.now, call.state.report_stage_seconds))


def _delete(call: Call) -> Any:
    del call.state.reports[_run(call).id]
    call.changed()
    return {"success": True}


KINDS_WITH_INSIGHTS = ("account", "campaign", "adset", "ad")

ROUTES: Routes = {
    **{("GET", f"{kind}/insights"): _insights for kind in KINDS_WITH_INSIGHTS},
    **{("POST", f"{kind}/insights"): _report for kind in KINDS_WITH_INSIGHTS},
    ("GET", "report"): _poll,
    ("DELETE", "report"): _delete,
    ("GET", "report/insights"): _result,
}

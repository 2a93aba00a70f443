"""Insights of an account, a campaign, an ad set or an ad: at once, or as a report that is made and then read."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.columns import render
from simulator.graph_api.errors import unknown_object
from simulator.graph_api.insights import ASYNC_CELLS, cells, read_query, rows
from simulator.graph_api.paging import page, row_keys
from simulator.graph_api.reports import ReportRun


def _insights(call: Call) -> Any:
    query = read_query(call.own, call.node, call.request.params)
    found = cells(call.own, query)
    return page(call.request, found, row_keys(len(found)), lambda cell: render(cell, query.fields))


def _report(call: Call) -> Any:
    query = read_query(call.own, call.node, call.request.params)
    found = cells(call.own, query, limit=ASYNC_CELLS)
    run = ReportRun(call.state.next_report_id(), call.own, query, rows(found, query.fields), call.state.now)
    call.state.reports[run.id] = run
    call.changed()
    return {"report_run_id": run.id}


def _run(call: Call) -> ReportRun:
    if call.report is None:
        raise unknown_object(call.request.method, call.object_id)
    return call.report


ROUTES: Routes = {
    **{("GET", f"{kind}/insights"): _insights for kind in ("account", "campaign", "adset", "ad")},
    **{("POST", f"{kind}/insights"): _report for kind in ("account", "campaign", "adset", "ad")},
    ("GET", "report"): lambda call: _run(call).poll(call.request),
    ("GET", "report/insights"): lambda call: _run(call).result(call.request),
}

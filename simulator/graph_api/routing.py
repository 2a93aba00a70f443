"""One request in, one answer out: `answer` is the pure core's only door."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from simulator.graph_api import known_fields
from simulator.graph_api.account import Account
from simulator.graph_api.batch import run_batch
from simulator.graph_api.columns import render
from simulator.graph_api.edges import list_accounts, list_nodes, list_values
from simulator.graph_api.errors import (
    GraphError,
    bad_param,
    deprecated_version,
    not_offered,
    unknown_field,
    unknown_object,
    unknown_path,
)
from simulator.graph_api.insights import ASYNC_CELLS, cells, read_query, rows
from simulator.graph_api.messages import Request, Response
from simulator.graph_api.nodes import show
from simulator.graph_api.paging import page, row_keys
from simulator.graph_api.params import names
from simulator.graph_api.reports import ReportRun
from simulator.graph_api.state import Platform
from simulator.graph_api.tree import Campaign, Node, level_of
from simulator.graph_api.updates import update
from simulator.graph_api.usage import APP_USAGE

VERSIONS = ("v24.0", "v25.0", "v26.0")
VERSION = re.compile(r"v\d+\.\d+")
METHODS = ("GET", "POST", "DELETE")
BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose path has been understood: `kind` and `edge` choose the handler."""

    state: Platform
    request: Request
    kind: str
    edge: str = ""
    object_id: str = ""
    account: Account | None = None
    node: Node | None = None
    report: ReportRun | None = None

    @property
    def route(self) -> str:
        """What is called, in words: account/insights, adset, ..."""
        return f"{self.kind}/{self.edge}" if self.edge else self.kind

    @property
    def own(self) -> Account:
        """The account, where the kind says that there is one."""
        if self.account is None:
            raise unknown_object(self.request.method, self.object_id)
        return self.account


def answer(state: Platform, request: Request) -> Response:
    """Answer one request at `state.now`; what it changed is in `state.take_mutations()`."""
    request = _overridden(request)
    call: Call | None = None
    try:
        state.credentials.admit(request)
        call = understand(state, request)
        body, status = _handler(call)(call), 200
    except GraphError as error:
        body, status = error.body(state.trace_id()), error.status
    return Response(body, status, {**APP_USAGE, **_usage(call)})


def understand(state: Platform, request: Request) -> Call:
    """Read the path.

    Raises:
        GraphError: a version not spoken, an object not there, a path too long.
    """
    parts = request.segments
    if parts and VERSION.fullmatch(parts[0]):
        if parts[0] not in VERSIONS:
            raise deprecated_version(parts[0])
        parts = parts[1:]
    if not parts:
        return Call(state, request, "batch" if "batch" in request.params else "root")
    if parts[0] == "debug_token":
        return Call(state, request, "debug_token")
    if parts[2:]:
        raise unknown_path(parts[2:])
    call = _target(state, request, parts[0])
    return replace(call, edge=parts[1]) if parts[1:] else call


def _overridden(request: Request) -> Request:
    """Graph lets a POST say that it means another method."""
    meant = str(request.params.get("method") or "").upper()
    return replace(request, method=meant) if request.method == "POST" and meant in METHODS else request


def _target(state: Platform, request: Request, object_id: str) -> Call:
    if found := state.find(object_id):
        account, node = found
        return Call(state, request, level_of(node), object_id=object_id, account=account, node=node)
    if own := state.account(object_id):
        return Call(state, request, "account", object_id=object_id, account=own)
    if run := state.reports.get(object_id):
        run.account.catch_up(state.now)
        return Call(state, request, "report", object_id=object_id, account=run.account, report=run)
    known = state.credentials
    kinds = {known.business_id: "business", known.pixel_id: "pixel", known.page_id: "page"}
    kinds |= {"me": "user", known.user_id: "user"}
    if object_id not in kinds:
        raise unknown_object(request.method, object_id)
    return Call(state, request, kinds[object_id], object_id=object_id)


def _usage(call: Call | None) -> dict[str, str]:
    if call is None or call.account is None:
        return {}
    insights, write = call.edge == "insights", call.request.method != "GET"
    call.account.meter.count(call.state.now, insights=insights, write=write)
    return call.account.meter.headers(call.account.number, len(call.account.ads), insights=insights)


# --- handlers -----------------------------------------------------------------------------------------------------


def _show(call: Call) -> Any:
    wanted = names(call.request.params, "fields")
    return show(call.node or call.own, call.own, wanted, call.state.credentials)


def _show_value(call: Call) -> Any:
    return list_values(call.request, [_values(call)[call.kind]])["data"][0]


def _values(call: Call) -> dict[str, dict[str, Any]]:
    known = call.state.credentials
    return {
        "user": {"id": known.user_id, "name": "Caudal emulator system user"},
        "business": {"id": known.business_id, "name": "Caudal emulator"},
        "page": {"id": known.page_id, "name": "Caudal emulator page"},
        "pixel": {"id": known.pixel_id, "name": "Caudal emulator pixel"},
    }


def _accounts(call: Call) -> Any:
    accounts = [found for i in sorted(call.state.accounts) if (found := call.state.account(i))]
    return list_accounts(call.request, accounts, call.state.credentials)


def _children(level: str) -> Callable[[Call], Any]:
    """Objects of a level inside the object called."""

    def handler(call: Call) -> Any:
        nodes = [node for node in call.own.level(level) if call.node is None or _inside(node, call.node)]  # type: ignore[arg-type]  # ROUTES holds levels only
        return list_nodes(call.request, call.own, nodes, call.state.credentials)

    return handler


def _inside(node: Node, parent: Node) -> bool:
    if isinstance(parent, Campaign):
        return node.campaign is parent
    return not isinstance(node, Campaign) and node.ad_set is parent


def _pixels(call: Call) -> Any:
    return list_values(call.request, [_values(call)["pixel"]])


def _minimum_budgets(call: Call) -> Any:
    kinds = ("imp", "high_freq", "low_freq", "video_views")
    row = {f"min_daily_budget_{kind}": call.own.scenario.minimum_budget_minor for kind in kinds}
    return {"data": [{"currency": call.own.scenario.currency, **row}]}


def _insights(call: Call) -> Any:
    query = read_query(call.own, call.node, call.request.params)
    found = cells(call.own, query)
    return page(call.request, found, row_keys(len(found)), lambda cell: render(cell, query.fields))


def _report(call: Call) -> Any:
    query = read_query(call.own, call.node, call.request.params)
    found = cells(call.own, query, limit=ASYNC_CELLS)
    run = ReportRun(call.state.next_report_id(), call.own, query, rows(found, query.fields), call.state.now)
    call.state.reports[run.id] = run
    call.state.mutated(call.request)
    return {"report_run_id": run.id}


def _poll(call: Call) -> Any:
    return call.report.poll(call.request) if call.report else None


def _result(call: Call) -> Any:
    return call.report.result(call.request) if call.report else None


def _update(call: Call) -> Any:
    if call.node is None:
        raise unknown_object(call.request.method, call.object_id)
    wanted = names(call.request.params, "fields")
    show(call.node, call.own, wanted, call.state.credentials)  # an unknown field is refused before anything changes
    if update(call.own, call.node, call.request.asked):
        call.state.mutated(call.request)
    seen = show(call.node, call.own, wanted, call.state.credentials) if wanted else {}
    return {**seen, "success": True}


def _delete(call: Call) -> Any:
    if call.node is None:
        raise unknown_object(call.request.method, call.object_id)
    if update(call.own, call.node, {"status": "DELETED"}):
        call.state.mutated(call.request)
    return {"success": True}


def _create(call: Call) -> Any:
    raise not_offered(f"creating {call.edge}")


def _debug_token(call: Call) -> Any:
    return call.state.credentials.debug(call.request.params)


def _batch(call: Call) -> Any:
    return run_batch(call.state, call.request, answer)


Handler = Callable[[Call], Any]
NODES = ("campaign", "adset", "ad")

ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "debug_token"): _debug_token,
    ("POST", "batch"): _batch,
    **{("GET", kind): _show_value for kind in ("user", "business", "page", "pixel")},
    ("GET", "user/adaccounts"): _accounts,
    ("GET", "business/owned_ad_accounts"): _accounts,
    ("GET", "business/client_ad_accounts"): lambda call: list_values(call.request, []),
    ("GET", "account"): _show,
    ("GET", "account/campaigns"): _children("campaign"),
    ("GET", "account/adsets"): _children("adset"),
    ("GET", "account/ads"): _children("ad"),
    ("GET", "account/adspixels"): _pixels,
    ("GET", "account/minimum_budgets"): _minimum_budgets,
    ("GET", "campaign/adsets"): _children("adset"),
    ("GET", "campaign/ads"): _children("ad"),
    ("GET", "adset/ads"): _children("ad"),
    **{("GET", kind): _show for kind in NODES},
    **{("POST", kind): _update for kind in NODES},
    **{("DELETE", kind): _delete for kind in NODES},
    **{("GET", f"{kind}/insights"): _insights for kind in ("account", *NODES)},
    **{("POST", f"{kind}/insights"): _report for kind in ("account", *NODES)},
    ("GET", "report"): _poll,
    ("GET", "report/insights"): _result,
    **{("POST", f"account/{edge}"): _create for edge in ("campaigns", "adsets", "ads", "adcreatives", "adimages")},
    **{("POST", f"{kind}/copies"): _create for kind in NODES},
}

TYPES = {"account": "AdAccount", "campaign": "Campaign", "adset": "AdSet", "ad": "Ad", "user": "User"}


def _handler(call: Call) -> Handler:
    method = call.request.method
    if handler := ROUTES.get((method, call.route)):
        return handler
    if call.edge in known_fields.EDGES:
        raise not_offered(f"{method} {call.route}")
    if call.edge and method == "GET":
        raise unknown_field(call.edge, TYPES.get(call.kind, call.kind.title()))
    if call.kind == "root":
        raise bad_param("ids", "is not supported on the root any more: read each object by its own path")
    raise unknown_object(method, call.object_id)

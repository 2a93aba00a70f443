"""One request in, one answer out: `answer` is the pure core's only door."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from simulator.graph_api import known_fields
from simulator.graph_api.batch import run_batch
from simulator.graph_api.call import Call, Handler
from simulator.graph_api.errors import (
    GraphError,
    bad_param,
    deprecated_version,
    not_offered,
    unknown_field,
    unknown_object,
    unknown_path,
)
from simulator.graph_api.expansion import answered
from simulator.graph_api.limits import use_case
from simulator.graph_api.messages import OUTCOMES, PROTOCOL_PARAMS, Request, Response
from simulator.graph_api.permissions import allow
from simulator.graph_api.reports import OLD_PEOPLE_RUNS, old_people_runs
from simulator.graph_api.state import Platform
from simulator.graph_api.surface import kinds, routes
from simulator.graph_api.tree import level_of

VERSIONS = ("v24.0", "v25.0", "v26.0")
VERSION = re.compile(r"v\d+\.\d+")
METHODS = ("GET", "POST", "DELETE")
UNPREFIXED = ("debug_token", "oauth")
"""Paths that are no objects: the rest of the path belongs to them."""


def answer(state: Platform, request: Request) -> Response:
    """Answer one request at `state.now`; what it changed is in `state.take_mutations()`."""
    request = _overridden(request)
    if OUTCOMES in request.params:
        request = replace(request, params={name: v for name, v in request.params.items() if name != OUTCOMES})
    call: Call | None = None
    try:
        token = None if request.segments[-2:-1] == ("oauth",) else state.access.admit(request, state.now)
        call = understand(state, request)
        if token:
            allow(token, call)
        state.limits.admit(call)
        response = Response(answered(call, _handler(call), _ask))
        state.limits.spent(call, response.body, error=None)
    except GraphError as error:
        response = Response(error.body(state.trace_id()), error.status)
        if call:
            state.limits.spent(call, response.body, error)
    return replace(response, headers={**state.limits.headers(call), **_reach_throttle(state, call)})


def _reach_throttle(state: Platform, call: Call | None) -> dict[str, str]:
    """How much of the day's reports on people of long ago is used up, once there was one.

    Meta names the header and not what is in it; here it is as of X-FB-Ads-Insights-Throttle (assumption).
    """
    if call is None or call.account is None or use_case(call) != "ads_insights":
        return {}
    used = min(100, 100 * old_people_runs(call.account, state.now) // OLD_PEOPLE_RUNS)
    told = {"app_id_util_pct": 0, "acc_id_util_pct": used, "ads_api_access_tier": state.limits.tier.label}
    return {"x-Fb-Ads-Insights-Reach-Throttle": json.dumps(told)} if used else {}


def repeat(state: Platform, request: Request) -> Response:
    """Do again what was accepted once, whoever asked for it and however much was asked for since."""
    call = understand(state, _overridden(request))
    return Response(answered(call, _handler(call), _ask))


def _ask(call: Call, path: str, params: dict[str, Any]) -> Any:
    """A read inside a read, by whoever makes the outer one."""
    manners = {name: value for name, value in call.request.params.items() if name in PROTOCOL_PARAMS - {"method"}}
    version = next(iter(call.request.segments), "")
    path = f"/{version}/{path}" if VERSION.fullmatch(version) else f"/{path}"
    inner = understand(call.state, replace(call.request, method="GET", path=path, params={**manners, **params}))
    return answered(inner, _handler(inner), _ask)


def look(state: Platform, path: str, params: dict[str, Any]) -> Any:
    """The answer to a read that nobody makes: no token, no limits, no trace.

    Raises:
        GraphError: as a client would be told.
    """
    call = understand(state, Request("GET", f"/{path}", params))
    return answered(call, _handler(call), _ask)


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
    if parts[0] in UNPREFIXED or (("GET", parts[0]) in routes() and not _names_object(parts[0])):
        return Call(state, request, parts[0], "/".join(parts[1:]))
    if parts[2:]:
        raise unknown_path(parts[2:])
    call = _target(state, request, parts[0])
    return replace(call, edge=parts[1]) if parts[1:] else call


def _names_object(word: str) -> bool:
    """Whether a route of this name is about objects with ids, so that the word itself is none."""
    return word in OBJECTS or word in kinds()


OBJECTS = frozenset({"account", "campaign", "adset", "ad", "report", "user", "business", "page", "pixel", "app"})


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
    if record := state.record(object_id):
        return Call(state, request, record.kind, object_id=object_id, account=record.account, record=record)
    if run := state.reports.get(object_id):
        run.account.catch_up(state.now)
        return Call(state, request, "report", object_id=object_id, account=run.account, report=run)
    known = state.credentials
    ours = {known.business_id: "business", known.page_id: "page", known.app_id: "app"}
    ours |= {"me": "user", known.user_id: "user"}
    if object_id not in ours:
        raise unknown_object(request.method, object_id)
    return Call(state, request, ours[object_id], object_id=object_id)


def _batch(call: Call) -> Any:
    return run_batch(call.state, call.request, answer)


TYPES = {"account": "AdAccount", "campaign": "Campaign", "adset": "AdSet", "ad": "Ad", "user": "User"}


def _handler(call: Call) -> Handler:
    method = call.request.method
    if (method, call.route) == ("POST", "batch"):
        return _batch
    if handler := routes().get((method, call.route)):
        return handler
    if call.edge in known_fields.EDGES:
        raise not_offered(f"{method} {call.route}")
    if call.edge and method == "GET":
        kind = kinds().get(call.kind)
        raise unknown_field(call.edge, kind.title if kind else TYPES.get(call.kind, call.kind.title()))
    if call.kind == "root" and "ids" in call.request.params:
        raise bad_param("ids", "is not supported on the root any more: read each object by its own path")
    raise unknown_object(method, call.object_id)

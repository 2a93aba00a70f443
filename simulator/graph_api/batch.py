"""Up to fifty calls in one: each is answered, counted and limited as if it had come alone.

Meta: "Graph API batch requests". Operations happen in their order; one may use what an earlier one answered.
Meta advises against several ad sets of one campaign in a batch, because they are done in parallel there and hinder one
another; here they are done one after the other, and nothing is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from simulator.graph_api.errors import GraphError, bad_param, known
from simulator.graph_api.jsonpath import look_up
from simulator.graph_api.messages import Request, Response
from simulator.graph_api.params import parsed
from simulator.graph_api.state import Platform

MOST = 50
KIND = "GraphBatchException"
REFERENCE = re.compile(r"\{result=([^:{}]+):(\$[^{}]*)\}")
OK = 200
WITH_TOKEN = ("access_token", "appsecret_proof")
Answer = Callable[[Platform, Request], Response]


@dataclass(slots=True)
class Running:
    """A batch on its way: the answers of its named operations so far (None: one that failed)."""

    state: Platform
    request: Request
    answer: Answer
    depended_on: frozenset[str]
    named: dict[str, Any] = field(default_factory=dict)


def run_batch(state: Platform, request: Request, answer: Answer) -> list[Any]:
    """The answers, in order; one that failed does not keep the others from happening, except those that need it.

    An operation that others need answers null when it went well, unless it says omit_response_on_success false.

    Raises:
        GraphError: no list, more than fifty, or a batch in a batch.
    """
    operations = parsed(request.params, "batch")
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise bad_param("batch", "must be an array of objects with method and relative_url")
    if len(operations) > MOST:
        raise known(100, kind=KIND)
    if any("batch" in _single(request, operation, str).params for operation in operations):
        raise known(100, kind=KIND, message="A batch cannot contain a batch")
    depended = frozenset(name for operation in operations for name in _needs(operation))
    running = Running(state, request, answer, depended)
    told = parsed(request.params, "include_headers", True) not in (False, 0)
    return [_entry(running, operation, with_headers=told) for operation in operations]


def _needs(operation: Mapping[str, Any]) -> list[str]:
    """Names of the operations that this one refers to or waits for."""
    texts = [unquote(str(operation.get(part) or "")) for part in ("relative_url", "body")]
    found = [name for text in texts for name, _ in REFERENCE.findall(text)]
    return [*found, *([str(operation["depends_on"])] if operation.get("depends_on") else [])]


def _entry(running: Running, operation: Mapping[str, Any], *, with_headers: bool) -> dict[str, Any] | None:
    name = str(operation.get("name") or "")
    response = _done(running, operation)
    if name:
        running.named[name] = response.body if response.status == OK else None
    omitted = parsed(operation, "omit_response_on_success", name in running.depended_on)
    if name and omitted and response.status == OK:
        return None
    headers = [{"name": name, "value": value} for name, value in response.headers.items()]
    told = {"headers": headers} if with_headers else {}
    return {"code": response.status, **told, "body": json.dumps(response.body)}


def _done(running: Running, operation: Mapping[str, Any]) -> Response:
    """One operation's answer, or why it was not tried."""
    try:
        for name in _needs(operation):
            if running.named.get(name) is None:
                raise known(100, kind=KIND, message=f"The operation {name} that this one depends on has not succeeded")
        return running.answer(running.state, _single(running.request, operation, lambda t: _filled(t, running.named)))
    except GraphError as error:
        return Response(error.body(running.state.trace_id()), error.status)


def _filled(text: str, named: Mapping[str, Any]) -> str:
    """Text with its references replaced by what they point to; several values are joined by commas."""

    def value(match: re.Match[str]) -> str:
        found = look_up(named.get(match[1]), match[2])
        if not found:
            raise known(100, kind=KIND, message=f"{match[0]} points to nothing in the answer of {match[1]}")
        return ",".join(one if isinstance(one, str) else json.dumps(one) for one in found)

    return REFERENCE.sub(value, text)


def _single(request: Request, operation: Mapping[str, Any], fill: Callable[[str], str]) -> Request:
    """One operation as a request of its own; token, version and files come from the batch unless it has its own."""
    path, _, query = str(operation.get("relative_url") or "").lstrip("/").partition("?")
    own = dict(parse_qsl(query, keep_blank_values=True))
    own |= dict(parse_qsl(str(operation.get("body") or ""), keep_blank_values=True))
    own = {name: fill(value) for name, value in own.items()}
    own |= {name: str(operation[name]) for name in WITH_TOKEN if operation.get(name)}
    files = [name.strip() for name in str(operation.get("attached_files") or "").split(",") if name.strip()]
    attached = {name: request.params[name] for name in files if name in request.params}
    inherited = {name: request.params[name] for name in WITH_TOKEN if name in request.params}
    if "access_token" in own:
        inherited = {}
    path = fill(unquote(urlsplit(path).path))
    version = "" if re.match(r"v\d", path) else "/".join(request.segments[:1])
    return Request(
        method=str(operation.get("method") or "GET").upper(),
        path=f"/{version}/{path}",
        params={**inherited, **attached, **own},
        bearer=_bearer(operation) or (None if "access_token" in own else request.bearer),
        base_url=request.base_url,
    )


def _bearer(operation: Mapping[str, Any]) -> str | None:
    """The token of an Authorization among the operation's own headers: {name, value} each, or lines of text."""
    headers = operation.get("headers")
    for header in headers if isinstance(headers, list) else []:
        line = f"{header.get('name')}: {header.get('value')}" if isinstance(header, dict) else str(header)
        name, _, value = line.partition(":")
        scheme, _, token = value.strip().partition(" ")
        if name.strip().lower() == "authorization" and scheme.lower() in ("bearer", "oauth"):
            return token.strip()
    return None

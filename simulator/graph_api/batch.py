"""Up to fifty calls in one: each is answered as if it had come alone (Meta: "Graph API batch requests")."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulator.graph_api.errors import bad_param, known, not_offered
from simulator.graph_api.messages import Request, Response
from simulator.graph_api.params import parsed
from simulator.graph_api.state import Platform

MOST = 50


def run_batch(state: Platform, request: Request, answer: Callable[[Platform, Request], Response]) -> list[Any]:
    """The answers, in order; one that failed does not keep the others from happening.

    Raises:
        GraphError: no list, more than fifty, a batch in a batch, or references between operations (not offered here).
    """
    operations = parsed(request.params, "batch")
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise bad_param("batch", "must be an array of objects with method and relative_url")
    if len(operations) > MOST:
        raise known(100, kind="GraphBatchException")
    if any("{result=" in json.dumps(operation) for operation in operations):
        raise not_offered("referring from one operation of a batch to another")
    singles = [_single(request, operation) for operation in operations]
    if any("batch" in single.params for single in singles):
        raise known(100, kind="GraphBatchException", message="A batch cannot contain a batch")
    return [_entry(answer(state, single)) for single in singles]


def _single(request: Request, operation: dict[str, Any]) -> Request:
    """One operation as a request of its own; token and version are those of the batch unless it brings others."""
    split = urlsplit(str(operation.get("relative_url") or "").lstrip("/"))
    inherited = {name: request.params[name] for name in ("access_token", "appsecret_proof") if name in request.params}
    own = dict(parse_qsl(split.query, keep_blank_values=True))
    own |= dict(parse_qsl(str(operation.get("body") or ""), keep_blank_values=True))
    version = "" if split.path.startswith("v") else "/".join(request.segments[:1])
    return Request(
        method=str(operation.get("method") or "GET").upper(),
        path=f"/{version}/{split.path}",
        params={**inherited, **own},
        bearer=None if "access_token" in own else request.bearer,
        base_url=request.base_url,
    )


def _entry(response: Response) -> dict[str, Any]:
    headers = [{"name": name, "value": value} for name, value in response.headers.items()]
    return {"code": response.status, "headers": headers, "body": json.dumps(response.body)}

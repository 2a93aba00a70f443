"""Nested fields: what an answer's objects lead to is asked as calls of their own (Meta: "Field expansion")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator.graph_api.call import Call
from simulator.graph_api.messages import Request
from simulator.graph_api.paging import url
from simulator.graph_api.selection import Selected, plain, selection
from simulator.graph_api.surface import routes

Ask = Callable[[Call, str, dict[str, Any]], Any]
"""Answers GET of a path with parameters in the place of the call; raises what it raises."""


def answered(call: Call, handler: Callable[[Call], Any], ask: Ask) -> Any:
    """The handler's body, with what its objects lead to inside.

    Raises:
        GraphError: of the call, or of one that it leads to.
    """
    if call.edge == "insights":
        return handler(call)  # its fields are columns of a report, which lead nowhere
    chosen = selection(call.request.params)
    kind = _listed_kind(call)
    deep = [one for one in chosen if one.nested or _is_edge(kind, one.name)]
    if not deep:
        return handler(call)
    # Edges are no fields of an object, and the fields that lead to other objects are: {"campaign": {"id": ...}}.
    shallow = [name for name in plain(chosen) if not _is_edge(kind, name)]
    params = {**call.request.params, "fields": ",".join(dict.fromkeys(("id", *shallow)))}
    body = handler(replace(call, request=replace(call.request, params=params)))
    if isinstance(body, dict) and "paging" in body:
        _repaged(call.request, body["paging"])
    rows = body["data"] if isinstance(body, dict) and isinstance(body.get("data"), list) else [body]
    for row in rows:
        for one in deep:
            _attach(call, kind, row, one, ask)
    return body


def _repaged(request: Request, paging: dict[str, Any]) -> None:
    """Have the addresses of other pages ask for everything that was asked."""
    for name, cursor in (("next", "after"), ("previous", "before")):
        if name in paging:
            paging[name] = url(request, **{cursor: paging["cursors"][cursor]})


def _attach(call: Call, kind: str, row: Any, one: Selected, ask: Ask) -> None:
    if not isinstance(row, dict):
        return
    inner: dict[str, Any] = dict(one.params)
    if one.fields:
        inner["fields"] = ",".join(part.text() for part in one.fields)
    if _is_edge(kind, one.name) and "id" in row:
        found = ask(call, f"{row['id']}/{one.name}", inner)
        if not isinstance(found, dict) or found.get("data") != []:
            row[one.name] = found  # an edge without objects is left out, as Graph leaves it out
    elif isinstance(row.get(one.name), dict) and "id" in row[one.name]:
        row[one.name] = ask(call, str(row[one.name]["id"]), inner)
    elif one.fields and one.name in row:
        row[one.name] = _narrowed(row[one.name], one.fields)


def _narrowed(value: Any, fields: tuple[Selected, ...]) -> Any:
    """A value that is no object of its own, with the parts that are asked for."""
    if isinstance(value, list):
        return [_narrowed(one, fields) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        one.name: _narrowed(value[one.name], one.fields) if one.fields else value[one.name]
        for one in fields
        if one.name in value
    }


def _is_edge(kind: str, name: str) -> bool:
    return ("GET", f"{kind}/{name}") in routes()


_LISTED = {
    "adaccounts": "account",
    "owned_ad_accounts": "account",
    "client_ad_accounts": "account",
    "campaigns": "campaign",
    "adsets": "adset",
    "ads": "ad",
    "copies": "",
    "ad_studies": "adstudy",
    "businesses": "business",
    "accounts": "page",
    "owned_pages": "page",
    "promote_pages": "page",
    "adspixels": "pixel",
    "owned_pixels": "pixel",
    "customaudiences": "audience",
    "saved_audiences": "saved_audience",
    "customconversions": "custom_conversion",
    "owned_product_catalogs": "catalog",
    "products": "product",
    "product_sets": "product_set",
    "product_feeds": "product_feed",
}


def _listed_kind(call: Call) -> str:
    """The kind of the objects in the answer: the object's own, or of those that the edge lists."""
    if not call.edge:
        return call.kind
    singular = call.edge.removeprefix("ad").removesuffix("s")
    known = {route.partition("/")[0] for _, route in routes()}
    return _LISTED.get(call.edge) or (singular if singular in known else call.edge.removesuffix("s"))

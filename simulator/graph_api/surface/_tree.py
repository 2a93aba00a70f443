"""What campaigns, ad sets and ads have in common: reading, listing, changing, deleting, copying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.graph_api.call import Call
from simulator.graph_api.copies import check_copy, copy, read_copying
from simulator.graph_api.edges import list_nodes
from simulator.graph_api.errors import bad_param, unknown_object
from simulator.graph_api.nodes import check_fields, show
from simulator.graph_api.params import names
from simulator.graph_api.rules.ad_sets import campaign_of
from simulator.graph_api.rules.ads import ad_set_of
from simulator.graph_api.rules.reading import only_validates
from simulator.graph_api.surface.labels import check_labels, label
from simulator.graph_api.tree import Ad, AdSet, Campaign, Level, Node, inside
from simulator.graph_api.updates import update

KINDS: dict[Level, type[Node]] = {"campaign": Campaign, "adset": AdSet, "ad": Ad}


def node_of(call: Call) -> Node:
    """The object called.

    Raises:
        GraphError: there is none.
    """
    if call.node is None:
        raise unknown_object(call.request.method, call.object_id)
    return call.node


def shown(call: Call) -> Any:
    """GET of an object."""
    wanted = names(call.request.params, "fields")
    return show(call.node or call.own, call.own, wanted, call.state.credentials)


def children(level: Level) -> Callable[[Call], Any]:
    """GET of the objects of a level inside the object called."""

    def handler(call: Call) -> Any:
        check_fields(KINDS[level], names(call.request.params, "fields"))
        nodes = call.own.level(level) if call.node is None else inside(call.node, level)
        return list_nodes(call.request, call.own, nodes, call.state.credentials, level)

    return handler


def changed(call: Call) -> Any:
    """POST to an object; fields that are asked for are read after the write."""
    node, wanted = node_of(call), names(call.request.params, "fields")
    check_fields(type(node), wanted)
    check_labels(call)
    if update(call.own, node, call.params, call.state):
        if "adlabels" in call.params:
            label(call, node.id, call.kind, instead=True)
        call.changed()
    seen = show(node, call.own, wanted, call.state.credentials) if wanted else {}
    return {**seen, "success": True}


def deleted(call: Call) -> Any:
    """DELETE of an object: it stays readable by id. Of one that is deleted already it is nothing new."""
    node = node_of(call)
    if node.status != "DELETED" and update(call.own, node, {"status": "DELETED"}, call.state):
        call.changed()
    return {"success": True}


def created(level: Level, make: Callable[[Call], Node | None]) -> Callable[[Call], Any]:
    """POST that creates an object; `make` gives None where it was to be checked only."""

    def handler(call: Call) -> Any:
        wanted = names(call.request.params, "fields")
        check_fields(KINDS[level], wanted)
        check_labels(call)
        made = make(call)
        if made is None:
            return {"success": True}
        label(call, made.id, level)
        call.changed()
        seen = show(made, call.own, wanted, call.state.credentials)
        return {**seen, "success": True} if call.edge == "ads" and wanted else seen

    return handler


def copied(call: Call) -> Any:
    """POST of `copies`."""
    node = node_of(call)
    if node.status == "DELETED":
        raise bad_param("id", "names a deleted object, which cannot be copied")
    how, params = read_copying(call.own, call.params), call.params
    into: Node | None = None
    if isinstance(node, AdSet) and "campaign_id" in params:
        into = campaign_of(call.own, params)
    if isinstance(node, Ad) and "adset_id" in params:
        into = ad_set_of(call.own, params)
    check_copy(call.own, node, how, into)
    if only_validates(params):
        return {"success": True}
    body = copy(call.state, call.own, node, how, into)
    call.changed()
    return body


def copies_of(level: Level, source: str) -> Callable[[Call], Any]:
    """GET of `copies`: objects that were copied from the one called."""

    def handler(call: Call) -> Any:
        nodes = [node for node in call.own.level(level) if node.settings.get(source) == call.object_id]
        return list_nodes(call.request, call.own, nodes, call.state.credentials, level)

    return handler

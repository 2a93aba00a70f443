"""Accounts, campaigns, ad sets and ads: reading, listing, changing, deleting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.edges import list_nodes
from simulator.graph_api.errors import not_offered, unknown_object
from simulator.graph_api.nodes import show
from simulator.graph_api.params import names
from simulator.graph_api.tree import Campaign, Level, Node
from simulator.graph_api.updates import update

NODES = ("campaign", "adset", "ad")


def _show(call: Call) -> Any:
    wanted = names(call.request.params, "fields")
    return show(call.node or call.own, call.own, wanted, call.state.credentials)


def _children(level: Level) -> Callable[[Call], Any]:
    """Objects of a level inside the object called."""

    def handler(call: Call) -> Any:
        nodes = [node for node in call.own.level(level) if call.node is None or _inside(node, call.node)]
        return list_nodes(call.request, call.own, nodes, call.state.credentials)

    return handler


def _inside(node: Node, parent: Node) -> bool:
    if isinstance(parent, Campaign):
        return node.campaign is parent
    return not isinstance(node, Campaign) and node.ad_set is parent


def _minimum_budgets(call: Call) -> Any:
    kinds = ("imp", "high_freq", "low_freq", "video_views")
    row = {f"min_daily_budget_{kind}": call.own.scenario.minimum_budget_minor for kind in kinds}
    return {"data": [{"currency": call.own.scenario.currency, **row}]}


def _update(call: Call) -> Any:
    if call.node is None:
        raise unknown_object(call.request.method, call.object_id)
    wanted = names(call.request.params, "fields")
    show(call.node, call.own, wanted, call.state.credentials)  # an unknown field is refused before anything changes
    if update(call.own, call.node, call.params):
        call.changed()
    seen = show(call.node, call.own, wanted, call.state.credentials) if wanted else {}
    return {**seen, "success": True}


def _delete(call: Call) -> Any:
    if call.node is None:
        raise unknown_object(call.request.method, call.object_id)
    if update(call.own, call.node, {"status": "DELETED"}):
        call.changed()
    return {"success": True}


def _create(call: Call) -> Any:
    raise not_offered(f"creating {call.edge}")


ROUTES: Routes = {
    ("GET", "account"): _show,
    ("GET", "account/campaigns"): _children("campaign"),
    ("GET", "account/adsets"): _children("adset"),
    ("GET", "account/ads"): _children("ad"),
    ("GET", "account/minimum_budgets"): _minimum_budgets,
    ("GET", "campaign/adsets"): _children("adset"),
    ("GET", "campaign/ads"): _children("ad"),
    ("GET", "adset/ads"): _children("ad"),
    **{("GET", kind): _show for kind in NODES},
    **{("POST", kind): _update for kind in NODES},
    **{("DELETE", kind): _delete for kind in NODES},
    **{("POST", f"account/{edge}"): _create for edge in ("campaigns", "adsets", "ads")},
    **{("POST", f"{kind}/copies"): _create for kind in NODES},
}

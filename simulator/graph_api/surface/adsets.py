"""Ad sets (Meta: "Ad set")."""

from __future__ import annotations

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.creation import make_ad_set, plan_ad_set
from simulator.graph_api.rules.reading import only_validates
from simulator.graph_api.surface._tree import changed, children, copied, copies_of, created, deleted, shown
from simulator.graph_api.tree import Node


def _make(call: Call) -> Node | None:
    plan = plan_ad_set(call)
    return None if only_validates(call.params) else make_ad_set(call.state, call.own, plan)


ROUTES: Routes = {
    ("GET", "account/adsets"): children("adset"),
    ("POST", "account/adsets"): created("adset", _make),
    ("GET", "adset"): shown,
    ("POST", "adset"): changed,
    ("DELETE", "adset"): deleted,
    ("GET", "adset/ads"): children("ad"),
    ("GET", "adset/copies"): copies_of("adset", "source_adset_id"),
    ("POST", "adset/copies"): copied,
}

"""Ads (Meta: "Ad")."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.creation import creative_id_for, made_creative, make_ad, plan_ad
from simulator.graph_api.params import parsed
from simulator.graph_api.rules.ads import creative_of
from simulator.graph_api.rules.reading import only_validates
from simulator.graph_api.surface._tree import changed, children, copied, copies_of, created, deleted, node_of, shown
from simulator.graph_api.tree import Node
from simulator.graph_api.updates import update


def _make(call: Call) -> Node | None:
    plan = plan_ad(call)
    if only_validates(call.params):
        return None
    return make_ad(call.state, call.own, plan, creative_id_for(call, plan))


def _change(call: Call) -> Any:
    """As of any object; a creative that is sent instead of named is made first."""
    if "creative" not in call.params or only_validates(call.params):
        return changed(call)
    wanted = creative_of(call.state, call.own, parsed(call.params, "creative"))
    if isinstance(wanted, str):
        return changed(call)
    params = call.request.params
    update(call.own, node_of(call), {**call.params, "execution_options": ["validate_only"]}, call.state)
    named = {**params, "creative": {"creative_id": made_creative(call, wanted)}}
    answer = changed(replace(call, request=replace(call.request, params=named)))
    call.state.mutations.pop()
    call.changed()  # written down as it was sent, so that a replay makes the creative again
    return answer


ROUTES: Routes = {
    ("GET", "account/ads"): children("ad"),
    ("POST", "account/ads"): created("ad", _make),
    ("GET", "ad"): shown,
    ("POST", "ad"): _change,
    ("DELETE", "ad"): deleted,
    ("GET", "ad/copies"): copies_of("ad", "source_ad_id"),
    ("POST", "ad/copies"): copied,
}

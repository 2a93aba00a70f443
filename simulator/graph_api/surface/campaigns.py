"""Campaigns (Meta: "Ad campaign group")."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.creation import make_campaign, plan_campaign
from simulator.graph_api.errors import bad_param
from simulator.graph_api.params import integer
from simulator.graph_api.rules.reading import instant_of, missing, only_validates, option
from simulator.graph_api.surface._tree import changed, children, copied, copies_of, created, deleted, shown
from simulator.graph_api.tree import Campaign, Node
from simulator.graph_api.updates import update


def _make(call: Call) -> Node | None:
    plan = plan_campaign(call)
    return None if only_validates(call.params) else make_campaign(call.state, call.own, plan)


def _delete_many(call: Call) -> Any:
    """Delete any, the oldest, or those archived before a day; at most `object_count`."""
    if "delete_strategy" not in call.params:
        raise missing("delete_strategy")
    strategies = ("DELETE_ANY", "DELETE_OLDEST", "DELETE_ARCHIVED_BEFORE")
    strategy = option(call.params, "delete_strategy", strategies)
    living = [campaign for campaign in call.own.campaigns.values() if campaign.status != "DELETED"]
    if strategy == "DELETE_ARCHIVED_BEFORE":
        before = instant_of(call.params, "before_date", call.own)
        if before is None:
            raise missing("before_date")
        living = [one for one in living if one.status == "ARCHIVED" and one.updated_at < before]
        count = len(living)
    else:
        count = integer(call.params, "object_count") or 0
        if count < 1:
            raise bad_param("object_count", "must be at least 1")
    chosen: list[Campaign] = sorted(living, key=lambda one: (one.created_at, one.id))[:count]
    for campaign in chosen:
        update(call.own, campaign, {"status": "DELETED"}, call.state)
    if chosen:
        call.changed()
    return {
        "deleted_object_ids": [one.id for one in chosen],
        "objects_left_to_delete_count": len(living) - len(chosen),
    }


ROUTES: Routes = {
    ("GET", "account/campaigns"): children("campaign"),
    ("POST", "account/campaigns"): created("campaign", _make),
    ("DELETE", "account/campaigns"): _delete_many,
    ("GET", "campaign"): shown,
    ("POST", "campaign"): changed,
    ("DELETE", "campaign"): deleted,
    ("GET", "campaign/adsets"): children("adset"),
    ("GET", "campaign/ads"): children("ad"),
    ("GET", "campaign/copies"): copies_of("campaign", "source_campaign_id"),
    ("POST", "campaign/copies"): copied,
}

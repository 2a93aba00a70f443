"""Which creative an ad shows. Ads of the simulated tree have one each, made when it is first looked at.

Their ids follow from the ads' ids, so that a creative read before a restart is the same one after it.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from simulator.graph_api.records import Record
from simulator.graph_api.tree import Ad

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.state import Platform

KIND = "creative"
_PLACE, _AD, _CREATIVE = 14, "3", "4"
"""Where an id of the simulated tree says what it is the id of, and how it says ad and creative."""


def creative_id_of(ad: Ad) -> str:
    """The id of the creative that an ad shows."""
    return ad.creative_id or swapped(ad.id, _CREATIVE)


def swapped(object_id: str, kind: str) -> str:
    """The id of another kind of object with the same place in the tree.

    >>> from simulator.identity import ad_id
    >>> swapped(ad_id(7, 3), "4")
    '1202000000000740003'
    """
    return object_id[:_PLACE] + kind + object_id[_PLACE + 1 :]


def creative_of(state: Platform, account: Account, ad: Ad) -> Record:
    """The creative of an ad."""
    chosen = creative_id_of(ad)
    if found := state.records.get(chosen):
        return found
    made = state.add_record(KIND, account, _planted_values(state, ad), object_id=chosen)
    made.created_at = made.updated_at = ad.created_at
    return made


def planted(state: Platform, object_id: str) -> Record | None:
    """The creative with this id, where it belongs to an ad of the simulated tree."""
    if object_id[_PLACE : _PLACE + 1] != _CREATIVE:
        return None
    ad_id = swapped(object_id, _AD)
    for account in state.accounts.values():
        if ad := account.ads.get(ad_id):
            return creative_of(state, account, ad)
    return None


def preview_page(state: Platform, creative_id: str) -> str:
    """A creative as a small HTML page; whatever a client wrote into it is escaped."""
    found = state.record(creative_id)
    values = found.values if found and found.kind == KIND else {"name": "Draft"}
    lines = [str(values[name]) for name in ("title", "body", "call_to_action_type", "name") if values.get(name)]
    told = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return f'<!doctype html><meta charset="utf-8"><title>Ad preview</title>{told}'


def _planted_values(state: Platform, ad: Ad) -> dict[str, Any]:
    page = state.credentials.page_id
    link = "https://shop.example/"
    return {
        "name": f"{ad.name} creative",
        "title": ad.name,
        "body": f"{ad.name}: see what is new.",
        "object_type": "SHARE",
        "call_to_action_type": "SHOP_NOW",
        "effective_object_story_id": f"{page}_{ad.id}",
        "object_story_spec": {
            "page_id": page,
            "link_data": {
                "link": link,
                "name": ad.name,
                "message": f"{ad.name}: see what is new.",
                "call_to_action": {"type": "SHOP_NOW", "value": {"link": link}},
            },
        },
    }

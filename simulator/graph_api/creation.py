"""New campaigns, ad sets and ads: an object of the tree is made, and where it delivers, so is its market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator.graph_api.account import Account
from simulator.graph_api.errors import known
from simulator.graph_api.mornings import submit
from simulator.graph_api.presence import Presence, weights_of
from simulator.graph_api.rules.ad_sets import MOST_AD_SETS, AdSetDraft, read_ad_set
from simulator.graph_api.rules.ads import AdDraft, check_room, free_place, read_ad
from simulator.graph_api.rules.campaigns import CampaignDraft, read_campaign
from simulator.graph_api.steering import delivering
from simulator.graph_api.tree import Ad, AdSet, Campaign
from simulator.graph_api.updates import write_ad_set, write_campaign
from simulator.mechanisms.creatives import launch

if TYPE_CHECKING:
    from simulator.graph_api.call import Call
    from simulator.graph_api.state import Platform

MOST_CREATED = 100
"""Ad sets that clients may create in one account: each has a simulated market of its own."""


def plan_campaign(call: Call) -> CampaignDraft:
    """A campaign as a create would have it, checked."""
    return read_campaign(call.own, None, call.params)


def plan_ad_set(call: Call) -> AdSetDraft:
    """An ad set as a create would have it, checked."""
    draft = read_ad_set(call.state, call.own, None, call.params, {})
    check_market(call.own)
    return draft


def plan_ad(call: Call) -> AdDraft:
    """An ad as a create would have it, checked."""
    return read_ad(call.state, call.own, None, call.params)


def check_market(account: Account, more: int = 1) -> None:
    """Whether the account can have `more` ad sets.

    Raises:
        GraphError: each created ad set has a market of its own, and there are enough of them.
    """
    living = sum(ad_set.status != "DELETED" for ad_set in account.created_ad_sets)
    if living + more > MOST_CREATED:
        raise known(
            100,
            message=f"(#100) This emulator simulates at most {MOST_CREATED} created ad sets in an account: delete "
            "some, or start another account",
        )


def check_ad_sets(campaign: Campaign, more: int) -> None:
    """Whether a campaign can have `more` ad sets.

    Raises:
        GraphError: it has the most that Meta allows.
    """
    if len(campaign.living) + more > MOST_AD_SETS:
        raise known(100, message=f"(#100) A campaign can have {MOST_AD_SETS} ad sets", blame=[["campaign_id"]])


def make_campaign(state: Platform, account: Account, wanted: CampaignDraft) -> Campaign:
    """A new campaign."""
    made = Campaign(state.next_id(), wanted.name, account.now, account.now, wanted.status)
    account.add(made)
    write_campaign(account, made, wanted)
    made.toggled_at = None
    del account.activities[len(account.activities) - _notes(account, made) :]
    account.note("create_campaign_group", made)
    return made


def _notes(account: Account, node: Campaign | AdSet) -> int:
    """How many of the latest lines of history are about an object: a new one's settings are no changes."""
    count = 0
    for line in reversed(account.activities):
        if line.object_id != node.id:
            break
        count += 1
    return count


def make_ad_set(state: Platform, account: Account, wanted: AdSetDraft) -> AdSet:
    """A new ad set with a market of its own."""
    row = len(account.ad_sets)
    made = AdSet(state.next_id(), wanted.name, account.now, account.now, wanted.campaign, row, wanted.status)
    account.add(made)
    account.open_market(made)
    write_ad_set(account, made, wanted)
    made.budget_changes.clear()
    del account.activities[len(account.activities) - _notes(account, made) :]
    account.note("create_ad_set", made)
    account.refresh_delivery((made.campaign,))
    return made


def make_ad(state: Platform, account: Account, wanted: AdDraft, creative_id: str) -> Ad:
    """A new ad, which waits for its review."""
    ad_set = wanted.ad_set
    planted = ad_set.market is None
    place = free_place(account, ad_set) if planted and account.world.has_places else None
    if planted and not account.world.has_places and ad_set.presence is None:
        shown = [ad.id for ad in delivering(account, ad_set)]
        ad_set.presence = Presence(weights=weights_of(shown))
    if ad_set.ads:
        account.note_significant_edit(ad_set)
    made = Ad(state.next_id(), wanted.name, account.now, account.now, ad_set, wanted.status, creative_id)
    made.settings = dict(wanted.settings)
    if place is not None:
        _take(account, made, place)
    account.add(made)
    submit(account, made)
    account.note("create_ad", made)
    account.refresh_delivery((ad_set.campaign,))
    return made


def _take(account: Account, ad: Ad, place: int) -> None:
    """Launch an ad in a place of the account's world."""
    today = account.world.today
    for other in ad.ad_set.ads:
        if other is not ad and other.place == place and other.last_day is None:
            other.last_day = today - timedelta(days=1)
    state = launch(account.world.mechanism_state("creatives"), 0, ad.ad_set.index, place)
    account.world.replace_mechanism_state("creatives", state)
    ad.place, ad.generation, ad.first_day = place, int(state.generation[0, ad.ad_set.index, place]), today


def creative_id_for(call: Call, wanted: AdDraft) -> str:
    """The id of the ad's creative: the one named, or a new one made of what was sent instead.

    Raises:
        GraphError: what was sent makes no creative.
    """
    if isinstance(wanted.creative, str):
        return wanted.creative
    return made_creative(call, wanted.creative)


def made_creative(call: Call, spec: Mapping[str, Any]) -> str:
    """A creative of what was sent inside another object, as `act_<id>/adcreatives` makes it."""
    from simulator.graph_api.surface import routes  # noqa: PLC0415 - the surface imports this module

    request = replace(call.request, params=dict(spec))
    inner = replace(call, request=request, kind="account", edge="adcreatives", node=None)
    answer = routes()[("POST", "account/adcreatives")](inner)
    call.state.mutations.pop()  # it is written down with the write that it is part of
    return str(answer["id"])


__all__ = [
    "check_room",
    "creative_id_for",
    "make_ad",
    "make_ad_set",
    "make_campaign",
    "plan_ad",
    "plan_ad_set",
    "plan_campaign",
]

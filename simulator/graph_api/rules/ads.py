"""Ads: which creative they show, in which ad set (Meta: "Ad")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.graph_api.errors import GraphError, archived_object, bad_param, known
from simulator.graph_api.params import parsed
from simulator.graph_api.rules.reading import asked_of, missing, name_of, option, words
from simulator.graph_api.tree import GONE, STATUSES, Ad, AdSet

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.state import Platform

MOST_ADS = 50
SETTABLE = words(
    """
    ad_schedule_end_time ad_schedule_start_time adlabels adset_id adset_spec audience_id bid_amount
    conversion_domain creative creative_asset_groups_spec creative_audience_pairing_persona
    creative_automation_spec dataset_split_specs display_sequence draft_adgroup_id engagement_audience
    include_demolink_hashes name priority source_ad_id status tracking_specs
    """
)
_TOLD = words("name status creative adset_id adset_spec bid_amount adlabels")


@dataclass(slots=True)
class AdDraft:
    """An ad as a write would have it; `creative` is its id, or what a creative is to be made of."""

    ad_set: AdSet
    name: str = ""
    status: str = "ACTIVE"
    creative: str | dict[str, Any] = ""
    settings: dict[str, Any] = field(default_factory=dict)


def read_ad(state: Platform | None, account: Account, ad: Ad | None, params: Mapping[str, Any]) -> AdDraft:
    """The ad as a create (of None) or an update would have it, checked.

    Raises:
        GraphError: a value or a combination that Meta refuses.
    """
    asked = asked_of(params, SETTABLE, "Ad")
    if ad is None:
        draft = AdDraft(ad_set_of(account, asked))
        check_room(account, draft.ad_set)
    else:
        draft = AdDraft(ad.ad_set, ad.name, ad.status, ad.creative_id, dict(ad.settings))
        if "adset_id" in asked and str(asked["adset_id"]) != ad.ad_set.id:
            raise bad_param("adset_id", "cannot be changed: copy the ad into the other ad set")
    if asked.get("bid_amount") is not None and "bid_amount" in asked:
        raise bad_param("bid_amount", "cannot be set on an ad: set the bid of its ad set")
    if ad is None or "name" in asked:
        draft.name = name_of(asked)
    if "status" in asked:
        draft.status = option(asked, "status", STATUSES[:2] if ad is None else STATUSES)
    if ad is None and "creative" not in asked:
        raise missing("creative")
    if "creative" in asked:
        draft.creative = creative_of(state, account, parsed(asked, "creative"))
    draft.settings |= {name: parsed(asked, name) for name in asked if name not in _TOLD}
    return draft


def ad_set_of(account: Account, asked: Mapping[str, Any]) -> AdSet:
    """The ad set that a new ad is to be in.

    Raises:
        GraphError: none named, none of this account's, or one that has ended, or is archived or deleted.
    """
    if asked.get("adset_id") is None:
        raise missing("adset_id")
    found = account.ad_sets.get(str(asked["adset_id"]))
    if found is None:
        raise bad_param("adset_id", f"{asked['adset_id']} is no ad set of this account")
    if found.permitted in GONE:
        raise archived_object() if found.permitted == "ARCHIVED" else known(100, 1487056, node_type="ad set")
    if found.end_at is not None and found.end_at <= account.now:
        raise known(100, 1487007)
    return found


def check_room(account: Account, ad_set: AdSet) -> None:
    """Whether an ad set can have one more ad.

    Raises:
        GraphError: it has the most that Meta allows, or the most that its simulated market has places for.
    """
    if len(ad_set.living) >= MOST_ADS:
        raise bad_param("adset_id", f"has {MOST_ADS} ads, the most that an ad set can have")
    if account.world.has_places and ad_set.market is None and free_place(account, ad_set) is None:
        raise _no_place(account)


def _no_place(account: Account) -> GraphError:
    places = account.scenario.ads
    return bad_param(
        "adset_id",
        f"names an ad set whose simulated market has places for {places} ads, all of them taken: archive or delete "
        "an ad first, or use an ad set of your own",
    )


def free_place(account: Account, ad_set: AdSet) -> int | None:
    """A place for one more ad in an ad set of the account's world: an empty one, or that of an ad that is gone."""
    taken = {ad.place for ad in ad_set.ads if ad.last_day is None and ad.status not in GONE}
    return next((place for place in range(account.scenario.ads) if place not in taken), None)


def creative_of(state: Platform | None, account: Account, value: Any) -> str | dict[str, Any]:
    """The id of a creative of the account that exists, or what one is to be made of.

    Raises:
        GraphError: neither.
    """
    if not isinstance(value, dict) or not value:
        raise bad_param("creative", "must be an object such as {'creative_id': '<id>'}, or a creative's parameters")
    creative_id = value.get("creative_id") or value.get("id")
    if creative_id is None:
        return value
    found = state.record(str(creative_id)) if state else None
    if found is None or found.kind != "creative" or found.account is not account:
        raise bad_param("creative", f"names creative {creative_id}, which does not exist or is another account's")
    return str(creative_id)

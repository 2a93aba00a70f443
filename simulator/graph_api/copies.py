"""Copies of campaigns, ad sets and ads, alone or with what is in them (Meta: "Ad Campaign Copies" and the like)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.graph_api.account import Account
from simulator.graph_api.ad_set_fields import usual_settings
from simulator.graph_api.creation import check_ad_sets, check_market, check_room, make_ad, make_ad_set, make_campaign
from simulator.graph_api.creatives import creative_id_of, creative_of
from simulator.graph_api.errors import bad_param, known
from simulator.graph_api.rules import ad_sets, ads, campaigns
from simulator.graph_api.rules.reading import flag, instant_of, mapping, option
from simulator.graph_api.tree import GONE, Ad, AdSet, Campaign, Node, level_of

if TYPE_CHECKING:
    from simulator.graph_api.state import Platform

MOST_ADS = 3
"""Ads that one call may copy; more need an asynchronous one on Meta."""
_RENAMES = ("DEEP_RENAME", "ONLY_TOP_LEVEL_RENAME", "NO_RENAME")
_STATUSES = ("ACTIVE", "PAUSED", "INHERITED_FROM_SOURCE")


@dataclass(frozen=True, slots=True)
class Copying:
    """How to copy."""

    deep: bool
    status: str
    rename: str
    prefix: str
    suffix: str
    start_at: datetime | None
    end_at: datetime | None

    def name(self, node: Node, *, top: bool) -> str:
        """What the copy is called."""
        renamed = self.rename == "DEEP_RENAME" or (top and self.rename == "ONLY_TOP_LEVEL_RENAME")
        return f"{self.prefix}{node.name}{self.suffix}" if renamed else node.name

    def status_of(self, node: Node) -> str:
        """Whether the copy is switched on."""
        inherited = node.status if node.status not in GONE else "PAUSED"
        return inherited if self.status == "INHERITED_FROM_SOURCE" else self.status


def read_copying(account: Account, params: Mapping[str, Any]) -> Copying:
    """The parameters of a copy; what is not said is Meta's default: paused, shallow, " - Copy" behind its name.

    Raises:
        GraphError: a word that is none of Meta's.
    """
    options = mapping(params, "rename_options") if "rename_options" in params else {}
    return Copying(
        deep=flag(params, "deep_copy") if "deep_copy" in params else False,
        status=option({"status_option": "PAUSED", **params}, "status_option", _STATUSES),
        rename=option({"rename_strategy": _RENAMES[1], **options}, "rename_strategy", _RENAMES),
        prefix=str(options.get("rename_prefix") or ""),
        suffix=str(options.get("rename_suffix", "" if "rename_prefix" in options else " - Copy")),
        start_at=instant_of(params, "start_time", account),
        end_at=instant_of(params, "end_time", account),
    )


def check_copy(account: Account, node: Node, how: Copying, into: Node | None) -> None:
    """Whether it can be copied at once.

    Raises:
        GraphError: too many ads for one call, or more than the target can hold.
    """
    inside = node.living if isinstance(node, Campaign) else [node] if isinstance(node, AdSet) else []
    count = sum(len(ad_set.living) for ad_set in inside) if how.deep else 0
    if count > MOST_ADS:
        raise bad_param("deep_copy", f"copies at most {MOST_ADS} ads in one call; this would copy {count}")
    if isinstance(node, AdSet):
        check_ad_sets(into if isinstance(into, Campaign) else node.campaign, 1)
    if inside and (how.deep or isinstance(node, AdSet)):
        check_market(account, len(inside))
    for ad_set in inside:
        ends = how.end_at or ad_set.end_at
        if ends is not None and ends <= account.now:
            raise known(100, 1487033)
    if isinstance(node, Ad):
        check_room(account, into if isinstance(into, AdSet) else node.ad_set)


def copy(state: Platform, account: Account, node: Node, how: Copying, into: Node | None = None) -> dict[str, Any]:
    """Copy an object, into another parent where one is named; says what became of what."""
    pairs: list[tuple[Node, Node]] = []
    if isinstance(node, Campaign):
        _copy_campaign(state, account, node, how, pairs)
    elif isinstance(node, AdSet):
        target = into if isinstance(into, Campaign) else node.campaign
        _copy_ad_set(state, account, node, target, how, pairs, top=True)
    else:
        _copy_ad(state, account, node, into if isinstance(into, AdSet) else node.ad_set, how, pairs, top=True)
    kind = {"campaign": "campaign", "adset": "adset", "ad": "ad"}[level_of(node)]
    body: dict[str, Any] = {f"copied_{kind}_id": pairs[0][1].id}
    if not isinstance(node, Ad):
        words = {"campaign": "campaign", "adset": "ad_set", "ad": "ad"}
        body["ad_object_ids"] = [
            {"ad_object_type": words[level_of(old)], "source_id": old.id, "copied_id": new.id} for old, new in pairs
        ]
    return body


def _copy_campaign(
    state: Platform, account: Account, source: Campaign, how: Copying, pairs: list[tuple[Node, Node]]
) -> None:
    draft = campaigns.drafted(source)
    usual = {"objective": "OUTCOME_SALES", "buying_type": "AUCTION", "special_ad_categories": []}
    draft.settings = {**usual, **draft.settings, "source_campaign_id": source.id}
    draft.name, draft.status = how.name(source, top=True), how.status_of(source)
    if draft.stop_at is not None and draft.stop_at <= account.now:
        draft.stop_at = how.end_at
    made = make_campaign(state, account, draft)
    pairs.append((source, made))
    for ad_set in source.living if how.deep else ():
        _copy_ad_set(state, account, ad_set, made, how, pairs, top=False)


def _copy_ad_set(
    state: Platform,
    account: Account,
    source: AdSet,
    campaign: Campaign,
    how: Copying,
    pairs: list[tuple[Node, Node]],
    *,
    top: bool,
) -> None:
    draft = ad_sets.drafted(account, source)
    if not campaign.has_budget and draft.daily_budget_minor is None and draft.lifetime_budget_minor is None:
        draft.daily_budget_minor = max(account.scenario.minimum_budget_minor, account.budget_minor(source))
    draft.campaign = campaign
    draft.settings = {**usual_settings(account, source), **draft.settings, "source_adset_id": source.id}
    draft.name, draft.status = how.name(source, top=top), how.status_of(source)
    draft.start_at = max(account.now, how.start_at or source.start_at or account.now)
    draft.end_at = how.end_at or source.end_at
    if campaign.has_budget:
        draft.daily_budget_minor = draft.lifetime_budget_minor = None
    made = make_ad_set(state, account, draft)
    pairs.append((source, made))
    for ad in source.living if how.deep else ():
        _copy_ad(state, account, ad, made, how, pairs, top=False)


def _copy_ad(
    state: Platform,
    account: Account,
    source: Ad,
    ad_set: AdSet,
    how: Copying,
    pairs: list[tuple[Node, Node]],
    *,
    top: bool,
) -> None:
    creative_of(state, account, source)  # an ad of the scenario has its creative from the first look at it
    settings = {**source.settings, "source_ad_id": source.id}
    draft = ads.AdDraft(ad_set, how.name(source, top=top), how.status_of(source), creative_id_of(source), settings)
    pairs.append((source, make_ad(state, account, draft, creative_id_of(source))))

"""Campaigns: objective, categories, who has the budget, bid strategy, spending limit (Meta: "Ad campaign group")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.graph_api.errors import bad_param, known, not_offered
from simulator.graph_api.params import integer, names, parsed
from simulator.graph_api.rules.amounts import least_spend_cap, too_low
from simulator.graph_api.rules.reading import (
    asked_of,
    flag,
    instant_of,
    mapping,
    missing,
    money,
    name_of,
    option,
    rows,
    words,
)
from simulator.graph_api.tree import STATUSES, Campaign

if TYPE_CHECKING:
    from simulator.graph_api.account import Account

OBJECTIVES = words(
    "OUTCOME_AWARENESS OUTCOME_TRAFFIC OUTCOME_ENGAGEMENT OUTCOME_LEADS OUTCOME_APP_PROMOTION OUTCOME_SALES"
)
CATEGORIES = words(
    "NONE HOUSING EMPLOYMENT FINANCIAL_PRODUCTS_SERVICES ISSUES_ELECTIONS_POLITICS ONLINE_GAMBLING_AND_GAMING"
)
STRATEGIES = words("LOWEST_COST_WITHOUT_CAP LOWEST_COST_WITH_BID_CAP COST_CAP LOWEST_COST_WITH_MIN_ROAS")
AUTOMATIC, MIN_ROAS = "LOWEST_COST_WITHOUT_CAP", "LOWEST_COST_WITH_MIN_ROAS"
CAPPED = frozenset({"LOWEST_COST_WITH_BID_CAP", "COST_CAP"})
PACING = words("standard no_pacing day_parting")
NO_CAP = 922337203685478
"""The spending limit that removes the limit."""
FROZEN_ABOVE = 70
"""With more ad sets than this, who has the budget and how it bids cannot be changed."""
SETTABLE = words(
    """
    adlabels adset_bid_amounts adset_budgets bid_strategy boosted_object_id budget_rebalance_flag
    budget_schedule_specs buying_type campaign_optimization_type daily_budget frequency_control_specs
    is_adset_budget_sharing_enabled is_budget_schedule_enabled is_direct_send_campaign is_message_campaign
    is_meta_moment_maker_enabled is_pca_unified is_reels_trending_ads_enabled is_skadnetwork_attribution
    iterative_split_test_configs lifetime_budget migrate_to_advantage_plus name objective pacing_type
    promoted_object smart_promotion_type source_campaign_id special_ad_categories special_ad_category
    special_ad_category_country spend_cap start_time status stop_time topline_id
    """
)
_TOLD = words(
    """
    adlabels adset_bid_amounts adset_budgets bid_strategy budget_schedule_specs buying_type daily_budget
    is_adset_budget_sharing_enabled lifetime_budget migrate_to_advantage_plus name objective pacing_type
    special_ad_categories special_ad_category_country spend_cap start_time status stop_time
    """
)
"""What is read one by one; everything else is kept as it was sent."""


@dataclass(slots=True)
class CampaignDraft:
    """A campaign as a write would have it. Money in minor units; `adset_budgets` by ad set id when they take over."""

    name: str = ""
    status: str = "ACTIVE"
    settings: dict[str, Any] = field(default_factory=dict)
    daily_budget_minor: int | None = None
    lifetime_budget_minor: int | None = None
    spend_cap_minor: int | None = None
    stop_at: datetime | None = None
    adset_budgets: dict[str, int] = field(default_factory=dict)
    adset_bids: dict[str, int] = field(default_factory=dict)

    @property
    def has_budget(self) -> bool:
        """Whether the budget is the campaign's."""
        return self.daily_budget_minor is not None or self.lifetime_budget_minor is not None


def drafted(campaign: Campaign | None) -> CampaignDraft:
    """A draft of what the campaign is now, or of a new one."""
    if campaign is None:
        return CampaignDraft()
    return CampaignDraft(
        campaign.name,
        campaign.status,
        dict(campaign.settings),
        campaign.daily_budget_minor,
        campaign.lifetime_budget_minor,
        campaign.spend_cap_minor,
        campaign.stop_at,
    )


def read_campaign(account: Account, campaign: Campaign | None, params: Mapping[str, Any]) -> CampaignDraft:
    """The campaign as a create (of None) or an update would have it, checked.

    Raises:
        GraphError: a value or a combination that Meta refuses.
    """
    asked, draft = asked_of(params, SETTABLE, "Campaign"), drafted(campaign)
    if campaign is None or "name" in asked:
        draft.name = name_of(asked)
    if "status" in asked:
        draft.status = option(asked, "status", STATUSES[:2] if campaign is None else STATUSES)
    _read_kind(draft, campaign, asked)
    _read_money(account, draft, campaign, asked)
    _read_bids(draft, campaign, asked)
    for name in ("start_time", "stop_time"):
        if name in asked:
            at = instant_of(asked, name, account)
            draft.settings[name] = at.isoformat() if at else None
    if "stop_time" in asked:
        draft.stop_at = instant_of(asked, "stop_time", account)
        if draft.stop_at and draft.stop_at <= account.now:
            raise known(100, 1487033, blame=[["stop_time"]])
    if "promoted_object" in asked:
        mapping(asked, "promoted_object")
    draft.settings |= {name: parsed(asked, name) for name in asked if name not in _TOLD}
    return draft


def _read_kind(draft: CampaignDraft, campaign: Campaign | None, asked: Mapping[str, Any]) -> None:
    if campaign is None and "objective" not in asked:
        raise missing("objective")
    if "objective" in asked:
        objective = option(asked, "objective", OBJECTIVES)
        if campaign is not None and objective != draft.settings.get("objective", "OUTCOME_SALES"):
            raise bad_param("objective", "cannot be changed after the campaign has been created")
        draft.settings["objective"] = objective
    if campaign is None and asked.get("special_ad_categories") is None:
        raise missing("special_ad_categories")
    if "special_ad_categories" in asked:
        chosen = names(asked, "special_ad_categories")
        for word in chosen:
            option({"special_ad_categories": word}, "special_ad_categories", CATEGORIES)
        draft.settings["special_ad_categories"] = [word for word in chosen if word != "NONE"]
    if "special_ad_category_country" in asked:
        draft.settings["special_ad_category_country"] = list(names(asked, "special_ad_category_country"))
    if campaign is None or "buying_type" in asked:
        draft.settings["buying_type"] = option(
            {"buying_type": "AUCTION", **asked}, "buying_type", ("AUCTION", "RESERVED")
        )
        if draft.settings["buying_type"] != "AUCTION":
            raise not_offered("buying_type RESERVED")


def _read_money(account: Account, draft: CampaignDraft, campaign: Campaign | None, asked: Mapping[str, Any]) -> None:
    if "adset_budgets" in asked:
        _hand_down(draft, campaign, asked)
    _read_budget(account, draft, campaign, asked)
    if "spend_cap" in asked:
        cap = integer(asked, "spend_cap")
        draft.spend_cap_minor = None if cap == NO_CAP else money(asked, "spend_cap")
        if draft.spend_cap_minor is not None and draft.spend_cap_minor < least_spend_cap(account):
            raise too_low(account, least_spend_cap(account), "spend_cap", subcode=2446307)
    if "is_adset_budget_sharing_enabled" in asked:
        draft.settings["is_adset_budget_sharing_enabled"] = flag(asked, "is_adset_budget_sharing_enabled")
    elif draft.has_budget:
        draft.settings.pop("is_adset_budget_sharing_enabled", None)
    elif campaign is None:
        raise known(100, 4834011)
    if draft.has_budget and draft.settings.get("is_adset_budget_sharing_enabled"):
        raise known(100, 4834002)


def _read_budget(account: Account, draft: CampaignDraft, campaign: Campaign | None, asked: Mapping[str, Any]) -> None:
    given = [name for name in ("daily_budget", "lifetime_budget") if asked.get(name) is not None and name in asked]
    if len(given) > 1:
        raise bad_param("lifetime_budget", "cannot be set together with daily_budget")
    if not given:
        return
    name = given[0]
    if "adset_budgets" in asked:
        raise known(100, 1885621)
    if (
        campaign is not None
        and campaign.has_budget
        and (name == "daily_budget") != (draft.daily_budget_minor is not None)
    ):
        raise bad_param(name, "cannot replace the other kind of budget: make a new campaign")
    amount = money(asked, name)
    shared = [s for s in campaign.living if s.status == "ACTIVE"] if campaign else []
    least = account.scenario.minimum_budget_minor * max(1, len(shared))
    if amount < least:
        raise too_low(account, least, name, subcode=2238055)
    if campaign is not None and not campaign.has_budget and len(campaign.living) > FROZEN_ABOVE:
        raise bad_param(name, f"cannot be given to a campaign of more than {FROZEN_ABOVE} ad sets")
    draft.daily_budget_minor = amount if name == "daily_budget" else None
    draft.lifetime_budget_minor = amount if name == "lifetime_budget" else None


def _hand_down(draft: CampaignDraft, campaign: Campaign | None, asked: Mapping[str, Any]) -> None:
    """`adset_budgets` takes the budget from the campaign and gives one to every ad set."""
    if campaign is None or not campaign.has_budget:
        raise bad_param("adset_budgets", "is for a campaign that has a budget of its own")
    if len(campaign.living) > FROZEN_ABOVE:
        raise bad_param("adset_budgets", f"cannot be given in a campaign of more than {FROZEN_ABOVE} ad sets")
    for row in rows(asked, "adset_budgets"):
        if "daily_budget" not in row:
            raise bad_param("adset_budgets", "must be an array of objects with adset_id and daily_budget")
        draft.adset_budgets[str(row.get("adset_id"))] = money(row, "daily_budget")
    if set(draft.adset_budgets) != {ad_set.id for ad_set in campaign.living}:
        raise bad_param("adset_budgets", "must name every ad set of the campaign that is not archived or deleted, once")
    draft.daily_budget_minor = draft.lifetime_budget_minor = None
    draft.settings.setdefault("is_adset_budget_sharing_enabled", False)


def _read_bids(draft: CampaignDraft, campaign: Campaign | None, asked: Mapping[str, Any]) -> None:
    before = draft.settings.get("bid_strategy", AUTOMATIC)
    if "bid_strategy" in asked:
        if not draft.has_budget and not _shares(draft):
            raise bad_param(
                "bid_strategy", "is the ad sets' unless the campaign has a budget or its ad sets share theirs"
            )
        chosen = option(asked, "bid_strategy", STRATEGIES)
        if campaign is not None and chosen != before:
            _check_switch(campaign, before, chosen)
        draft.settings["bid_strategy"] = chosen
    elif draft.has_budget:
        draft.settings.setdefault("bid_strategy", AUTOMATIC)
    elif not _shares(draft):
        draft.settings.pop("bid_strategy", None)
    if "pacing_type" in asked:
        draft.settings["pacing_type"] = pacing_of(asked)
    if "adset_bid_amounts" in asked:
        bids = parsed(asked, "adset_bid_amounts")
        if not isinstance(bids, dict) or not draft.has_budget:
            raise bad_param("adset_bid_amounts", "must be an object of ad set ids and bids, with a campaign budget")
        draft.adset_bids = {str(ad_set_id): money(bids, ad_set_id) for ad_set_id in bids}
        if campaign is None or set(draft.adset_bids) - {ad_set.id for ad_set in campaign.living}:
            raise bad_param("adset_bid_amounts", "names an ad set that the campaign does not have")


def _shares(draft: CampaignDraft) -> bool:
    """Whether ad sets share their budgets: they bid alike, and Meta's own client says how on the campaign."""
    return bool(draft.settings.get("is_adset_budget_sharing_enabled"))


def _check_switch(campaign: Campaign, before: str, chosen: str) -> None:
    if MIN_ROAS in (chosen, before):
        raise bad_param("bid_strategy", f"cannot be changed from or to {MIN_ROAS}")
    if len(campaign.living) > FROZEN_ABOVE:
        raise bad_param("bid_strategy", f"cannot be changed with more than {FROZEN_ABOVE} ad sets")


def pacing_of(asked: Mapping[str, Any]) -> list[str]:
    """How spend is paced.

    Raises:
        GraphError: a word that is none of Meta's.
    """
    chosen = names(asked, "pacing_type")
    for word in chosen:
        option({"pacing_type": word}, "pacing_type", PACING)
    return list(chosen)

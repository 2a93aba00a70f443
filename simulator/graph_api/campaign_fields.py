"""Fields of campaigns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.graph_api import steering
from simulator.graph_api.account import Account
from simulator.graph_api.field_values import COMMON, Fields, instant, instant_or_none, setting, text
from simulator.graph_api.tree import Campaign


def _remaining(campaign: Campaign, account: Account) -> str:
    if not campaign.has_budget:
        return "0"
    if campaign.lifetime_budget_minor is not None:
        return str(max(0, campaign.lifetime_budget_minor - account.spent_minor(campaign.ad_sets)))
    rows = [ad_set.index for ad_set in campaign.ad_sets]
    spent = int(account.figures(account.today, account.today)["spend_minor"][rows].sum())
    return str(max(0, steering.today_of(account, campaign) - spent))


def _time(name: str) -> Any:
    def field(campaign: Campaign, account: Account) -> str | None:
        value = campaign.settings.get(name)
        return None if value is None else instant(datetime.fromisoformat(value), account)

    return field


def _start(campaign: Campaign, account: Account) -> str:
    """When it was set to begin, or when its first ad set begins."""
    told = _time("start_time")(campaign, account)
    starts = [ad_set.start_at or ad_set.created_at for ad_set in campaign.ad_sets]
    return str(told or instant(min(starts, default=campaign.created_at), account))


def _category(campaign: Campaign, _: Account) -> str:
    return next(iter(campaign.settings.get("special_ad_categories", ())), "NONE")


def _source(campaign: Campaign, _: Account) -> dict[str, str] | None:
    source = campaign.settings.get("source_campaign_id")
    return {"id": str(source)} if source else None


CAMPAIGN: Fields = {
    **COMMON,
    "objective": setting("objective", "OUTCOME_SALES"),
    "buying_type": setting("buying_type", "AUCTION"),
    "special_ad_categories": lambda node, _: node.settings.get("special_ad_categories", []),
    "special_ad_category": _category,
    "is_adset_budget_sharing_enabled": lambda node, _: (
        None if node.has_budget else node.settings.get("is_adset_budget_sharing_enabled", False)
    ),
    "daily_budget": lambda node, _: text(node.daily_budget_minor),
    "lifetime_budget": lambda node, _: text(node.lifetime_budget_minor),
    "budget_remaining": _remaining,
    "bid_strategy": lambda node, _: node.settings.get(
        "bid_strategy", "LOWEST_COST_WITHOUT_CAP" if node.has_budget else None
    ),
    "spend_cap": lambda node, _: text(node.spend_cap_minor),
    "start_time": _start,
    "stop_time": lambda node, account: instant_or_none(node.stop_at, account),
    "pacing_type": lambda node, _: node.settings.get("pacing_type", ["standard"]) if node.has_budget else None,
    "source_campaign": _source,
    "source_campaign_id": setting("source_campaign_id", "0"),
    "topline_id": setting("topline_id", "0"),
    "last_budget_toggling_time": lambda node, account: instant_or_none(node.toggled_at, account),
    "can_use_spend_cap": lambda *_: True,
    "can_create_brand_lift_study": lambda *_: False,
    "budget_rebalance_flag": lambda *_: False,
    "has_secondary_skadnetwork_reporting": lambda *_: False,
    "is_skadnetwork_attribution": setting("is_skadnetwork_attribution", usual=False),
    "is_budget_schedule_enabled": setting("is_budget_schedule_enabled", usual=False),
    "smart_promotion_type": setting("smart_promotion_type", "GUIDED_CREATION"),
}

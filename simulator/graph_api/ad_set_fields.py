"""Fields of ad sets, and the settings of those that the scenario's world began with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.bidding import planted_bid
from simulator.graph_api.field_values import COMMON, Fields, instant, instant_or_none, text
from simulator.graph_api.learning import learning_stage_info
from simulator.graph_api.tree import DISAPPROVED, AdSet

COUNTRY = {
    "AUD": "AU", "BRL": "BR", "CAD": "CA", "CHF": "CH", "DKK": "DK", "EUR": "DE", "GBP": "GB", "JPY": "JP",
    "KRW": "KR", "MXN": "MX", "PLN": "PL", "SEK": "SE", "USD": "US",
}  # fmt: skip
"""Where the scenario's people are, by the currency of the account (assumption)."""
_BID_NAME = {"IMPRESSIONS": "IMPRESSIONS", "REACH": "REACH", "LINK_CLICKS": "CLICKS"}


def usual_settings(account: Account, ad_set: AdSet) -> dict[str, Any]:
    """Settings of an ad set of the account's world where nobody has set them; of others nothing is unset."""
    if ad_set.market is not None:
        return {}
    country = COUNTRY.get(account.scenario.currency, "US")
    return {
        "billing_event": "IMPRESSIONS",
        "optimization_goal": "OFFSITE_CONVERSIONS",
        "destination_type": "WEBSITE",
        "attribution_spec": [{"event_type": "CLICK_THROUGH", "window_days": 7}],
        "promoted_object": {"pixel_id": account.pixel_id, "custom_event_type": "PURCHASE"},
        "targeting": {
            "age_min": 18,
            "age_max": 65,
            "geo_locations": {"countries": [country], "location_types": ["home", "recent"]},
        },
        **planted_bid(account, ad_set),
    }


def _setting(name: str, usual: Any = None) -> Any:
    def field(ad_set: AdSet, account: Account) -> Any:
        if name in ad_set.settings:
            return ad_set.settings[name]
        return usual_settings(account, ad_set).get(name, usual)

    return field


def _amount(name: str) -> Any:
    return lambda ad_set, _: text(ad_set.settings.get(name))


def _daily(ad_set: AdSet, account: Account) -> str | None:
    if ad_set.campaign.has_budget:
        return None
    return "0" if ad_set.lifetime_budget_minor is not None else str(account.budget_minor(ad_set))


def _lifetime(ad_set: AdSet, _: Account) -> str | None:
    return None if ad_set.campaign.has_budget else str(ad_set.lifetime_budget_minor or 0)


def _remaining(ad_set: AdSet, account: Account) -> str:
    if ad_set.campaign.has_budget:
        return "0"
    if ad_set.lifetime_budget_minor is not None:
        return str(max(0, ad_set.lifetime_budget_minor - account.spent_minor([ad_set])))
    spent = int(account.figures(account.today, account.today)["spend_minor"][ad_set.index, 0])
    return str(max(0, account.budget_minor(ad_set) - spent))


def _strategy(ad_set: AdSet, account: Account) -> str:
    return str(
        ad_set.campaign.settings.get("bid_strategy")
        or _setting("bid_strategy", "LOWEST_COST_WITHOUT_CAP")(ad_set, account)
    )


def _bid_info(ad_set: AdSet, account: Account) -> Mapping[str, int] | None:
    amount = _setting("bid_amount")(ad_set, account)
    goal = _setting("optimization_goal")(ad_set, account)
    return {_BID_NAME.get(goal, "ACTIONS"): amount} if amount else None


def _issues(ad_set: AdSet, _: Account) -> list[dict[str, Any]] | None:
    """Its flagged audiences and its rejected ads."""
    rejected = [ad for ad in ad_set.living if ad.review == DISAPPROVED and ad.status == "ACTIVE"]
    flagged = [_flagged(audience_id) for audience_id in sorted(ad_set.flagged)]
    return [*flagged, *(issue("AD") for _ in rejected)] or None


def _flagged(audience_id: str) -> dict[str, Any]:
    return {
        "level": "AD_SET",
        "error_code": 2460003,
        "error_summary": "Flagged custom audience",
        "error_message": f"Audience {audience_id} may use what is not permitted. Take it out of targeting.",
        "error_type": "HARD_ERROR",
    }


def issue(level: str) -> dict[str, Any]:
    """What `issues_info` says of an ad that was rejected."""
    return {
        "level": level,
        "error_code": 1815869,
        "error_summary": "Ad rejected",
        "error_message": "This ad was rejected in review because it does not follow the advertising standards.",
        "error_type": "HARD_ERROR",
    }


AD_SET: Fields = {
    **COMMON,
    "campaign_id": lambda node, _: node.campaign.id,
    "campaign": lambda node, _: {"id": node.campaign.id},
    "daily_budget": _daily,
    "lifetime_budget": _lifetime,
    "budget_remaining": _remaining,
    "bid_strategy": _strategy,
    "bid_amount": _setting("bid_amount"),
    "bid_constraints": _setting("bid_constraints"),
    "bid_info": _bid_info,
    "billing_event": _setting("billing_event"),
    "optimization_goal": _setting("optimization_goal"),
    "optimization_sub_event": _setting("optimization_sub_event", "NONE"),
    "destination_type": _setting("destination_type", "UNDEFINED"),
    "pacing_type": _setting("pacing_type", ["standard"]),
    "attribution_spec": _setting("attribution_spec"),
    "promoted_object": _setting("promoted_object"),
    "targeting": _setting("targeting"),
    "start_time": lambda node, account: instant(node.start_at or node.created_at, account),
    "end_time": lambda node, account: instant_or_none(node.end_at, account),
    "learning_stage_info": learning_stage_info,
    "issues_info": _issues,
    "lifetime_imps": _setting("lifetime_imps", 0),
    "is_dynamic_creative": _setting("is_dynamic_creative", usual=False),
    "is_budget_schedule_enabled": _setting("is_budget_schedule_enabled", usual=False),
    "is_incremental_attribution_enabled": _setting("is_incremental_attribution_enabled", usual=False),
    "recurring_budget_semantics": lambda *_: False,
    "use_new_app_click": lambda *_: False,
    "source_adset_id": _setting("source_adset_id", "0"),
    "source_adset": lambda node, _: (
        {"id": str(node.settings["source_adset_id"])} if "source_adset_id" in node.settings else None
    ),
    **{
        name: _amount(name)
        for name in ("daily_min_spend_target", "daily_spend_cap", "lifetime_min_spend_target", "lifetime_spend_cap")
    },
}

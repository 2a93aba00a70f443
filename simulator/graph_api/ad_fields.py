"""Fields of ads."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.ad_set_fields import AD_SET, issue
from simulator.graph_api.creatives import creative_id_of
from simulator.graph_api.field_values import COMMON, Fields, setting
from simulator.graph_api.tree import DISAPPROVED, Ad

_BID_TYPES = {"LOWEST_COST_WITHOUT_CAP": "ABSOLUTE_OCPM"}


def _of_ad_set(name: str) -> Any:
    return lambda ad, account: AD_SET[name](ad.ad_set, account)


def _tracking(ad: Ad, account: Account) -> Any:
    """What was set, or the events of the pixel that the ad set optimises for."""
    if "tracking_specs" in ad.settings:
        return ad.settings["tracking_specs"]
    promoted = AD_SET["promoted_object"](ad.ad_set, account) or {}
    pixel = promoted.get("pixel_id")
    return [{"action.type": ["offsite_conversion"], "fb_pixel": [str(pixel)]}] if pixel else None


def _feedback(ad: Ad, _: Account) -> dict[str, Any] | None:
    if ad.review != DISAPPROVED:
        return None
    return {"global": {"UNACCEPTABLE_BUSINESS_PRACTICES": issue("AD")["error_message"]}}


AD: Fields = {
    **COMMON,
    "adset_id": lambda node, _: node.ad_set.id,
    "adset": lambda node, _: {"id": node.ad_set.id},
    "campaign_id": lambda node, _: node.campaign.id,
    "campaign": lambda node, _: {"id": node.campaign.id},
    "creative": lambda node, _: {"id": creative_id_of(node)},
    "bid_type": lambda node, account: _BID_TYPES.get(AD_SET["bid_strategy"](node.ad_set, account), "ABSOLUTE_OCPM"),
    "bid_info": _of_ad_set("bid_info"),
    "targeting": _of_ad_set("targeting"),
    "tracking_specs": _tracking,
    "conversion_specs": _tracking,
    "conversion_domain": setting("conversion_domain"),
    "source_ad_id": setting("source_ad_id", "0"),
    "source_ad": lambda node, _: (
        {"id": str(node.settings["source_ad_id"])} if "source_ad_id" in node.settings else None
    ),
    "ad_review_feedback": _feedback,
    "issues_info": lambda node, _: [issue("AD")] if node.review == DISAPPROVED else None,
    "display_sequence": setting("display_sequence", 0),
    "engagement_audience": setting("engagement_audience", usual=False),
    "preview_shareable_link": lambda node, _: f"https://fb.me/emulated-{node.id}",
}

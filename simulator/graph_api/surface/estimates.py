"""How many people would be reached and how many ads run (Meta: "Delivery Estimate", "Reach Estimate", "Ads Volume").

`daily_outcomes_curve`, `budget_guardrail` and `estimate_dau` are gone from delivery estimates in every version since
2026-10-27.
"""

from __future__ import annotations

from typing import Any

from simulator.graph_api.audience_sizes import bounds
from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import not_offered, unknown_field
from simulator.graph_api.nodes import show
from simulator.graph_api.params import names, parsed
from simulator.graph_api.record_calls import mapping, missing, one_of, rows_page, words

GOALS = words(
    """
    AD_RECALL_LIFT APP_INSTALLS APP_INSTALLS_AND_OFFSITE_CONVERSIONS AUTOMATIC_OBJECTIVE CONVERSATIONS DERIVED_EVENTS
    ENGAGED_USERS EVENT_RESPONSES IMPRESSIONS IN_APP_VALUE LANDING_PAGE_VIEWS LEAD_GENERATION LINK_CLICKS NONE
    MESSAGING_APPOINTMENT_CONVERSION MESSAGING_PURCHASE_CONVERSION OFFSITE_CONVERSIONS PAGE_LIKES POST_ENGAGEMENT
    PROFILE_AND_PAGE_ENGAGEMENT PROFILE_VISIT QUALITY_CALL QUALITY_LEAD REACH REMINDERS_SET SUBSCRIBERS THRUPLAY VALUE
    VISIT_INSTAGRAM_PROFILE ADVERTISER_SILOED_VALUE ENGAGED_PAGE_VIEWS MEANINGFUL_CALL_ATTEMPT
    MESSAGING_DEEP_CONVERSATION_AND_FOLLOW
    """
)
DELIVERY = ("estimate_mau_lower_bound", "estimate_mau_upper_bound", "estimate_ready", "targeting_optimization_types")
ADS_LIMIT = 250
"""Ads that a page of this size may have running or in review (Meta: "Ad limits per page")."""


def _targeting(call: Call) -> dict[str, Any]:
    spec = mapping({"targeting_spec": parsed(call.params, "targeting_spec")}, "targeting_spec")
    if spec:
        return spec
    if call.kind == "adset" and call.node is not None:
        own = show(call.node, call.own, ("targeting",), call.state.credentials).get("targeting")
        return own if isinstance(own, dict) else {"geo_locations": {"countries": ["DE"]}}
    raise missing("targeting_spec")


def _delivery(call: Call) -> Any:
    goal = call.params.get("optimization_goal")
    if goal is None and call.kind == "account":
        raise missing("optimization_goal")
    if goal is not None:
        one_of(goal, "optimization_goal", GOALS)
    wanted = names(call.request.params, "fields")
    for name in wanted:
        if name not in DELIVERY:
            raise unknown_field(name, "AdAccountDeliveryEstimate")
    low, high = bounds(_targeting(call))
    row = {"estimate_mau_lower_bound": low, "estimate_mau_upper_bound": high, "estimate_ready": True}
    return {"data": [{name: row[name] for name in wanted or DELIVERY if name in row}]}


def _reach(call: Call) -> Any:
    low, high = bounds(_targeting(call))
    return {"data": {"users_lower_bound": low, "users_upper_bound": high, "estimate_ready": True}}


def _volume(call: Call) -> Any:
    running = ("ACTIVE", "PENDING_REVIEW", "IN_PROCESS")
    count = sum(ad.effective_status in running for ad in call.own.ads.values())
    everywhere = sum(ad.effective_status in running for own in call.state.accounts.values() for ad in own.ads.values())
    row = {
        "ads_running_or_in_review_count": everywhere,
        "current_account_ads_running_or_in_review_count": count,
        "limit_on_ads_running_or_in_review": ADS_LIMIT,
    }
    page = {"actor_id": call.state.credentials.page_id, "actor_name": "Caudal emulator page"}
    return rows_page(call, [{**(page if call.params.get("show_breakdown_by_actor") else {}), **row}])


def _reserved(call: Call) -> Any:
    raise not_offered(f"{call.edge} (buying type RESERVED; use AUCTION)")


ROUTES: Routes = {
    ("GET", "account/delivery_estimate"): _delivery,
    ("GET", "adset/delivery_estimate"): _delivery,
    ("GET", "account/reachestimate"): _reach,
    ("GET", "account/ads_volume"): _volume,
    ("GET", "account/reachfrequencypredictions"): _reserved,
    ("POST", "account/reachfrequencypredictions"): _reserved,
}

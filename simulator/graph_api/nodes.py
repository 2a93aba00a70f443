"""Reading objects: which fields they have, and which of them are in an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from simulator.graph_api import known_fields
from simulator.graph_api.account import Account
from simulator.graph_api.creatives import creative_id_of
from simulator.graph_api.errors import unknown_field
from simulator.graph_api.tokens import Credentials
from simulator.graph_api.tree import Ad, AdSet, Campaign, Node

Fields = Mapping[str, Callable[[Any, Account], Any]]


TERMS = ("custom_audience_tos", "web_custom_audience_tos")
"""Terms of custom audiences, as an account lists those that its people have accepted."""


def instant(at: datetime, account: Account) -> str:
    """An instant as Graph writes it: local to the account, offset without a colon."""
    return account.local(at).strftime("%Y-%m-%dT%H:%M:%S%z")


def _utc_offset_hours(account: Account) -> float:
    offset = account.local(account.now).utcoffset() or timedelta()
    return offset.total_seconds() / 3600


def amount_spent_minor(account: Account) -> int:
    """Everything spent since the first simulated day, today's part included."""
    return int(account.figures(account.world.first_day, account.today)["spend_minor"].sum())


def _budget_remaining(ad_set: AdSet, account: Account) -> str:
    spent = int(account.figures(account.today, account.today)["spend_minor"][ad_set.index, 0])
    return str(max(0, account.budget_minor(ad_set) - spent))


COMMON: Fields = {
    "id": lambda node, _: node.id,
    "account_id": lambda _, account: account.number,
    "name": lambda node, _: node.name,
    "status": lambda node, _: node.status,
    "configured_status": lambda node, _: node.status,
    "effective_status": lambda node, _: node.effective_status,
    "created_time": lambda node, account: instant(node.created_at, account),
    "updated_time": lambda node, account: instant(node.updated_at, account),
}

CAMPAIGN: Fields = {
    **COMMON,
    "objective": lambda *_: "OUTCOME_SALES",
    "buying_type": lambda *_: "AUCTION",
    "special_ad_categories": lambda *_: [],
    "is_adset_budget_sharing_enabled": lambda *_: False,
    "start_time": lambda node, account: instant(node.created_at, account),
    "budget_remaining": lambda *_: "0",
}

AD_SET: Fields = {
    **COMMON,
    "campaign_id": lambda node, _: node.campaign.id,
    "campaign": lambda node, _: {"id": node.campaign.id},
    "daily_budget": lambda node, account: str(account.budget_minor(node)),
    "lifetime_budget": lambda *_: "0",
    "budget_remaining": _budget_remaining,
    "bid_strategy": lambda *_: "LOWEST_COST_WITHOUT_CAP",
    "billing_event": lambda *_: "IMPRESSIONS",
    "optimization_goal": lambda *_: "OFFSITE_CONVERSIONS",
    "destination_type": lambda *_: "WEBSITE",
    "pacing_type": lambda *_: ["standard"],
    "attribution_spec": lambda *_: [{"event_type": "CLICK_THROUGH", "window_days": 7}],
    "start_time": lambda node, account: instant(node.created_at, account),
}

AD: Fields = {
    **COMMON,
    "adset_id": lambda node, _: node.ad_set.id,
    "creative": lambda node, _: {"id": creative_id_of(node)},
    "adset": lambda node, _: {"id": node.ad_set.id},
    "campaign_id": lambda node, _: node.campaign.id,
    "campaign": lambda node, _: {"id": node.campaign.id},
}

ACCOUNT: Fields = {
    "id": lambda account, _: account.id,
    "account_id": lambda account, _: account.number,
    "name": lambda account, _: account.name,
    "currency": lambda account, _: account.scenario.currency,
    "timezone_name": lambda account, _: account.scenario.time_zone,
    "timezone_offset_hours_utc": lambda account, _: _utc_offset_hours(account),
    "account_status": lambda *_: 1,
    "disable_reason": lambda *_: 0,
    "amount_spent": lambda account, _: str(amount_spent_minor(account)),
    "balance": lambda *_: "0",
    "spend_cap": lambda *_: "0",
    "min_daily_budget": lambda account, _: account.scenario.minimum_budget_minor,
    "created_time": lambda account, _: instant(account.born_at(), account),
    "age": lambda account, _: float((account.today - account.world.first_day).days),
    "is_personal": lambda *_: 0,
    "tos_accepted": lambda account, _: dict.fromkeys(TERMS, 1) if account.terms_accepted else {},
    "is_prepay_account": lambda *_: False,
}


def node_type(node: Node | Account) -> tuple[str, Fields, frozenset[str]]:
    """Meta's name of a kind, what the emulator fills, and every field the kind has."""
    if isinstance(node, Account):
        return "AdAccount", {**ACCOUNT}, known_fields.ACCOUNT
    if isinstance(node, Campaign):
        return "Campaign", CAMPAIGN, known_fields.CAMPAIGN
    if isinstance(node, AdSet):
        return "AdSet", AD_SET, known_fields.ADSET
    if isinstance(node, Ad):
        return "Ad", AD, known_fields.AD
    raise TypeError(f"{node!r} is not an object of the tree")


def show(node: Node | Account, account: Account, wanted: Iterable[str], credentials: Credentials) -> dict[str, Any]:
    """The object with `wanted` fields; `id` is always there, and an account's number goes with it.

    Raises:
        GraphError: a field this kind of object does not have.
    """
    title, fields, known = node_type(node)
    if isinstance(node, Account):
        business = {"id": credentials.business_id, "name": "Caudal emulator"}
        fields = {**fields, "business": lambda *_: business, "owner": lambda *_: credentials.business_id}
    if title == "AdSet":
        promoted = {"pixel_id": credentials.pixel_id, "custom_event_type": "PURCHASE"}
        fields = {**fields, "promoted_object": lambda *_: promoted}
    always = ("account_id", "id") if isinstance(node, Account) else ("id",)
    for name in wanted:
        if name not in fields and name not in known:
            raise unknown_field(name, title)
    return {name: fields[name](node, account) for name in dict.fromkeys((*wanted, *always)) if name in fields}

"""The account's history of changes (Meta: "Ad Account, Activities"): who changed what, when, from what to what.

Who reads without `since` and `until` sees the last seven days, newest first (an assumption: Meta says "recent").
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.call import Activity, Call, Routes
from simulator.graph_api.errors import bad_param, unknown_field
from simulator.graph_api.nodes import instant
from simulator.graph_api.params import names, parsed, truth
from simulator.graph_api.record_calls import one_of, rows_page, words

USUAL = timedelta(days=7)
KNOWN = words(
    """
    actor_id actor_name application_id application_name date_time_in_timezone event_time event_type extra_data object_id
    object_name object_type tool translated_event_type id
    """
)
DEFAULT = (
    "actor_id",
    "actor_name",
    "application_id",
    "application_name",
    "date_time_in_timezone",
    "event_time",
    "event_type",
    "extra_data",
    "object_id",
    "object_name",
    "object_type",
    "translated_event_type",
)
CATEGORIES = {
    "ACCOUNT": ("ad_account", "funding", "billing", "account_spending"),
    "AD": ("create_ad", "update_ad_", "ad_review", "first_delivery", "add_images", "delete_images", "edit_images"),
    "AD_KEYWORDS": ("keywords",),
    "AD_SET": ("ad_set",),
    "AUDIENCE": ("audience",),
    "BID": ("bid",),
    "BUDGET": ("budget", "spend_cap", "spend_limit", "min_spend"),
    "CAMPAIGN": ("campaign",),
    "DATE": ("duration", "schedule", "scheduling"),
    "STATUS": ("run_status", "update_status"),
    "TARGETING": ("target",),
}
"""Parts of names of events by category (assumption: Meta publishes no list)."""
OBJECT_TYPES = {"adset": "AD_SET", "ad": "AD", "campaign": "CAMPAIGN", "account": "ACCOUNT"}
TRANSLATED = {
    "create_campaign_group": "Campaign created",
    "create_ad_set": "Ad set created",
    "create_ad": "Ad created",
    "update_campaign_run_status": "Campaign status updated",
    "update_ad_set_run_status": "Ad set status updated",
    "update_ad_run_status": "Ad status updated",
    "update_campaign_budget": "Campaign budget updated",
    "update_ad_set_budget": "Ad set budget updated",
    "ad_review_approved": "Ad approved",
    "ad_review_declined": "Ad rejected",
}


def _list(call: Call) -> Any:
    since, until = _instant(call, "since"), _instant(call, "until")
    until = until or call.state.now
    since = since or until - USUAL
    if until < since:
        raise bad_param("until", "must not be before since")
    category = call.params.get("category")
    if category:
        one_of(category, "category", CATEGORIES)
    wanted = names(call.request.params, "fields")
    for name in wanted:
        if name not in KNOWN:
            raise unknown_field(name, "AdActivity")
    chosen = [one for one in reversed(_of_object(call)) if since <= one.at <= until and _in_category(one, category)]
    rows = [_row(call, one) for one in chosen]
    if not wanted:
        rows = [{name: row[name] for name in DEFAULT if name in row} for row in rows]
    return rows_page(call, rows)


def _of_object(call: Call) -> list[Activity]:
    """Everything, or what happened to one object (`oid`, and what is in it with `add_children`)."""
    account, own = call.own, str(call.params.get("oid") or call.object_id)
    if own in (account.id, account.number):
        return account.activities
    ids = {own, *names(call.params, "extra_oids")}
    if call.node is not None or truth(call.params, "add_children"):
        ids |= _children(account, own)
    return [one for one in account.activities if one.object_id in ids]


def _children(account: Account, object_id: str) -> set[str]:
    ads = [ad for ad in account.ads.values() if object_id in (ad.campaign.id, ad.ad_set.id)]
    return {ad.id for ad in ads} | {ad.ad_set.id for ad in ads}


def _instant(call: Call, name: str) -> datetime | None:
    """A moment as clients send it: seconds since 1970, an ISO instant, or a day of the account."""
    value = parsed(call.params, name)
    if value is None:
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(str(value))
        if found.tzinfo is None:
            found = found.replace(tzinfo=call.own.zone)
        is_day = name == "until" and len(str(value)) == len("2026-03-01")
        return found + timedelta(days=1) - timedelta(microseconds=1) if is_day else found
    except (ValueError, OverflowError, OSError):
        raise bad_param(name, f"must be a time: seconds since 1970 or YYYY-MM-DD, got {value!r}") from None


def _in_category(one: Activity, category: Any) -> bool:
    return not category or any(part in one.event_type for part in CATEGORIES[str(category)])


def _row(call: Call, one: Activity) -> dict[str, Any]:
    known = call.state.credentials
    local = call.own.local(one.at)
    return {
        "actor_id": known.user_id if "system user" in one.actor_name else "0",
        "actor_name": one.actor_name,
        "application_id": known.app_id,
        "application_name": "Caudal emulator",
        "date_time_in_timezone": f"{local.month}/{local.day}/{local.year} at {local.strftime('%I:%M %p').lstrip('0')}",
        "event_time": instant(one.at, call.own),
        "event_type": one.event_type,
        "translated_event_type": TRANSLATED.get(one.event_type, one.event_type.replace("_", " ").capitalize()),
        "object_id": one.object_id,
        "object_name": one.object_name,
        "object_type": OBJECT_TYPES.get(one.object_type, one.object_type),
        **({"extra_data": json.dumps(one.extra)} if one.extra else {}),
    }


ROUTES: Routes = {("GET", f"{kind}/activities"): _list for kind in ("account", "adset", "campaign", "ad")}

"""Datasets (pixels): listing, making, changing, sharing, and what they have received (Meta: "Ads Pixel").

An account may have several (assumption: the limit of one belongs to accounts without a business).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulator.graph_api.account import Account
from simulator.graph_api.call import Call, Routes
from simulator.graph_api.edges import list_accounts
from simulator.graph_api.errors import bad_param, unknown_object
from simulator.graph_api.events.datasets import accounts_of, history, last_fired_at, make
from simulator.graph_api.events.statistics import AGGREGATIONS, rows
from simulator.graph_api.events.store import events_of, first_kept
from simulator.graph_api.params import names, parsed, truth
from simulator.graph_api.record_calls import (
    created,
    created_time,
    listed,
    merge,
    missing,
    name_of,
    one_of,
    read,
    rows_page,
    told,
    words,
)
from simulator.graph_api.records import Record, RecordKind

STATS_DAYS = timedelta(days=7)
LONGEST_STATS = timedelta(days=90)
SOURCES = {"WEB_ONLY": False, "SERVER_ONLY": True}
TASKS = ("AA_ANALYZE", "ADVERTISE", "ANALYZE", "EDIT", "UPLOAD")
SETTINGS = {
    "data_use_setting": ("ADVERTISING_AND_ANALYTICS", "ANALYTICS_ONLY", "EMPTY"),
    "first_party_cookie_status": ("EMPTY", "FIRST_PARTY_COOKIE_DISABLED", "FIRST_PARTY_COOKIE_ENABLED"),
}
MATCHING = words("country ct db em external_id fn ge ln ph st zp")


def _last_fired(pixel: Record) -> str | None:
    at = last_fired_at(pixel)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S%z") if at else None


def _code(pixel: Record) -> str:
    return (
        "<!-- Meta Pixel Code --><script>fbq('init', '" + pixel.id + "');fbq('track', 'PageView');</script>"
        "<!-- End Meta Pixel Code -->"
    )


def _event_time(edge: Callable[[Iterable[float]], float]) -> Callable[[Record], int | None]:
    """Unix time of the first or the last event that servers have sent."""

    def shown(pixel: Record) -> int | None:
        found = [event.at.timestamp() for event in events_of(pixel)]
        return int(edge(found)) if found else None

    return shown


PIXEL = RecordKind(
    name="pixel",
    title="AdsPixel",
    known=words(
        """
        automatic_matching_fields can_proxy code config creation_time creator data_use_setting description
        duplicate_entries enable_auto_assign_to_accounts enable_automatic_matching event_stats event_time_max
        event_time_min first_party_cookie_status has_1p_pixel_event id is_consolidated_container
        is_created_by_business is_crm is_mta_use is_restricted_use is_unavailable last_fired_time last_upload_app
        last_upload_app_changed_time match_rate_approx matched_entries name owner_ad_account owner_business usage
        user_access_expire_time valid_entries
        """
    ),
    shown={
        "creation_time": created_time,
        "last_fired_time": _last_fired,
        "code": _code,
        "event_time_min": _event_time(min),
        "event_time_max": _event_time(max),
        "valid_entries": lambda pixel: len(events_of(pixel)),
        "duplicate_entries": lambda pixel: len(events_of(pixel)) - len(first_kept(events_of(pixel))),
    },
)


def _of_account(call: Call) -> Any:
    return listed(call, (pixel for pixel in call.state.records_of("pixel") if call.own in accounts_of(pixel)))


def _of_business(call: Call) -> Any:
    wanted = str(parsed(call.params, "name_filter", "")).lower()
    pixels = call.state.records_of("pixel")
    return listed(call, (pixel for pixel in pixels if wanted in pixel.values["name"].lower()))


def _create(call: Call) -> Any:
    name = name_of(told(call)) or ""
    return created(call, make(call.state, name, call.account, is_crm=truth(call.params, "is_crm")))


def _update(call: Call) -> Any:
    asked: dict[str, Any] = told(call)
    values: dict[str, Any] = {}
    if name := name_of(asked, required=False):
        values["name"] = name
    for setting, known in SETTINGS.items():
        if setting in asked:
            values[setting] = one_of(asked[setting], setting, known)
    if "enable_automatic_matching" in asked:
        values["enable_automatic_matching"] = truth(call.params, "enable_automatic_matching")
    if "automatic_matching_fields" in asked:
        fields = names(call.params, "automatic_matching_fields")
        values["automatic_matching_fields"] = [one_of(name, "automatic_matching_fields", MATCHING) for name in fields]
    return merge(call, values)


def _stats(call: Call) -> Any:
    asked = call.params
    aggregation = one_of(parsed(asked, "aggregation", "event"), "aggregation", AGGREGATIONS)
    zone = accounts_of(call.found)[0].zone if accounts_of(call.found) else ZoneInfo("UTC")
    until = _instant(asked, "end_time", zone) or call.state.now
    since = _instant(asked, "start_time", zone) or until - STATS_DAYS
    if not timedelta() < until - since <= LONGEST_STATS:
        raise bad_param("start_time", f"must lie before end_time, by at most {LONGEST_STATS.days} days")
    found = history(call.found, since, until, call.state.now)
    if event := asked.get("event"):
        found = [one for one in found if one.name == event]
    if source := asked.get("event_source"):
        from_server = SOURCES[one_of(source, "event_source", SOURCES)]
        found = [one for one in found if (one.server is not None) == from_server]
    return rows_page(call, rows(aggregation, found, since, zone))


def _instant(asked: dict[str, Any], name: str, zone: ZoneInfo) -> datetime | None:
    """A Unix time in seconds, an ISO instant, or a day that begins at midnight of the dataset's account."""
    value = parsed(asked, name)
    if value is None:
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise bad_param(name, f"must be a Unix time in seconds or an ISO instant, got {value!r}") from None
    if found.tzinfo:
        return found
    return found.replace(tzinfo=zone) if found.time() != time() else datetime.combine(found.date(), time(), zone)


def _checks(call: Call) -> Any:
    """Is the dataset fit for catalogue ads? Two of Meta's checks: that it fires, and that purchases name contents."""
    now = call.state.now
    found = history(call.found, now - STATS_DAYS, now, now)
    purchases = [one for one in found if one.server and one.name == "Purchase"]
    named = all(one.server and one.server.custom.get("contents") for one in purchases)
    return rows_page(
        call,
        [
            _check("pixel_missing_events", "Events are received", bool(found)),
            _check("pixel_missing_contents", "Purchases from servers name their contents", named),
        ],
    )


def _check(key: str, title: str, passed: bool) -> dict[str, Any]:
    said = "This is as it should be." if passed else "Send these events, see the Conversions API."
    result = "passed" if passed else "failed"
    return {"key": key, "title": title, "description": f"{title}.", "result": result, "user_message": said}


def _shared(call: Call) -> Any:
    return list_accounts(call.request, accounts_of(call.found), call.state.credentials)


def _named_account(call: Call) -> Account:
    number = parsed(call.params, "account_id")
    if number is None:
        raise missing("account_id")
    account = call.state.account(f"act_{str(number).removeprefix('act_')}")
    if account is None:
        raise unknown_object(call.request.method, str(number))
    return account


def _share(call: Call) -> Any:
    account = _named_account(call)
    if account not in accounts_of(call.found):
        accounts_of(call.found).append(account)
        call.changed()
    return {"success": True}


def _unshare(call: Call) -> Any:
    account = _named_account(call)
    if account in accounts_of(call.found):
        accounts_of(call.found).remove(account)
        call.changed()
    return {"success": True}


def _users(call: Call) -> Any:
    rows = [{"id": user, "name": "System user", "tasks": tasks} for user, tasks in _assigned(call.found).items()]
    return rows_page(call, rows)


def _assigned(pixel: Record) -> dict[str, list[str]]:
    found: dict[str, list[str]] = pixel.hidden.setdefault("users", {})
    return found


def _assign(call: Call) -> Any:
    user = parsed(call.params, "user")
    if user is None:
        raise missing("user")
    tasks = [one_of(task, "tasks", TASKS) for task in names(call.params, "tasks")]
    if not tasks:
        raise missing("tasks")
    _assigned(call.found)[str(user)] = tasks
    call.changed()
    return {"success": True}


KINDS = (PIXEL,)
ROUTES: Routes = {
    ("GET", "account/adspixels"): _of_account,
    ("POST", "account/adspixels"): _create,
    **{("GET", f"business/{edge}"): _of_business for edge in ("adspixels", "owned_pixels")},
    ("GET", "business/client_pixels"): lambda call: listed(call, ()),
    ("POST", "business/adspixels"): _create,
    ("GET", "pixel"): read,
    ("POST", "pixel"): _update,
    ("GET", "pixel/stats"): _stats,
    ("GET", "pixel/da_checks"): _checks,
    **{("GET", f"pixel/{edge}"): _shared for edge in ("shared_accounts", "adaccounts")},
    ("POST", "pixel/shared_accounts"): _share,
    ("DELETE", "pixel/shared_accounts"): _unshare,
    **{("GET", f"pixel/{edge}"): (lambda call: rows_page(call, ())) for edge in ("agencies", "shared_agencies")},
    ("GET", "pixel/assigned_users"): _users,
    ("POST", "pixel/assigned_users"): _assign,
}

"""Custom conversions: events of a dataset that a rule picks out (Meta: "Custom Conversion")."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import bad_param, known
from simulator.graph_api.events.checks import ACTION_SOURCES, amount
from simulator.graph_api.events.conversion_rules import meets, read_rule
from simulator.graph_api.events.datasets import history
from simulator.graph_api.events.statistics import Happened, rows
from simulator.graph_api.params import parsed
from simulator.graph_api.record_calls import (
    account_number,
    created,
    created_time,
    delete,
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

MOST = 100
LONGEST_NAME = 50
STATS_DAYS = timedelta(days=7)
EVENT_TYPES = words(
    "ADD_PAYMENT_INFO ADD_TO_CART ADD_TO_WISHLIST COMPLETE_REGISTRATION CONTACT CONTENT_VIEW CUSTOMIZE_PRODUCT DONATE "
    "FACEBOOK_SELECTED FIND_LOCATION INITIATED_CHECKOUT LEAD LISTING_INTERACTION OTHER PURCHASE SCHEDULE SEARCH "
    "START_TRIAL SUBMIT_APPLICATION SUBSCRIBE"
)
AGGREGATIONS = {
    "count": "event",
    "device_type": "device_type",
    "host": "host",
    "url": "url",
    "pixel_fire": "pixel_fire",
}
"""Statistics that are counted here, and what they are called for a dataset; amounts in dollars are not offered."""


def _fired(edge: Callable[..., datetime]) -> Callable[[Record], str | None]:
    """When the first or the last event came that the rule means, of the last seven days."""

    def shown(record: Record) -> str | None:
        found = [one.at for one in record.hidden["events"]()]
        return edge(found).strftime("%Y-%m-%dT%H:%M:%S%z") if found else None

    return shown


CONVERSION = RecordKind(
    name="custom_conversion",
    title="CustomConversion",
    known=words(
        """
        account_id aggregation_rule business creation_time custom_event_type data_sources default_conversion_value
        description event_source_type first_fired_time id is_archived is_unavailable last_fired_time name
        offline_conversion_data_set pixel retention_days rule action_source_type advanced_rule event_source_id
        custom_conversion_id
        """
    ),
    shown={
        "account_id": account_number,
        "creation_time": created_time,
        "first_fired_time": _fired(min),
        "last_fired_time": _fired(max),
    },
)


def _create(call: Call) -> Any:
    asked = told(call)
    source = str(asked.get("event_source_id") or "")
    if not source:
        raise missing("event_source_id")
    pixel = call.state.record(source)
    if pixel is None or pixel.kind != "pixel":
        raise bad_param("event_source_id", f"is no dataset of yours: {source}")
    rule = asked.get("rule") if asked.get("rule") is not None else asked.get("advanced_rule")
    if rule is None:
        raise missing("rule")
    checked = read_rule(rule)
    values = {
        "name": name_of(asked, longest=LONGEST_NAME),
        "rule": json.dumps(checked, separators=(",", ":")),
        "custom_event_type": one_of(asked.get("custom_event_type", "OTHER"), "custom_event_type", EVENT_TYPES),
        "pixel": {"id": pixel.id},
        "data_sources": [{"id": pixel.id, "source_type": "PIXEL", "name": pixel.values["name"]}],
        "event_source_type": "pixel",
        "is_archived": False,
        "is_unavailable": False,
        "retention_days": 0,
        **_changeable(asked),
    }
    if asked.get("action_source_type") is not None:
        values["action_source_type"] = one_of(asked["action_source_type"], "action_source_type", ACTION_SOURCES)
    if len(call.state.records_of("custom_conversion", call.own)) >= MOST:
        raise known(100, message=f"(#100) This account has {MOST} custom conversions, which is as many as it may have")
    made = call.state.add_record("custom_conversion", call.own, values)
    made.hidden["rule"], made.hidden["pixel"] = checked, pixel
    made.hidden["events"] = lambda: _meant(made, call.state.now - STATS_DAYS, call.state.now, call.state.now)
    return created(call, made)


def _changeable(asked: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if asked.get("description") is not None:
        found["description"] = str(asked["description"])
    if asked.get("default_conversion_value") is not None:
        value = amount(asked["default_conversion_value"])
        if value is None or value < 0:
            raise bad_param("default_conversion_value", "must be a number of at least 0")
        found["default_conversion_value"] = value
    return found


def _update(call: Call) -> Any:
    asked = told(call)
    for fixed in ("rule", "advanced_rule", "event_source_id", "custom_event_type"):
        if fixed in asked:
            raise bad_param(fixed, "cannot be changed; make another custom conversion")
    name = name_of(asked, longest=LONGEST_NAME, required=False)
    return merge(call, {**_changeable(asked), **({"name": name} if name else {})})


def _meant(record: Record, since: datetime, until: datetime, now: datetime) -> list[Happened]:
    """Events of a time that the rule means."""
    return [one for one in history(record.hidden["pixel"], since, until, now) if meets(record.hidden["rule"], one)]


def _stats(call: Call) -> Any:
    aggregation = one_of(parsed(call.params, "aggregation", "count"), "aggregation", AGGREGATIONS)
    until = call.state.now
    since = until - STATS_DAYS
    found = rows(AGGREGATIONS[aggregation], _meant(call.found, since, until, until), since, call.own.zone)
    shown = [{"timestamp": row["start_time"], "aggregation": aggregation, "data": row["data"]} for row in found]
    return rows_page(call, shown)


KINDS = (CONVERSION,)
ROUTES: Routes = {
    ("GET", "account/customconversions"): lambda call: listed(
        call, call.state.records_of("custom_conversion", call.own)
    ),
    ("POST", "account/customconversions"): _create,
    ("GET", "custom_conversion"): read,
    ("POST", "custom_conversion"): _update,
    ("DELETE", "custom_conversion"): delete,
    ("GET", "custom_conversion/stats"): _stats,
}

"""Budget schedules, "high demand periods": more budget for a window (Meta: "Budget Scheduling", "High Demand Period").

An ABSOLUTE value is minor units a day on top, a MULTIPLIER times the budget. Windows of whole quarter hours, at least
three hours long, without overlap, fifty an object, of one type (Meta Business Help Center, "About budget scheduling").
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import bad_param, not_offered, unknown_object
from simulator.graph_api.nodes import show
from simulator.graph_api.params import integer, parsed
from simulator.graph_api.record_calls import created, listed, missing, moment, one_of, only_validates, read, words
from simulator.graph_api.records import Record, RecordKind
from simulator.graph_api.schedules import Schedule
from simulator.graph_api.tree import Node

KIND = "high_demand_period"
TYPES = ("ABSOLUTE", "MULTIPLIER")
QUARTER_SECONDS = 900
SHORTEST = timedelta(hours=3)
MOST = 50
LARGEST = 8
"""Times the daily budget that a day may reach with its schedules."""
KNOWN = words(" ad_object_id budget_value budget_value_type id recurrence_type time_end time_start weekly_schedule")


def _create(call: Call) -> Any:
    node = _node(call)
    kind = one_of(call.params.get("budget_value_type"), "budget_value_type", TYPES)
    if call.params.get("recurrence_type", "ONE_TIME") != "ONE_TIME":
        raise not_offered("a budget schedule that recurs (make one for each window)")
    value = parsed(call.params, "budget_value")
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise bad_param("budget_value", "must be a positive number")
    starts_at, ends_at = _moment(call, "time_start"), _moment(call, "time_end")
    if ends_at - starts_at < SHORTEST:
        raise bad_param("time_end", "must be at least 3 hours after time_start")
    if ends_at <= call.state.now:
        raise bad_param("time_end", "must be in the future")
    _check_size(call, node, kind, value)
    _check_others(call, kind, starts_at, ends_at)
    if only_validates(call):
        return {"success": True}
    values = {"ad_object_id": node.id, "budget_value": value, "budget_value_type": kind, "recurrence_type": "ONE_TIME"}
    record = call.state.add_record(KIND, call.own, values)
    record.hidden.update(starts_at=starts_at, ends_at=ends_at)
    call.own.scheduled_budget(
        record.id, Schedule(node, starts_at, ends_at, float(value), "ABSOLUTE" if kind == "ABSOLUTE" else "MULTIPLIER")
    )
    call.own.note(_event(call), node, new_value=f"{kind} {value}")
    return created(call, record)


def _node(call: Call) -> Node:
    if call.node is None:
        raise unknown_object(call.request.method, call.object_id)
    return call.node


def _event(call: Call) -> str:
    group = "_group" if call.kind == "campaign" else ""
    return f"update_campaign{group}_high_demand_periods"


def _moment(call: Call, name: str) -> datetime:
    seconds = integer(call.params, name)
    if seconds is None:
        raise missing(name)
    if seconds % QUARTER_SECONDS or not 0 < seconds < 2**33:
        raise bad_param(name, "must be seconds since 1970 at a quarter of an hour")
    return datetime.fromtimestamp(seconds, UTC)


def _check_size(call: Call, node: Node, kind: str, value: float) -> None:
    budget = int(show(node, call.own, ("daily_budget",), call.state.credentials).get("daily_budget") or 0)
    if not budget:
        raise bad_param("budget_value", f"cannot be set: this {call.kind} has no daily budget of its own")
    if (value if kind == "MULTIPLIER" else 1 + value / budget) > LARGEST:
        raise bad_param("budget_value", f"must not raise the daily budget to more than {LARGEST} times itself")


def _check_others(call: Call, kind: str, starts_at: datetime, ends_at: datetime) -> None:
    others = _of(call)
    if len(others) >= MOST:
        raise bad_param("time_start", f"is one too many: a {call.kind} has at most {MOST} budget schedules")
    for other in others:
        if other.values["budget_value_type"] != kind:
            raise bad_param(
                "budget_value_type", f"must be {other.values['budget_value_type']}, as in its other schedules"
            )
        if starts_at < other.hidden["ends_at"] and other.hidden["starts_at"] < ends_at:
            raise bad_param("time_start", f"overlaps with budget schedule {other.id}")


def _of(call: Call) -> list[Record]:
    return [one for one in call.state.records_of(KIND, call.own) if one.values["ad_object_id"] == call.object_id]


def _delete(call: Call) -> Any:
    call.found.deleted = True
    call.own.scheduled_budget(call.found.id, None)
    call.changed()
    return {"success": True}


KINDS = (
    RecordKind(
        KIND,
        "HighDemandPeriod",
        KNOWN,
        shown={
            "time_start": lambda record: moment(record, record.hidden["starts_at"]),
            "time_end": lambda record: moment(record, record.hidden["ends_at"]),
        },
        default=("id", "ad_object_id", "budget_value", "budget_value_type", "time_start", "time_end"),
    ),
)

ROUTES: Routes = {
    **{("POST", f"{kind}/budget_schedules"): _create for kind in ("campaign", "adset")},
    **{("GET", f"{kind}/budget_schedules"): lambda call: listed(call, _of(call)) for kind in ("campaign", "adset")},
    ("GET", KIND): read,
    ("DELETE", KIND): _delete,
}

"""Saved audiences: a name for a targeting (Meta: "Saved Audience")."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.audiences.sizes import bounds, population
from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import bad_param
from simulator.graph_api.record_calls import (
    created,
    delete,
    listed,
    mapping,
    merge,
    missing,
    name_of,
    read,
    told,
    words,
)
from simulator.graph_api.records import Record, RecordKind


def _bounds(record: Record) -> tuple[int, int]:
    """People in the countries of the targeting; what else narrows it down is not counted (assumption)."""
    countries = mapping(record.values["targeting"], "geo_locations").get("countries") or ()
    return bounds(population(tuple(countries)))


def _account(record: Record) -> dict[str, str] | None:
    return {"id": record.account.id, "account_id": record.account.number} if record.account else None


SAVED = RecordKind(
    name="saved_audience",
    title="SavedAudience",
    known=words(
        """
        account approximate_count_lower_bound approximate_count_upper_bound delete_time description id name
        operation_status owner_business page_deletion_marked_delete_time permission_for_actions run_status
        sentence_lines targeting time_created time_updated
        """
    ),
    shown={
        "account": _account,
        "approximate_count_lower_bound": lambda record: _bounds(record)[0],
        "approximate_count_upper_bound": lambda record: _bounds(record)[1],
        "run_status": lambda _: "ACTIVE",
        "operation_status": lambda _: {"code": 200, "description": "Normal"},
        "time_created": lambda record: record.created_at.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "time_updated": lambda record: record.updated_at.strftime("%Y-%m-%dT%H:%M:%S%z"),
    },
)


def _values(asked: dict[str, Any], *, required: bool) -> dict[str, Any]:
    name = name_of(asked, required=required)
    targeting = mapping(asked, "targeting")
    if required and not targeting:
        raise missing("targeting")
    countries = mapping(targeting, "geo_locations").get("countries") or []
    if not isinstance(countries, list) or not all(isinstance(country, str) for country in countries):
        raise bad_param("targeting", "must have geo_locations.countries that are codes of countries")
    found = {"name": name, "targeting": targeting or None, "description": asked.get("description")}
    return {key: value for key, value in found.items() if value is not None}


def _create(call: Call) -> Any:
    values = _values(told(call), required=True)
    return created(call, call.state.add_record("saved_audience", call.own, values))


KINDS = (SAVED,)
ROUTES: Routes = {
    ("GET", "account/saved_audiences"): lambda call: listed(call, call.state.records_of("saved_audience", call.own)),
    ("POST", "account/saved_audiences"): _create,
    ("GET", "saved_audience"): read,
    ("POST", "saved_audience"): lambda call: merge(call, _values(told(call), required=False)),
    ("DELETE", "saved_audience"): delete,
}

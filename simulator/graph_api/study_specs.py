"""What an ad study may be made of: its times, its cells and its objectives (Meta: "Ad Study")."""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call
from simulator.graph_api.errors import bad_param, unknown_object
from simulator.graph_api.params import integer
from simulator.graph_api.record_calls import missing, name_of, one_of, rows_of

TYPES = (
    "BACKEND_AB_TESTING",
    "CONTINUOUS_LIFT_CONFIG",
    "CREATIVE_SPEND_ENFORCEMENT",
    "GEO_LIFT",
    "LIFT",
    "PORTFOLIO_OPTIMIZER",
    "SPLIT_TEST",
    "VERSION_CONTROL",
)
OBJECTIVES = (
    "BRAND",
    "BRANDLIFT",
    "CONVERSIONS",
    "FTL",
    "MAE",
    "MAI",
    "MPC_CONVERSION",
    "NONSALES",
    "PARTNER",
    "SALES",
    "TELCO",
)
TESTED = ("campaigns", "adsets", "ads", "adaccounts")
MOST_CELLS = 150
WHOLE = 100
LATEST_SECONDS = 4_102_444_800
"""The year 2100."""
TIMES = ("start_time", "end_time", "cooldown_start_time", "observation_end_time")


def study_times(call: Call, asked: dict[str, Any], before: dict[str, int]) -> dict[str, int]:
    """Checked seconds since 1970, by name; `before` are those that a study has already.

    Raises:
        GraphError: one is missing, or they are not in order, or the end has passed.
    """
    times = {**before, **{name: found for name in TIMES if (found := integer(asked, name)) is not None}}
    for name in ("start_time", "end_time"):
        if name not in times:
            raise missing(name)
    for name, seconds in times.items():
        if not 0 <= seconds < LATEST_SECONDS:
            raise bad_param(name, f"must be seconds since 1970, before 2100, got {seconds}")
    if times["end_time"] <= times["start_time"]:
        raise bad_param("end_time", "must be after start_time")
    if "end_time" in asked and times["end_time"] <= call.state.now.timestamp():
        raise bad_param("end_time", "must be in the future")
    if not times["start_time"] <= times.get("cooldown_start_time", times["start_time"]) <= times["end_time"]:
        raise bad_param("cooldown_start_time", "must lie between start_time and end_time")
    if times.get("observation_end_time", times["end_time"]) < times["end_time"]:
        raise bad_param("observation_end_time", "must not be before end_time")
    return times


def study_cells(call: Call, asked: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Checked cells; `tested` holds the ids of everything that a cell tests.

    Raises:
        GraphError: too few, more than 100 percent together, an object unknown or in two cells.
    """
    rows = rows_of(asked, "cells")
    fewest = 2 if kind == "SPLIT_TEST" else 1
    if not fewest <= len(rows) <= MOST_CELLS:
        raise bad_param("cells", f"must be {fewest} to {MOST_CELLS} cells for a {kind} study, got {len(rows)}")
    cells = [_cell(call, row, kind) for row in rows]
    if sum(cell["treatment_percentage"] + cell["control_percentage"] for cell in cells) > WHOLE:
        raise bad_param("cells", "must not take more than 100 percent of people together")
    tested = [i for cell in cells for i in cell["tested"]]
    if twice := sorted({i for i in tested if tested.count(i) > 1}):
        raise bad_param("cells", f"must not test one object twice: {', '.join(twice)}")
    return cells


def _cell(call: Call, row: dict[str, Any], kind: str) -> dict[str, Any]:
    shares = {}
    for name in ("treatment_percentage", "control_percentage"):
        shares[name] = integer(row, name, 0) or 0
        if not 0 <= shares[name] <= WHOLE:
            raise bad_param(f"cells[{name}]", "must be 0 to 100")
    if kind == "SPLIT_TEST" and not shares["treatment_percentage"]:
        raise bad_param("cells[treatment_percentage]", "must be at least 1 in a split test")
    tested = [_id_of(one).removeprefix("act_") for name in TESTED for one in _rows(row, name)]
    for object_id in tested:
        if call.state.find(object_id) is None and call.state.account(f"act_{object_id}") is None:
            raise unknown_object("GET", object_id)
    chosen = {name: [_id_of(one) for one in _rows(row, name)] for name in TESTED if row.get(name)}
    return {"name": name_of(row, required=False) or "Cell", **shares, "tested": tested, **chosen}


def _rows(row: dict[str, Any], name: str) -> list[Any]:
    found = row.get(name) or []
    if not isinstance(found, list):
        raise bad_param(f"cells[{name}]", "must be an array")
    return found


def _id_of(one: Any) -> str:
    return str(one.get("id") if isinstance(one, dict) else one)


def study_objectives(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Checked objectives; the first is the primary one unless they say otherwise."""
    rows = rows_of(asked, "objectives")
    return [
        {
            "name": name_of(row, required=False) or "Objective",
            "type": one_of(row.get("type", "CONVERSIONS"), "objectives[type]", OBJECTIVES),
            "is_primary": bool(row.get("is_primary", place == 0)),
        }
        for place, row in enumerate(rows)
    ]

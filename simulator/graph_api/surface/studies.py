"""Ad studies: split tests and lift studies over the business's campaigns and ad sets (Meta: "Ad Study").

A study is kept and shown; the people it divides are not told apart in the simulated world, so that its results stay
empty (`results` of an objective), which is what Meta answers before there are enough figures.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import GraphError, bad_param
from simulator.graph_api.record_calls import (
    created,
    delete,
    listed,
    name_of,
    one_of,
    only_validates,
    read,
    seen,
    told,
    words,
)
from simulator.graph_api.records import Record, RecordKind
from simulator.graph_api.study_specs import TIMES, TYPES, study_cells, study_objectives, study_times

STUDY, CELL, OBJECTIVE = "adstudy", "adstudy_cell", "adstudy_objective"
KNOWN = words(
    """
    business canceled_time cells client_business confidence_level cooldown_start_time created_by created_time
    creative_test_config description end_time id measurement_contact name objectives observation_end_time
    results_first_available_date sales_contact start_time type updated_by updated_time viewers
    """
)


def _create(call: Call) -> Any:
    asked = told(call)
    name = name_of(asked)
    kind = one_of(asked.get("type", "SPLIT_TEST"), "type", TYPES)
    times = study_times(call, asked, {})
    cells, objectives = study_cells(call, asked, kind), study_objectives(asked)
    if only_validates(call):
        return {"success": True}
    values = {"name": name, "type": kind, "description": asked.get("description")}
    study = call.state.add_record(STUDY, None, {**values, "business": _business(call)})
    study.hidden.update(times=times, cells=_added(call, CELL, cells), objectives=_added(call, OBJECTIVE, objectives))
    return created(call, study)


def _business(call: Call) -> dict[str, Any]:
    return {"id": call.state.credentials.business_id, "name": "Caudal emulator"}


def _added(call: Call, kind: str, rows: list[dict[str, Any]]) -> list[str]:
    return [call.state.add_record(kind, None, row).id for row in rows]


def _update(call: Call) -> Any:
    study, asked = call.found, told(call)
    _check_open(call, study)
    times = study_times(call, asked, study.hidden["times"])
    if "start_time" in asked and _begun(call, study) and times["start_time"] != study.hidden["times"]["start_time"]:
        raise bad_param("start_time", "cannot be changed after the study has begun")
    if "type" in asked and asked["type"] != study.values["type"]:
        raise bad_param("type", "cannot be changed")
    values = {name: asked[name] for name in ("description",) if name in asked}
    if "name" in asked:
        values["name"] = name_of(asked)
    cells = study_cells(call, asked, str(study.values["type"])) if "cells" in asked else None
    objectives = study_objectives(asked) if "objectives" in asked else None
    if only_validates(call):
        return {"success": True}
    study.values.update(values)
    study.hidden["times"] = times
    for key, kind, rows in (("cells", CELL, cells), ("objectives", OBJECTIVE, objectives)):
        if rows is not None:
            for old in study.hidden[key]:
                call.state.records[old].deleted = True
            study.hidden[key] = _added(call, kind, rows)
    study.updated_at = call.state.now
    call.changed()
    return {"success": True, "id": study.id}


def _check_open(call: Call, study: Record) -> None:
    if study.hidden["times"]["end_time"] <= call.state.now.timestamp():
        raise GraphError(
            100, "Invalid parameter", title="The study has ended", user_message="A study that has ended cannot change."
        )


def _begun(call: Call, study: Record) -> bool:
    return bool(study.hidden["times"]["start_time"] <= call.state.now.timestamp())


def _parts(key: str) -> Any:
    def handler(call: Call) -> Any:
        return listed(call, [call.state.records[i] for i in call.found.hidden[key]])

    return handler


def _of_business(call: Call) -> Any:
    return listed(call, call.state.records_of(STUDY))


def _of_object(call: Call) -> Any:
    """Studies one of whose cells tests the object."""
    own = call.object_id.removeprefix("act_")
    cells = {record.id for record in call.state.records_of(CELL) if own in record.values["tested"]}
    return listed(call, [s for s in call.state.records_of(STUDY) if cells.intersection(s.hidden["cells"])])


def _impacting(call: Call) -> Any:
    """Studies that test the account or anything in it."""
    cells = {
        record.id
        for record in call.state.records_of(CELL)
        if any(i == call.own.number or call.own.find(i) for i in record.values["tested"])
    }
    return listed(call, [s for s in call.state.records_of(STUDY) if cells.intersection(s.hidden["cells"])])


def _tested(call: Call) -> Any:
    found = (call.state.find(i) for i in call.found.values.get(call.edge, ()))
    return {"data": [{"id": pair[1].id} for pair in found if pair]}


def _instant(name: str) -> Any:
    def shown(record: Record) -> str | None:
        seconds = record.hidden.get("times", {}).get(name)
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S%z")

    return shown


def _stamp(attribute: str) -> Any:
    return lambda record: getattr(record, attribute).strftime("%Y-%m-%dT%H:%M:%S%z")


def _checkpoint(call: Call) -> Any:
    """Meta makes interim results public here; there are none to make."""
    return seen(call, call.found, ("id",))


KINDS = (
    RecordKind(
        STUDY,
        "AdStudy",
        KNOWN,
        shown={
            **{name: _instant(name) for name in TIMES},
            "created_time": _stamp("created_at"),
            "updated_time": _stamp("updated_at"),
        },
        default=("id", "name", "start_time", "end_time", "type"),
    ),
    RecordKind(
        CELL,
        "AdStudyCell",
        words("ad_entities_count ad_ids control_percentage exclusion_geo id name treatment_percentage"),
        shown={"ad_entities_count": lambda record: len(record.values["tested"])},
        default=("id", "name", "treatment_percentage", "control_percentage"),
    ),
    RecordKind(
        OBJECTIVE,
        "AdStudyObjective",
        words("id is_primary last_updated_results name results type"),
        shown={"results": lambda _: []},
        default=("id", "name", "type"),
    ),
)

ROUTES: Routes = {
    ("GET", "business/ad_studies"): _of_business,
    ("POST", "business/ad_studies"): _create,
    **{("GET", f"{kind}/ad_studies"): _of_object for kind in ("campaign", "adset", "account")},
    ("GET", "account/impacting_ad_studies"): _impacting,
    ("GET", STUDY): read,
    ("POST", STUDY): _update,
    ("DELETE", STUDY): delete,
    ("GET", f"{STUDY}/cells"): _parts("cells"),
    ("GET", f"{STUDY}/objectives"): _parts("objectives"),
    ("POST", f"{STUDY}/checkpoint"): _checkpoint,
    ("GET", CELL): read,
    ("GET", OBJECTIVE): read,
    **{("GET", f"{CELL}/{edge}"): _tested for edge in ("campaigns", "adsets", "ads")},
}

"""Ad labels, and which campaigns, ad sets, ads and creatives carry them (Meta: "Ad Label")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.call import Call, Routes
from simulator.graph_api.edges import list_nodes
from simulator.graph_api.errors import bad_param
from simulator.graph_api.params import parsed
from simulator.graph_api.record_calls import (
    created,
    created_time,
    delete,
    listed,
    merge,
    missing,
    name_of,
    only_validates,
    read,
    rows_of,
    seen,
    told,
    updated_time,
    words,
)
from simulator.graph_api.records import Record, RecordKind
from simulator.graph_api.tree import Level, Node

KIND = "adlabel"
LABELLED = "labelled"
EDGES: dict[str, Level] = {"campaigns": "campaign", "adsets": "adset", "ads": "ad"}


def _labels(account: Account, state_records: Iterable[Record], object_id: str) -> list[Record]:
    ours = (record for record in state_records if record.account is account)
    return [record for record in ours if object_id in record.hidden.setdefault(LABELLED, {})]


def _create(call: Call) -> Any:
    name = name_of(told(call))
    known = {record.values["name"]: record for record in call.state.records_of(KIND, call.own)}
    record = known.get(str(name)) or call.state.add_record(KIND, call.own, {"name": name})
    return created(call, record)


def _named(call: Call, *, new: bool = False) -> list[Record | str]:
    """The labels that a call names by id or by name; where there may be new ones, the names of those that are."""
    rows = rows_of({"adlabels": parsed(call.params, "adlabels")}, "adlabels")
    by_name = {record.values["name"]: record for record in call.state.records_of(KIND, call.own)}
    found: list[Record | str] = []
    for row in rows:
        record = call.state.record(str(row.get("id"))) if row.get("id") else by_name.get(str(row.get("name")))
        if record is None and row.get("name") and not row.get("id") and new:
            found.append(str(name_of(row)))
        elif record is None or record.kind != KIND or record.account is not call.own:
            raise bad_param("adlabels", f"names no label of this ad account: {row}")
        else:
            found.append(record)
    return found


def check_labels(call: Call) -> None:
    """Whether the labels in a write of a campaign, ad set or ad can be.

    Raises:
        GraphError: no array of objects with a name or an id, or an id that is no label of the account.
    """
    _named(call, new=True)


def label(call: Call, object_id: str, kind: str, *, instead: bool = False) -> None:
    """Attach the labels that a write names, made first where they are new; `instead` of those that are there."""
    named = _named(call, new=True)
    if instead:
        for record in call.state.records_of(KIND, call.own):
            record.hidden.setdefault(LABELLED, {}).pop(object_id, None)
    made: dict[str, Record] = {}
    for one in named:
        if isinstance(one, str):
            record = made.get(one) or call.state.add_record(KIND, call.own, {"name": one})
            made[one] = record
        else:
            record = one
        record.hidden.setdefault(LABELLED, {})[object_id] = kind


def _attach(call: Call) -> Any:
    if not _named(call, new=True):
        raise missing("adlabels")
    if not only_validates(call):
        label(call, call.object_id, call.kind)
        call.changed()
    return {"success": True, "id": call.object_id}


def _detach(call: Call) -> Any:
    named = _named(call)
    if not named:
        raise missing("adlabels")
    for record in named:
        if isinstance(record, Record):
            record.hidden.setdefault(LABELLED, {}).pop(call.object_id, None)
    call.changed()
    return {"success": True}


def _of_object(call: Call) -> Any:
    """The field `adlabels`: a plain list, and left out where there is none, as an edge without objects is."""
    found = _labels(call.own, call.state.records_of(KIND), call.object_id)
    return [seen(call, record, ("id", "name")) for record in found] or {"data": []}


def _carriers(call: Call) -> Any:
    """Objects of a level that carry the label."""
    nodes = [call.own.find(i) for i in call.found.hidden.get(LABELLED, {})]
    level = EDGES[call.edge]
    chosen: list[Node] = [node for node in call.own.level(level) if node in nodes]
    return list_nodes(call.request, call.own, chosen, call.state.credentials)


def _creatives(call: Call) -> Any:
    found = (call.state.record(i) for i, kind in call.found.hidden.get(LABELLED, {}).items() if kind == "creative")
    return listed(call, [record for record in found if record])


def _update(call: Call) -> Any:
    return merge(call, {"name": name_of(told(call))})


KINDS = (
    RecordKind(
        KIND,
        "AdLabel",
        words(" account created_time id name updated_time"),
        shown={
            "created_time": created_time,
            "updated_time": updated_time,
            "account": lambda record: (
                {"id": record.account.id, "account_id": record.account.number} if record.account else None
            ),
        },
        default=("id", "name"),
    ),
)

ROUTES: Routes = {
    ("GET", "account/adlabels"): lambda call: listed(call, call.state.records_of(KIND, call.own)),
    ("POST", "account/adlabels"): _create,
    ("GET", KIND): read,
    ("POST", KIND): _update,
    ("DELETE", KIND): delete,
    **{("GET", f"{KIND}/{edge}"): _carriers for edge in EDGES},
    ("GET", f"{KIND}/adcreatives"): _creatives,
    **{("GET", f"{kind}/adlabels"): _of_object for kind in ("campaign", "adset", "ad", "creative")},
    **{("POST", f"{kind}/adlabels"): _attach for kind in ("campaign", "adset", "ad", "creative")},
    **{("DELETE", f"{kind}/adlabels"): _detach for kind in ("campaign", "adset", "ad", "creative")},
}

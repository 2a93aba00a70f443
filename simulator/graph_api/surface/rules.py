"""Ad rules: the library, what each has done, what each would do (Meta: "Ad Rules Engine")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import unknown_object
from simulator.graph_api.params import parsed, truth
from simulator.graph_api.record_calls import (
    account_number,
    created,
    created_time,
    delete,
    listed,
    merge,
    name_of,
    one_of,
    only_validates,
    read,
    rows_page,
    told,
    updated_time,
    words,
)
from simulator.graph_api.records import Record, RecordKind
from simulator.graph_api.rule_engine import KIND, arm, governs, passing, run
from simulator.graph_api.rule_specs import read_plan
from simulator.graph_api.tree import level_of

SPECS = ("evaluation_spec", "execution_spec", "schedule_spec")
STATUSES = ("ENABLED", "DISABLED", "DELETED")
KNOWN = words(
    """
    account_id created_by created_time disable_error_code evaluation_spec execution_spec id name
    recommended_rule_key schedule_spec status ui_creation_source updated_time
    """
)
HISTORY = ("results", "timestamp", "is_manual")
"""What a line of history shows without being asked; specifications on request."""


def _create(call: Call) -> Any:
    asked = told(call)
    values = {"name": name_of(asked), "status": one_of(asked.get("status", "ENABLED"), "status", STATUSES[:2])}
    values |= {name: asked[name] for name in SPECS if asked.get(name) is not None}
    plan = read_plan(call.own, values)
    if only_validates(call):
        return {"success": True}
    creator = {"id": call.state.credentials.user_id, "name": "Caudal emulator system user"}
    rule = call.state.add_record(KIND, call.own, {**values, "created_by": creator})
    rule.hidden["plan"] = plan
    arm(call.state, rule)
    return created(call, rule)


def _update(call: Call) -> Any:
    asked = told(call)
    values = {name: asked[name] for name in SPECS if asked.get(name) is not None}
    if "name" in asked:
        values["name"] = name_of(asked)
    if "status" in asked:
        values["status"] = one_of(asked["status"], "status", STATUSES)
    plan = read_plan(call.own, {**call.found.values, **values})
    if values.get("status") == "DELETED":
        return delete(call)
    body = merge(call, values)
    if not only_validates(call):
        call.found.hidden["plan"] = plan
        arm(call.state, call.found)
    return body


def _lines(call: Call, rules: Iterable[Record], *, named: bool) -> Any:
    """History, newest first, narrowed by object_id, action and hide_no_changes."""
    rows = [
        {**entry, **({"rule_id": rule.id} if named else {}), "results": results}
        for rule in rules
        for entry in rule.hidden.get("history", ())
        if (results := _narrowed(call, entry["results"])) or _everything(call)
    ]
    rows.sort(key=lambda row: row["timestamp"], reverse=True)
    if not call.request.params.get("fields"):
        shown = {*HISTORY, "rule_id"}
        rows = [{name: value for name, value in row.items() if name in shown} for row in rows]
    return rows_page(call, rows)


def _everything(call: Call) -> bool:
    narrowed = any(call.params.get(name) for name in ("object_id", "action"))
    return not narrowed and not truth(call.params, "hide_no_changes")


def _narrowed(call: Call, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted, action, hide = (
        call.params.get("object_id"),
        call.params.get("action"),
        truth(call.params, "hide_no_changes"),
    )
    return [
        result
        for result in results
        if (not wanted or result["object_id"] == str(wanted))
        and (not action or any(one["action"] == action for one in result["actions"]))
        and (not hide or any(one["action"] not in ("NOT_CHANGED", "ERROR") for one in result["actions"]))
    ]


def _execute(call: Call) -> Any:
    run(call.state, call.found, manual=True)
    call.changed()
    return {"success": True}


def _preview(call: Call) -> Any:
    """Objects that pass the rule's filters now; nothing is done to them."""
    found = passing(call.state, call.own, call.found)
    return rows_page(call, [{"object_id": node.id, "object_type": level_of(node).upper()} for node in found])


def _governed(call: Call) -> Any:
    if call.node is None:
        raise unknown_object(call.request.method, call.object_id)
    rules = [rule for rule in call.state.records_of(KIND, call.own) if governs(rule.hidden["plan"], call.node)]
    wanted = parsed(call.params, "pass_evaluation")
    if wanted is not None:
        ok = wanted in (True, 1)
        rules = [r for r in rules if (call.node in passing(call.state, call.own, r)) == ok]
    return listed(call, rules)


def _of_account(call: Call) -> list[Record]:
    return call.state.records_of(KIND, call.own)


KINDS = (
    RecordKind(
        KIND,
        "AdRule",
        KNOWN,
        shown={"account_id": account_number, "created_time": created_time, "updated_time": updated_time},
        default=("id", "name"),
    ),
)

ROUTES: Routes = {
    ("GET", "account/adrules_library"): lambda call: listed(call, _of_account(call)),
    ("POST", "account/adrules_library"): _create,
    ("GET", "account/adrules_history"): lambda call: _lines(call, _of_account(call), named=True),
    ("GET", KIND): read,
    ("POST", KIND): _update,
    ("DELETE", KIND): delete,
    ("GET", f"{KIND}/history"): lambda call: _lines(call, [call.found], named=False),
    ("POST", f"{KIND}/execute"): _execute,
    ("POST", f"{KIND}/preview"): _preview,
    **{("GET", f"{kind}/adrules_governed"): _governed for kind in ("campaign", "adset", "ad")},
}

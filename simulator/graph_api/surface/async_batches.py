"""Many writes handed in at once and read about later (Meta: "Asynchronous and batch requests").

Here they are all done, in their order, when they are handed in; the first poll finds the set complete (assumption:
Meta's takes minutes). Each is answered as if it had come alone, with the token of whoever handed the set in.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from simulator.graph_api.batch import MOST as AT_ONCE
from simulator.graph_api.batch import run_batch
from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import bad_param
from simulator.graph_api.messages import OUTCOMES, PROTOCOL_PARAMS
from simulator.graph_api.params import parsed
from simulator.graph_api.record_calls import (
    created,
    created_time,
    listed,
    name_of,
    one_of,
    read,
    rows_of,
    told,
    updated_time,
    words,
)
from simulator.graph_api.records import Record, RecordKind
from simulator.graph_api.routing import answer, repeat

SET, REQUEST = "async_request_set", "async_request"
MOST = 1000
OK = 200
STATUSES = ("ERROR", "SUCCESS", "INITIAL", "IN_PROGRESS", "CANCELED")
KNOWN = words(
    """
    canceled_count created_time error_count id in_progress_count initial_count is_completed name notification_mode
    notification_result notification_status notification_uri owner_id success_count total_count updated_time
    """
)


def _create(call: Call) -> Any:
    return _done(call, "adbatch", rows_of(told(call), "adbatch"))


def _create_ads(call: Call) -> Any:
    """Each of `ad_specs` is what `act_<id>/ads` takes (Meta: "Asynchronous and batch requests")."""
    path = f"{call.own.id}/ads"
    specs = rows_of({"ad_specs": parsed(call.params, "ad_specs")}, "ad_specs")
    texts = [{name: v if isinstance(v, str) else json.dumps(v) for name, v in spec.items()} for spec in specs]
    return _done(
        call, "ad_specs", [{"name": one.get("name"), "relative_url": path, "body": urlencode(one)} for one in texts]
    )


def _done(call: Call, parameter: str, operations: list[dict[str, Any]]) -> Any:
    """A set of operations, done in their order."""
    name = name_of(told(call))
    if not 0 < len(operations) <= MOST:
        raise bad_param(parameter, f"must hold 1 to {MOST} operations, got {len(operations)}")
    record = call.state.add_record(SET, call.own, {"name": name, "notification_mode": "OFF"})
    known = len(call.state.mutations)
    answers = _answers(call, operations)
    kept = [_kept(call, *pair) for pair in zip(operations, answers, strict=True)]
    record.hidden.update(requests=[one.id for one in kept], outcomes=[one.values["status"] for one in kept])
    del call.state.mutations[known:]  # what is written down is the set, and how each operation ended
    return created(
        replace(call, request=replace(call.request, params={**call.request.params, OUTCOMES: answers})), record
    )


def _answers(call: Call, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Code and body of each operation, fifty at a time; of a set that is repeated, those that it had."""
    manners = {name: value for name, value in call.request.params.items() if name in PROTOCOL_PARAMS - {"method"}}
    singles = [
        {"method": "POST", "relative_url": row.get("relative_url"), "body": row.get("body")} for row in operations
    ]
    if had := call.params.get(OUTCOMES):
        for one in (one for one, answered in zip(singles, had, strict=True) if answered["code"] == OK):
            run_batch(call.state, replace(call.request, params={"batch": [one]}), repeat)
        return list(had)
    found: list[dict[str, Any]] = []
    for start in range(0, len(singles), AT_ONCE):
        request = replace(call.request, params={**manners, "batch": singles[start : start + AT_ONCE]})
        found += run_batch(call.state, request, answer)
    return [{"code": one["code"], "body": one["body"]} for one in found]


def _kept(call: Call, operation: dict[str, Any], reply: dict[str, Any]) -> Record:
    body = json.loads(reply["body"])
    values = {
        "name": operation.get("name"),
        "status": "SUCCESS" if reply["code"] == OK else "ERROR",
        "type": "BATCH_API",
        "result": body if reply["code"] == OK else body["error"],
    }
    return call.state.add_record(REQUEST, call.own, values)


def _requests(call: Call) -> Any:
    wanted = call.params.get("statuses") or call.params.get("status")
    if wanted:
        one_of(str(wanted).upper(), "status", STATUSES)
    found = [call.state.records[i] for i in call.found.hidden["requests"]]
    return listed(call, [one for one in found if not wanted or one.values["status"] == str(wanted).upper()])


def _count(status: str) -> Any:
    return lambda record: sum(state == status for state in record.hidden["outcomes"])


def _sets(call: Call) -> Any:
    return listed(call, call.state.records_of(SET, call.own))


def _owner(record: Record) -> str | None:
    return record.account.number if record.account else None


KINDS = (
    RecordKind(
        SET,
        "AdAsyncRequestSet",
        KNOWN,
        shown={
            "created_time": created_time,
            "updated_time": updated_time,
            "owner_id": _owner,
            "is_completed": lambda _: True,
            "total_count": lambda record: len(record.hidden["requests"]),
            "success_count": _count("SUCCESS"),
            "error_count": _count("ERROR"),
            **{name: lambda _: 0 for name in ("initial_count", "in_progress_count", "canceled_count")},
        },
        default=("id", "name", "is_completed"),
    ),
    RecordKind(
        REQUEST,
        "AsyncRequest",
        words("id result status type name"),
        default=("id", "status", "result", "type"),
    ),
)

ROUTES: Routes = {
    ("POST", "account/async_batch_requests"): _create,
    ("POST", "account/asyncadrequestsets"): _create_ads,
    ("GET", "account/async_requests"): lambda call: listed(call, call.state.records_of(REQUEST, call.own)),
    ("GET", "account/asyncadrequestsets"): _sets,
    ("GET", SET): read,
    ("GET", f"{SET}/requests"): _requests,
    ("GET", REQUEST): read,
}

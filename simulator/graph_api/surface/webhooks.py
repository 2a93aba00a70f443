"""Webhooks: where an app wants to be told (Meta: "Webhooks: Getting Started"), and which ad accounts tell it.

Whether a callback address answered the handshake is found out before a request gets here (see `webhooks.handshake`) and
comes with it as one more parameter, so that the core asks nobody. Any token of the app may subscribe (assumption: Meta
asks for an app token).
"""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import bad_param, known
from simulator.graph_api.params import names, truth
from simulator.graph_api.records import Record
from simulator.graph_api.webhooks import HANDSHAKE, OBJECT, SHOOK
from simulator.graph_api.webhooks.events import FIELDS

SUBSCRIPTION, SUBSCRIBED_APP = "webhook_subscription", "subscribed_app"
VERSION = "v26.0"


def _subscribe(call: Call) -> Any:
    _check_object(call)
    params = call.params
    for name in ("callback_url", "verify_token"):
        if not params.get(name):
            raise bad_param(name, "is required")
    told = params.get(HANDSHAKE, "the handshake was not made: subscribe outside of a batch")
    if told != SHOOK:
        raise known(2200, reason=str(told))
    values = {
        "object": OBJECT,
        "callback_url": str(params["callback_url"]),
        "active": True,
        "fields": [{"name": name, "version": VERSION} for name in _fields(call) or FIELDS],
        "include_values": truth(params, "include_values"),
    }
    call.state.add_record(SUBSCRIPTION, None, values, object_id=f"{SUBSCRIPTION}:{OBJECT}")
    call.changed()
    return {"success": True}


def _unsubscribe(call: Call) -> Any:
    if call.params.get("object"):
        _check_object(call)
    gone = _fields(call)
    for record in call.state.records_of(SUBSCRIPTION):
        left = [field for field in record.values["fields"] if gone and field["name"] not in gone]
        record.values["fields"], record.deleted = left, not left
        call.changed()
    return {"success": True}


def _subscriptions(call: Call) -> Any:
    shown = ("object", "callback_url", "active", "fields")
    return {"data": [{name: found.values[name] for name in shown} for found in call.state.records_of(SUBSCRIPTION)]}


def _join(call: Call) -> Any:
    _check_app(call)
    if not _joined(call):
        values = {"name": "Caudal emulator"}
        call.state.add_record(SUBSCRIBED_APP, call.own, values, object_id=f"{SUBSCRIBED_APP}:{call.own.number}")
        call.changed()
    return {"success": True}


def _leave(call: Call) -> Any:
    _check_app(call)
    for record in _joined(call):
        record.deleted = True
        call.changed()
    return {"success": True}


def _apps(call: Call) -> Any:
    app_id = call.state.credentials.app_id
    return {"data": [{"id": app_id, "name": found.values["name"]} for found in _joined(call)]}


def _joined(call: Call) -> list[Record]:
    return call.state.records_of(SUBSCRIBED_APP, call.own)


def _check_object(call: Call) -> None:
    if call.params.get("object") != OBJECT:
        raise bad_param("object", f"must be one of {{{OBJECT}}} in this version of the emulator")


def _check_app(call: Call) -> None:
    if str(call.params.get("app_id") or call.state.credentials.app_id) != call.state.credentials.app_id:
        raise bad_param("app_id", "is not the app of this token")


def _fields(call: Call) -> tuple[str, ...]:
    found = names(call.params, "fields")
    for name in found:
        if name not in FIELDS:
            raise bad_param("fields", f"has no {name} for {OBJECT}; known: {', '.join(FIELDS)}")
    return found


ROUTES: Routes = {
    ("POST", "app/subscriptions"): _subscribe,
    ("GET", "app/subscriptions"): _subscriptions,
    ("DELETE", "app/subscriptions"): _unsubscribe,
    ("POST", "account/subscribed_apps"): _join,
    ("GET", "account/subscribed_apps"): _apps,
    ("DELETE", "account/subscribed_apps"): _leave,
}

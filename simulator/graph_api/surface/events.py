"""The Conversions API: events that a server sends to a dataset (Meta: "Conversions API: using the API").

All or nothing: one event that is not as it should be refuses the request, with its place in the error.
"""

from __future__ import annotations

from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import bad_param
from simulator.graph_api.events.checks import check_event
from simulator.graph_api.events.store import AS_RECEIVED, EVENT_TIMES, RESENT, events_of, received
from simulator.graph_api.params import parsed
from simulator.graph_api.record_calls import missing, one_of

MOST = 1000


def _receive(call: Call) -> Any:
    events = [parsed({"event": event}, "event") for event in _listed(call)]
    if not events:
        raise bad_param("data", "must have at least one event")
    if len(events) > MOST:
        raise bad_param("data", f"must have at most {MOST} events, got {len(events)}")
    now, code = call.state.now, call.params.get("test_event_code")
    any_time = call.found.hidden.get("event_time") == AS_RECEIVED
    times = [check_event(event, index, now, any_time=any_time) for index, event in enumerate(events)]
    kept = zip(events, times, strict=True)
    test = str(code) if code else None
    events_of(call.found).extend(received(event, at, now, test) for event, at in kept)
    call.changed()
    return {"events_received": len(events), "messages": [], "fbtrace_id": call.state.trace_id()}


def _listed(call: Call) -> list[Any]:
    """`data` as objects or as JSON texts, in a list or in the JSON text of one."""
    data = parsed(call.params, "data")
    if data is None:
        raise missing("data")
    if not isinstance(data, list):
        raise bad_param("data", "must be an array of events")
    return data


def _controls(call: Call) -> Any:
    """What no client of Meta can choose: whether an event that is sent again counts again, and whose clock rules."""
    settings = {"resent_events": RESENT, "event_time": EVENT_TIMES}
    chosen = {
        name: one_of(parsed(call.params, name), name, known) for name, known in settings.items() if name in call.params
    }
    if not chosen:
        raise missing(" or ".join(settings))
    call.found.hidden.update(chosen)
    call.changed()
    return {"success": True}


ROUTES: Routes = {
    ("POST", "pixel/events"): _receive,
    ("POST", "pixel/emulator_controls"): _controls,
}

"""The admin door's view of datasets and audiences: what a dataset has received, and what only the platform decides."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from simulator.graph_api.emulator import Emulator
from simulator.graph_api.errors import LATEST, EmulatorError
from simulator.graph_api.events.store import ServerEvent, counted, events_of
from simulator.graph_api.messages import Request
from simulator.graph_api.state import Platform

CONTROLS = "emulator_controls"
MOST = 10_000


def received(emulator: Emulator, params: Mapping[str, Any]) -> Any:
    """GET events: {"pixel_id", "after", "limit"}: events in order of receipt, each with whether it counts."""
    pixel_id = str(params.get("pixel_id") or emulator.state.credentials.pixel_id)
    try:
        after, limit = int(params.get("after", 0)), int(params.get("limit", MOST))
    except (TypeError, ValueError) as error:
        raise EmulatorError("after and limit must be whole numbers") from error
    return emulator.inside(partial(_events, pixel_id=pixel_id, after=max(0, after), limit=max(0, limit)))


def _events(state: Platform, *, pixel_id: str, after: int, limit: int) -> dict[str, Any]:
    pixel = state.record(pixel_id)
    if pixel is None or pixel.kind != "pixel":
        raise EmulatorError(f"there is no dataset {pixel_id}")
    counts = {id(event) for event in counted(pixel)}
    found = events_of(pixel)
    chosen = list(enumerate(found[after : after + limit], start=after + 1))
    return {"events": [_shown(n, event, counts=id(event) in counts) for n, event in chosen], "total": len(found)}


def _shown(n: int, event: ServerEvent, *, counts: bool) -> dict[str, Any]:
    return {
        "n": n,
        "received_at": event.received_at.isoformat(),
        "counted": counts,
        "match_keys": sorted(event.keys),
        "test_event_code": event.test_event_code,
        "event": dict(event.body),
    }


def control(emulator: Emulator, params: Mapping[str, Any]) -> Any:
    """POST controls: what only the platform decides; written into the state file as any change is.

    {"id": …} of an account with "terms_accepted", of an audience with "flagged", or of a dataset with "resent_events"
    (counted_twice or first_kept) or "event_time" (checked or as_received).
    """
    settings = {name: value for name, value in params.items() if name != "id"}
    if not params.get("id") or not settings:
        raise EmulatorError(
            'say what to control: {"id": account, "terms_accepted": false}, {"id": audience, "flagged": true} or '
            '{"id": dataset, "resent_events": "first_kept"}'
        )
    token = emulator.state.credentials.access_token
    response = emulator.told(Request("POST", f"/{LATEST}/{params['id']}/{CONTROLS}", settings, bearer=token))
    if isinstance(response.body, dict) and "error" in response.body:
        raise EmulatorError(str(response.body["error"]["message"]))
    return response.body

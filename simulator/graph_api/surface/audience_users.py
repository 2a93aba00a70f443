"""People of uploaded audiences: adding, removing, replacing them (Meta: "Custom Audience, Users")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.graph_api.audiences.fields import now_of
from simulator.graph_api.audiences.rows import Upload, read_upload
from simulator.graph_api.audiences.sessions import (
    Batch,
    Session,
    change,
    members_of,
    read_batch,
    replace,
    replacing,
    sessions_of,
)
from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import bad_param
from simulator.graph_api.params import parsed
from simulator.graph_api.record_calls import missing, rows_page
from simulator.graph_api.records import Record
from simulator.graph_api.surface.audiences import check_terms

OWN_SESSIONS = 10**15
"""Sessions without an id of the client's get one from here on."""


def _upload(apply: Callable[[Record, Upload, Batch, Any], Session], *, needs_session: bool = False) -> Any:
    def handler(call: Call) -> Any:
        audience = call.found
        check_terms(call.own)
        if audience.values["subtype"] != "CUSTOM":
            raise bad_param("id", f"is an audience of subtype {audience.values['subtype']}, which takes no uploads")
        upload = read_upload(parsed(call.params, "payload"))
        session = parsed(call.params, "session")
        if needs_session and session is None:
            raise missing("session")
        batch = read_batch(session, otherwise=str(OWN_SESSIONS + len(sessions_of(audience)) + 1))
        found = apply(audience, upload, batch, call.state.now)
        audience.updated_at = call.state.now
        call.changed()
        return {
            "audience_id": audience.id,
            "session_id": found.id,
            "num_received": found.received,
            "num_invalid_entries": found.invalid,
            "invalid_entry_samples": upload.samples,
        }

    return handler


def _add(audience: Record, upload: Upload, batch: Batch, now: Any) -> Session:
    return change(audience, "add", upload, batch, now)


def _remove(audience: Record, upload: Upload, batch: Batch, now: Any) -> Session:
    return change(audience, "remove", upload, batch, now)


def _forget(call: Call) -> Any:
    """Take people out of every uploaded audience of the account; those being replaced are left as they are."""
    check_terms(call.own)
    upload = read_upload(parsed(call.params, "payload"))
    now = call.state.now
    for audience in call.state.records_of("audience", call.own):
        if audience.values["subtype"] == "CUSTOM" and not replacing(audience, now):
            members_of(audience).change(now, "remove", upload.people)
    call.changed()
    return {
        "account_id": call.own.number,
        "num_received": upload.received,
        "num_invalid_entries": upload.invalid,
        "invalid_entry_samples": upload.samples,
    }


def _sessions(call: Call) -> Any:
    """Uploads so far; `progress` is a percentage as text, as all of Meta's numbers here."""
    now = now_of(call.found)
    replacing(call.found, now)
    waiting = members_of(call.found).pending(now)
    wanted = call.params.get("session_id")
    found = [one for one in sessions_of(call.found).values() if wanted is None or one.id == str(wanted)]
    return rows_page(call, (_row(one, waiting=waiting) for one in found))


def _row(session: Session, *, waiting: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "session_id": session.id,
        "start_time": int(session.started_at.timestamp()),
        "num_received": session.received,
        "num_matched": session.matched,
        "num_invalid_entries": session.invalid,
        "progress": "50" if waiting or session.ended_at is None else "100",
        "stage": "receiving" if session.ended_at is None else "processing" if waiting else "completed",
    }
    if session.ended_at:
        row["end_time"] = int(session.ended_at.timestamp())
    return {name: value if name == "session_id" else str(value) for name, value in row.items()}


ROUTES: Routes = {
    ("POST", "audience/users"): _upload(_add),
    ("DELETE", "audience/users"): _upload(_remove),
    ("POST", "audience/usersreplace"): _upload(replace, needs_session=True),
    ("DELETE", "account/usersofanyaudience"): _forget,
    ("GET", "audience/sessions"): _sessions,
}

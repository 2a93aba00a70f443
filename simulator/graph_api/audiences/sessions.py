"""Uploads in many requests: sessions, and replacing everybody in one of them (Meta: "Replace users API")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simulator.graph_api.audiences.members import Action, Members
from simulator.graph_api.audiences.rows import Person, Upload
from simulator.graph_api.errors import GraphError, bad_param, known
from simulator.graph_api.record_calls import missing
from simulator.graph_api.records import Record

REPLACING_LASTS = timedelta(minutes=90)
LARGEST_SESSION = 2**63


@dataclass(frozen=True, slots=True)
class Batch:
    """One request's place in a session."""

    session_id: str
    sequence: int = 1
    last: bool = False


@dataclass(slots=True)
class Session:
    """What has come in under one session id; `people` are those of a replacement that has not ended."""

    id: str
    action: Action
    schema: tuple[str, ...]
    started_at: datetime
    ended_at: datetime | None = None
    complete: bool = True
    received: int = 0
    invalid: int = 0
    matched: int = 0
    people: list[Person] = field(default_factory=list)

    def count(self, upload: Upload) -> None:
        """Add a batch to the totals."""
        self.received += upload.received
        self.invalid += upload.invalid
        self.matched += sum(person.matches for person in upload.people)


def read_batch(session: Any, *, otherwise: str) -> Batch:
    """The place that a request says it has; without a session, a session of its own called `otherwise`.

    Raises:
        GraphError: an id that is no positive number, a sequence that does not begin at 1.
    """
    if session is None:
        return Batch(otherwise, 1, last=True)
    if not isinstance(session, Mapping):
        raise bad_param("session", "must be an object with session_id, batch_seq and last_batch_flag")
    number, sequence = session.get("session_id"), session.get("batch_seq", 1)
    if number is None:
        raise missing("session.session_id")
    if not str(number).isdecimal() or not 0 < int(number) < LARGEST_SESSION:
        raise bad_param("session", f"must have a session_id that is a positive whole number, got {number!r}")
    if not str(sequence).isdecimal() or int(sequence) < 1:
        raise bad_param("session", f"must have a batch_seq of at least 1, got {sequence!r}")
    return Batch(str(int(number)), int(sequence), last=session.get("last_batch_flag") in (True, 1, "true", "True"))


def sessions_of(audience: Record) -> dict[str, Session]:
    """Every session of an audience by its id, oldest first."""
    found: dict[str, Session] = audience.hidden.setdefault("sessions", {})
    return found


def members_of(audience: Record) -> Members:
    """The people in an uploaded audience."""
    found = audience.hidden.get("members")
    if not isinstance(found, Members):
        found = audience.hidden["members"] = Members(audience.id)
    return found


def replacing(audience: Record, now: datetime) -> Session | None:
    """The replacement in progress; one that has run out of time is ended here, with what has come in."""
    for session in sessions_of(audience).values():
        if session.action == "replace" and session.ended_at is None:
            if now - session.started_at < REPLACING_LASTS:
                return session
            session.complete = False
            _end(audience, session, session.started_at + REPLACING_LASTS)
    return None


def change(audience: Record, action: Action, upload: Upload, batch: Batch, now: datetime) -> Session:
    """Add or remove people.

    Raises:
        GraphError: a replacement is in progress (2650/1870145), or the session's schema has changed.
    """
    if replacing(audience, now):
        raise known(2650, 1870145)
    session = sessions_of(audience).get(batch.session_id)
    if session is None:
        session = Session(batch.session_id, action, upload.schema, now)
        sessions_of(audience)[session.id] = session
    _check_same(session, action, upload)
    session.count(upload)
    if batch.last:
        session.ended_at = now
    members_of(audience).change(now, action, upload.people)
    return session


def replace(audience: Record, upload: Upload, batch: Batch, now: datetime) -> Session:
    """One batch of a replacement; it begins with batch 1 and ends with the last one, or after 90 minutes.

    Raises:
        GraphError: 2650 with the reason in its subcode.
    """
    current = replacing(audience, now)
    session = sessions_of(audience).get(batch.session_id)
    if session is None:
        session = _begin(audience, upload, batch, current, now)
    elif session.ended_at is not None:
        raise known(2650, 1870159 if session.complete else 1870158)
    _check_same(session, "replace", upload)
    session.count(upload)
    session.people.extend(upload.people)
    if batch.last:
        _end(audience, session, now)
    return session


def _begin(audience: Record, upload: Upload, batch: Batch, current: Session | None, now: datetime) -> Session:
    if batch.sequence != 1:
        raise known(2650, 1870147)
    if current or members_of(audience).pending(now):
        raise known(2650, 1870145)
    session = Session(batch.session_id, "replace", upload.schema, now)
    sessions_of(audience)[session.id] = session
    return session


def _end(audience: Record, session: Session, at: datetime) -> None:
    session.ended_at = at
    members_of(audience).change(at, "replace", session.people)
    session.people = []


def _check_same(session: Session, action: Action, upload: Upload) -> None:
    if session.action != action:
        raise _refused(f"{session.id} was begun to {session.action} people, not to {action} them")
    if session.schema != upload.schema:
        raise _refused(f"{session.id} was begun with schema {', '.join(session.schema)}; keep to it")


def _refused(reason: str) -> GraphError:
    return bad_param("session", reason)

"""What a dataset has received: every event as it was sent, and which of them count.

Kept in the dataset's record under `hidden["events"]`, oldest receipt first. Received events never change the figures
of the simulated world: a campaign's results are what the world brought, as measured by the shop's own pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulator.graph_api.events.checks import amount
from simulator.graph_api.events.match_keys import present
from simulator.graph_api.records import Record

SAME_EVENT = timedelta(hours=48)
COUNTED_TWICE, FIRST_KEPT = "counted_twice", "first_kept"
RESENT = (COUNTED_TWICE, FIRST_KEPT)
"""What becomes of an event that a server sends again under the same event_id and event_name within 48 hours.

Meta promises deduplication between browser and server, and none between server and server: counting twice is the
worse case and the default, so that a sender who relies on a promise that nobody gave finds out here.
"""


CHECKED, AS_RECEIVED = "checked", "as_received"
EVENT_TIMES = (CHECKED, AS_RECEIVED)
"""Whether an event's time is checked against simulated time, as Meta checks it against real time, or taken to be the
moment of its receipt: for clients that can only send the time of their own clock while the world lives on another day.
"""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of the Conversions API. `value` is in major units, None where there is none."""

    name: str
    at: datetime
    received_at: datetime
    body: Mapping[str, Any]
    keys: frozenset[str]
    test_event_code: str | None = None

    @property
    def event_id(self) -> str | None:
        """What tells it from others of its name."""
        found = self.body.get("event_id")
        return None if found in (None, "") else str(found)

    @property
    def action_source(self) -> str:
        """Where it happened."""
        return str(self.body["action_source"])

    @property
    def value(self) -> float | None:
        """What it is worth."""
        return amount(self.custom.get("value"))

    @property
    def custom(self) -> Mapping[str, Any]:
        """Its custom data."""
        return self.body.get("custom_data") or {}

    @property
    def url(self) -> str:
        """The page where it happened; empty where there is none."""
        return str(self.body.get("event_source_url") or "")

    @property
    def user_agent(self) -> str:
        """The browser that it says it came from."""
        return str(self.body["user_data"].get("client_user_agent") or "")


def received(body: Mapping[str, Any], at: datetime, now: datetime, test_event_code: str | None) -> ServerEvent:
    """A checked event as it is kept."""
    keys = present(body["user_data"])
    return ServerEvent(str(body["event_name"]), at, now, body, keys, test_event_code)


def events_of(pixel: Record) -> list[ServerEvent]:
    """Every event the dataset has received, in order of receipt."""
    found: list[ServerEvent] = pixel.hidden.setdefault("events", [])
    return found


def counted(pixel: Record) -> list[ServerEvent]:
    """The events that count, by the dataset's setting for events that are sent again."""
    events = events_of(pixel)
    return first_kept(events) if pixel.hidden.get("resent_events") == FIRST_KEPT else list(events)


def first_kept(events: Iterable[ServerEvent]) -> list[ServerEvent]:
    """Without the repetitions: same event_id and name, received within 48 hours of the one that was kept."""
    kept: list[ServerEvent] = []
    seen: dict[tuple[str, str], datetime] = {}
    for event in events:
        if event.event_id is None:
            kept.append(event)
            continue
        key = (event.event_id, event.name)
        before = seen.get(key)
        if before is not None and event.received_at - before <= SAME_EVENT:
            continue
        seen[key] = event.received_at
        kept.append(event)
    return kept

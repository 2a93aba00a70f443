"""How events are packed into posts, signed, and tried again: at least once, in no promised order, for 36 hours."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from simulator.graph_api.webhooks import OBJECT
from simulator.graph_api.webhooks.events import Event

MOST_EVENTS = 1000
PATIENCE = timedelta(hours=36)
PAUSES_SECONDS = (0, 60, 300, 900, 3600, 3 * 3600, 6 * 3600)
"""Simulated time between one try and the next; the last goes on (assumption: Meta says at once, then less and less)."""
TWICE, MIXED, CUT = 0.05, 0.25, 0.25
"""Shares of posts sent twice, of lots told out of order, and of places where a lot is cut into two posts."""


@dataclass(slots=True)
class Delivery:
    """One post: `body` exactly as sent; `outcome` is what came of the last try."""

    number: int
    url: str
    body: bytes
    events: int
    first_at: datetime
    due_at: datetime
    tries: int = 0
    status: str = "pending"
    outcome: str = ""
    tried_at: list[datetime] = field(default_factory=list)

    def tried(self, at: datetime, outcome: str, *, accepted: bool) -> None:
        """Write down a try, and when the next one is due."""
        self.tries += 1
        self.tried_at.append(at)
        self.outcome = outcome
        following = next_try(self.first_at, at, self.tries)
        if accepted:
            self.status = "delivered"
        elif following is None:
            self.status = "dropped"
        else:
            self.due_at = following

    def to_json(self) -> dict[str, Any]:
        """As the admin door shows it."""
        return {
            "n": self.number,
            "url": self.url,
            "events": self.events,
            "status": self.status,
            "tries": [at.isoformat() for at in self.tried_at],
            "outcome": self.outcome,
            "due_at": self.due_at.isoformat() if self.status == "pending" else None,
            "body": json.loads(self.body),
        }


def next_try(first_at: datetime, last_at: datetime, tries: int) -> datetime | None:
    """When to try again after that many tries; None: give up."""
    following = last_at + timedelta(seconds=PAUSES_SECONDS[min(tries, len(PAUSES_SECONDS)) - 1])
    return following if following - first_at <= PATIENCE else None


def packed(events: Sequence[Event], seed: str) -> list[bytes]:
    """Bodies of the posts that tell these events: cut, mixed and doubled as the seed says, none longer than allowed."""
    lot = list(events)
    if chance(seed, "mixed") < MIXED:
        lot.sort(key=lambda event: chance(seed, f"place of {event}"))
    posts: list[list[Event]] = []
    for number, event in enumerate(lot):
        if not posts or len(posts[-1]) >= MOST_EVENTS or chance(seed, f"cut {number}") < CUT:
            posts.append([])
        posts[-1].append(event)
    twice = (post for number, post in enumerate(posts) if chance(seed, f"twice {number}") < TWICE)
    return [body_of(post) for post in chain(posts, twice)]


def body_of(events: Iterable[Event]) -> bytes:
    """{"object", "entry": [{"id", "time", "changes": [{"field", "value"}]}]}, escaped to ASCII as Meta does."""
    entries: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for event in events:
        key = event.account, int(event.at.timestamp())
        entries.setdefault(key, []).append({"field": event.field, "value": event.value})
    entry = [{"id": account, "time": time, "changes": told} for (account, time), told in entries.items()]
    return json.dumps({"object": OBJECT, "entry": entry}, separators=(",", ":")).encode("ascii")


def headers(body: bytes, app_secret: str) -> dict[str, str]:
    """Signed over the very bytes that are sent (Meta: "Validating Payloads"); SHA-1 is sent too, as Meta still does."""
    key = app_secret.encode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature": f"sha1={hmac.new(key, body, hashlib.sha1).hexdigest()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}",
    }


def chance(seed: str, purpose: str) -> float:
    """A number in [0, 1) that follows from its names."""
    return int.from_bytes(hashlib.sha256(f"{seed}|{purpose}".encode()).digest()[:8]) / 2**64

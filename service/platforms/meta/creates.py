"""Creating objects that are found again instead of being made twice.

Meta knows no idempotency key. Each name therefore ends in a token that its maker chose, objects begin paused, and when
an answer is lost the list is read for the token before anything is sent again (Meta: "Ad Account", edges).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.errors import InvalidRequest, OutcomeUnknown, PlatformError
from service.platforms.meta.errors import Malformed

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
LONGEST_NAME = 400
"""Characters of an ad set's name (Meta: "Ad Campaign"); taken for the other kinds as well (assumption)."""


class Kind(StrEnum):
    """What can be created: the edge of the ad account."""

    CAMPAIGN = "campaigns"
    AD_SET = "adsets"
    AD = "ads"
    CREATIVE = "adcreatives"


@dataclass(frozen=True, slots=True)
class Created:
    """The id of an object, and whether it had been created before and was found by its token."""

    id: str
    found: bool


@dataclass(frozen=True, slots=True)
class Search:
    """How long to look for an object whose creation is unknown.

    Args:
        looks_seconds: waits before each look, growing, as lists lag behind writes (by how much is not documented).
        absent_seconds: how long after the last sending an object must be missing before it may be sent again.
        sends: how often one call may send.
    """

    looks_seconds: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
    absent_seconds: float = 600.0
    sends: int = 2


def named(name: str, token: str) -> str:
    """The name with its token.

    >>> named("Spring", "a1b2c3d4")
    'Spring [a1b2c3d4]'

    Raises:
        InvalidRequest: a token that is none, or a name that is too long.
    """
    if not _TOKEN.fullmatch(token):
        raise InvalidRequest(f"{token!r} is no token to find an object by: 8 to 64 letters, digits, _ or -")
    whole = f"{name} [{token}]"
    if not name or len(whole) > LONGEST_NAME:
        raise InvalidRequest(f"the name {name[:40]!r} must have 1 to {LONGEST_NAME - len(token) - 3} characters")
    return whole


def params_of(kind: Kind, params: Mapping[str, Any], token: str) -> dict[str, Any]:
    """What is sent: named by the token, and paused where the kind can be.

    Raises:
        InvalidRequest: as `named` has it.
    """
    sent = {**params, "name": named(str(params.get("name", "")), token)}
    return sent if kind is Kind.CREATIVE else {**sent, "status": "PAUSED"}


def filter_of(kind: Kind, token: str) -> dict[str, str]:
    """Parameters that narrow a list down to a token; creatives cannot be filtered by name, so all are read."""
    if kind is Kind.CREATIVE:
        return {}
    wanted = [{"field": "name", "operator": "CONTAIN", "value": token}]
    return {"filtering": json.dumps(wanted, separators=(",", ":"))}


def bearer_of(what: str, rows: Sequence[Mapping[str, Any]], token: str) -> str | None:
    """The id of the one object whose name ends in the token; None where there is none.

    Raises:
        Malformed: two objects carry it.
    """
    ids = sorted({str(row.get("id")) for row in rows if str(row.get("name", "")).endswith(f"[{token}]")})
    if len(ids) > 1:
        raise Malformed(f"{what}: the objects {', '.join(ids)} all carry the token {token}; delete all but one")
    return ids[0] if ids else None


class Creator:
    """Creates by token, one object at a time; remembers which tokens are done, and when others were last sent.

    What it remembers ends with the process: after a restart, ask for an unknown token once `absent_seconds` are over.
    """

    def __init__(self, wait: Callable[[float], None], now: Callable[[], float], search: Search) -> None:
        """Args: wait: sleeps; now: seconds that pass, for the age of a sending; search: how long to look."""
        self._wait, self._now, self._search = wait, now, search
        self._done: dict[str, str] = {}
        self._sent_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def create(self, what: str, token: str, send: Callable[[], str], find: Callable[[], str | None]) -> Created:
        """Send unless the token is there already; on an unknown outcome look for it.

        Args:
            what: what is being created, for messages.
            token: what it is found by.
            send: sends once, and gives the new id.
            find: the id of the object that carries the token, None where a complete reading shows none.

        Raises:
            Refused, Throttled, Unauthorised: nothing was created.
            OutcomeUnknown: it may or may not have been created, or may still be; ask again later with the same token.
            Unavailable: it could not be read whether the token is there already; nothing was sent.
        """
        with self._lock:
            known = self._done.get(token) or find()
            if known is not None:
                return self._settled(token, Created(known, found=True))
            for _ in range(self._search.sends):
                if self._may_still_land(token):
                    break
                self._sent_at[token] = self._now()
                created = self._sent(token, send)
                known, absent = (created, False) if created else self._looked(find)
                if known is not None:
                    return self._settled(token, Created(known, found=created is None))
                if not absent:
                    break
        raise OutcomeUnknown(
            f"{what}: it may or may not have been created; ask again later with the same token {token}, "
            "which finds it if it is there"
        )

    def _sent(self, token: str, send: Callable[[], str]) -> str | None:
        """The new id, None where the outcome is unknown."""
        try:
            return send()
        except OutcomeUnknown:
            return None
        except PlatformError:
            del self._sent_at[token]  # nothing was created: it may be sent again at once
            raise

    def _looked(self, find: Callable[[], str | None]) -> tuple[str | None, bool]:
        """The id once it is there, and whether the last look of all proves that it is not. A look may fail."""
        absent = False
        for seconds in self._search.looks_seconds:
            self._wait(seconds)
            try:
                known = find()
            except PlatformError:
                absent = False
                continue
            if known is not None:
                return known, False
            absent = True
        return None, absent

    def _may_still_land(self, token: str) -> bool:
        sent_at = self._sent_at.get(token)
        return sent_at is not None and self._now() - sent_at < self._search.absent_seconds

    def _settled(self, token: str, created: Created) -> Created:
        self._sent_at.pop(token, None)
        self._done[token] = created.id
        return created

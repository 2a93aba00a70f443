"""Creating objects that are found again instead of being made twice.

Meta knows no idempotency key. Each name therefore ends in a token that its maker chose, objects begin paused, and when
an answer is lost the list is read for the token before anything is sent again (Meta: "Ad Account", edges). A request
that was delivered twice on its way has made two objects of one token: all but the oldest are deleted, if still paused.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.errors import InvalidRequest, OutcomeUnknown, PlatformError
from service.platforms.meta.errors import Malformed

PAUSED = "PAUSED"
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
    """The id; whether it was found by its token rather than named by an answer; whether a list has shown it."""

    id: str
    found: bool
    seen: bool = True


@dataclass(frozen=True, slots=True)
class Search:
    """How long to look for an object whose creation is unknown.

    Args:
        looks_seconds: waits before each look, growing, as lists lag behind writes (by how much is not documented).
        absent_seconds: how long after the last sending an object must be missing before it may be sent again.
        sends: how often one call may send.
        confirming: how many of the looks are enough where an answer named the new id.
    """

    looks_seconds: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
    absent_seconds: float = 600.0
    sends: int = 2
    confirming: int = 4


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
    return sent if kind is Kind.CREATIVE else {**sent, "status": PAUSED}


def filter_of(kind: Kind, token: str) -> dict[str, Any]:
    """Parameters that narrow a list down to a token; creatives cannot be filtered by name, so all are read."""
    if kind is Kind.CREATIVE:
        return {}
    return {"filtering": [{"field": "name", "operator": "CONTAIN", "value": token}]}


def bearers_of(what: str, rows: Sequence[Mapping[str, Any]], token: str) -> tuple[str, ...]:
    """The ids of the objects whose name ends in the token, oldest first.

    Raises:
        Malformed: one of several is not paused any more: somebody uses it, and a person has to choose.
    """
    bearers = [row for row in rows if str(row.get("name", "")).endswith(f"[{token}]")]
    ids = _oldest_first([str(row.get("id")) for row in bearers], None)
    if len(ids) > 1 and any(row.get("status", PAUSED) != PAUSED for row in bearers):
        raise Malformed(f"{what}: the objects {', '.join(ids)} all carry the token {token}; delete all but one")
    return ids


def _oldest_first(ids: Sequence[str], new: str | None) -> tuple[str, ...]:
    """Ids without repetitions, an answered one among them; Meta's grow (assumption)."""
    everyone = {*ids, *([new] if new else [])}
    return tuple(sorted(everyone, key=lambda name: (len(name), name)))


class Creator:
    """Creates by token, one object at a time; remembers which tokens are done, and when others were last sent.

    What it remembers ends with the process: after a restart, ask for an unknown token once `absent_seconds` are over.
    """

    def __init__(self, wait: Callable[[float], None], now: Callable[[], float], search: Search) -> None:
        """Args: wait: sleeps; now: seconds that pass, for the age of a sending; search: how long to look."""
        self._wait, self._now, self._search = wait, now, search
        self._done: dict[str, str] = {}
        self._unseen: dict[str, str] = {}
        self._sent_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def create(
        self,
        what: str,
        token: str,
        *,
        send: Callable[[], str],
        find: Callable[[], tuple[str, ...]],
        remove: Callable[[str], None],
    ) -> Created:
        """Send unless the token is there already; then look for it, whatever was answered.

        Args:
            what: what is being created, for messages.
            token: what it is found by.
            send: sends once, and gives the new id.
            find: the ids of the objects that carry the token, as a complete reading shows them.
            remove: deletes one object.

        Raises:
            Refused, Throttled, Unauthorised: nothing was created.
            OutcomeUnknown: it may or may not have been created, or not once only; ask again later with the same token.
            Unavailable: it could not be read whether the token is there already; nothing was sent.
        """
        with self._lock:
            if known := self._done.get(token):
                return Created(known, found=True)
            ids, new = find(), self._unseen.get(token)
            if ids or new:
                return self._settled(what, token, _oldest_first(ids, new), remove, found=True, seen=bool(ids))
            for _ in range(self._search.sends):
                if self._may_still_land(token):
                    break
                self._sent_at[token] = self._now()
                new = self._sent(token, send)
                ids, absent = self._looked(find, self._search.confirming if new else None)
                if ids or new:
                    everyone = _oldest_first(ids, new)
                    return self._settled(what, token, everyone, remove, found=new is None, seen=bool(ids))
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

    def _looked(self, find: Callable[[], tuple[str, ...]], looks: int | None) -> tuple[tuple[str, ...], bool]:
        """The ids once they are there, and whether the last look proves that there are none. A look may fail."""
        absent = False
        for seconds in self._search.looks_seconds[:looks]:
            if seconds:
                self._wait(seconds)
            try:
                ids = find()
            except PlatformError:
                absent = False
                continue
            if ids:
                return ids, False
            absent = True
        return (), absent

    def _may_still_land(self, token: str) -> bool:
        sent_at = self._sent_at.get(token)
        return sent_at is not None and self._now() - sent_at < self._search.absent_seconds

    def _settled(
        self,
        what: str,
        token: str,
        ids: tuple[str, ...],
        remove: Callable[[str], None],
        *,
        found: bool,
        seen: bool,
    ) -> Created:
        """The oldest of the objects, once it is the only one."""
        left = []
        for extra in ids[1:]:
            try:
                remove(extra)
            except PlatformError:
                left.append(extra)
        if left:
            raise OutcomeUnknown(
                f"{what}: it was delivered more than once, and {', '.join(left)} may still be there beside {ids[0]}; "
                f"ask again later with the same token {token}"
            )
        self._sent_at.pop(token, None)
        (self._done if seen else self._unseen)[token] = ids[0]
        return Created(ids[0], found=found, seen=seen)

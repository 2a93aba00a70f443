"""The one who sends: a thread beside the core that looks for news, posts them, and tries again in simulated time."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.graph_api.emulator import Emulator
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.params import parsed
from simulator.graph_api.state import Platform
from simulator.graph_api.webhooks.deliveries import Delivery, body_of, headers, packed
from simulator.graph_api.webhooks.events import FIELDS, Event, Sight, changes, sight
from simulator.graph_api.webhooks.handshake import permitted

if TYPE_CHECKING:
    import httpx

KEPT = 1000
SECONDS = 10.0
PAUSE_SECONDS, IDLE_SECONDS = 0.1, 1.0


@dataclass(slots=True)
class Box:
    """What there is to send for one world, and what was sent."""

    sights: dict[str, Sight] = field(default_factory=dict)
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=KEPT))
    waiting: list[Delivery] = field(default_factory=list)
    lots: int = 0
    numbered: int = 0
    trouble: str | None = None


class Postman:
    """Sends the webhooks of all worlds of a process, until it is closed.

    What waits to be sent is forgotten when the process ends; subscriptions are not.

    Args:
        emulators: gives the worlds there are.
        anywhere: whether posts may leave this machine.
    """

    def __init__(self, emulators: Callable[[], list[Emulator]], *, anywhere: bool) -> None:
        self._emulators = emulators
        self._anywhere = anywhere
        self._boxes: dict[Emulator, Box] = {}
        self._lock = threading.RLock()
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._client: httpx.Client | None = None
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something may have changed."""
        self._wake.set()

    def close(self) -> None:
        """Send no more."""
        self._stopped.set()
        self._wake.set()
        self._thread.join(SECONDS + 1)
        if self._client:
            self._client.close()

    def look(self, emulator: Emulator) -> bool:
        """Take in what changed in a world since the last look; whether anybody wants to know."""
        with self._lock:
            box = self._boxes.setdefault(emulator, Box())
            return emulator.inside(lambda state: self._taken_in(state, box))

    def shown(self, emulator: Emulator) -> dict[str, Any]:
        """What waits and what was sent, oldest first."""
        with self._lock:
            box = self._boxes.get(emulator, Box())
            sent = [one.to_json() for one in box.deliveries]
            return {"pending": len(box.waiting), "deliveries": sent, "trouble": box.trouble}

    def tell(self, emulator: Emulator, params: Mapping[str, Any]) -> dict[str, Any]:
        """Send an event on purpose: {"field", "value", "account"}; the account is the first subscribed one unless told.

        Raises:
            EmulatorError: an unknown field, or nobody is subscribed to it.
        """
        if unknown := set(params) - {"field", "value", "account"}:
            raise EmulatorError(f"an event has no {', '.join(sorted(unknown))}; known: field, value, account")
        name, value = str(params.get("field")), parsed(params, "value", {})
        if name not in FIELDS:
            raise EmulatorError(f"there is no field {name!r}; known: {', '.join(FIELDS)}")
        if not isinstance(value, dict):
            raise EmulatorError(f"value must be an object, got {value!r}")

        def told(state: Platform) -> None:
            url, fields, numbers = _wanted(state)
            number = str(params.get("account") or next(iter(numbers), "")).removeprefix("act_")
            if name not in fields or number not in numbers:
                raise EmulatorError(
                    f"nobody is subscribed to {name} of act_{number or '…'}: it takes POST <app id>/subscriptions "
                    "(object=ad_account) and then POST act_…/subscribed_apps"
                )
            self._post(box, url, [body_of([Event(state.now, number, name, value)])], 1, state)

        with self._lock:
            box = self._boxes.setdefault(emulator, Box())
            emulator.inside(told)
        self.wake()
        return self.shown(emulator)

    def _run(self) -> None:
        while not self._stopped.is_set():
            busy = self._turn()
            # Running time brings events and tries by itself; standing time brings them when somebody calls.
            self._wake.wait(IDLE_SECONDS if busy else None)
            self._wake.clear()
            self._stopped.wait(PAUSE_SECONDS)

    def _turn(self) -> bool:
        """Look at every world and send what is due; whether there is anything to come back for."""
        worlds = self._emulators()
        with self._lock:
            self._boxes = {world: box for world, box in self._boxes.items() if world in worlds}
        busy = [self._tended(world) for world in worlds]
        return any(busy)

    def _tended(self, emulator: Emulator) -> bool:
        try:
            return self._served(emulator)
        except Exception as error:  # noqa: BLE001 - the other worlds' webhooks must go on, and the door says what broke
            with self._lock:
                self._boxes.setdefault(emulator, Box()).trouble = f"{type(error).__name__}: {error}"
            return False

    def _served(self, emulator: Emulator) -> bool:
        wanted = self.look(emulator)
        with self._lock:
            box = self._boxes[emulator]
            now = emulator.now()
            due = [one for one in box.waiting if one.due_at <= now]
        for delivery in due:
            self._try(emulator, delivery)
        with self._lock:
            box.waiting = [one for one in box.waiting if one.status == "pending"]
            if any(one.due_at <= now for one in box.waiting):
                self._wake.set()  # the first try again is at once
            return (wanted or bool(box.waiting)) and emulator.clock.speed > 0

    def _try(self, emulator: Emulator, delivery: Delivery) -> None:
        outcome, accepted = "not an address on this machine", False
        if permitted(delivery.url, anywhere=self._anywhere):
            outcome, accepted = self._posted(delivery, emulator.state.credentials.app_secret)
        with self._lock:
            delivery.tried(emulator.now(), outcome, accepted=accepted)

    def _posted(self, delivery: Delivery, secret: str) -> tuple[str, bool]:
        import httpx  # noqa: PLC0415 - only where something is sent

        if self._client is None:
            self._client = httpx.Client(trust_env=False, timeout=SECONDS, follow_redirects=False)
        try:
            answer = self._client.post(delivery.url, content=delivery.body, headers=headers(delivery.body, secret))
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError) as error:
            return f"{type(error).__name__}: {error}", False
        return f"HTTP {answer.status_code}", answer.is_success

    def _taken_in(self, state: Platform, box: Box) -> bool:
        url, fields, numbers = _wanted(state)
        found: list[Event] = []
        for number in numbers:
            account = state.accounts[f"act_{number}"]
            after = sight(state, account)
            before = box.sights.get(number)
            box.sights[number] = after
            found += [] if before is None else [e for e in changes(account, before, after) if e.field in fields]
        box.sights = {number: seen for number, seen in box.sights.items() if number in numbers}
        if found:
            box.lots += 1
            seed = f"{','.join(state.accounts)} {box.lots}"
            self._post(box, url, packed(found, seed), None, state)
        return bool(numbers)

    def _post(self, box: Box, url: str, bodies: list[bytes], events: int | None, state: Platform) -> None:
        for body in bodies:
            box.numbered += 1
            told = events or sum(len(entry["changes"]) for entry in json.loads(body)["entry"])
            delivery = Delivery(box.numbered, url, body, told, state.now, state.now)
            box.deliveries.append(delivery)
            box.waiting.append(delivery)


def _wanted(state: Platform) -> tuple[str, tuple[str, ...], list[str]]:
    """Address, fields and numbers of the accounts to tell about: none of them before both halves are subscribed."""
    subscriptions = state.records_of("webhook_subscription")
    if not subscriptions:
        return "", (), []
    values = subscriptions[-1].values
    joined = [record.account.number for record in state.records_of("subscribed_app") if record.account]
    return values["callback_url"], tuple(field["name"] for field in values["fields"]), joined

"""The core with its surroundings: a clock, a state file, faults and a log of requests. No sockets here."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from threading import RLock
from typing import Any, TypeVar

from simulator.graph_api.clock import SimulatedClock
from simulator.graph_api.config import EmulatorConfig
from simulator.graph_api.errors import LATEST, EmulatorError, GraphError
from simulator.graph_api.faults import WORDED, Fault, Faults, emptied, spoiled
from simulator.graph_api.journal import Journal, header_of
from simulator.graph_api.messages import PROTOCOL_PARAMS, Request, Response
from simulator.graph_api.routing import BAD_REQUEST, answer, understand
from simulator.graph_api.state import Platform
from simulator.graph_api.uploads import brief

Found = TypeVar("Found")
JSON_TYPE = "application/json; charset=UTF-8"
LOG_LENGTH = 200_000
LEASE, LEASE_SECONDS = timedelta(hours=1), 60.0
"""How far running time may get ahead of what the state file says, at most and in real seconds: a restart goes on from
there, never from before."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes to send; None in the place of a reply means that the connection ends without one."""

    status: int
    headers: dict[str, str]
    payload: bytes


class Emulator:
    """One emulator. Every method may be called from any thread.

    Args:
        config: accounts, speed, state file.
        wall: a monotonic counter of seconds, which drives the simulated clock when `config.speed` is not zero.

    Raises:
        EmulatorError: an unknown scenario, or a state file that does not fit.
    """

    def __init__(self, config: EmulatorConfig, wall: Callable[[], float]) -> None:
        self._lock = RLock()
        self.state = Platform(config)
        self.faults = Faults()
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)
        self._logged = 0
        self._journal = Journal(config.state_file, header_of(config)) if config.state_file else None
        self._leased = self.state.now
        if self._journal:
            self._leased = self._replayed(self._journal)
        self.clock = SimulatedClock(self.state.now, config.speed, wall)

    def _replayed(self, journal: Journal) -> datetime:
        """Do again what the state file says; the end of its last lease is the time that goes on."""
        leased = self.state.now
        for number, entry in enumerate(journal.entries, start=2):
            try:
                at = datetime.fromisoformat(entry["at"])
                if "method" in entry:
                    self.state.advance(at)
                    self._repeat(Request(entry["method"], entry["path"], entry["params"]))
                    at = max(at, leased)
                leased = at
            except (KeyError, TypeError, ValueError, EmulatorError) as error:
                journal.close()
                raise EmulatorError(
                    f"state file {journal.path} cannot be replayed at line {number}: {error}"
                ) from error
        self.state.advance(max(leased, self.state.now))
        return leased

    def _repeat(self, request: Request) -> None:
        token = {"access_token": self.state.credentials.access_token}
        response = answer(self.state, Request(request.method, request.path, {**request.params, **token}))
        self.state.take_mutations()
        if response.status != 200:  # noqa: PLR2004 - HTTP OK
            raise EmulatorError(f"{request.method} {request.path} was accepted once and is refused now")

    def close(self) -> None:
        """Write down what time it is and let go of the state file."""
        with self._lock:
            if self._journal:
                self._tick()
                self._journal.write([{"at": self.state.now.isoformat()}])
                self._journal.close()
                self._journal = None

    def _tick(self) -> None:
        """Bring the state to the clock's time, and the state file ahead of it."""
        now = self.clock.now()
        if self._journal and now > self._leased:
            self._leased = now + min(LEASE, timedelta(seconds=LEASE_SECONDS * self.clock.speed))
            self._journal.write([{"at": self._leased.isoformat()}])
        self.state.advance(now)

    def move(self, to: datetime) -> None:
        """Jump forward in simulated time.

        Raises:
            EmulatorError: `to` lies in the past or too far ahead.
        """
        with self._lock:
            self.clock.move_to(to)
            self._tick()

    def run_at(self, speed: float) -> None:
        """Change the speed of simulated time.

        Raises:
            EmulatorError: a speed that is negative or not finite.
        """
        with self._lock:
            self._tick()
            self.clock.run_at(speed)

    def now(self) -> datetime:
        """The simulated instant."""
        with self._lock:
            self._tick()
            return self.state.now

    def inside(self, work: Callable[[Platform], Found]) -> Found:
        """Do something with the state as it is now, while nobody else does."""
        with self._lock:
            self._tick()
            return work(self.state)

    def told(self, request: Request) -> Response:
        """Answer whoever runs the emulator: no fault meets the request, and what it changes is written down."""
        with self._lock:
            self._tick()
            return self._respond(request, None, insights=False)

    def serve(self, request: Request) -> Reply | None:
        """Answer one Graph API request; None: end the connection without an answer."""
        with self._lock:
            self._tick()
            route, insights = self._route(request)
            names = " ".join(sorted(request.asked))
            fault = self.faults.take(f"{request.method} /{'/'.join(request.segments)} {route} {names}")
            response = self._respond(request, fault, insights=insights)
            self._remember(request, route, response, fault)
            payload = json.dumps(response.body, separators=(",", ":")).encode()
            headers = {"Date": format_datetime(self.state.now, usegmt=True), "facebook-api-version": LATEST}
            if fault is None or fault.kind in WORDED:
                return Reply(response.status, {"Content-Type": JSON_TYPE, **headers, **response.headers}, payload)
            wrong = spoiled(fault.kind, response, payload)
            return Reply(wrong[0], {"Content-Type": wrong[1], **headers}, wrong[2]) if wrong else None

    def _route(self, request: Request) -> tuple[str, bool]:
        try:
            call = understand(self.state, request)
        except GraphError:
            return "unknown", False
        return call.route, call.edge == "insights"

    def _respond(self, request: Request, fault: Fault | None, *, insights: bool) -> Response:
        """The core's answer, with what it changed written down; a fault may keep the core from being asked."""
        if fault and not fault.applies:
            refusal = fault.refusal(insights=insights)
            body = refusal.body(self.state.trace_id()) if refusal else None
            status = refusal.status if refusal else BAD_REQUEST
            return Response(body, status, self._throttled_headers(request, fault, insights=insights))
        response = answer(self.state, request)
        changes = self.state.take_mutations()
        if self._journal:
            at = self.state.now.isoformat()
            self._journal.write(
                {"at": at, "method": r.method, "path": r.path, "params": dict(r.params)} for r in changes
            )
        if fault and (refusal := fault.refusal(insights=insights)):
            return Response(refusal.body(self.state.trace_id()), refusal.status, response.headers)
        return emptied(request, response) if fault and fault.kind == "empty_page" else response

    def _throttled_headers(self, request: Request, fault: Fault, *, insights: bool) -> dict[str, str]:
        if fault.kind != "throttle":
            return {}
        try:
            account = understand(self.state, request).account
        except GraphError:
            return {}
        if account is None:
            return {}
        return account.meter.headers(account.number, len(account.ads), insights=insights, regain_minutes=fault.minutes)

    def _remember(self, request: Request, route: str, response: Response, fault: Fault | None) -> None:
        self._logged += 1
        error = response.body.get("error") if isinstance(response.body, dict) else None
        entry = {
            "n": self._logged,
            "at": self.state.now.isoformat(),
            "method": request.method,
            "path": "/" + "/".join(request.segments),
            "route": route,
            "params": {name: brief(value) for name, value in request.params.items() if name not in PROTOCOL_PARAMS},
            "status": response.status,
            "code": error.get("code") if isinstance(error, dict) else None,
            "fault": fault.kind if fault else None,
            "applied": fault is None or fault.applies,
        }
        self.log.append(entry)
        if fault:
            self.faults.history.append(entry)

"""The core with its surroundings: a clock, a state file, faults and a log of requests. No sockets here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, TypeVar

from simulator.graph_api import token_doors
from simulator.graph_api.clock import SimulatedClock
from simulator.graph_api.config import EmulatorConfig
from simulator.graph_api.errors import EmulatorError, GraphError
from simulator.graph_api.faults import Faults, what_it_is
from simulator.graph_api.journal import Journal, header_of
from simulator.graph_api.messages import Request, Response, without_secrets
from simulator.graph_api.profiles import load_profile
from simulator.graph_api.routing import VERSIONS, answer, repeat, understand
from simulator.graph_api.spoiling import Reply, delivered
from simulator.graph_api.state import Platform
from simulator.graph_api.striking import Striker, Struck
from simulator.graph_api.uploads import brief

Found = TypeVar("Found")
LOG_LENGTH = 200_000
LEASE, LEASE_SECONDS = timedelta(hours=1), 60.0
"""How far running time may get ahead of what the state file says, at most and in real seconds: a restart goes on from
there, never from before."""


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
        self.faults = Faults(load_profile(config.faults) if config.faults else None, self.state.now)
        self._striker = Striker(self.state, self._apply)
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)
        self._logged = 0
        self._journal = Journal(config.state_file, header_of(config)) if config.state_file else None
        self._leased = self.state.now
        if self._journal:
            self._leased = self._replayed(self._journal)
        self.clock = SimulatedClock(self.state.now, config.speed, wall)
        self.faults.follow(self.faults.profile, self.state.now)

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
        try:
            if request.path == token_doors.PATH:
                token_doors.repeat(self.state, request.params)
            else:
                repeat(self.state, request)
        except GraphError as error:
            said = f"{request.method} {request.path} was accepted once and is refused now: {error}"
            raise EmulatorError(said) from error
        self.state.take_mutations()

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
        self.state.limits.clock_stands = not self.clock.speed
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

    def calm(self) -> None:
        """Take back every fault that is planned or followed, and what an earlier one left: reads tell the present."""
        with self._lock:
            self.faults.clear()
            self._striker.forget()

    def now(self) -> datetime:
        """The simulated instant."""
        with self._lock:
            self._tick()
            return self.state.now

    def inside(self, work: Callable[[Platform], Found]) -> Found:
        """Do something with the state as it is now, while nobody else does, and write down what it changed."""
        with self._lock:
            self._tick()
            found = work(self.state)
            self._write_down()
            return found

    def told(self, request: Request) -> Response:
        """Answer whoever runs the emulator: no fault meets the request, and what it changes is written down."""
        with self._lock:
            self._tick()
            return self._apply(request)

    def serve(self, request: Request, wish: str | None = None) -> Reply | None:
        """Answer one Graph API request; None: end the connection without an answer.

        Args:
            request: what a client asks.
            wish: the fault that the request asks for itself, as in its header.

        Raises:
            EmulatorError: the wish cannot be.
        """
        with self._lock:
            self._tick()
            route, names = self._route(request), " ".join(sorted(request.asked))
            line = f"{request.method} /{'/'.join(request.segments)} {route} {names}"
            fault = self.faults.take(line, what_it_is(request.method, route), self.state.now, wish)
            struck = self._striker.respond(request, route, fault)
            self._remember(request, route, struck)
            version = next((part for part in request.segments[:1] if part in VERSIONS), VERSIONS[-1])
            return delivered(struck.response, self.state.now, struck.fault, {"facebook-api-version": version})

    def _route(self, request: Request) -> str:
        try:
            return understand(self.state, request).route
        except GraphError:
            return "unknown"

    def _apply(self, request: Request) -> Response:
        """The core's answer, with what it changed written down."""
        response = answer(self.state, request)
        self._write_down()
        return response

    def _write_down(self) -> None:
        changes = self.state.take_mutations()
        if self._journal:
            at = self.state.now.isoformat()
            self._journal.write(
                {"at": at, "method": r.method, "path": r.path, "params": dict(r.params)} for r in changes
            )

    def _remember(self, request: Request, route: str, struck: Struck) -> None:
        self._logged += 1
        fault, body = struck.fault, struck.response.body
        error = body.get("error") if isinstance(body, dict) else None
        entry = {
            "n": self._logged,
            "at": self.state.now.isoformat(),
            "method": request.method,
            "path": "/" + "/".join(request.segments),
            "route": route,
            "params": {name: brief(value) for name, value in without_secrets(request.params).items()},
            "status": struck.response.status,
            "code": error.get("code") if isinstance(error, dict) else None,
            "fault": fault.kind if fault else None,
            "applied": fault is None or fault.applies,
        }
        if fault:
            entry |= {"origin": fault.origin, "seed": fault.seed, "number": fault.number, **struck.detail}
            self.faults.history.append(entry)
        self.log.append(entry)

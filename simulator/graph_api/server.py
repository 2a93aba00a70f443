"""Worlds on one port, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.graph_api.asgi import ABORT, Application, Scope
from simulator.graph_api.clock import real_now
from simulator.graph_api.config import LOOPBACK, EmulatorConfig
from simulator.graph_api.emulator import Emulator
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.recipes import Recipe
from simulator.graph_api.sending import Receive, Send
from simulator.graph_api.webhooks.postman import Postman
from simulator.graph_api.worlds import Worlds
from simulator.graph_api.worlds_admin import facts

if TYPE_CHECKING:
    from simulator.graph_api.tls import Certificates

KEEP_ALIVE_SECONDS = 120
START_SECONDS = 30.0
STOP_SECONDS = 10.0
LONGEST_HEAD = 2**20
"""Bytes of a request's line and headers: Meta's SDK removes 10,000 people from an audience in one query string."""


class _Protocol(H11Protocol):
    """HTTP as uvicorn speaks it, which also lets the application end a connection without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base class
        """Hand the connection's way out to the application."""
        super().connection_made(transport)
        application = self.app

        async def with_way_out(scope: Scope, receive: Receive, send: Send) -> None:
            await application({**scope, ABORT: transport.abort}, receive, send)

        self.app = with_way_out


class Running:
    """An emulator that is being served. Close it, or use it as a context manager."""

    def __init__(self, config: EmulatorConfig, worlds: Mapping[str, Recipe]) -> None:
        """Bind, replay the state files if there are any, and serve.

        Raises:
            EmulatorError: the port is taken, a scenario is unknown, or the state file does not fit.
        """
        listener = _bound(config)
        self._scratch: TemporaryDirectory[str] | None = None
        try:
            files = self._certificates(config)
            self.worlds = Worlds(config, worlds, time.monotonic)
        except EmulatorError:
            listener.close()
            self._tidy()
            raise
        self.ca_file = files.authority if files else None
        scheme = "https" if files else "http"
        self.url = f"{scheme}://{_spoken(config.host)}:{listener.getsockname()[1]}"
        self._postman = Postman(lambda: list(self.worlds.items().values()), anywhere=config.callbacks_anywhere)
        settings = uvicorn.Config(
            Application(self.worlds, self._postman),
            http=_Protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=LONGEST_HEAD,
            ssl_certfile=files.leaf if files else None,
            ssl_keyfile=files.key if files else None,
        )
        self._server = uvicorn.Server(settings)
        self._listener = listener
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="emulator", daemon=True)
        self._thread.start()
        self._await_start()

    def _await_start(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                self.close()
                raise EmulatorError("the emulator's server did not start")
            time.sleep(0.005)  # noqa: TID251 - this is the adapter to real time

    @property
    def emulator(self) -> Emulator:
        """The world without a name."""
        return self.worlds.default

    @property
    def facts(self) -> dict[str, Any]:
        """Everything a client must know to call; `worlds` has the same of each world under a path prefix.

        With TLS, `ca_file` is what a client must trust.
        """
        named = {name: facts(found, self.url, f"/{name}") for name, found in self.worlds.named.items()}
        trusted = {"ca_file": str(self.ca_file)} if self.ca_file else {}
        return {**facts(self.emulator, self.url), **trusted, **({"worlds": named} if named else {})}

    def _certificates(self, config: EmulatorConfig) -> Certificates | None:
        if not config.tls:
            return None
        from simulator.graph_api.tls import certificates  # noqa: PLC0415 - only those who ask for it load it

        if config.certificates is None:
            self._scratch = TemporaryDirectory(prefix="caudal-emulator-")
        folder = config.certificates or Path(self._scratch.name if self._scratch else ".")
        return certificates(folder.absolute(), real_now(), config.host)

    def _tidy(self) -> None:
        if self._scratch:
            self._scratch.cleanup()

    def close(self) -> None:
        """Stop serving, write down the time, let go of port and state file. Twice is once."""
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        self._listener.close()
        self._postman.close()
        self.worlds.close()
        self._tidy()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def run_in_thread(config: EmulatorConfig, worlds: Mapping[str, Recipe] | None = None) -> Running:
    """Serve an emulator on `config.port` (0: any free one) until it is closed, with named worlds beside it.

    Raises:
        EmulatorError: the port is taken, a scenario is unknown, or the state file does not fit.
    """
    return Running(config, worlds or {})


def _spoken(host: str) -> str:
    """How a client on this machine writes the address: every address includes this machine's own."""
    own = {"0.0.0.0": LOOPBACK[0], "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"[{own}]" if ":" in own else own


def _bound(config: EmulatorConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # Only a socket that says TCP gets TCP_NODELAY from asyncio; without it every answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise EmulatorError(
            f"port {config.port} on {config.host} cannot be used ({error.strerror}); "
            "choose another one with --port, or 0 for any that is free"
        ) from error
    return listener

"""An emulator on a loopback port, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.graph_api.asgi import ABORT, ADMIN, Application, Scope
from simulator.graph_api.config import EmulatorConfig
from simulator.graph_api.emulator import Emulator
from simulator.graph_api.errors import LATEST, EmulatorError
from simulator.graph_api.sending import Receive, Send

KEEP_ALIVE_SECONDS = 120
START_SECONDS = 30.0
STOP_SECONDS = 10.0


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

    def __init__(self, config: EmulatorConfig) -> None:
        """Bind, replay the state file if there is one, and serve.

        Raises:
            EmulatorError: the port is taken, a scenario is unknown, or the state file does not fit.
        """
        listener = _bound(config)
        try:
            self.emulator = Emulator(config, time.monotonic)
        except EmulatorError:
            listener.close()
            raise
        self.url = f"http://{config.host if ':' not in config.host else f'[{config.host}]'}:{listener.getsockname()[1]}"
        settings = uvicorn.Config(
            Application(self.emulator),
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
    def facts(self) -> dict[str, Any]:
        """Everything a client must know to call."""
        known = self.emulator.state.credentials
        return {
            "url": self.url,
            "graph_version": LATEST,
            "access_token": known.access_token,
            "app_id": known.app_id,
            "app_secret": known.app_secret,
            "business_id": known.business_id,
            "page_id": known.page_id,
            "pixel_id": known.pixel_id,
            "ad_account_ids": list(self.emulator.state.accounts),
            "admin_url": f"{self.url}/{ADMIN}",
        }

    def close(self) -> None:
        """Stop serving, write down the time, let go of port and state file. Twice is once."""
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        self._listener.close()
        self.emulator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def run_in_thread(config: EmulatorConfig) -> Running:
    """Serve an emulator on `config.port` (0: any free one) until it is closed.

    Raises:
        EmulatorError: the port is taken, a scenario is unknown, or the state file does not fit.
    """
    return Running(config)


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

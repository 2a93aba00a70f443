"""A scripted Graph API on loopback: it answers what a test tells it to, however odd."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from service.platforms.meta.account import MetaAdAccount, MetaConnection, open_account

TOKEN = "EAAB+planted/token=="  # noqa: S105 - planted, to be looked for
SECRET = "planted-app-secret"  # noqa: S105 - planted, to be looked for


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    target: str


@dataclass(frozen=True)
class Answer:
    """What to send back: an object as JSON, or bytes as they are; or to misbehave."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    silence_seconds: float = 0.0
    drip_seconds: float = 0.0
    drip_head: bool = False
    drop: bool = False
    announced_bytes: int | None = None


class ScriptedGraph:
    """A server whose `script` is asked for each answer; every request is kept in `asked`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: Callable[[Asked], Answer] = lambda asked: Answer({"data": []})
        self.ahead_seconds = 0.0
        self._released = threading.Event()
        graph = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def date_time_string(self, timestamp: float | None = None) -> str:
                return formatdate(time.time() + graph.ahead_seconds, usegmt=True)

            def log_message(self, *_: object) -> None:
                """Quiet."""

            def _serve(self) -> None:
                graph.serve(self)

            do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - http.server's names

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.02))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def always(self, answer: Answer) -> None:
        self.script = lambda asked: answer

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        params = dict(parse_qsl(parts.query))
        length = int(handler.headers.get("Content-Length") or 0)
        params |= dict(parse_qsl(handler.rfile.read(length).decode()))
        asked = Asked(handler.command, parts.path.strip("/"), params, dict(handler.headers), handler.path)
        self.asked.append(asked)
        try:
            self._send(handler, self.script(asked))
        except OSError:
            handler.close_connection = True

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        self._released.wait(answer.silence_seconds)
        if answer.drop:
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()
            handler.close_connection = True
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        if answer.drip_head:
            drip(handler, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"." * 1000, answer.drip_seconds)
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if answer.status not in {204, 304}:
            handler.send_header("Content-Length", str(answer.announced_bytes or len(body)))
        handler.end_headers()
        if answer.announced_bytes:
            handler.close_connection = True
        if not answer.drip_seconds:
            handler.wfile.write(body)
            return
        drip(handler, body, answer.drip_seconds)


def drip(handler: BaseHTTPRequestHandler, content: bytes, seconds: float) -> None:
    """One byte at a time; never silent for long."""
    for byte in content:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(seconds)


@pytest.fixture(scope="session")
def scripted_graph() -> Iterator[ScriptedGraph]:
    server = ScriptedGraph()
    yield server
    server.close()


@pytest.fixture
def graph(scripted_graph: ScriptedGraph) -> ScriptedGraph:
    """The server, with no memory of other tests."""
    scripted_graph.asked = []
    scripted_graph.ahead_seconds = 0.0
    scripted_graph.always(Answer({"data": []}))
    return scripted_graph


class Sleeper(list[float]):
    """What the account would have slept; the graph's time and the account's own go on by as much."""

    def __init__(self, graph: ScriptedGraph) -> None:
        super().__init__()
        self._graph = graph

    def wait(self, seconds: float) -> None:
        self.append(seconds)
        self._graph.ahead_seconds += seconds

    def monotonic(self) -> float:
        return time.monotonic() + self._graph.ahead_seconds


@pytest.fixture
def waits(graph: ScriptedGraph) -> Sleeper:
    """What the account would have slept."""
    return Sleeper(graph)


@pytest.fixture
def connect(graph: ScriptedGraph, waits: Sleeper) -> Callable[..., MetaAdAccount]:
    """Opens act_42 on the scripted Graph; keyword arguments go into the connection, `more` into the opening."""

    def open_it(more: Mapping[str, Any] = MappingProxyType({}), **changes: Any) -> MetaAdAccount:
        values = {
            "graph_url": graph.url,
            "access_token": TOKEN,
            "app_id": "7",
            "app_secret": SECRET,
            "account_id": "act_42",
            "timeout_seconds": 5.0,
        }
        connection = MetaConnection(**{**values, **changes})
        rng = np.random.default_rng(1)
        return open_account(connection, rng=rng, wait=waits.wait, monotonic=waits.monotonic, **more)

    return open_it


@pytest.fixture
def account(connect: Callable[..., MetaAdAccount]) -> MetaAdAccount:
    return connect()


@pytest.fixture
def planted() -> tuple[str, ...]:
    """The secrets that may show up nowhere."""
    return TOKEN, SECRET


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


FACTS = {"id": "act_42", "name": "Shop", "currency": "EUR", "timezone_name": "Europe/Berlin", "account_status": 1}


@pytest.fixture
def healthy() -> Callable[[Asked], Answer]:
    """A script for an account with two ad sets and one day of delivery."""

    def script(asked: Asked) -> Answer:
        if asked.method == "POST" and not asked.path.endswith("insights"):
            return Answer({"success": True})
        if asked.path.endswith("adsets"):
            ad_sets = [
                {"id": str(n), "name": f"set {n}", "status": "ACTIVE", "effective_status": "ACTIVE", "daily_budget": b}
                for n, b in ((1, "1000"), (2, "2500"))
            ]
            return Answer({"data": ad_sets, "paging": {"cursors": {"before": "a", "after": "b"}}})
        if asked.path.endswith("insights"):
            row = {"adset_id": "1", "date_start": "2026-03-01", "date_stop": "2026-03-01", "spend": "9.87"}
            return Answer({"data": [{**row, "impressions": "1000", "reach": "900", "clicks": "12"}]})
        return Answer(FACTS)

    return script

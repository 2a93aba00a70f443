"""Clocks: aware UTC instants or a clear complaint."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from service.adapters.clock import RemoteClock, SystemClock
from service.errors import Unavailable


class Answering(BaseHTTPRequestHandler):
    """Says what it was told to say."""

    body = b""
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, type[Answering]]]:
    handler = type("Handler", (Answering,), {})
    with HTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/clock", handler
        running.shutdown()
        thread.join()


def test_the_machines_clock_gives_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_a_platforms_clock_is_brought_to_utc(server: tuple[str, type[Answering]]) -> None:
    url, handler = server
    handler.body = b'{"now": "2026-03-02T02:30:00+01:00", "speed": 0}'
    with closing(RemoteClock(url)) as clock:
        now = clock.now()

    assert now == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    assert now.tzinfo is UTC


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"noon"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"now": 3}'),
        (200, b'{"now": "2026-03-02T02:30:00"}'),
        (503, b'{"now": "2026-03-02T02:30:00+01:00"}'),
    ],
)
def test_an_odd_clock_is_unavailable(server: tuple[str, type[Answering]], status: int, body: bytes) -> None:
    url, handler = server
    handler.status, handler.body = status, body
    with closing(RemoteClock(url)) as clock, pytest.raises(Unavailable, match="the platform's clock at http"):
        clock.now()


def test_a_clock_that_comes_back_is_read_again(server: tuple[str, type[Answering]]) -> None:
    url, handler = server
    handler.body = b'{"now": "2026-03-02T02:30:00Z"}'
    with closing(RemoteClock(url)) as clock:
        first = clock.now()
        clock._connection.close()

        assert clock.now() == first


def test_a_clock_that_is_gone_is_unavailable() -> None:
    with (
        closing(RemoteClock("http://127.0.0.1:9/clock", timeout_seconds=1)) as clock,
        pytest.raises(Unavailable, match="does not answer"),
    ):
        clock.now()

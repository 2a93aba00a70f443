"""An end to waiting for the head of an answer.

A read timeout bounds each silence, not the whole: a server that sends one byte of a header now and then is never silent
long enough. After twice the read timeout the connection is cut, whatever has come so far. The body has its own end, in
`session`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


@contextlib.contextmanager
def cut_after(sock: socket.socket | None, seconds: float | None) -> Iterator[None]:
    """Shut the socket down if the block takes longer."""
    if sock is None or not seconds:
        yield
        return
    watchdog = threading.Timer(seconds, _cut, [sock])
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()


def _cut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was closed in the same moment
        sock.shutdown(socket.SHUT_RDWR)


class _Plain(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself does
        with cut_after(self.sock, _whole(self.timeout)):
            return super().getresponse()


class _Tls(HTTPSConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself does
        with cut_after(self.sock, _whole(self.timeout)):
            return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class PatientAdapter(HTTPAdapter):
    """requests' adapter over connections whose answers must begin and go on in time; it retries nothing."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As requests does, with our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


def _whole(timeout: object) -> float | None:
    """How long the head may take: twice the read timeout, which urllib3 has set on the connection by now."""
    return 2 * timeout if isinstance(timeout, int | float) else None

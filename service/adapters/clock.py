"""The only places that read time: this machine's clock, or the clock of a platform whose time is simulated."""

from __future__ import annotations

import http.client
import json
import threading
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from service.errors import Unavailable


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """An aware UTC instant."""
        return datetime.now(UTC)  # noqa: TID251 - this is the adapter


class RemoteClock:
    """The time that a platform lives in, asked for at every call: `GET url` answers `{"now": "<ISO 8601>"}`.

    It is asked several times for every budget that is changed, hence the plain connection of the standard library,
    kept open: a quarter of the cost of a full HTTP client. Safe to use from several threads.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 5.0) -> None:
        """Args: url: where to ask; timeout_seconds: how long to wait for the answer."""
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout_seconds)
        self._path = parts.path or "/"
        self._url = url
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._connection.close()

    def now(self) -> datetime:
        """An aware UTC instant.

        Raises:
            Unavailable: the platform does not answer, or its answer is no time.
        """
        try:
            with self._lock:
                status, body = self._ask()
            answer: Any = json.loads(body)
            instant = datetime.fromisoformat(answer["now"])
        except (http.client.HTTPException, OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"the platform's clock at {self._url} does not answer: {error}") from error
        if status != http.client.OK or instant.tzinfo is None:
            raise Unavailable(f"the platform's clock at {self._url} answers status {status} and {answer['now']!r}")
        return instant.astimezone(UTC)

    def _ask(self) -> tuple[int, bytes]:
        """Status and body; a connection that was closed in between is opened once more."""
        try:
            return self._ask_once()
        except (http.client.HTTPException, ConnectionError):
            self._connection.close()
            return self._ask_once()

    def _ask_once(self) -> tuple[int, bytes]:
        try:
            self._connection.request("GET", self._path)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            self._connection.close()
            raise

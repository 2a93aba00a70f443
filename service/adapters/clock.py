"""The only places that read time: this machine's clock, or the clock of a platform whose time is simulated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from service.errors import Unavailable


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """An aware UTC instant."""
        return datetime.now(UTC)  # noqa: TID251 - this is the adapter


class RemoteClock:
    """The time that a platform lives in, asked for at every call: `GET url` answers `{"now": "<ISO 8601>"}`."""

    def __init__(self, url: str, *, timeout_seconds: float = 5.0) -> None:
        """Args: url: where to ask; timeout_seconds: how long to wait for the answer."""
        import httpx  # noqa: PLC0415 - 0.2 s, only where time is simulated

        self._url = url
        # trust_env=False: a simulated clock is on this machine, never behind the proxy of the environment.
        self._client = httpx.Client(timeout=timeout_seconds, trust_env=False)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def now(self) -> datetime:
        """An aware UTC instant.

        Raises:
            Unavailable: the platform does not answer, or its answer is no time.
        """
        import httpx  # noqa: PLC0415 - imported in the constructor already

        try:
            answer: Any = self._client.get(self._url).raise_for_status().json()
            instant = datetime.fromisoformat(answer["now"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"the platform's clock at {self._url} does not answer: {error}") from error
        if instant.tzinfo is None:
            raise Unavailable(f"the platform's clock at {self._url} gives a time without a time zone")
        return instant.astimezone(UTC)

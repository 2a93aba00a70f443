"""The SDK's session with a transport that Caudal can trust.

The SDK ignores the HTTP status and parses whatever arrives, follows redirects, waits for ever and puts the token into
every URL. All of that is settled below it, in the `requests` session that it is handed; the SDK itself is unmodified.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import requests
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

from service.platforms.meta.connection import MetaConnection
from service.platforms.meta.errors import BadAnswer, Complained, complaint_of, scrub_queries, scrubber
from service.platforms.meta.patience import PatientAdapter
from service.platforms.meta.usage import Usage, usage_of
from service.platforms.meta.versions import VersionDrift, drift_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHUNK_BYTES = 64 * 1024
_CONNECT_SECONDS = 5.0
_POOL_SIZE = 32

log = logging.getLogger("caudal.meta")


class GraphTransport(requests.Session):
    """Answers of the Graph API, whole and understood, or `BadAnswer` and `Complained`."""

    def __init__(self, connection: MetaConnection, hear: Callable[[Mapping[str, str], Usage | None], None]) -> None:
        """No environment proxies, no redirects, a bounded body, a pool for many threads.

        Args:
            connection: where and as whom.
            hear: told the headers of every answer and the allowances among them.
        """
        super().__init__()
        self.trust_env = False  # a proxy or .netrc of the machine must neither see nor replace the token
        self.stream = True  # the body is read below, within bounds
        self.latest_usage: Usage | None = None
        self.drift: VersionDrift | None = None
        self._hear = hear
        self._version = connection.api_version
        self.scrub = scrubber([connection.access_token, connection.app_secret])
        self._deadline_seconds = 2 * connection.timeout_seconds
        self._max_bytes = connection.max_answer_bytes
        for scheme in ("https://", "http://"):
            self.mount(scheme, PatientAdapter(pool_connections=4, pool_maxsize=_POOL_SIZE))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """The Graph API does not redirect; a token is not carried elsewhere."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """One exchange. The answer is read whole and judged before the SDK parses it."""
        response = super().send(request, **kwargs)
        try:
            text = self.scrub(_text(self._read(response), response.status_code))
        finally:
            response.close()
        # requests has no public way to hand over a body that was read already.
        response._content = text.encode()  # noqa: SLF001
        response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        response.encoding = "utf-8"
        response.request = self._without_secrets(request)
        usage = usage_of(response.headers)
        self.latest_usage = usage or self.latest_usage
        self._hear(response.headers, usage)
        self._note_version(response.headers.get("facebook-api-version"))
        self._judge(request, response.status_code, text, usage)
        return response

    def _without_secrets(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """What the answer keeps of its request, and the SDK prints as a curl line where it is told to debug."""
        shown = request.copy()
        shown.url = self.scrub(shown.url or "")
        shown.headers.pop("Authorization", None)
        shown.body = self.scrub(shown.body) if isinstance(shown.body, str) else None
        return shown

    def _note_version(self, answered: str | None) -> None:
        """Warn once where Meta answers in another version than asked."""
        drift = drift_of(self._version, answered)
        if drift is not None and drift != self.drift:
            log.warning("%s", drift)
        self.drift = drift or self.drift

    def _read(self, response: requests.Response) -> bytes:
        """The whole body, in bounded time and space: a drip of bytes would outlive any read timeout."""
        until = time.monotonic() + self._deadline_seconds
        parts: list[bytes] = []
        size = 0
        while part := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > self._max_bytes:
                raise BadAnswer(f"more than {self._max_bytes} bytes")
            if time.monotonic() > until:
                raise BadAnswer(f"still dripping after {self._deadline_seconds:g} seconds")
        return b"".join(parts)

    def _judge(self, request: requests.PreparedRequest, status: int, text: str, usage: Usage | None) -> None:
        body = _object(text, status)
        if "error" in body:
            raise Complained(complaint_of(body, status, self.scrub), usage)
        if status != requests.codes.ok:
            raise BadAnswer(f"HTTP {status} without an error object")
        if body.get("success", True) is not True:
            raise BadAnswer("success is not true")
        if request.method != "GET" and not ({"success", "id", "report_run_id"} & body.keys()):
            raise BadAnswer("no acknowledgement of the write")


def open_api(
    connection: MetaConnection, hear: Callable[[Mapping[str, str], Usage | None], None]
) -> tuple[FacebookAdsApi, GraphTransport]:
    """An API object of its own for one account: nothing global is set, no crash reports are sent.

    Args:
        connection: where and as whom.
        hear: told the headers of every answer and the allowances among them.
    """
    session = FacebookSession(
        app_id=connection.app_id,
        app_secret=connection.app_secret,
        access_token=connection.access_token,
        timeout=(min(_CONNECT_SECONDS, connection.timeout_seconds), connection.timeout_seconds),
    )
    session.GRAPH = connection.graph_url.rstrip("/")
    transport = GraphTransport(connection, hear)
    transport.verify = session.requests.verify
    transport.params = dict(session.requests.params)
    session.requests.close()
    session.requests = transport
    if connection.token_in_header:
        transport.params.pop("access_token")
        transport.headers["Authorization"] = f"Bearer {connection.access_token}"
    _scrub_wire_log()
    return FacebookAdsApi(session, api_version=connection.api_version), transport


class _ScrubQueries(logging.Filter):
    """urllib3 logs each URL at DEBUG; the secrets among its parameters are taken out."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub_queries(record.getMessage()), ()
        return True


def _scrub_wire_log() -> None:
    log = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(known, _ScrubQueries) for known in log.filters):
        log.addFilter(_ScrubQueries())


def _text(content: bytes, status: int) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass  # raised outside the handler: the exception holds the bytes
    raise BadAnswer(f"HTTP {status} with a body that is no text")


def _object(text: str, status: int) -> Mapping[str, Any]:
    """The body as a JSON object.

    Raises:
        BadAnswer: empty, HTML, truncated, or JSON that is no object.
    """
    if not text.strip():
        raise BadAnswer(f"HTTP {status} with an empty body")
    try:
        body = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        kind = "HTML" if text.lstrip().startswith("<") else "no whole JSON"
        raise BadAnswer(f"HTTP {status} with a body that is {kind}") from None
    if not isinstance(body, dict):
        raise BadAnswer(f"HTTP {status} with JSON that is no object")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(name)

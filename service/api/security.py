"""Who may name us, and what a browser may do with our answers."""

from __future__ import annotations

from collections.abc import Iterable

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""The names a browser on this machine uses; any other is a stranger's page that rebinds its name to us."""

POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
    "img-src 'self' data:; style-src 'self'{style}"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class KnownHosts(ASGIMiddleware):
    """Refuse requests that name a host we are not (DNS rebinding)."""

    scopes = (ScopeType.HTTP, ScopeType.ASGI)

    def __init__(self, hosts: Iterable[str]) -> None:
        self.hosts = tuple(hosts)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass on what names one of our hosts, with any port.

        Raises:
            ClientException: another host, or none.
        """
        host = Headers.from_scope(scope).get("host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name.lower() not in self.hosts:
            raise ClientException(f"this service does not answer to the host {host!r}: use {', '.join(self.hosts)}")
        await next_app(scope, receive, send)


async def add_headers(message: Message, scope: Scope) -> None:
    """Security headers on every answer, errors included; the OpenAPI page alone may style itself inline."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    own = dict(HEADERS)
    path = scope["path"]
    own["content-security-policy"] = POLICY.format(style=" 'unsafe-inline'" if path.startswith("/docs") else "")
    if not path.startswith("/static"):
        own["cache-control"] = "no-store"
    for name, value in own.items():
        headers.setdefault(name, value)

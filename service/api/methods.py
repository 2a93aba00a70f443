"""HEAD wherever GET is, and one list of allowed methods however it is asked for."""

from __future__ import annotations

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Answers HEAD as GET, without the body: health checkers and link checkers ask so.

    It stands around the whole application, not among its middleware: those are chosen by the method.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Stand around this application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on everything but HEAD as it is."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        # A copy: the server below must go on seeing HEAD, so that it does not wait for the announced length.
        asked: Scope = {**scope, "method": "GET"}
        await self._app(asked, receive, without_body)


def allowed(methods: str) -> str:
    """The methods of an `Allow` header in one order, with HEAD where GET is.

    >>> allowed("PATCH, GET, OPTIONS")
    'GET, HEAD, OPTIONS, PATCH'
    """
    names = {name for part in methods.split(",") if (name := part.strip())}
    return ", ".join(sorted(names | ({"HEAD"} if "GET" in names else set())))


async def complete_allow(message: Message, scope: Scope) -> None:
    """Every `Allow` header, of 405 and of OPTIONS, names the same methods."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    if "allow" in headers:
        headers["allow"] = allowed(", ".join(_methods_of_route(scope)) or headers["allow"])


def _methods_of_route(scope: Scope) -> list[str]:
    """All methods of the route that answered; none where no route did. Litestar's own OPTIONS forgets added ones."""
    template = scope.get("path_template")
    routes = scope["litestar_app"].routes
    return [
        name
        for route in routes
        if isinstance(route, HTTPRoute) and route.path_format == template
        for name in route.methods
    ]

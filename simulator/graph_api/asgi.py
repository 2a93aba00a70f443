"""The HTTP shell: bytes in, a plain request; a reply, bytes out. Framing is all it knows."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import logging
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from python_multipart import parse_form
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File

from simulator.graph_api.admin import admin
from simulator.graph_api.creatives import preview_page
from simulator.graph_api.emulator import Emulator
from simulator.graph_api.errors import EmulatorError, GraphError
from simulator.graph_api.faults import HEADER
from simulator.graph_api.messages import Request, Response
from simulator.graph_api.page import page
from simulator.graph_api.sending import Receive, Send, deliver
from simulator.graph_api.spoiling import JSON_TYPE, Reply
from simulator.graph_api.uploads import hosted, upload
from simulator.graph_api.webhooks import HANDSHAKE
from simulator.graph_api.webhooks.handshake import asks_for_handshake, with_outcome
from simulator.graph_api.webhooks.postman import Postman
from simulator.graph_api.worlds import ADMIN, Place, Worlds
from simulator.graph_api.worlds_admin import DOOR, worlds_admin

Scope = MutableMapping[str, Any]

FILES = "files/"
ABORT = "caudal.abort"
"""Scope key under which the server hands over how to end a connection without an answer."""
SUBSCRIBING = (("subscriptions",), ("subscribed_apps",))
FOREIGN = Response({"error": "pages of other sites may not steer the emulator"}, 403)
MAX_BODY = 32 * 2**20
FAILED = "An unknown error occurred: the emulator itself failed at {} {}; what happened is on its standard error"

log = logging.getLogger("caudal.emulator")


class Application:
    """An ASGI application over the worlds of one process, and the one who sends their webhooks."""

    def __init__(self, worlds: Worlds, postman: Postman) -> None:
        self.worlds = worlds
        self.postman = postman

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        body = await _body(receive)
        try:
            reply = await self._reply(scope, body)
        except Exception:  # a client that expects the API's shapes gets one, whatever broke
            log.exception("%s %s failed", scope["method"], scope["path"])
            error = {"message": FAILED.format(scope["method"], scope["path"]), "type": "OAuthException", "code": 1}
            reply = _json(Response({"error": error}, 500))
        await deliver(reply, receive, send, scope[ABORT])

    async def _reply(self, scope: Scope, body: bytes | None) -> Reply | None:
        """What to send; None: nothing, the connection ends."""
        if body is None:
            return _json(Response({"error": f"bodies end at {MAX_BODY} bytes here"}, 413))
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            params = read_params(scope["query_string"].decode(), headers.get("content-type", ""), body)
        except (ValueError, RecursionError) as error:
            return _json(_unreadable(scope["path"], body, error))
        params.pop(HANDSHAKE, None)
        place = self.worlds.place(scope["path"])
        if place is None:
            return _json(self._unknown_world(scope["path"]))
        method, own_url = scope["method"], f"{scope['scheme']}://{headers.get('host', '')}"
        parts = [part for part in place.path.split("/") if part]
        if parts[:1] == [ADMIN]:
            own = not _from_elsewhere(headers)
            return await self._admin(place, method, parts[1:], params, own_url) if own else _json(FOREIGN)
        if method in ("GET", "HEAD") and not parts and not params:
            return page()
        request = _request(method, place.path, headers, params, f"{own_url}{place.prefix}")
        return await self._served(place, request, headers.get(HEADER))

    async def _served(self, place: Place, request: Request, wish: str | None) -> Reply | None:
        """The API's answer; a subscription's callback address is asked first, and from then on changes are told."""
        if asks_for_handshake(request):
            request = await asyncio.to_thread(with_outcome, request, anywhere=self.worlds.config.callbacks_anywhere)
        reply = _served(place.emulator, request, wish)
        if request.segments[-1:] in SUBSCRIBING:
            self.postman.look(place.emulator)
        if request.method != "GET":
            self.postman.wake()
        return reply

    async def _admin(self, place: Place, method: str, parts: list[str], params: dict[str, Any], own_url: str) -> Reply:
        if parts[:1] == [DOOR] and not place.prefix:
            # A world takes a second to begin: the others go on meanwhile.
            door = "/".join(parts[1:])
            return _json(await asyncio.to_thread(worlds_admin, self.worlds, method, door, params, own_url))
        if parts == ["webhooks"] and method in ("GET", "POST"):
            return _json(self._webhooks(place.emulator, method, params))
        reply = _door(place.emulator, method, "/".join(parts), params)
        if method != "GET":
            self.postman.wake()
        return reply

    def _webhooks(self, emulator: Emulator, method: str, params: dict[str, Any]) -> Response:
        try:
            told = self.postman.tell(emulator, params) if method == "POST" else self.postman.shown(emulator)
        except EmulatorError as error:
            return Response({"error": str(error)}, 400)
        return Response(told)

    def _unknown_world(self, path: str) -> Response:
        name = path.split("/")[1]
        known = ", ".join(self.worlds.named) or "none; the one without a name is at /v26.0"
        message = f"There is no world {name!r} here. Known: {known}. Make one with POST /{ADMIN}/{DOOR}."
        return Response({"error": {"message": message, "type": "GraphMethodException", "code": 2500}}, 404)


def _unreadable(path: str, body: bytes, error: Exception) -> Response:
    """A body that is not what it says, refused in the shape of the door it came to."""
    if ADMIN in path.split("/"):
        return Response({"error": f"the body cannot be read: {error}"}, 400)
    trace_id = "A" + hashlib.sha256(path.encode() + body).hexdigest()[:22]
    return Response(GraphError(1, str(error), kind="Exception").body(trace_id), 400)


def _from_elsewhere(headers: dict[str, str]) -> bool:
    """Whether a browser sends this for a page that is not ours; programs that are no browsers name no origin."""
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def _door(emulator: Emulator, method: str, name: str, params: dict[str, Any]) -> Reply:
    """What is beside the API: files that were uploaded, what a preview's frame shows, and the administrator's door."""
    if name.startswith(FILES):
        found = hosted(emulator.state, name.removeprefix(FILES))
        return Reply(200, {"Content-Type": found[0]}, found[1]) if found else _json(Response({"error": "no file"}, 404))
    if name == "preview":
        shown = preview_page(emulator.state, str(params.get("creative", "")))
        return Reply(200, {"Content-Type": "text/html; charset=UTF-8"}, shown.encode())
    return _json(admin(emulator, method, name, params))


def _served(emulator: Emulator, request: Request, wish: str | None) -> Reply | None:
    """The emulator's answer, unless the request asks for a fault that cannot be."""
    try:
        return emulator.serve(request, wish)
    except EmulatorError as error:
        return _json(Response({"error": str(error)}, 400))


def _request(method: str, path: str, headers: dict[str, str], params: dict[str, Any], base_url: str) -> Request:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return Request(
        method=method,
        path=path,
        params=params,
        bearer=token.strip() if scheme.lower() in ("bearer", "oauth") else None,
        base_url=base_url,
    )


def read_params(query: str, content_type: str, body: bytes) -> dict[str, Any]:
    """Parameters of query and body together; the body's come last.

    Raises:
        ValueError: a body that is not what its content type says.
    """
    params: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return params
    if kind == "application/json":
        found = json.loads(body)
        if not isinstance(found, dict):
            raise ValueError("a JSON body must be an object")
        return {**params, **found}
    if kind == "multipart/form-data":
        return {**params, **_multipart(content_type, body)}
    return {**params, **dict(parse_qsl(body.decode(), keep_blank_values=True))}


def _multipart(content_type: str, body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def on_field(part: Field) -> None:
        found[(part.field_name or b"").decode()] = (part.value or b"").decode()

    def on_file(part: File) -> None:
        part.file_object.seek(0)
        found[(part.field_name or b"").decode()] = upload((part.file_name or b"").decode(), part.file_object.read())

    try:
        parse_form({"Content-Type": content_type.encode()}, io.BytesIO(body), on_field, on_file)
    except FormParserError as error:
        raise ValueError(f"the multipart body cannot be read: {error}") from error
    return found


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None where it is longer than we take."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _json(response: Response) -> Reply:
    return Reply(response.status, {"Content-Type": JSON_TYPE}, json.dumps(response.body).encode())

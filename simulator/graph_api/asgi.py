"""The HTTP shell: bytes in, a plain request; a reply, bytes out. Framing is all it knows."""

from __future__ import annotations

import io
import json
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from python_multipart import parse_form
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File

from simulator.graph_api.admin import admin
from simulator.graph_api.emulator import Emulator
from simulator.graph_api.errors import EmulatorError
from simulator.graph_api.faults import HEADER
from simulator.graph_api.messages import Request, Response
from simulator.graph_api.sending import Receive, Send, deliver
from simulator.graph_api.spoiling import JSON_TYPE, Reply

Scope = MutableMapping[str, Any]

ADMIN = "_emulator"
ABORT = "caudal.abort"
"""Scope key under which the server hands over how to end a connection without an answer."""
MAX_BODY = 32 * 2**20


class Application:
    """An ASGI application over one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return None
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _body(receive)
        if body is None:
            return await _send(send, _json(Response({"error": f"bodies end at {MAX_BODY} bytes here"}, 413)))
        try:
            params = read_params(scope["query_string"].decode(), headers.get("content-type", ""), body)
        except (ValueError, RecursionError) as error:
            return await _send(
                send, _json(Response({"error": {"message": str(error), "type": "Exception", "code": 1}}, 400))
            )
        parts = [part for part in scope["path"].split("/") if part]
        if parts[:1] == [ADMIN]:
            return await _send(send, _json(admin(self.emulator, scope["method"], "/".join(parts[1:]), params)))
        try:
            reply = self.emulator.serve(_request(scope, headers, params), headers.get(HEADER))
        except EmulatorError as error:
            return await _send(send, _json(Response({"error": str(error)}, 400)))
        return await deliver(reply, receive, send, scope[ABORT])


def _request(scope: Scope, headers: dict[str, str], params: dict[str, Any]) -> Request:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return Request(
        method=scope["method"],
        path=scope["path"],
        params=params,
        bearer=token.strip() if scheme.lower() in ("bearer", "oauth") else None,
        base_url=f"{scope['scheme']}://{headers.get('host', '')}",
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
        found[(part.field_name or b"").decode()] = (part.file_name or b"").decode()

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


async def _send(send: Send, reply: Reply) -> None:
    headers = {**reply.headers, "Content-Length": str(len(reply.payload))}
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
    await send({"type": "http.response.body", "body": reply.payload})

"""Sending a reply as slowly as it says. It waits here, in the shell, while the emulator answers others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from simulator.graph_api.spoiling import Reply

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PIECES = 20


async def deliver(reply: Reply | None, receive: Receive, send: Send, abort: Callable[[], None]) -> None:
    """Send a reply, or end the connection where there is none; a client that leaves is not waited for."""
    if reply is not None and reply.wait_seconds > 0 and await left(receive, reply.wait_seconds):
        return
    if reply is None or reply.silent:
        abort()
        await left(receive, None)
        return
    headers = {**reply.headers, "Content-Length": str(len(reply.payload))}
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
    if reply.drip_seconds > 0 and await _dripped(reply, receive, send):
        return
    await send({"type": "http.response.body", "body": b"" if reply.drip_seconds > 0 else reply.payload})


async def _dripped(reply: Reply, receive: Receive, send: Send) -> bool:
    """Send the payload piece by piece; says whether the client left before the end."""
    step = max(1, -(-len(reply.payload) // PIECES))
    pieces = [reply.payload[start : start + step] for start in range(0, len(reply.payload), step)]
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        if await left(receive, reply.drip_seconds / len(pieces)):
            return True
    return False


async def left(receive: Receive, seconds: float | None) -> bool:
    """Wait for real seconds (None: as long as it takes); True as soon as the client has closed its connection."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True

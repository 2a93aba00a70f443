"""Cursor paging: opaque cursors, `next` only where there is more."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from simulator.graph_api.errors import bad_param
from simulator.graph_api.messages import Request
from simulator.graph_api.params import page_size

Item = TypeVar("Item")


def encode(key: str) -> str:
    """An opaque cursor for a key."""
    return base64.urlsafe_b64encode(f"c:{key}".encode()).decode()


def decode(cursor: Any, name: str) -> str:
    """The key inside a cursor; anything else is refused."""
    try:
        text = base64.urlsafe_b64decode(str(cursor).encode()).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    if not text.startswith("c:"):
        raise bad_param(name, f"is not a valid cursor: {cursor}")
    return text[2:]


def row_keys(count: int) -> list[str]:
    """Keys of rows that have no id: their place, so padded that order of text is order of place."""
    return [f"{i:09d}" for i in range(count)]


def page(
    request: Request, items: Sequence[Item], keys: Sequence[str], render: Callable[[Item], dict[str, Any]]
) -> dict[str, Any]:
    """One page of `items` as Graph answers it; only what is on the page is rendered.

    Args:
        request: its `limit`, `after`, `before` choose the page.
        items: all rows, in order.
        keys: one distinct key per row, ascending; a row that has gone since does not disturb the rest.
        render: makes the JSON object of one row.
    """
    size = page_size(request.params)
    start = 0
    if after := request.params.get("after"):
        start = bisect_right(keys, decode(after, "after"))
    elif before := request.params.get("before"):
        end = bisect_left(keys, decode(before, "before"))
        start, size = max(0, end - size), min(size, end)
    chosen = items[start : start + size]
    body: dict[str, Any] = {"data": [render(item) for item in chosen]}
    if not chosen:
        return body
    first, last = encode(keys[start]), encode(keys[start + len(chosen) - 1])
    paging: dict[str, Any] = {"cursors": {"before": first, "after": last}}
    if start + len(chosen) < len(items):
        paging["next"] = url(request, after=last)
    if start:
        paging["previous"] = url(request, before=first)
    body["paging"] = paging
    return body


def url(request: Request, **cursor: str) -> str:
    """The address of another page of the same list."""
    kept = {name: value for name, value in request.params.items() if name not in ("after", "before")}
    return f"{request.base_url}/{'/'.join(request.segments)}?{urlencode({**kept, **cursor})}"

"""Pages of an edge, to the end.

The SDK's cursor ends at an empty page even if more follow, and circles for ever on a repeated cursor. This loop does
neither; it goes by `cursors.after` and never opens the `next` URL, which carries the token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.platforms.meta.errors import Malformed

MAX_PAGES = 2000


def all_rows(
    what: str, fetch: Callable[[str | None], Mapping[str, Any]], *, max_pages: int = MAX_PAGES
) -> list[Mapping[str, Any]]:
    """The rows of every page, in order.

    Args:
        what: what is being read, for messages.
        fetch: gives the page after a cursor; None asks for the first.
        max_pages: where patience ends.

    Raises:
        Malformed: a page without rows, a next page without a cursor, a cursor seen before, or too many pages.
    """
    rows: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    after: str | None = None
    for _ in range(max_pages):
        page = fetch(after)
        rows += _data(what, page)
        after = _next_cursor(what, page)
        if after is None:
            return rows
        if after in seen:
            raise Malformed(f"{what}: Meta repeats a page cursor, so the list has no end")
        seen.add(after)
    raise Malformed(f"{what}: more than {max_pages} pages")


def _data(what: str, page: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    data = page.get("data")
    if not isinstance(data, list) or not all(isinstance(row, Mapping) for row in data):
        raise Malformed(f"{what}: a page without a list of rows in `data`")
    return data


def _next_cursor(what: str, page: Mapping[str, Any]) -> str | None:
    """The cursor of the next page, None on the last: `after` is there on every page, `next` only if more follow."""
    paging = page.get("paging")
    if not isinstance(paging, Mapping) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, Mapping) else None
    if not isinstance(after, str) or not after:
        raise Malformed(f"{what}: another page follows, but Meta gave no cursor to it")
    return after

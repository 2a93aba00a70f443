"""Pages of an edge, to the end.

The SDK's cursor ends at an empty page even if more follow, stops without a word where a page gives an offset instead of
a cursor, and circles for ever on a repeated one. This loop does none of that; it goes by `cursors.after`, or by the
offset or cursor that the `next` URL names, and never opens that URL, which carries the token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from service.platforms.meta.errors import Malformed

MAX_PAGES = 2000
_PLACES = ("after", "offset", "__paging_token", "until", "since")
"""Parameters of a `next` URL that say where the next page begins (Graph API, "Paginated Results")."""

Row = Mapping[str, Any]
Place = Mapping[str, str]


def all_rows(
    what: str,
    fetch: Callable[[Place], Mapping[str, Any]],
    *,
    key: Callable[[Row], object] | None = None,
    counted: bool = False,
    max_pages: int = MAX_PAGES,
) -> list[Row]:
    """The rows of every page, in order, none lost and none twice.

    Args:
        what: what is being read, for messages.
        fetch: gives the page at a place: parameters such as {"after": "MTA="}; {} asks for the first.
        key: what tells rows apart. A row that comes again as it was is left out, as pages shift while they are read.
        counted: compare the number of rows with `summary.total_count`, where the pages tell it.
        max_pages: where patience ends.

    Raises:
        Malformed: a page without rows, a next page without a place, a place seen before, too many pages, a row seen
            twice with different content, or fewer rows than Meta counts.
    """
    rows: list[Row] = []
    seen: set[tuple[tuple[str, str], ...]] = set()
    place: Place = {}
    total = 0
    for _ in range(max_pages):
        page = fetch(place)
        rows += _data(what, page)
        total = max(total, _total(page))
        following = _next_place(what, page)
        if following is None:
            kept = rows if key is None else distinct(what, rows, key)
            if counted and len(kept) < total:
                raise Malformed(f"{what}: Meta counts {total} rows and gave {len(kept)}")
            return kept
        place, mark = following, tuple(sorted(following.items()))
        if mark in seen:
            raise Malformed(f"{what}: Meta repeats a page cursor, so the list has no end")
        seen.add(mark)
    raise Malformed(f"{what}: more than {max_pages} pages")


def distinct(what: str, rows: list[Row], key: Callable[[Row], object]) -> list[Row]:
    """Rows without repetitions, in order of their first coming.

    Raises:
        Malformed: two rows of one key differ: one of them is wrong, and nobody knows which.
    """
    found: dict[object, Row] = {}
    for row in rows:
        name = key(row)
        if found.setdefault(name, row) != row:
            raise Malformed(f"{what}: {name} comes twice, with different figures")
    return list(found.values())


def _data(what: str, page: Mapping[str, Any]) -> list[Row]:
    data = page.get("data")
    if not isinstance(data, list) or not all(isinstance(row, Mapping) for row in data):
        raise Malformed(f"{what}: a page without a list of rows in `data`")
    return data


def _total(page: Mapping[str, Any]) -> int:
    summary = page.get("summary")
    total = summary.get("total_count") if isinstance(summary, Mapping) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else 0


def _next_place(what: str, page: Mapping[str, Any]) -> Place | None:
    """Where the next page begins, None on the last: `after` is there on every page, `next` only if more follow."""
    paging = page.get("paging")
    if not isinstance(paging, Mapping) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, Mapping) else None
    if isinstance(after, str) and after:
        return {"after": after}
    asked = parse_qs(urlsplit(str(paging["next"])).query)
    place = {name: asked[name][0] for name in _PLACES if name in asked}
    if not place:
        raise Malformed(f"{what}: another page follows, but Meta gave no cursor to it")
    return place

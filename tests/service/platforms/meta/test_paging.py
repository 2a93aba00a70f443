"""Every row of every page, and an end."""

from __future__ import annotations

import pytest

from service.platforms.meta.errors import Malformed
from service.platforms.meta.paging import all_rows


def page(ids, after=None, **paging):
    more = {"cursors": {"before": "x", "after": after}, "next": "https://elsewhere/?access_token=x"} if after else {}
    return {"data": [{"id": i} for i in ids], "paging": {**more, **paging}}


def read(*pages, max_pages=50):
    left = list(pages)
    cursors = []

    def fetch(after):
        cursors.append(after.get("after"))
        return left.pop(0)

    return [row["id"] for row in all_rows("reading", fetch, max_pages=max_pages)], cursors


def test_pages_are_read_in_order_by_their_cursors() -> None:
    assert read(page("ab", "c1"), page("cd", "c2"), page("e")) == (list("abcde"), [None, "c1", "c2"])


def test_an_empty_page_is_not_the_end_if_another_follows() -> None:
    assert read(page("a", "c1"), page("", "c2"), page("b"))[0] == ["a", "b"]


def test_a_cursor_without_a_next_page_is_the_end() -> None:
    assert read({"data": [], "paging": {"cursors": {"after": "c1"}}}, page("a"))[1] == [None]


@pytest.mark.parametrize("paging", [None, {}, [], "x", {"next": None}, {"next": ""}])
def test_odd_paging_without_next_is_the_end(paging) -> None:
    assert read({"data": [{"id": "a"}], "paging": paging})[0] == ["a"]


def test_a_repeated_cursor_is_an_error_and_not_a_circle() -> None:
    with pytest.raises(Malformed, match="repeats a page cursor"):
        read(*[page("a", "c1"), page("b", "c2")] * 20)


def test_a_next_page_without_a_cursor_is_an_error_and_not_the_end() -> None:
    for cursors in ({}, {"after": ""}, {"after": 5}, None):
        with pytest.raises(Malformed, match="no cursor"):
            read({"data": [], "paging": {"next": "https://x", "cursors": cursors}})


def test_patience_with_pages_is_bounded() -> None:
    with pytest.raises(Malformed, match="more than 5 pages"):
        read(*[page("a", f"c{i}") for i in range(10)], max_pages=5)


@pytest.mark.parametrize("data", [None, {}, "x", ["x"], [[]], [None]])
def test_a_page_without_rows_is_an_error(data) -> None:
    with pytest.raises(Malformed, match="data"):
        read({"data": data})
    with pytest.raises(Malformed, match="data"):
        read({})

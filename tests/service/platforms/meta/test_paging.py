"""Every row of every page, and an end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_offset_paging_is_followed_to_its_end() -> None:
    following = {"next": "https://elsewhere/?access_token=x&offset=2&limit=2"}
    places = []

    def fetch(place):
        places.append(dict(place))
        return page("cd") if place else {"data": [{"id": "a"}, {"id": "b"}], "paging": following}

    assert [row["id"] for row in all_rows("reading", fetch)] == list("abcd")
    assert places == [{}, {"offset": "2"}]


def test_a_repeated_offset_is_an_error_and_not_a_circle() -> None:
    with pytest.raises(Malformed, match="repeats"):
        all_rows("reading", lambda place: {"data": [], "paging": {"next": "https://x/?offset=2"}})


def rows_of(*pages, **options):
    left = list(pages)
    return all_rows("reading", lambda place: left.pop(0), key=lambda row: row["id"], **options)


def test_a_row_that_moved_to_the_next_page_is_counted_once() -> None:
    assert [row["id"] for row in rows_of(page("ab", "c1"), page("bc"))] == ["a", "b", "c"]


def test_a_row_that_comes_twice_with_different_figures_is_an_error() -> None:
    with pytest.raises(Malformed, match="twice"):
        rows_of(page("a", "c1"), {"data": [{"id": "a", "spend": "1"}]})


def test_fewer_rows_than_meta_counts_are_an_error_where_that_matters() -> None:
    short = {**page("ab"), "summary": {"total_count": 3}}

    assert len(rows_of(short)) == 2
    with pytest.raises(Malformed, match="counts 3 rows and gave 2"):
        rows_of(short, counted=True)
    assert len(rows_of({**page("abc"), "summary": {"total_count": 3}}, counted=True)) == 3


@given(
    ids=st.lists(st.integers(0, 99), unique=True, max_size=40),
    sizes=st.lists(st.integers(0, 5), min_size=1, max_size=30),
    repeat=st.booleans(),
)
def test_no_cut_into_pages_loses_or_doubles_a_row(ids, sizes, repeat) -> None:
    pages, left = [], list(ids)
    for size in sizes:
        pages.append(left[:size])
        left = left[size:] if not repeat else [*left[max(0, size - 1) : size], *left[size:]]
    pages.append(left)
    chain = [page(part, f"c{n}" if n < len(pages) - 1 else None) for n, part in enumerate(pages)]

    assert [row["id"] for row in rows_of(*chain, max_pages=99)] == ids

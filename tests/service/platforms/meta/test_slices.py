"""A report that is too much is asked for in parts that together are the whole, once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.platforms.meta.slices import Slice, cut

FIRST = date(2026, 3, 1)
IDS = st.lists(st.integers(1, 30).map(str), unique=True, max_size=9)
FIELDS = st.lists(st.sampled_from(["spend", "reach", "clicks", "actions"]), unique=True, min_size=1)


def cells(part: Slice, every_id: list[str]) -> set[tuple[date, str, str]]:
    days = [part.since + timedelta(days=n) for n in range(part.days)]
    ids = [i for i in every_id if part.ids is None or (i in part.ids) != part.others]
    return {(day, i, name) for day in days for i in ids for name in part.fields}


@pytest.mark.slow
@given(st.integers(1, 40), IDS, IDS, FIELDS)
def test_parts_of_parts_down_to_the_last_make_up_the_whole_and_none_twice(days, known, strange, fields) -> None:
    every_id = [*known, *(i for i in strange if i not in known)]
    whole = Slice(FIRST, FIRST + timedelta(days=days - 1), tuple(fields))
    waiting, found = [whole], []
    while waiting:
        part = waiting.pop()
        smaller = cut(part, known)
        assert all(cells(s, every_id) <= cells(part, every_id) for s in smaller)
        waiting += smaller
        found += [] if smaller else [part]

    pieces = [cell for part in found for cell in cells(part, every_id)]
    assert len(pieces) == len(set(pieces))
    assert set(pieces) == cells(whole, every_id)
    assert all(part.days == 1 and len(part.fields) == 1 for part in found)


def test_days_are_cut_first_then_ad_sets_then_fields() -> None:
    two_days = Slice(FIRST, FIRST + timedelta(days=1), ("spend", "reach"))
    one_day = cut(two_days, ("1", "2", "3"))[0]
    by_id = cut(one_day, ("1", "2", "3"))

    assert (one_day.since, one_day.until) == (FIRST, FIRST)
    assert [(part.ids, part.others) for part in by_id] == [
        (("1",), False),
        (("2", "3"), False),
        (("1", "2", "3"), True),
    ]
    assert [part.fields for part in cut(by_id[0], ())] == [("spend",), ("reach",)]
    assert by_id[2].params()["filtering"] == [{"field": "adset.id", "operator": "NOT_IN", "value": ["1", "2", "3"]}]

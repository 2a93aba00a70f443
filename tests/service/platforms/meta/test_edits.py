"""An ad set's budget is changed less often than Meta would block it for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import TooManyEdits
from service.platforms.meta.edits import HOUR_SECONDS, EditBook, edit_wait_seconds

TIMES = st.lists(st.floats(0.0, 10_000.0), max_size=12)


@given(edits=st.lists(st.tuples(st.floats(0.0, 2000.0), st.booleans()), max_size=40))
def test_no_hour_ever_holds_more_than_four_changes_and_only_lowering_makes_the_fourth(edits) -> None:
    now, sent = 0.0, []
    for gap, lowers in edits:
        now += gap
        if edit_wait_seconds([at for at, _ in sent], now, lowers=lowers) == 0.0:
            sent.append((now, lowers))

    for i, (at, lowers) in enumerate(sent):
        within = [t for t, _ in sent[: i + 1] if at - HOUR_SECONDS < t]
        assert len(within) <= (4 if lowers else 3)


@given(TIMES, st.floats(0.0, 20_000.0), st.booleans())
def test_after_the_wait_the_change_is_allowed(edits, now, lowers) -> None:
    wait = edit_wait_seconds(edits, now, lowers=lowers)

    assert wait <= HOUR_SECONDS + 1e-6
    later = now + wait + 1e-3
    assert edit_wait_seconds([min(at, now) for at in edits], later, lowers=lowers) == 0.0


def test_ad_sets_do_not_share_their_hours() -> None:
    book = EditBook()
    for _ in range(3):
        book.edited("1", 0.0)

    book.check("2", 1.0, lowers=False)
    book.check("1", 1.0, lowers=True)
    with pytest.raises(TooManyEdits, match="in 60 minutes"):
        book.check("1", 1.0, lowers=False)
    book.check("1", HOUR_SECONDS + 1.0, lowers=False)


def test_what_was_never_seen_counts_as_raised() -> None:
    book = EditBook()
    book.seen({"1": 500})

    assert book.lowers("1", 499)
    assert not book.lowers("1", 500)
    assert not book.lowers("2", 1)

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
        book.edited("1", 0.0, 500, certain=True)

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


def test_what_was_written_counts_before_it_is_read_again() -> None:
    book = EditBook()
    book.seen({"1": 200, "2": 200, "3": 200})
    book.edited("1", 0.0, 100, certain=True)
    book.edited("2", 0.0, 300, certain=True)

    assert not book.lowers("1", 150), "back up is no lowering, whatever the last reading said"
    assert book.lowers("2", 200), "taking a raise back is"


def test_an_unknown_write_counts_as_the_most_that_may_stand() -> None:
    book = EditBook()
    book.seen({"1": 200, "2": 200})
    book.edited("1", 0.0, 300, certain=False)
    book.edited("2", 0.0, 100, certain=False)

    assert book.lowers("1", 200)
    assert not book.lowers("1", 300)
    assert book.lowers("2", 150)

"""A platform that does not answer is left alone for a while, then probed by one call."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.platforms.meta.breaker import (
    FAILURES_TO_OPEN,
    FIRST_OPEN_SECONDS,
    LONGEST_OPEN_SECONDS,
    Breaker,
    begun,
    ended,
    hold_seconds,
)


def opened_at(now: float) -> Breaker:
    state = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        state = ended(state, now, failed=True)
    return state


def test_it_opens_at_the_fifth_failure_in_a_row_and_no_earlier() -> None:
    state = Breaker()
    for _ in range(FAILURES_TO_OPEN - 1):
        state = ended(state, 0.0, failed=True)
    assert hold_seconds(state, 0.0) == 0.0

    assert hold_seconds(ended(state, 0.0, failed=True), 0.0) == FIRST_OPEN_SECONDS
    assert ended(state, 0.0, failed=False) == Breaker()


def test_one_probes_and_the_others_wait() -> None:
    state = opened_at(0.0)
    assert hold_seconds(state, 29.0) == 1.0
    assert hold_seconds(state, 30.0) == 0.0

    probing = begun(state)

    assert hold_seconds(probing, 30.0) > 0.0
    assert ended(probing, 31.0, failed=False) == Breaker()


def test_a_failed_probe_opens_it_for_twice_as_long_up_to_ten_minutes() -> None:
    state, now, lengths = opened_at(0.0), 0.0, []
    for _ in range(8):
        lengths.append(hold_seconds(state, now))
        now += lengths[-1]
        state = ended(begun(state), now, failed=True)

    assert lengths == [30.0, 60.0, 120.0, 240.0, 480.0, 600.0, 600.0, 600.0]


def test_a_probe_that_was_held_back_lets_another_one_probe() -> None:
    state = ended(begun(opened_at(0.0)), 30.0, failed=None)

    assert hold_seconds(state, 30.0) == 0.0


@given(st.lists(st.tuples(st.floats(0.0, 1000.0), st.sampled_from([True, False, None])), max_size=60))
def test_it_never_holds_longer_than_ten_minutes_and_never_before_five_failures(events) -> None:
    state, now, in_a_row = Breaker(), 0.0, 0
    for gap, failed in events:
        now += gap
        if hold_seconds(state, now) == 0.0:
            state = begun(state)
        state = ended(state, now, failed=failed)
        in_a_row = 0 if failed is False else in_a_row + bool(failed)
        assert 0.0 <= hold_seconds(state, now) <= LONGEST_OPEN_SECONDS
        assert hold_seconds(state, now) == 0.0 or in_a_row >= FAILURES_TO_OPEN

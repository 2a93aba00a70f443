"""Lowering goes before reading, reading before raising, and no reading waits for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.platforms.meta.urgency import PASSED_AT_MOST, Ticket, Urgency, next_ticket

URGENCIES = st.lists(st.sampled_from(Urgency), min_size=1, max_size=40)


def drained(waiting: list[Ticket]) -> list[Ticket]:
    """The order in which tickets go, passing over those that came before."""
    order = []
    while waiting:
        chosen = next_ticket(waiting)
        order.append(chosen)
        waiting = [
            replace(t, passed=t.passed + 1) if t.number < chosen.number else t for t in waiting if t is not chosen
        ]
    return order


@given(URGENCIES)
def test_of_one_urgency_the_first_to_come_is_the_first_to_go(urgencies) -> None:
    order = drained([Ticket(n, urgency) for n, urgency in enumerate(urgencies)])

    for urgency in Urgency:
        numbers = [t.number for t in order if t.urgency is urgency]
        assert numbers == sorted(numbers)


@given(URGENCIES)
def test_a_raise_goes_only_when_nothing_else_waits(urgencies) -> None:
    order = [t.urgency for t in drained([Ticket(n, urgency) for n, urgency in enumerate(urgencies)])]

    raises = order.count(Urgency.RAISE)
    assert order[len(order) - raises :] == [Urgency.RAISE] * raises


@given(st.integers(1, 60))
def test_a_reading_is_passed_by_a_few_lowering_writes_and_then_goes(lowering) -> None:
    waiting = [Ticket(0, Urgency.READ), *(Ticket(n, Urgency.LOWER) for n in range(1, lowering + 1))]

    order = drained(waiting)

    assert [t.number for t in order].index(0) == min(lowering, PASSED_AT_MOST)


def test_of_nobody_nobody_is_next() -> None:
    with pytest.raises(ValueError, match="empty"):
        next_ticket([])

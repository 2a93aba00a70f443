"""Threads take turns, the most urgent first, and none for longer than it is given."""

from __future__ import annotations

import threading
import time

import pytest

from service.platforms.meta.dispatch import Turns
from service.platforms.meta.urgency import Urgency


def until(condition) -> None:
    deadline = time.monotonic() + 5.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_waiting_threads_go_in_the_order_of_their_urgency() -> None:
    turns, order = Turns(1, time.monotonic), []
    assert turns.take(Urgency.READ, time.monotonic() + 5.0)

    def work(urgency: Urgency) -> None:
        assert turns.take(urgency, time.monotonic() + 5.0)
        order.append(urgency)
        turns.give()

    threads = []
    for urgency in (Urgency.RAISE, Urgency.READ, Urgency.LOWER, Urgency.READ, Urgency.RAISE, Urgency.LOWER):
        threads.append(threading.Thread(target=work, args=(urgency,)))
        threads[-1].start()
        until(lambda: len(turns._waiting) == len(threads))
    turns.give()
    for thread in threads:
        thread.join(5.0)

    assert order == sorted(order)
    assert len(order) == 6


def test_no_more_go_at_once_than_may() -> None:
    turns, inside, most = Turns(3, time.monotonic), [], []

    def work() -> None:
        assert turns.take(Urgency.READ, time.monotonic() + 10.0)
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.002)
        inside.pop()
        turns.give()

    threads = [threading.Thread(target=work) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10.0)

    assert len(most) == 24
    assert max(most) <= 3


def test_who_waits_too_long_gives_up_and_blocks_nobody() -> None:
    turns = Turns(1, time.monotonic)
    assert turns.take(Urgency.READ, time.monotonic() + 1.0)

    assert not turns.take(Urgency.LOWER, time.monotonic() + 0.02)
    turns.give()

    assert turns.take(Urgency.RAISE, time.monotonic() + 1.0)


def test_an_interrupted_wait_leaves_no_ticket_behind() -> None:
    def interrupted() -> float:
        raise KeyboardInterrupt

    turns = Turns(1, time.monotonic)
    assert turns.take(Urgency.READ, time.monotonic() + 5.0)
    turns._monotonic = interrupted
    with pytest.raises(KeyboardInterrupt):
        turns.take(Urgency.LOWER, 0.0)
    turns._monotonic = time.monotonic
    turns.give()

    assert turns.take(Urgency.READ, time.monotonic() + 1.0)

"""How events are packed, and when a post is tried again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.graph_api.webhooks.deliveries import MOST_EVENTS, PATIENCE, next_try, packed
from simulator.graph_api.webhooks.events import Event

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def events(count: int) -> list[Event]:
    return [Event(NOW, str(number % 3), "in_process_ad_objects", {"id": str(number)}) for number in range(count)]


def ids_of(body: bytes) -> list[str]:
    return [change["value"]["id"] for entry in json.loads(body)["entry"] for change in entry["changes"]]


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=50)
@given(count=st.integers(1, 2500), seed=st.text(max_size=5))
def test_every_event_is_told_at_least_once_and_no_post_is_too_long(count: int, seed: str) -> None:
    bodies = packed(events(count), seed)

    assert {name for body in bodies for name in ids_of(body)} == {str(number) for number in range(count)}
    assert max(len(ids_of(body)) for body in bodies) <= MOST_EVENTS
    assert bodies == packed(events(count), seed)


def test_some_posts_come_twice_and_some_lots_out_of_order() -> None:
    lots = [[ids_of(body) for body in packed(events(9), f"seed {number}")] for number in range(400)]
    told = [[name for body in lot for name in body] for lot in lots]

    doubled = sum(len(names) > len(set(names)) for names in told) / len(lots)
    assert 0.05 < doubled < 0.3
    assert any(list(dict.fromkeys(int(name) % 3 for name in names)) != [0, 1, 2] for names in told)


def test_a_post_is_tried_at_once_then_less_and_less_for_36_hours() -> None:
    tries: list[datetime] = []
    while (following := next_try(NOW, tries[-1] if tries else NOW, len(tries) + 1)) is not None:
        tries.append(following)
    gaps = [after - before for before, after in zip([NOW, *tries], tries, strict=False)]

    assert gaps[0] == timedelta()
    assert gaps == sorted(gaps)
    assert PATIENCE - timedelta(hours=6) < tries[-1] - NOW <= PATIENCE

"""Counting, by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.graph_api.usage import HOUR, TIERS, RollingHour, Score

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CALLS = st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 5)), max_size=40)


def test_allowances_follow_metas_formulas() -> None:
    development, standard = TIERS["development"], TIERS["standard"]

    assert development.allowance("ads_management", 10, 0) == 300 + 400
    assert standard.allowance("ads_management", 10, 0) == 100_000 + 400
    assert development.allowance("ads_insights", 2, 1000) == 600 + 800 - 1
    assert standard.allowance("ads_insights", 0, 0) == 190_000
    assert development.allowance("custom_audience", 3, 9) == 5_000 + 120
    assert standard.allowance("custom_audience", 10**6, 0) == 700_000


@settings(derandomize=True, max_examples=200, deadline=None)
@given(CALLS)
def test_a_rolling_hour_holds_what_came_within_it(calls: list[tuple[int, int]]) -> None:
    hour, now, seen = RollingHour(), NOON, []
    for gap, count in calls:
        now += timedelta(seconds=gap)
        hour.add(now, calls=count, cpu_seconds=count / 8)
        seen.append((now, count))
        certain = sum(count for at, count in seen if now - at < HOUR - timedelta(minutes=1))
        possible = sum(count for at, count in seen if now - at < HOUR)
        assert certain <= hour.total.calls <= possible
        assert hour.total.cpu_seconds == pytest.approx(hour.total.calls / 8)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(CALLS, st.integers(1, 30))
def test_after_the_time_it_tells_the_allowance_suffices(calls: list[tuple[int, int]], allowance: int) -> None:
    hour, now = RollingHour(), NOON
    for gap, count in calls:
        now += timedelta(seconds=gap)
        hour.add(now, calls=count)
    later = now + timedelta(seconds=hour.regain_seconds(now, allowance))
    hour.at(later)

    assert hour.total.calls <= allowance


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 400), st.sampled_from([1, 3])), max_size=60), st.sampled_from(sorted(TIERS)))
def test_a_score_is_between_nothing_and_its_maximum_and_a_block_ends(calls, name: str) -> None:
    tier, score, now = TIERS[name], Score(), NOON
    for gap, points in calls:
        now += timedelta(seconds=gap)
        score.add(now, points, tier)
        assert 0 < score.left(now, tier) <= tier.most_points
    assert score.blocked_seconds(now + timedelta(seconds=score.blocked_seconds(now))) == 0


def test_every_call_during_a_block_lengthens_it() -> None:
    tier, score = TIERS["development"], Score()
    for _ in range(61):
        score.add(NOON, 1, tier)
    assert score.blocked_seconds(NOON) == 300
    score.add(NOON, 3, tier)
    assert score.blocked_seconds(NOON) == 315

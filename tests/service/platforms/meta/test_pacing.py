"""A fleet stays under three quarters of every limit, and lowering money still finds room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.platforms.meta.pacing import (
    READ_POINTS,
    SCORE_MAX,
    SCORE_SECONDS,
    WRITE_POINTS,
    Score,
    Told,
    ceiling_percent,
    score_wait_seconds,
    told_wait_seconds,
    usage_wait_seconds,
)
from service.platforms.meta.platform_time import Moment
from service.platforms.meta.urgency import Urgency

URGENCIES = st.sampled_from(Urgency)
TIERS = st.sampled_from([*SCORE_MAX, None, "no_such_tier"])
CALLS = st.lists(st.tuples(st.floats(0.0, 30.0), URGENCIES), max_size=150)


def points_of(urgency: Urgency) -> int:
    return READ_POINTS if urgency is Urgency.READ else WRITE_POINTS


@given(calls=CALLS, tier=TIERS)
def test_whatever_is_asked_no_window_of_300_seconds_holds_more_than_the_ceiling(calls, tier) -> None:
    now, score, sent = 1e9, Score(), []
    for gap, urgency in calls:
        now += gap
        now += score_wait_seconds(score, points_of(urgency), tier, urgency, now)
        assert score_wait_seconds(score, points_of(urgency), tier, urgency, now) == 0.0
        score = score.plus(points_of(urgency), now)
        sent.append((now, urgency))

    limit = SCORE_MAX.get(tier or "", 60)
    for at, urgency in sent:
        window = sum(points_of(u) for t, u in sent if at - SCORE_SECONDS <= t <= at)
        lowered = any(u is Urgency.LOWER for t, u in sent if at - SCORE_SECONDS <= t <= at)
        ceiling = ceiling_percent(Urgency.LOWER if lowered else urgency)
        assert window <= limit * ceiling / 100.0


def test_the_limited_tier_has_room_for_45_reads_and_then_waits() -> None:
    score = Score()
    for _ in range(45):
        assert score_wait_seconds(score, 1, "development_access", Urgency.READ, 1000.0) == 0.0
        score = score.plus(1, 1000.0)

    assert 300.0 <= score_wait_seconds(score, 1, "development_access", Urgency.READ, 1000.0) <= 310.0
    assert score_wait_seconds(score, 1, "standard_access", Urgency.READ, 1000.0) == 0.0


def test_lowering_money_may_use_the_reserve() -> None:
    score = Score().plus(45, 1000.0)

    assert score_wait_seconds(score, 3, "development_access", Urgency.RAISE, 1000.0) > 0
    assert score_wait_seconds(score, 3, "development_access", Urgency.LOWER, 1000.0) == 0.0
    assert score_wait_seconds(score.plus(12, 1000.0), 3, "development_access", Urgency.LOWER, 1000.0) > 0


@given(spent=st.integers(0, 10_000), back=st.floats(0.0, 1e9))
def test_a_clock_that_is_put_back_costs_one_window_at_most(spent, back) -> None:
    score = Score().plus(spent, 1e9)

    assert score_wait_seconds(score, 1, None, Urgency.READ, 1e9 - back) <= SCORE_SECONDS + 20.0


@given(
    percent=st.floats(0.0, 100.0),
    window=st.sampled_from([300.0, 3600.0]),
    age=st.floats(-1e6, 1e6),
    urgency=URGENCIES,
)
def test_an_allowance_is_waited_for_until_it_has_faded_below_the_ceiling(percent, window, age, urgency) -> None:
    told, ceiling = Told(percent, Moment(1e9, 0.0), window), ceiling_percent(urgency)

    wait = told_wait_seconds(told, ceiling, Moment(1e9 + age, 0.0))

    assert 0.0 <= wait <= window
    left = percent * (1.0 - (max(0.0, age) + wait) / window)
    assert left <= ceiling + 1e-6


def test_only_the_allowances_of_the_call_count() -> None:
    then = Moment(0.0, 0.0)
    seen = {name: Told(90.0, then, 3600.0) for name in ("ads_insights.call_count", "custom_audience.call_count")}

    assert usage_wait_seconds(seen, ("ad_account", "ads_management"), Urgency.READ, then) == 0.0
    assert usage_wait_seconds(seen, ("ad_account", "ads_insights"), Urgency.READ, then) > 0.0
    assert usage_wait_seconds(seen, ("ad_account", "ads_insights"), Urgency.LOWER, then) == 0.0

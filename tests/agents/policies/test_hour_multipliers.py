"""Money by the hour of the week."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.policies.hour_multipliers import KEYS, HourMultipliers
from agents.randomness import decision_rng
from agents.vocabulary import BREAKDOWN_METRICS, Breakdown, Weights

HOURS = tuple(f"{hour:02d}" for hour in range(24))
EVENING = 1.0 + 0.6 * np.cos(2 * np.pi * (np.arange(24) - 20) / 24)
"""Money brings most at 20 h and least at 8 h."""


def account(make_account: Any, r: np.ndarray, orders: float = 30.0) -> Any:
    """Four ad sets with even money by hour, where money brings `r` (24,) times the average."""
    made = make_account(4)
    made.metrics["spend_minor"][...] = 24_000
    cut = {n: np.repeat(made.metrics[n][:, None] // 24, 24, axis=1) for n in BREAKDOWN_METRICS}
    mean = np.broadcast_to((orders * r / r.sum())[:, None], cut["conversions"].shape)
    cut["conversions"] = np.random.default_rng(4).poisson(mean)
    made.extra["breakdowns"] = {"hour": Breakdown(HOURS, **cut)}
    return made


def decide(made: Any, **params: Any) -> Weights:
    return HourMultipliers(**params).decide(made.observed(), decision_rng((1,)))


def test_hours_in_which_people_buy_get_more_of_every_days_money(make_account: Any) -> None:
    answer = decide(account(make_account, EVENING))

    assert answer.keys == KEYS
    by_day = answer.weights.reshape(4, 7, 24)
    assert (by_day[..., 20] > 1.3).all()
    assert (by_day[..., 8] < 0.7).all()
    assert by_day.mean(axis=-1) == pytest.approx(1.0)


def test_hours_that_are_all_alike_are_left_alone(make_account: Any) -> None:
    assert (decide(account(make_account, np.ones(24))).weights == 1.0).all()


def test_without_results_by_hour_nothing_is_done_whatever_clicks_say(make_account: Any) -> None:
    made = account(make_account, EVENING)
    made.extra["breakdowns"]["hour"].conversions[...] = 0

    assert (decide(made).weights == 1.0).all()


def test_few_results_are_smoothed_around_the_clock(make_account: Any) -> None:
    made = account(make_account, EVENING, orders=3.0)
    raw = made.extra["breakdowns"]["hour"].conversions.sum(axis=(0, 2))

    smooth = decide(made).mean[0].reshape(7, 24)[0]

    unrest = [np.abs(np.diff(hours / hours.mean())).mean() for hours in (smooth, raw)]
    assert unrest[0] < 0.6 * unrest[1]
    assert np.corrcoef(smooth, EVENING)[0, 1] > 0.9


def test_an_ad_sets_own_hours_are_found_where_it_has_the_orders_for_it(make_account: Any) -> None:
    made = account(make_account, EVENING, orders=100.0)
    cut = made.extra["breakdowns"]["hour"].conversions
    cut[0] = np.roll(cut[0], 12, axis=0)

    answer = decide(made)

    assert (answer.mean[0].reshape(7, 24)[:, 8] > 1.2).all()
    assert (answer.mean[1:].reshape(3, 7, 24)[..., 8] < 0.7).all()


def test_a_schedule_only_switches_hours_that_surely_bring_little(make_account: Any) -> None:
    deep = np.where(np.arange(24) < 5, 0.05, 1.0)

    answer = decide(account(make_account, deep, orders=60.0), acts="schedule")

    by_day = answer.weights.reshape(4, 7, 24)
    assert (by_day[..., :4] == 0.0).all()
    assert (by_day[..., 8:] > 1.0).all()
    assert (by_day[..., 8:] == by_day[..., 8:9]).all()


def test_working_days_and_weekends_have_hours_of_their_own(make_account: Any) -> None:
    made = account(make_account, np.ones(24), orders=150.0)
    observation = made.observed()
    weekend = np.array([day.weekday() >= 5 for day in observation.history.days])
    cut = made.extra["breakdowns"]["hour"].conversions
    rng = np.random.default_rng(1)
    cut[..., weekend] = rng.poisson(np.broadcast_to(150 * EVENING[:, None] / 24, cut[..., weekend].shape))

    by_day = decide(made, week_alike=0.0).mean.reshape(4, 7, 24)

    assert (by_day[:, 5:, 20] > 1.3).all()
    assert (np.abs(by_day[:, :5, 20] - 1.0) < 0.2).all()

"""Forecasts are distributions: they add up, agree with their own draws, and are as wide as what is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.forecast import Amounts, Counts, Delivery, forecast, habitual_delivery
from agents.population import Population
from agents.response import Response, fit_response
from agents.vocabulary import History

AD_SETS, DAYS = 6, 40
CERTAIN = Delivery(np.zeros(AD_SETS), np.zeros(AD_SETS))
BUDGETS = np.full(AD_SETS, 10_000)


def counts(mean: float, log_sd: float = 0.2, overdispersion: float = 0.05) -> Counts:
    """A distribution of one ad set."""
    return Counts(np.array([np.log(mean)]), np.array([log_sd]), np.array([overdispersion]))


def amounts(mean: float) -> Amounts:
    """What so many orders of 50 are worth."""
    return Amounts(counts(mean), np.array([5_000.0]), np.array([0.01]))


def history(worlds: int = 1) -> History:
    """Days of ad sets that spend about their budgets."""
    rng = np.random.default_rng(4)
    shape = (worlds, AD_SETS, DAYS)
    spend = np.rint(10_000 * np.exp(0.1 * rng.standard_normal(shape))).astype(np.int64)
    clicks = rng.poisson(spend / 60)
    orders = rng.poisson(clicks * 0.03)
    first = date(2026, 3, 2)
    return History(
        days=tuple(first + timedelta(days=i) for i in range(DAYS)),
        spend_minor=spend,
        impressions=100 * clicks,
        reach=100 * clicks,
        clicks=clicks,
        conversions=orders,
        value_minor=5_000 * orders,
        maturity_days=np.broadcast_to(np.arange(DAYS)[::-1], shape).astype(np.int64),
    )


def of_world(whole: History, world: int) -> History:
    """One world's history."""
    arrays = {
        name: getattr(whole, name)[world]
        for name in ("spend_minor", "impressions", "reach", "clicks", "conversions", "value_minor", "maturity_days")
    }
    return replace(whole, **arrays)


def believed(worlds: int = 1) -> Response:
    """What those days say."""
    return fit_response(history(worlds), np.broadcast_to(BUDGETS, (worlds, AD_SETS)), Population())


@given(mean=st.floats(0.05, 500), log_sd=st.floats(0, 0.8), overdispersion=st.floats(0, 0.5))
def test_the_probabilities_of_all_counts_add_up(mean: float, log_sd: float, overdispersion: float) -> None:
    told = counts(mean, log_sd, overdispersion)
    most = told.mean + 60.0 * np.sqrt(told.variance) + 20.0
    steps = told.cdf(np.linspace(-1, most[0], 200))

    assert steps[0] == 0.0
    assert (np.diff(steps) >= -1e-12).all()
    assert steps[-1] == pytest.approx(1, abs=1e-3)


@given(mean=st.floats(0.05, 500), probability=st.floats(0.01, 0.99))
def test_a_quantile_is_the_smallest_count_that_is_enough(mean: float, probability: float) -> None:
    told = counts(mean)
    found = told.quantile(probability)

    assert told.cdf(found) >= probability
    assert told.cdf(found - 1) < probability


@pytest.mark.slow
@given(mean=st.floats(0.1, 200), probability=st.floats(0.01, 0.99))
def test_a_quantile_of_money_is_where_the_probability_is_reached(mean: float, probability: float) -> None:
    told = amounts(mean)
    found = told.quantile(probability)

    if found[0] > 0:
        assert told.cdf(found)[0] == pytest.approx(probability, abs=1e-5)
    else:
        assert told.none[0] >= probability


@pytest.mark.parametrize("mean", [0.4, 3.0, 60.0])
def test_counts_and_money_agree_with_their_own_draws(mean: float) -> None:
    rng = np.random.default_rng(1)
    for told in (counts(mean), amounts(mean)):
        drawn = told.drawn(40_000, rng)
        assert drawn.mean() == pytest.approx(told.mean[0], rel=0.02)
        for probability in (0.3, 0.6, 0.9):
            border = told.quantile(probability)
            assert (drawn <= border).mean() == pytest.approx(told.cdf(border)[0], abs=0.02)


def test_transforms_of_own_draws_are_uniform() -> None:
    rng = np.random.default_rng(2)
    told = counts(2.0)
    transforms = told.transform(told.drawn(4_000, rng)[:, 0].astype(np.int64), rng.random(4_000))

    assert np.histogram(transforms, 10, (0, 1))[0] / 4_000 == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.1])
def test_impossible_probabilities_are_refused(probability: float) -> None:
    for told in (counts(3.0), amounts(3.0)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            told.quantile(probability)


def test_more_budget_brings_more_of_everything_but_hardly_more_than_in_proportion() -> None:
    small, large = (forecast(believed(), budgets, CERTAIN) for budgets in (BUDGETS[None], 2 * BUDGETS[None]))

    for kind in ("clicks", "conversions", "value_minor"):
        ratio = getattr(large, kind).mean / getattr(small, kind).mean
        assert ((ratio > 1) & (ratio < 2.1)).all()


def test_the_forecast_of_a_usual_budget_is_near_what_it_has_brought() -> None:
    told = forecast(believed(), BUDGETS[None], CERTAIN)
    days = history()

    assert told.clicks.mean.sum() == pytest.approx(days.clicks.mean(axis=-1).sum(), rel=0.1)
    assert told.conversions.mean.sum() == pytest.approx(days.conversions.mean(axis=-1).sum(), rel=0.25)


def test_far_budgets_and_unsteady_delivery_are_less_certain() -> None:
    response, unsteady = believed(), Delivery(np.zeros(AD_SETS), np.full(AD_SETS, 0.4))
    usual, far, shaky = (
        forecast(response, budgets[None], delivery).clicks.log_sd
        for budgets, delivery in ((BUDGETS, CERTAIN), (8 * BUDGETS, CERTAIN), (BUDGETS, unsteady))
    )

    assert (far > usual).all()
    assert (shaky > usual).all()


def test_a_batch_is_forecast_as_each_of_its_members() -> None:
    budgets = np.arange(2 * AD_SETS).reshape(2, AD_SETS) * 1_000 + 5_000
    days, together = history(2), believed(2)
    habit = habitual_delivery(days, budgets)
    whole = forecast(together, budgets, habit)
    for world in range(2):
        alone = of_world(days, world)
        response = fit_response(alone, BUDGETS, Population())
        part = forecast(response, budgets[world], habitual_delivery(alone, budgets[world]))
        for kind in ("clicks", "conversions", "value_minor"):
            assert np.array_equal(getattr(whole, kind).mean[world], getattr(part, kind).mean)
            assert np.array_equal(getattr(whole, kind).cdf(20)[world], getattr(part, kind).cdf(20))


def delivered(shares: Any) -> Delivery:
    """What is made of yesterday's shares of equal budgets."""
    days = history()
    spend = days.spend_minor.copy()
    spend[..., -1] = np.rint(10_000 * np.asarray(shares))
    return habitual_delivery(replace(days, spend_minor=spend), BUDGETS[None])


def test_usual_delivery_is_taken_for_luck() -> None:
    habit = delivered([0.95, 1.0, 0.93, 0.98, 1.02, 0.96])

    assert np.ptp(habit.log_share) == 0.0
    assert (habit.log_sd < 0.1).all()


def test_where_a_platform_moves_money_the_habit_is_kept_and_doubted() -> None:
    habit = delivered([0.3, 1.9, 0.5, 1.4, 1.0, 0.9])

    assert habit.log_share[0, 1] - habit.log_share[0, 0] > 1.5
    assert (habit.log_sd > 0.1).all()


def test_an_ad_set_without_spend_yesterday_is_taken_for_usual() -> None:
    habit = delivered([0.0, 0.97, 0.97, 0.97, 0.97, 0.97])

    assert np.exp(habit.log_share[0, 0]) == pytest.approx(0.976)

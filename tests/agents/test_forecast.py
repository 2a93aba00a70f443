"""What a day brings, as counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.forecast import Counts, forecast
from agents.population import DELAY, Population
from agents.response import fit_response


@settings(derandomize=True, deadline=None, max_examples=200, database=None)
@given(
    mean=st.floats(1e-3, 1e5),
    overdispersion=st.floats(1e-4, 5.0),
    probability=st.sampled_from((0.025, 0.1, 0.5, 0.975)),
)
def test_a_quantile_is_the_least_count_that_is_likely_enough(
    mean: float, overdispersion: float, probability: float
) -> None:
    counts = Counts(np.array([mean]), np.array([overdispersion]))

    at = counts.quantile(probability)

    assert counts.cdf(at) >= probability
    assert counts.cdf(at - 1) < probability or at == 0


def test_counts_have_the_stated_mean_and_variance() -> None:
    counts = Counts(np.array([7.0]), np.array([0.3]))
    support = np.arange(400.0)

    mass = np.diff(counts.cdf(support), prepend=0.0)

    assert (mass * support).sum() == pytest.approx(7.0)
    assert (mass * (support - 7) ** 2).sum() == pytest.approx(7 + 0.3 * 49)


def seen(make_account: Any, seed: int = 0, days: int = 60) -> Any:
    """Forty ad sets of negative binomial clicks and orders, known up to yesterday."""
    rng = np.random.default_rng(seed)
    account = make_account(40, days=days, seed=seed)
    spend = account.metrics["spend_minor"]
    usual = account.budgets_minor[:, None]
    clicks = rng.poisson(usual / 80 * (spend / usual) ** 0.55 * rng.gamma(70, 1 / 70, spend.shape))
    orders = rng.poisson(clicks * 0.04 * rng.gamma(12, 1 / 12, spend.shape))
    arrived = np.cumsum(DELAY)[np.minimum(np.arange(days)[::-1], 7)]
    account.metrics["clicks"][...] = clicks
    account.metrics["conversions"][...] = rng.binomial(orders, np.minimum(arrived, 1.0))
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000
    return account


@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say(make_account: Any) -> None:
    rng = np.random.default_rng(7)
    covered: dict[str, list[np.ndarray]] = {"clicks": [], "conversions": []}
    for seed in range(25):
        account = seen(make_account, seed)
        spend = account.budgets_minor.astype(float)
        observation = account.observed()
        ahead = forecast(fit_response(observation.history, account.budgets_minor, Population()), spend)
        clicks = rng.poisson(spend / 80 * rng.gamma(70, 1 / 70, spend.shape))
        orders = rng.poisson(clicks * 0.04 * rng.gamma(12, 1 / 12, spend.shape))
        for name, counts, told in (("clicks", clicks, ahead.clicks), ("conversions", orders, ahead.conversions)):
            below, upto = told.cdf(counts - 1.0), told.cdf(counts.astype(float))
            covered[name].append(below + (upto - below) * rng.random(counts.shape))

    for name, places in covered.items():
        place = np.concatenate(places)
        for nominal in (0.5, 0.8, 0.95):
            assert (np.abs(place - 0.5) < nominal / 2).mean() == pytest.approx(nominal, abs=0.05), name


def test_nothing_comes_of_nothing_and_more_of_more(make_account: Any) -> None:
    account = seen(make_account)
    observation = account.observed()
    response = fit_response(observation.history, account.budgets_minor, Population())
    spend = account.budgets_minor.astype(float)

    none, usual, more = (forecast(response, factor * spend) for factor in (0.0, 1.0, 1.5))

    assert (none.conversions.mean == 0).all()
    assert (none.clicks.quantile(0.9) == 0).all()
    assert (more.conversions.mean > usual.conversions.mean).all()
    assert (more.value_minor > usual.value_minor).all()


def test_few_days_tell_less_than_many(make_account: Any) -> None:
    def spread(days: int) -> float:
        account = seen(make_account, days=days)
        observation = account.observed()
        response = fit_response(observation.history, account.budgets_minor, Population())
        return float(forecast(response, account.budgets_minor.astype(float)).conversions.overdispersion.mean())

    assert spread(5) > spread(60)

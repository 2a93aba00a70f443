"""What the curves are, and what a window of history says of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.population import DELAY, Population
from agents.response import Curves, State, fit_response


def test_a_curve_is_the_integral_of_its_marginal_returns() -> None:
    one = np.ones(1)
    curves = Curves(one * 5_000, State(one * 9.0, one * 0.6, one * 0.01, one * 0.0, one * 0.01), 0.12)

    def value(spend: float) -> float:
        x = np.log(spend / 5_000)
        return float(np.exp(9.0 + 0.6 * x - 0.06 * x * x))

    for spend in (2_000.0, 5_000.0, 9_000.0):
        slope = (value(spend + 1) - value(spend - 1)) / 2
        assert np.exp(curves.log_marginal(np.array([spend])))[0] == pytest.approx(slope, rel=1e-4)


def test_draws_have_the_posteriors_spread_times_the_temperature() -> None:
    rng = np.random.default_rng(0)
    many = np.ones(200_000)
    curves = Curves(many, State(many * 2, many * 0.5, many * 0.09, many * 0.012, many * 0.01), 0.12)

    drawn = curves.drawn(rng.standard_normal(many.shape), rng.standard_normal(many.shape), 0.5).state

    assert drawn.level.std() == pytest.approx(0.5 * 0.3, rel=0.01)
    assert drawn.elasticity.std() == pytest.approx(0.5 * 0.1, rel=0.01)
    assert np.cov(drawn.level, drawn.elasticity)[0, 1] == pytest.approx(0.25 * 0.012, rel=0.03)


def fitted(account: Any) -> Curves:
    observation = account.observed()
    return fit_response(observation.history, observation.ad_sets.budgets_minor, Population()).curves


def test_the_value_at_usual_spend_is_what_the_history_shows(make_account: Any) -> None:
    account = make_account(6)
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["clicks"][...] = 100
    arrived = np.cumsum(DELAY)[np.minimum(np.arange(28)[::-1], 7)]
    account.metrics["conversions"][...] = np.round(50 * arrived).astype(int)
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000

    curves = fitted(account)

    assert np.exp(curves.state.level) == pytest.approx(50 * 6_000, rel=0.03)


def test_an_account_without_clicks_is_followed_on_its_conversions(make_account: Any) -> None:
    account = make_account(6)
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["clicks"][...] = account.metrics["impressions"][...] = 0
    arrived = np.cumsum(DELAY)[np.minimum(np.arange(28)[::-1], 7)]
    account.metrics["conversions"][...] = np.round(50 * arrived).astype(int)
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000

    curves = fitted(account)

    assert np.exp(curves.state.level) == pytest.approx(50 * 6_000, rel=0.03)


def test_an_ad_set_that_never_spent_is_taken_for_an_average_one_and_known_least(make_account: Any) -> None:
    account = make_account(6)
    for array in account.metrics.values():
        array[0] = 0

    state = fitted(account).state

    assert (state.level_var[0] > 1.5 * state.level_var[1:]).all()
    assert state.elasticity[0] == pytest.approx(state.elasticity[1:].mean(), abs=0.05)
    assert (state.elasticity_var[0] > state.elasticity_var[1:]).all()


def saturating(make_account: Any, *, impressions: float, clicks: float, orders: float = 0.0, days: int = 60) -> Any:
    """Six ad sets whose spend swings; elasticities of impressions, clicks per impression and orders per click."""
    account = make_account(6, days=days)
    x = 0.25 * np.sin(np.arange(days) + np.arange(6)[:, None])
    account.metrics["spend_minor"][...] = np.rint(20_000 * np.exp(x))
    arrived = np.cumsum(DELAY)[np.minimum(np.arange(days)[::-1], 7)]
    account.metrics["impressions"][...] = np.rint(40_000 * np.exp(impressions * x))
    account.metrics["clicks"][...] = np.rint(800 * np.exp((impressions + clicks) * x))
    settled = 40 * np.exp((impressions + clicks + orders) * x)
    account.metrics["conversions"][...] = np.rint(settled * arrived)
    account.metrics["value_minor"][...] = account.metrics["conversions"] * 6_000
    return account


@pytest.mark.parametrize(("impressions", "clicks"), [(0.4, 0.0), (0.8, 0.0), (0.95, -0.45)])
def test_saturation_is_found_in_impressions_or_in_clicks_whichever_shows_it(
    make_account: Any, impressions: float, clicks: float
) -> None:
    state = fitted(saturating(make_account, impressions=impressions, clicks=clicks)).state

    assert state.elasticity == pytest.approx(np.full(6, impressions + clicks), abs=0.1)


def test_impressions_say_more_of_elasticities_than_clicks_alone(make_account: Any) -> None:
    account = saturating(make_account, impressions=0.3, clicks=0.0, days=28)
    luck = np.random.default_rng(3).lognormal(0.0, 0.2, account.metrics["clicks"].shape)
    for name in ("clicks", "conversions", "value_minor"):
        account.metrics[name][...] = np.rint(account.metrics[name] * luck)
    with_impressions = fitted(account).state
    account.metrics["impressions"][...] = 0

    without = fitted(account).state

    assert (with_impressions.elasticity_var < 0.9 * without.elasticity_var).all()
    assert abs(with_impressions.elasticity - 0.3).mean() < abs(without.elasticity - 0.3).mean()


@pytest.mark.parametrize("missing", [(), ("impressions",), ("clicks",), ("impressions", "clicks")])
def test_whatever_is_not_reported_orders_and_their_elasticity_are_followed(
    make_account: Any, missing: tuple[str, ...]
) -> None:
    account = saturating(make_account, impressions=0.5, clicks=0.0)
    for name in missing:
        account.metrics[name][...] = 0

    state = fitted(account).state

    assert np.exp(state.level) == pytest.approx(np.full(6, 40 * 6_000), rel=0.05)
    assert state.elasticity == pytest.approx(np.full(6, 0.5), abs=0.08)


def test_accounts_that_report_different_counts_share_a_batch_and_keep_their_bits(make_account: Any) -> None:
    batch = make_account(5, worlds=4)
    batch.metrics["impressions"][1] = batch.metrics["clicks"][2] = 0
    batch.metrics["impressions"][3] = batch.metrics["clicks"][3] = 0
    together = fitted(batch)

    for world in range(4):
        alone = fitted(batch.row(world))
        assert np.array_equal(alone.state.level, together.state.level[world])
        assert np.array_equal(alone.state.elasticity_var, together.state.elasticity_var[world])


def test_a_single_ad_set_has_the_same_bits_alone_and_in_a_batch(make_account: Any) -> None:
    batch = make_account(1, worlds=40)
    batch.metrics["clicks"][...] = 0
    together = fitted(batch)

    for world in range(40):
        alone = fitted(batch.row(world))
        assert np.array_equal(alone.state.level, together.state.level[world])

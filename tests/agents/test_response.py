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
    account.metrics["clicks"][...] = 0
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

    assert (state.level_var[0] > 3 * state.level_var[1:]).all()
    assert state.elasticity[0] == pytest.approx(state.elasticity[1:].mean(), abs=0.05)
    assert (state.elasticity_var[0] > state.elasticity_var[1:]).all()


def test_a_single_ad_set_has_the_same_bits_alone_and_in_a_batch(make_account: Any) -> None:
    batch = make_account(1, worlds=40)
    batch.metrics["clicks"][...] = 0
    together = fitted(batch)

    for world in range(40):
        alone = fitted(batch.row(world))
        assert np.array_equal(alone.state.level, together.state.level[world])

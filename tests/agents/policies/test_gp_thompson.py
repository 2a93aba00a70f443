"""A Gaussian process per ad set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.policies.gp_thompson import _KNOTS, GpThompson
from agents.randomness import decision_rng


def _answering(make_account: Any, answer: Any) -> Any:
    """Two ad sets whose spend swings; the first answers by `answer`, the second as a power of 0.5; no luck."""
    account = make_account(2, days=30)
    account.budgets_minor[...] = 10_000
    swing = np.exp(np.tile(np.linspace(-1.0, 1.0, 10), 3))
    account.metrics["spend_minor"][...] = np.round(10_000 * swing)
    account.metrics["conversions"][0] = np.round(500 * answer(swing))
    account.metrics["conversions"][1] = np.round(500 * np.sqrt(swing))
    account.metrics["value_minor"] = account.metrics["conversions"] * 60
    return account.observed()


def test_the_marginal_return_is_that_of_the_days(make_account: Any) -> None:
    observation = _answering(make_account, lambda s: s**0.8)

    allocation = GpThompson(temperature=0, settle_days=0).decide(observation, decision_rng((1,)))

    assert allocation.beliefs is not None
    # Value 500 * 60 at 10,000 a day, times the elasticity.
    assert allocation.beliefs.marginal_roas == pytest.approx([0.8 * 3.0, 0.5 * 3.0], rel=0.08)
    assert (allocation.beliefs.low < [2.4, 1.5]).all()
    assert (allocation.beliefs.high > [2.4, 1.5]).all()


def test_a_bend_that_no_power_law_has_is_learnt(make_account: Any) -> None:
    observation = _answering(make_account, lambda s: np.minimum(s, 1.0) ** 0.9)
    at = np.array([20_000.0, 10_000.0])

    def elasticity(policy: GpThompson) -> float:
        posterior = policy._posterior(observation)
        return float(policy._look(posterior, posterior.weights, at)[1][0])

    bent, straight = elasticity(GpThompson(amplitude=0.5)), elasticity(GpThompson(amplitude=0))

    assert bent < straight - 0.1


def test_a_drawn_function_has_the_process_prior_variance_at_the_inducing_points() -> None:
    features, _ = GpThompson(length=0.7)._features(_KNOTS)

    bumps = features[:, 2:]

    assert bumps @ bumps.T == pytest.approx(np.exp(-0.5 * ((_KNOTS[:, None] - _KNOTS) / 0.7) ** 2), abs=1e-4)


def test_slopes_are_the_derivatives_of_the_features() -> None:
    x, step = np.linspace(-1.5, 1.5, 7), 1e-5
    policy = GpThompson()

    numeric = (policy._features(x + step)[0] - policy._features(x - step)[0]) / (2 * step)

    assert policy._features(x)[1] == pytest.approx(numeric, abs=1e-6)


def test_at_temperature_zero_chance_has_no_part(make_account: Any) -> None:
    observation = make_account(8).observed()
    policy = GpThompson(temperature=0)

    one, other = (policy.decide(observation, decision_rng((seed,))).budgets_minor for seed in (1, 2))

    assert np.array_equal(one, other)


def test_young_days_are_left_out(make_account: Any) -> None:
    account = make_account(3)
    before = GpThompson(temperature=0, settle_days=2)._posterior(account.observed()).weights
    account.metrics["conversions"][:, -2:] = 0

    after = GpThompson(temperature=0, settle_days=2)._posterior(account.observed()).weights

    assert np.array_equal(before, after)


@pytest.mark.parametrize("days", [28, 90])
def test_draws_spread_as_the_belief_says(make_account: Any, days: int) -> None:
    observation = make_account(6, days=days).observed()
    policy, rng, little = GpThompson(), np.random.default_rng(1), 0.05
    posterior = policy._posterior(observation)
    at = observation.ad_sets.budgets_minor.astype(float)
    noise = rng.standard_normal((600, *posterior.weights.shape, 1))
    drawn = [policy._look(posterior, posterior.weights + little * (posterior.factor @ z)[..., 0], at)[0] for z in noise]
    beliefs = policy.decide(observation, decision_rng((1,))).beliefs
    assert beliefs is not None

    claimed = np.log(beliefs.high / beliefs.low) / (2 * 1.2816)

    assert np.std(drawn, axis=0) / little == pytest.approx(claimed, rel=0.12)

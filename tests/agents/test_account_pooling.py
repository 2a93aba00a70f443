"""What ad sets of an account say about each other."""

from __future__ import annotations

import numpy as np
import pytest

from agents.account_pooling import joined, level_prior
from agents.filtering import Prior, State

MANY = 400


def prior(elasticity: float, sd: float, ad_sets: int) -> Prior:
    one = np.ones(1)
    return Prior(0 * one, one, elasticity * one, sd * one, one, one)


def told(truth: np.ndarray, noise: float, mean: float, sd: float, seed: int) -> State:
    """The posterior of each elasticity alone, from a measurement with `noise`, under N(mean, sd^2)."""
    measured = truth + np.random.default_rng(seed).normal(0, noise, truth.shape)
    var = 1 / (1 / sd**2 + 1 / noise**2)
    elasticity = var * (mean / sd**2 + measured / noise**2)
    one = np.ones(truth.shape)
    return State(0 * one, elasticity, 0.01 * one, 0.0 * one, var * one)


def test_an_account_off_the_populations_mean_finds_its_own() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0.75, 0.1, MANY)
    per_click = rng.normal(0, 0.02, MANY)
    priors = (prior(0.55, 0.15, MANY), prior(0.0, 0.02, MANY))

    alone = told(truth, 0.15, 0.55, 0.15, 1)
    together = joined(alone, told(per_click, 0.5, 0.0, 0.02, 2), priors, np.zeros(1)).clicks

    assert np.abs(alone.elasticity.mean() - 0.75) > 0.07
    assert together.elasticity.mean() == pytest.approx(0.75, abs=0.02)
    assert ((together.elasticity - truth) ** 2).mean() < 0.7 * ((alone.elasticity - truth) ** 2).mean()


@pytest.mark.parametrize("spread", [0.05, 0.3])
def test_an_account_more_or_less_alike_than_the_population_is_found_out(spread: float) -> None:
    truth = np.random.default_rng(0).normal(0.55, spread, MANY)
    priors = (prior(0.55, 0.15, MANY), prior(0.0, 0.02, MANY))

    alone = told(truth, 0.12, 0.55, 0.15, 1)
    together = joined(alone, told(np.zeros(MANY), 0.5, 0.0, 0.02, 2), priors, np.zeros(1)).clicks

    assert ((together.elasticity - truth) ** 2).mean() < 0.95 * ((alone.elasticity - truth) ** 2).mean()
    off = (together.elasticity - truth) / np.sqrt(together.elasticity_var)
    assert off.std() == pytest.approx(1, abs=0.15)


def test_a_gap_between_clicks_and_conversions_comes_off_one_and_goes_onto_the_other() -> None:
    rng = np.random.default_rng(0)
    orders, gap = rng.normal(0.55, 0.15, MANY), rng.normal(0.0, 0.1, MANY)
    priors = (prior(0.55, np.hypot(0.15, 0.1), MANY), prior(0.0, 0.1, MANY))
    first = told(orders - gap, 0.05, 0.55, float(np.hypot(0.15, 0.1)), 1)
    second = told(gap, 0.4, 0.0, 0.1, 2)

    apart, tied = (joined(first, second, priors, np.array([shared])).together.elasticity for shared in (0.0, -(0.1**2)))

    assert ((tied - orders) ** 2).mean() < 0.9 * ((apart - orders) ** 2).mean()


def test_one_ad_set_alone_keeps_close_to_what_it_shows() -> None:
    alone = told(np.array([0.7]), 0.1, 0.55, 0.15, 1)
    priors = (prior(0.55, 0.15, 1), prior(0.0, 0.02, 1))

    after = joined(alone, told(np.zeros(1), 0.5, 0.0, 0.02, 2), priors, np.zeros(1)).clicks

    assert after.elasticity[0] == pytest.approx(float(alone.elasticity[0]), abs=0.05)


def test_levels_of_an_account_that_is_all_alike_are_known_to_be() -> None:
    rng = np.random.default_rng(0)
    clicks = np.full((2, 40), 4_000.0)
    rates = np.stack([np.full(40, 0.03), 0.03 * np.exp(rng.normal(0, 0.5, 40))])
    orders = rng.poisson(clicks * rates).astype(float)

    level, spread = level_prior(orders, clicks, np.full((2, 40), 28.0), 0.3, np.full((2, 1), 1 / 12))

    assert level[:, 0] == pytest.approx(np.log(0.03), abs=0.2)
    assert spread[0, 0] < 0.12
    assert spread[1, 0] == pytest.approx(0.5, abs=0.12)


def test_an_account_of_which_nothing_was_seen_has_the_populations_spread() -> None:
    nothing = np.zeros((1, 3))

    level, spread = level_prior(nothing, nothing, nothing, 0.3, np.full((1, 1), 1 / 12))

    assert np.isfinite(level).all()
    assert spread[0, 0] == pytest.approx(0.3)

"""What is believed of a chain of processes when their elasticities are looked at together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from agents.account_pooling import _ALIKE, _ALIKE_SD, chained, spread_var
from agents.filtering import Prior, State

WHOLE, WHOLE_SD = 0.55, 0.15
OPEN_SD = 0.3
GAPS, GAP_SDS = (0.0, -0.04), (0.07, 0.1)
FIRM = [np.full(1, 1e-6)] * 3
"""Accounts that are known to be like the population."""


def state(mean: Any, var: Any) -> State:
    mean, var = np.atleast_1d(mean).astype(float), np.atleast_1d(var).astype(float)
    return State(np.full(mean.shape, 2.0), mean, 0.02 + 0.09 * var, 0.3 * var, var)


def prior(mean: float, sd: float) -> Prior:
    zero = np.zeros(1)
    return Prior(zero, zero, np.array([mean]), np.array([sd]), zero, zero)


PRIORS = [prior(WHOLE - sum(GAPS), OPEN_SD), *(prior(m, s) for m, s in zip(GAPS, GAP_SDS, strict=True))]


def followed(means: list[float], sds: list[float]) -> list[State]:
    """What filters with those priors say after data of these means and spreads."""
    found = []
    for mean, sd, before in zip(means, sds, PRIORS, strict=True):
        own = before.elasticity_sd[0] ** -2
        var = 1.0 / (own + sd**-2)
        found.append(state(var * (own * before.elasticity[0] + mean * sd**-2), var))
    return found


TURN = np.array([[1.0, -1.0, -1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
USUAL, ALIKE = np.array([WHOLE_SD, *GAP_SDS]) ** 2, np.full(3, _ALIKE_SD**2)


def dense(means: list[float], sds: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """The same by the textbook: a Gaussian prior of all three, and data on each; spreads by how likely the data are."""
    noise = np.diag(np.array(sds) ** 2)
    center = TURN @ np.array([WHOLE, *GAPS])
    usual, alike = (
        multivariate_normal(center, TURN @ np.diag(spread) @ TURN.T + noise).logpdf(means) for spread in (USUAL, ALIKE)
    )
    differ = 1.0 / (1.0 + np.exp(np.clip(alike - usual, -700, 700)) * _ALIKE / (1.0 - _ALIKE))
    before = np.linalg.inv(TURN @ np.diag(ALIKE + differ * (USUAL - ALIKE)) @ TURN.T)
    after = np.linalg.inv(before + np.diag(np.array(sds) ** -2.0))
    mean = after @ (before @ center + np.array(means) * np.array(sds) ** -2.0)
    return mean, after


numbers = st.lists(st.floats(-1.0, 1.5), min_size=3, max_size=3)
spreads = st.lists(st.floats(0.01, 2.0), min_size=3, max_size=3)


@given(numbers, spreads)
def test_the_closed_form_is_the_gaussian_posterior(means: list[float], sds: list[float]) -> None:
    mean, cov = dense(means, sds)

    chain = chained(followed(means, sds), PRIORS, FIRM, WHOLE, WHOLE_SD)

    for i, link in enumerate(chain.links):
        assert link.elasticity[0] == pytest.approx(mean[i], abs=1e-5)
        assert link.elasticity_var[0] == pytest.approx(cov[i, i], rel=1e-6)
    for n, product in enumerate(chain.products, start=1):
        slopes = np.full(n, 0.3)
        assert product.elasticity[0] == pytest.approx(mean[:n].sum(), abs=1e-5)
        assert product.elasticity_var[0] == pytest.approx(cov[:n, :n].sum(), rel=1e-6)
        assert product.covariance[0] == pytest.approx((slopes @ cov[:n, :n]).sum(), rel=1e-6)
        assert product.level_var[0] == pytest.approx(0.02 * n + slopes @ cov[:n, :n] @ slopes, rel=1e-6)


def test_without_data_the_whole_is_what_the_population_says() -> None:
    whole = chained([state(p.elasticity, p.elasticity_sd**2) for p in PRIORS], PRIORS, FIRM, WHOLE, WHOLE_SD)

    assert whole.products[-1].elasticity[0] == pytest.approx(WHOLE, abs=1e-4)
    mixed = _ALIKE * _ALIKE_SD**2 + (1.0 - _ALIKE) * WHOLE_SD**2
    assert whole.products[-1].elasticity_var[0] == pytest.approx(mixed, rel=1e-3)


def test_an_ad_set_without_data_goes_along_with_its_account() -> None:
    steep = followed([0.95, 0.0, -0.04], [0.03, 0.05, 0.05])
    states = [
        state(
            np.append(np.repeat(s.elasticity, 30), p.elasticity),
            np.append(np.repeat(s.elasticity_var, 30), p.elasticity_sd**2),
        )
        for s, p in zip(steep, PRIORS, strict=True)
    ]
    doubts = [np.full(1, 0.12), np.full(1, 0.2), np.full(1, 0.05)]

    alone = chained(steep, PRIORS, doubts, WHOLE, WHOLE_SD).products[-1]
    together = chained(states, PRIORS, doubts, WHOLE, WHOLE_SD).products[-1]

    assert together.elasticity[-1] > WHOLE + 0.2
    assert together.elasticity[0] > alone.elasticity[0]


def test_ad_sets_whose_elasticities_agree_are_taken_to_be_alike_and_others_to_differ() -> None:
    def pooled(spread: float) -> float:
        draws = np.random.default_rng(4)
        each = [followed([WHOLE + spread * draws.normal() + 0.04, 0.0, -0.04], [0.05, 0.03, 0.03]) for _ in range(20)]
        states = [
            State(*(np.concatenate([getattr(one[i], name) for one in each]) for name in State.__slots__))
            for i in range(3)
        ]
        return float(chained(states, PRIORS, FIRM, WHOLE, WHOLE_SD).products[-1].elasticity_var.mean())

    assert pooled(0.2) > 4 * pooled(0.01)


def test_a_spread_is_learnt_from_many_good_estimates_and_is_the_populations_without_any() -> None:
    draws = np.random.default_rng(7)

    narrow = spread_var(np.sqrt(0.01 + 0.001) * draws.standard_normal(400), np.full(400, 0.001), 0.3)
    unknown = spread_var(np.zeros(400), np.full(400, np.inf), 0.3)

    assert narrow[0] == pytest.approx(0.01, rel=0.2)
    assert unknown[0] == pytest.approx(0.09)

"""Probabilities of Beta arms agree with closed forms, with counting, and with one another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaln
from scipy.stats import beta as beta_law

from experiments.errors import LogRefused
from experiments.ope.propensities import best_arm_probabilities, rank_probabilities

COUNTS = st.integers(1, 300)
PARAMETERS = st.floats(0.05, 5e4)


def second_is_higher(a: int, b: int, c: int, d: int) -> float:
    """P(Beta(c, d) > Beta(a, b)) for whole numbers, as a finite sum."""
    i = np.arange(c)
    return float(np.exp(betaln(a + i, b + d) - np.log(d + i) - betaln(1 + i, d) - betaln(a, b)).sum())


@settings(max_examples=40)
@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_two_arms_have_the_closed_form(a: int, b: int, c: int, d: int) -> None:
    found = best_arm_probabilities(np.array([a, c]), np.array([b, d]))

    assert found[1] == pytest.approx(second_is_higher(a, b, c, d), abs=1e-8)


@given(st.lists(st.tuples(PARAMETERS, PARAMETERS), min_size=1, max_size=8))
def test_they_sum_to_one_whatever_the_arms(arms: list[tuple[float, float]]) -> None:
    alpha, beta = np.array(arms).T

    assert best_arm_probabilities(alpha, beta).sum() == pytest.approx(1.0, abs=1e-6)


@settings(max_examples=50)
@given(st.lists(st.tuples(PARAMETERS, PARAMETERS), min_size=3, max_size=5))
def test_ranks_are_a_doubly_stochastic_table_whose_first_column_is_the_best_arm(
    arms: list[tuple[float, float]],
) -> None:
    alpha, beta = np.array(arms).T
    found = rank_probabilities(alpha, beta, len(arms))

    assert found.sum(axis=0) == pytest.approx(1.0, abs=1e-6)
    assert found.sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    assert found[:, 0] == pytest.approx(best_arm_probabilities(alpha, beta), abs=1e-7)


@settings(max_examples=50)
@given(st.lists(st.tuples(PARAMETERS, PARAMETERS), min_size=2, max_size=4))
def test_mirrored_arms_have_mirrored_ranks(arms: list[tuple[float, float]]) -> None:
    alpha, beta = np.array(arms).T
    ranks = rank_probabilities(alpha, beta, len(arms))

    assert rank_probabilities(beta, alpha, len(arms))[:, ::-1] == pytest.approx(ranks, abs=1e-6)


def test_uniform_arms_are_equally_likely_at_every_rank() -> None:
    assert rank_probabilities(np.ones(6), np.ones(6), 6) == pytest.approx(1 / 6, abs=1e-9)


@pytest.mark.slow
def test_five_arms_agree_with_adaptive_quadrature() -> None:
    alpha, beta = np.array([1.0, 3.0, 20.0, 0.7, 150.0]), np.array([30.0, 80.0, 400.0, 9.0, 4_000.0])
    laws = [beta_law(a, b) for a, b in zip(alpha, beta, strict=True)]

    def chance(arm: int) -> float:
        others = [law for k, law in enumerate(laws) if k != arm]
        points = [law.mean() for law in laws]
        return quad(lambda x: laws[arm].pdf(x) * np.prod([law.cdf(x) for law in others]), 0, 1, points=points)[0]

    assert best_arm_probabilities(alpha, beta) == pytest.approx([chance(arm) for arm in range(5)], abs=1e-7)


def test_a_well_known_arm_among_badly_known_ones_costs_no_accuracy() -> None:
    found = best_arm_probabilities(np.array([5e7, 1.0]), np.array([5e7, 1.0]))

    assert found == pytest.approx([0.5, 0.5], abs=1e-6)


@pytest.mark.slow
def test_counting_a_million_wins_agrees_to_three_digits() -> None:
    """Standard errors of the counts are 5e-4 at most."""
    rng = np.random.default_rng(1)
    alpha, beta = 1.0 + rng.integers(0, 60, 12), 1.0 + rng.integers(0, 3_000, 12)
    order = np.argsort(-rng.beta(alpha, beta, size=(1_000_000, 12)), axis=1)[:, :3]
    counted = np.stack([np.bincount(order[:, rank], minlength=12) for rank in range(3)], axis=-1) / 1e6

    assert rank_probabilities(alpha, beta, 3) == pytest.approx(counted, abs=2e-3)
    assert np.abs(best_arm_probabilities(alpha, beta) - counted[:, 0]).max() < 1e-3


def test_a_batch_is_its_rows() -> None:
    rng = np.random.default_rng(2)
    alpha, beta = rng.uniform(0.5, 50.0, (3, 4, 5)), rng.uniform(0.5, 500.0, (3, 4, 5))
    found = rank_probabilities(alpha, beta, 2)

    assert found.shape == (3, 4, 5, 2)
    for at in np.ndindex(3, 4):
        assert found[at] == pytest.approx(rank_probabilities(alpha[at], beta[at], 2), abs=1e-13)


def test_more_hits_make_an_arm_likelier() -> None:
    chances = best_arm_probabilities(np.array([[5.0, 9.0], [6.0, 9.0], [7.0, 9.0]]), np.array([40.0, 60.0]))[:, 0]

    assert (np.diff(chances) > 0).all()


@pytest.mark.parametrize(
    ("alpha", "ranks", "message"),
    [
        ([0.0, 1.0], 1, "two parameters above zero"),
        ([np.nan, 1.0], 1, "above zero"),
        ([1.0, 1.0], 3, "3 ranks of 2 arms"),
    ],
)
def test_arms_that_are_none_are_refused(alpha: list[float], ranks: int, message: str) -> None:
    with pytest.raises(LogRefused, match=message):
        rank_probabilities(np.array(alpha), np.ones(2), ranks)

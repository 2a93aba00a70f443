"""Who is best, with what probability."""

from __future__ import annotations

import numpy as np
import pytest

from agents.beliefs import log_normal_beliefs, probability_best
from agents.propensity import Scores, inclusion


@pytest.mark.parametrize("count", [1, 2, 7, 60])
def test_probabilities_agree_with_counting_draws(count: int) -> None:
    rng = np.random.default_rng(count)
    mean, sd = rng.normal(0, 0.5, count), rng.uniform(0.1, 1, count)
    draws = rng.normal(mean, sd, (200_000, count))

    exact = probability_best(mean, sd, np.ones(count, dtype=bool))

    assert np.abs(exact - np.bincount(draws.argmax(axis=1), minlength=count) / len(draws)).max() < 0.005


def test_a_badly_known_one_among_well_known_ones_costs_no_accuracy() -> None:
    shares = probability_best(np.array([0.0, 0.1, 0.0]), np.array([0.05, 0.05, 1.0]), np.ones(3, dtype=bool))

    assert shares == pytest.approx([0.0414, 0.4994, 0.4592], abs=0.003)


@pytest.mark.parametrize("least", [0.005, 0.05, 0.2])
def test_probabilities_are_right_to_half_a_percent_where_spreads_differ_by_twenty(least: float) -> None:
    rng = np.random.default_rng(int(1_000 * least))
    mean, sd = rng.normal(0, 0.5, (200, 8)), least * 20 ** rng.uniform(0, 1, (200, 8))
    everyone = np.ones(mean.shape, dtype=bool)

    found = probability_best(mean, sd, everyone)

    exact = inclusion(Scores(mean, sd), everyone, np.ones(len(mean), dtype=np.int64))
    assert np.abs(found - exact).max() < 0.005


def test_a_row_has_the_same_bits_alone_and_among_others() -> None:
    rng = np.random.default_rng(5)
    mean, sd = rng.normal(0, 0.5, (3_000, 4)), rng.uniform(0.05, 1, (3_000, 4))
    candidates = rng.random(mean.shape) < 0.8
    together = probability_best(mean, sd, candidates)

    for row in (0, 1_234, 2_999):
        assert np.array_equal(probability_best(mean[row], sd[row], candidates[row]), together[row])


def test_equals_share_the_first_place() -> None:
    assert probability_best(np.zeros(4), np.ones(4), np.ones(4, dtype=bool)) == pytest.approx(0.25)


def test_who_is_no_candidate_cannot_be_best() -> None:
    shares = probability_best(np.array([9.0, 0.0, 0.0]), np.ones(3), np.array([False, True, True]))

    assert shares == pytest.approx([0, 0.5, 0.5])


def test_without_candidates_nobody_is_best() -> None:
    assert probability_best(np.zeros(2), np.ones(2), np.zeros(2, dtype=bool)).tolist() == [0, 0]


def test_certainty_about_the_best_leaves_nothing_to_the_others() -> None:
    shares = probability_best(np.array([0.0, 50.0]), np.array([1e-3, 1e-3]), np.ones(2, dtype=bool))

    assert shares == pytest.approx([0, 1])


def test_four_of_five_draws_fall_into_the_interval() -> None:
    beliefs = log_normal_beliefs(np.array([0.3]), np.array([0.4]), np.array([True]))
    draws = np.exp(np.random.default_rng(0).normal(0.3, 0.4, 100_000))

    assert ((draws > beliefs.low) & (draws < beliefs.high)).mean() == pytest.approx(0.8, abs=0.005)

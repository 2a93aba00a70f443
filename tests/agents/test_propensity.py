"""Probabilities of a draw: they sum to what is drawn, agree with counting, and with what is known in closed form."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from agents.propensity import Scores, inclusion, set_probability

MEANS = st.floats(-3.0, 3.0, allow_nan=False)
SDS = st.floats(-3.0, 1.0, allow_nan=False)


def _scores(pairs: list[tuple[float, float]]) -> tuple[Scores, np.ndarray]:
    mean, log_sd = np.array(pairs).T
    return Scores(mean, 10.0**log_sd), np.ones(len(mean), dtype=np.bool_)


@given(st.lists(st.tuples(MEANS, SDS), min_size=2, max_size=6), st.integers(1, 3))
def test_inclusion_probabilities_sum_to_the_number_that_is_drawn(pairs: list[tuple[float, float]], slots: int) -> None:
    scores, free = _scores(pairs)

    found = inclusion(scores, free, np.array(slots))

    assert found.sum() == pytest.approx(min(slots, len(pairs)), abs=2e-6)


@given(st.lists(st.tuples(MEANS, SDS), min_size=3, max_size=5))
def test_the_probabilities_of_all_sets_sum_to_one_and_to_those_of_their_members(
    pairs: list[tuple[float, float]],
) -> None:
    scores, free = _scores(pairs)
    members = np.zeros(len(pairs))
    total = 0.0
    for pair in combinations(range(len(pairs)), 2):
        chosen = np.isin(np.arange(len(pairs)), pair)
        chance = float(set_probability(scores, free, chosen))
        total += chance
        members += chance * chosen

    assert total == pytest.approx(1.0, abs=2e-6)
    assert members == pytest.approx(inclusion(scores, free, np.array(2)), abs=2e-6)


def test_two_ads_have_the_probability_that_a_difference_of_normals_gives() -> None:
    scores = Scores(np.array([0.3, 0.1]), np.array([0.2, 0.5]))

    found = inclusion(scores, np.ones(2, dtype=np.bool_), np.array(1))

    assert found[0] == pytest.approx(ndtr(0.2 / np.hypot(0.2, 0.5)), abs=1e-7)


def test_a_well_known_ad_among_badly_known_ones_costs_no_accuracy() -> None:
    scores = Scores(np.array([0.0, 0.0]), np.array([1e-6, 10.0]))

    assert inclusion(scores, np.ones(2, dtype=np.bool_), np.array(1)) == pytest.approx([0.5, 0.5], abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "beta"])
@pytest.mark.parametrize("slots", [1, 2])
def test_integrals_agree_with_counting_draws_to_one_in_a_thousand(kind: str, slots: int) -> None:
    draws, many = np.random.default_rng(5), 3_000_000
    a, b = np.array([1.0, 4.0, 9.0, 30.0]), np.array([1.0, 60.0, 80.0, 400.0])
    mean, sd = a / (a + b), np.sqrt(a * b / (a + b) ** 2 / (a + b + 1.0))
    drawn = draws.beta(a, b, (many, 4)) if kind == "beta" else draws.normal(mean, sd, (many, 4))
    scores = Scores(mean, sd, (a, b) if kind == "beta" else None)
    top = np.argpartition(-drawn, slots - 1, axis=-1)[:, :slots]
    chosen = np.arange(4) < slots

    found = inclusion(scores, np.ones(4, dtype=np.bool_), np.array(slots))
    of_set = set_probability(scores, np.ones(4, dtype=np.bool_), chosen)

    assert found == pytest.approx(np.bincount(top.reshape(-1), minlength=4) / many, abs=1e-3)
    assert of_set == pytest.approx(chosen[top].all(axis=-1).mean(), abs=1e-3)


def test_who_may_not_be_drawn_has_no_probability_and_takes_none_from_others() -> None:
    scores = Scores(np.array([0.0, 9.0, 0.0]), np.full(3, 0.3))
    free = np.array([True, False, True])

    assert inclusion(scores, free, np.array(1)) == pytest.approx([0.5, 0.0, 0.5], abs=1e-7)
    assert inclusion(scores, free, np.array(2)).tolist() == [1.0, 0.0, 1.0]
    assert set_probability(scores, free, np.array([True, False, False])) == pytest.approx(0.5, abs=1e-7)


def test_a_set_that_was_drawn_never_has_a_probability_of_zero() -> None:
    scores = Scores(np.array([0.0, 1_000.0]), np.full(2, 1e-3))

    chance = set_probability(scores, np.ones(2, dtype=np.bool_), np.array([True, False]))

    assert 0.0 < chance < 1e-200


@given(st.lists(st.tuples(MEANS, SDS), min_size=2, max_size=5), st.integers(0, 4))
def test_a_higher_score_is_never_drawn_less(pairs: list[tuple[float, float]], which: int) -> None:
    scores, free = _scores(pairs)
    i = which % len(pairs)
    raised = Scores(scores.mean + 0.5 * (np.arange(len(pairs)) == i), scores.sd)

    assert inclusion(raised, free, np.array(1))[i] >= inclusion(scores, free, np.array(1))[i] - 2e-6

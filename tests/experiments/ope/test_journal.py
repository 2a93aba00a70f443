"""Choices that were written down are a log that every estimator but those of embeddings can use."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.errors import LogRefused
from experiments.ope.evaluation import Options, evaluate
from experiments.ope.journal import Choice, log_of
from experiments.ope.propensities import best_arm_probabilities
from experiments.ope.reward_models import cross_fitted_means


def test_alternatives_come_and_go() -> None:
    log = log_of([Choice("b", {"b": 0.7, "a": 0.3}, 1.0), Choice("c", {"a": 0.4, "c": 0.6}, 0.0)])

    assert log.action_names == ("a", "b", "c")
    assert log.actions.tolist() == [1, 2]
    assert log.propensities.tolist() == [0.7, 0.6]
    assert log.logging_probabilities is not None
    assert log.logging_probabilities.tolist() == [[0.3, 0.7, 0.0], [0.4, 0.0, 0.6]]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ([], "the log has no rounds"),
        ([Choice("a", {"a": 1.0}, 0.0), Choice("a", {"b": 1.0}, 0.0)], "row 2: 'a' was chosen, and its probability"),
        ([Choice("a", {"a": 0.5, "b": 0.2}, 0.0)], "row 1: logging_probabilities sum to 0.7"),
        ([Choice("a", {"a": 0.0, "b": 1.0}, 0.0)], "row 1: propensity is 0.0, but the action was taken"),
    ],
)
def test_a_journal_that_cannot_be_right_is_refused(choices: list[Choice], message: str) -> None:
    with pytest.raises(LogRefused, match=message):
        log_of(choices)


@pytest.mark.slow
def test_thompson_samplings_own_journal_tells_what_an_even_split_would_have_earned() -> None:
    """2,000 choices between two ads with exact propensities; the even split earns 0.1 clicks."""
    rng, worth = np.random.default_rng(1), {"new": 0.12, "old": 0.08}
    hits, misses, choices = {"new": 1.0, "old": 1.0}, {"new": 1.0, "old": 1.0}, []
    for _ in range(2_000):
        chances = best_arm_probabilities(np.array([*hits.values()]), np.array([*misses.values()]))
        chances /= chances.sum()
        chosen = str(rng.choice(["new", "old"], p=chances))
        reward = float(rng.random() < worth[chosen])
        choices.append(Choice(chosen, {"new": float(chances[0]), "old": float(chances[1])}, reward))
        hits[chosen] += reward
        misses[chosen] += 1.0 - reward
    log = log_of(choices)
    found = evaluate(log, np.array([0.5, 0.5]), model=cross_fitted_means(log), options=Options(resamples=100))

    assert dict(found.left_out) == {"mips": "action embeddings"}
    for name in ("adaptive_constant", "adaptive_two_point"):
        around = found.estimate(name).intervals[0]
        assert around.low < 0.1 < around.high
        assert around.high - around.low < 0.1

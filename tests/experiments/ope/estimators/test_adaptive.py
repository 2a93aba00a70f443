"""Adaptively weighted estimators on logs that a bandit collected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from experiments.errors import LogRefused
from experiments.ope.estimator import load_estimator
from experiments.ope.estimators._adaptive import overlap, past_only_scores
from experiments.ope.estimators.adaptive_two_point import TwoPointAllocation
from experiments.ope.evidence import gather
from experiments.ope.intervals import normal
from experiments.ope.log import BanditLog

MakeLog = Callable[..., BanditLog]
ADAPTIVE = ("adaptive_constant", "adaptive_two_point")
FIRST = np.array([1.0, 0.0])


def test_the_model_of_a_round_is_of_the_rounds_before_it(make_log: MakeLog, target: np.ndarray) -> None:
    log = make_log(1, rounds=60)
    scores = past_only_scores(gather(log, target))
    for t in range(60):
        before = [s for s in range(t) if log.places[s] == log.places[t]]
        model = [np.mean([log.rewards[s] for s in before if log.actions[s] == a] or [0.0]) for a in range(4)]
        shares = target[:, log.places[t]]
        weight = shares[log.actions[t]] / log.propensities[t]
        by_hand = shares @ np.array(model) + weight * (log.rewards[t] - model[log.actions[t]])

        assert scores[t] == pytest.approx(by_hand)


def test_for_one_arm_the_overlap_is_its_propensity(adaptive_log: MakeLog) -> None:
    log = adaptive_log(1)

    assert log.logging_probabilities is not None
    assert overlap(gather(log, FIRST)) == pytest.approx(log.logging_probabilities[:, 0])


def test_constant_weights_are_roots_of_propensities(adaptive_log: MakeLog) -> None:
    log = adaptive_log(1)
    found = load_estimator("adaptive_constant").contributions(gather(log, FIRST))

    assert log.logging_probabilities is not None
    assert found.denominator == pytest.approx(np.sqrt(log.logging_probabilities[:, 0]))


def test_what_is_allotted_sums_to_one_and_is_even_where_propensities_are_one() -> None:
    share = np.random.default_rng(1).uniform(0.01, 1.0, 500)

    assert TwoPointAllocation()._allotted(share).sum() == pytest.approx(1.0)
    assert TwoPointAllocation()._allotted(np.ones(500)) == pytest.approx(np.full(500, 1 / 500))


@pytest.mark.parametrize("name", ADAPTIVE)
def test_without_the_policys_probabilities_it_says_what_it_needs(name: str, adaptive_log: MakeLog) -> None:
    with pytest.raises(LogRefused, match=r"needs logging_probabilities \(N, A\)"):
        load_estimator(name).contributions(gather(replace(adaptive_log(1), logging_probabilities=None), FIRST))


def test_an_arm_that_was_impossible_is_refused() -> None:
    log = BanditLog(np.zeros(3), np.ones(3), np.ones(3), 2, logging_probabilities=np.array([[1.0, 0.0]] * 3))
    with pytest.raises(LogRefused, match="never took an action that the target takes"):
        load_estimator("adaptive_constant").contributions(gather(log, np.array([0.5, 0.5])))


@pytest.mark.slow
def test_on_bandit_logs_their_normal_intervals_cover_and_are_short(
    adaptive_logs: Callable[..., list[BanditLog]],
) -> None:
    """400 logs of a bandit that turns away from arms with bad luck: 95 % intervals miss at most 8 %."""
    evidence = [gather(each, FIRST) for each in adaptive_logs(6, 400, rounds=2_000)]
    naive = [each.log.rewards[each.log.actions == 0].mean() for each in evidence]
    plain = [load_estimator("ips").contributions(each) for each in evidence]

    assert np.mean(naive) < 0.5 - 4 * np.std(naive) / np.sqrt(400)
    for name in ADAPTIVE:
        found = [load_estimator(name).contributions(each) for each in evidence]
        values, errors = (np.array([getattr(each, of) for each in found]) for of in ("value", "standard_error"))
        around = [normal(each) for each in found]

        assert np.mean([interval.low <= 0.5 <= interval.high for interval in around]) >= 0.92
        assert abs(np.mean(values) - 0.5) < 0.5 * abs(np.mean(naive) - 0.5) + 0.005
        assert np.median(errors) < 0.5 * np.median([each.standard_error for each in plain])

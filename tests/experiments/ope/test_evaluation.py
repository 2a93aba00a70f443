"""One call gives every estimate with its intervals, or says that the log cannot."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from experiments.errors import LogRefused, UnknownName
from experiments.ope.estimator import estimators, load_estimator
from experiments.ope.evaluation import Options, evaluate, evaluate_logged
from experiments.ope.log import BanditLog
from experiments.ope.reward_models import cross_fitted_means

MakeLog = Callable[..., BanditLog]


def test_every_estimator_answers_with_three_intervals(make_log: MakeLog, target: np.ndarray, truth: float) -> None:
    log = make_log(1, rounds=3_000)
    found = evaluate(log, target, model=cross_fitted_means(log), options=Options(resamples=200))

    assert [each.name for each in found.estimates] == sorted(estimators())
    assert found.left_out == ()
    assert found.support.verdict == "adequate"
    for each in found.estimates:
        assert each.value == pytest.approx(truth, abs=0.1)
        assert [interval.method for interval in each.intervals] == ["normal", "bootstrap", "empirical likelihood"]
        assert all(interval.low <= each.value <= interval.high for interval in each.intervals)  # type: ignore[operator]
    assert found.always_valid is not None
    assert found.always_valid.low < truth < found.always_valid.high
    assert found.logged_value == log.rewards.mean()


def test_a_log_that_cannot_answer_gives_no_number(make_log: MakeLog) -> None:
    """The target wants what the logging policy took once in ten thousand rounds."""
    rare = np.array([0.5, 0.3, 0.1999, 0.0001])
    log = make_log(2, rounds=2_000, logging=rare)
    found = evaluate(log, np.array([0.0, 0.0, 0.0, 1.0]), model=cross_fitted_means(log), options=Options(resamples=100))

    assert found.support.verdict == "insufficient"
    assert found.always_valid is None
    for each in found.estimates:
        assert (each.value, each.standard_error, each.intervals) == (None, None, ())
        assert each.note.startswith("insufficient support: ")


def test_what_is_not_given_leaves_estimators_out_and_says_why(make_log: MakeLog, target: np.ndarray) -> None:
    log = make_log(1)
    bare = BanditLog(log.actions, log.rewards, log.propensities, 4, log.positions)
    found = evaluate(bare, target, options=Options(resamples=100))

    assert [each.name for each in found.estimates] == ["ips", "sliding_window", "snips"]
    assert dict(found.left_out)["dr"] == "a reward model"
    assert dict(found.left_out)["mips"] == "action embeddings"
    few = evaluate_logged(bare, bare.propensities, options=Options(resamples=100))
    assert dict(few.left_out)["dr"] == "a reward model and the target's probabilities of all actions"


def test_estimators_are_chosen_by_name_or_given_with_their_parameters(make_log: MakeLog, target: np.ndarray) -> None:
    log = make_log(1)
    named = evaluate(log, target, chosen=["snips", "ips"], options=Options(resamples=100))
    given = evaluate(log, target, chosen={"clipped": load_estimator("ips", clip=1.0)}, options=Options(resamples=100))

    assert [each.name for each in named.estimates] == ["ips", "snips"]
    assert given.estimate("clipped").value < named.estimate("ips").value  # type: ignore[operator]  # both answered
    with pytest.raises(KeyError):
        given.estimate("ips")
    with pytest.raises(UnknownName, match="did you mean 'dros'"):
        evaluate(log, target, chosen=["dro"])
    with pytest.raises(LogRefused, match="needs a reward model"):
        evaluate(log, target, chosen=["dr"])


def test_the_same_seed_gives_the_same_answer_in_json(make_log: MakeLog, target: np.ndarray) -> None:
    log = make_log(1)
    once, again = (evaluate(log, target, options=Options(resamples=100, seed=3)).to_json() for _ in range(2))

    assert json.dumps(once, allow_nan=False) == json.dumps(again)


def test_rewards_without_a_known_range_get_no_always_valid_interval(make_log: MakeLog, target: np.ndarray) -> None:
    log = make_log(1)
    money = BanditLog(log.actions, 30.0 * log.rewards, log.propensities, 4, log.positions)

    assert evaluate(money, target, options=Options(resamples=100)).always_valid is None
    assert evaluate(money, target, options=Options(resamples=100, reward_range=(0.0, 30.0))).always_valid is not None

"""Reward models never see the round that they are used for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from experiments.errors import LogRefused
from experiments.ope.log import BanditLog
from experiments.ope.reward_models import cross_fitted_logistic, cross_fitted_means, folds_of

MakeLog = Callable[..., BanditLog]


def test_folds_are_equal_and_random() -> None:
    fold = folds_of(100, 3, seed=1)

    assert sorted(np.bincount(fold)) == [33, 33, 34]
    assert (fold != folds_of(100, 3, seed=2)).any()
    with pytest.raises(LogRefused, match="cross-fitting needs 2 or more"):
        folds_of(100, 1, seed=1)


@pytest.mark.slow
def test_many_rounds_give_the_means(make_log: MakeLog, means: np.ndarray) -> None:
    log = make_log(1, rounds=40_000)
    found = cross_fitted_means(log)

    assert found == pytest.approx(means.T[log.places], abs=0.05)


def test_a_rounds_own_reward_does_not_move_its_expectation(make_log: MakeLog) -> None:
    log = make_log(1)
    rewards = log.rewards.copy()
    rewards[17] = 1e6
    fold = folds_of(len(log), 3, seed=1)
    one, other = cross_fitted_means(log, fold), cross_fitted_means(replace(log, rewards=rewards), fold)

    assert (one[fold == fold[17]] == other[fold == fold[17]]).all()
    assert (one[fold != fold[17]] != other[fold != fold[17]]).any()


def test_an_action_that_was_never_logged_has_the_mean_of_its_position(make_log: MakeLog) -> None:
    log = make_log(1, rounds=4_000)
    wider = BanditLog(log.actions, log.rewards, log.propensities, 5, log.positions)
    found = cross_fitted_means(wider)[:, 4]

    for place in (0, 1):
        assert found[log.places == place] == pytest.approx(log.rewards[log.places == place].mean(), abs=0.05)


@pytest.mark.slow
def test_logistic_regression_finds_what_rewards_depend_on() -> None:
    rng = np.random.default_rng(1)
    contexts, features = rng.normal(size=(6_000, 2)), np.array([[0.0], [1.0], [2.0]])
    actions = rng.integers(3, size=6_000)
    chance = 1.0 / (1.0 + np.exp(1.0 - contexts[:, [0]] - 0.5 * features[:, 0]))
    rewards = (rng.random(6_000) < chance[np.arange(6_000), actions]).astype(float)
    log = BanditLog(actions, rewards, np.full(6_000, 1 / 3), 3)
    found = cross_fitted_logistic(log, contexts, features)

    assert np.abs(found - chance).mean() < 0.02


@pytest.mark.slow
def test_logistic_regression_refuses_amounts_and_folds_without_rewards(make_log: MakeLog) -> None:
    log = make_log(1)
    contexts, features = np.zeros((400, 1)), np.eye(4)
    with pytest.raises(LogRefused, match="rewards of 0 or 1: use cross_fitted_means"):
        cross_fitted_logistic(replace(log, rewards=2.0 * log.rewards), contexts, features)
    with pytest.raises(LogRefused, match="has only rewards of one kind"):
        cross_fitted_logistic(replace(log, rewards=np.zeros(400)), contexts, features)

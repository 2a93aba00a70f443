"""Numbers per round agree with the sums they stand for, whichever shape tables come in."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.errors import LogRefused
from experiments.ope.evidence import gather, gather_logged
from experiments.ope.log import BanditLog

ROUNDS, ACTIONS, PLACES = 700, 5, 3


@pytest.fixture
def log() -> BanditLog:
    rng = np.random.default_rng(1)
    actions, places = rng.integers(ACTIONS, size=ROUNDS), rng.integers(PLACES, size=ROUNDS)
    return BanditLog(actions, rng.random(ROUNDS), rng.uniform(0.1, 1.0, ROUNDS), ACTIONS, places)


SHAPES = [(ACTIONS,), (ROUNDS, ACTIONS), (ACTIONS, PLACES), (ROUNDS, ACTIONS, PLACES)]


def whole(table: np.ndarray) -> np.ndarray:
    """The same table for every round, action and position."""
    as_whole = {1: np.s_[None, :, None], 2: np.s_[:, :, None] if len(table) == ROUNDS else np.s_[None], 3: np.s_[:]}
    return np.broadcast_to(table[as_whole[table.ndim]], (ROUNDS, ACTIONS, PLACES))


@pytest.mark.parametrize("of_model", SHAPES)
@pytest.mark.parametrize("of_target", SHAPES)
def test_every_shape_gives_the_sums_of_the_whole_table(
    log: BanditLog, of_target: tuple[int, ...], of_model: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(2)
    axis = 0 if of_target[0] == ACTIONS else 1
    target = rng.random(of_target)
    target /= target.sum(axis=axis, keepdims=True)
    model = rng.random(of_model)

    found = gather(log, target, model)

    every = np.arange(ROUNDS)
    shares, worth = (whole(table)[every, :, log.places] for table in (target, model))
    assert found.weights == pytest.approx(shares[every, log.actions] / log.propensities)
    assert found.logged_reward == pytest.approx(worth[every, log.actions])
    assert found.target_reward == pytest.approx((shares * worth).sum(axis=1))


def test_a_model_that_failed_is_refused(log: BanditLog) -> None:
    with pytest.raises(LogRefused, match="not all finite"):
        gather(log, np.full(ACTIONS, 0.2), np.full((ROUNDS, ACTIONS), np.nan))
    with pytest.raises(LogRefused, match="expected rewards have the shape"):
        gather(log, np.full(ACTIONS, 0.2), np.zeros((3, 3)))


def test_probabilities_of_logged_actions_are_enough_for_weights(log: BanditLog) -> None:
    found = gather_logged(log, log.propensities)

    assert found.weights == pytest.approx(np.ones(ROUNDS))
    with pytest.raises(LogRefused, match=r"row 4: .* 1.5, not between 0 and 1"):
        gather_logged(log, np.where(np.arange(ROUNDS) == 3, 1.5, 0.5))
    with pytest.raises(LogRefused, match="have the shape"):
        gather_logged(log, np.ones(3))

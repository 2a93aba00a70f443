"""Logs that cannot be right are refused, in words that say which row and what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.errors import LogRefused
from experiments.ope.log import BanditLog, target_table, uniform

GOOD: dict[str, Any] = {
    "actions": [0, 1, 2],
    "rewards": [0.0, 1.0, 0.0],
    "propensities": [0.5, 0.25, 0.25],
    "n_actions": 3,
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"actions": [0, 1, 3]}, "row 3: action 3 is none of the 3 actions"),
        ({"actions": [0, -1, -2]}, r"row 2: action -1 .*and 1 more rows like it"),
        ({"actions": [0, 0.5, 1]}, "row 2: actions has 0.5: whole numbers"),
        ({"actions": ["a", "b", "c"]}, "whole numbers from 0 on"),
        ({"rewards": [0.0, np.nan, 1.0]}, "row 2: reward is nan"),
        ({"propensities": [0.5, 0.0, 0.25]}, "row 2: propensity is 0.0, but the action was taken"),
        ({"propensities": [50.0, 25.0, 25.0]}, "row 1: propensity is 50.0, above 1: .*not a percentage"),
        ({"propensities": [0.5, 0.25, np.nan]}, "row 3: propensity is nan: it was not logged"),
        ({"propensities": [0.5, 0.25]}, r"shapes are actions \(3,\), rewards \(3,\), propensities \(2,\)"),
        ({"propensities": np.full((3, 3), 1 / 3)}, "give the logged action's alone"),
        ({"positions": [0, 1, -1]}, "row 3: position is -1"),
        ({"positions": [0, 1]}, r"positions \(2,\)"),
        ({"action_embeddings": [[1], [2]]}, "one row for each of the 3 actions"),
        ({"action_names": ("a", "b")}, "2 action names for 3 actions"),
        ({"logging_probabilities": np.full((3, 2), 0.5)}, r"not \(3, 3\)"),
        ({"logging_probabilities": np.full((3, 3), 0.5)}, "row 1: logging_probabilities sum to 1.5"),
        (
            {"logging_probabilities": [[0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.6, 0.2, 0.2]]},
            r"row 3: propensity 0.25 is not the one that logging_probabilities give",
        ),
        ({"actions": [], "rewards": [], "propensities": []}, "the log has no rounds"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(LogRefused, match=message):
        BanditLog(**{**GOOD, **wrong})


def test_nobody_writes_into_a_log() -> None:
    rewards = np.array(GOOD["rewards"])
    log = BanditLog(**{**GOOD, "rewards": rewards})

    with pytest.raises(ValueError, match="read-only"):
        log.rewards[0] = 1.0
    assert rewards.flags.writeable


def test_a_log_without_positions_has_one() -> None:
    log = BanditLog(**GOOD)

    assert (len(log), log.n_positions, log.places.tolist()) == (3, 1, [0, 0, 0])
    assert uniform(log).tolist() == [1 / 3] * 3


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0.01, 1.0)), min_size=1, max_size=20))
def test_every_log_that_can_be_is_taken(rounds: list[tuple[int, float]]) -> None:
    actions, propensities = zip(*rounds, strict=True)
    log = BanditLog(np.array(actions), np.zeros(len(rounds)), np.array(propensities), 5)

    assert len(log) == len(rounds)


def test_a_target_comes_in_four_shapes() -> None:
    log = BanditLog(**GOOD, positions=np.array([0, 1, 0]))
    shares = np.array([0.2, 0.3, 0.5])
    shapes = {
        (3,): shares,
        (3, 2): np.stack([shares, shares[::-1]], axis=-1),
        (3, 3): np.tile(shares, (3, 1)),
        (3, 3, 2): np.broadcast_to(shares[:, None], (3, 3, 2)).copy(),
    }

    assert [target_table(log, t).shape for t in shapes.values()] == [(1, 3, 1), (1, 3, 2), (3, 3, 1), (3, 3, 2)]
    assert target_table(log, np.broadcast_to(shares, (3, 3))).shape == (1, 3, 1)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (np.array([0.5, 0.5]), r"give \(A,\) = \(3,\)"),
        (np.array([0.5, 0.6, 0.1]), "row 1: target probabilities sum to 1.2"),
        (np.array([-0.5, 1.0, 0.5]), "the smallest is -0.5"),
        (np.array([0.5, np.nan, 0.5]), "sum to nan"),
        (np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.2], [1, 0, 0]]), "row 2: .* sum to 0.95"),
    ],
)
def test_a_target_that_is_no_distribution_is_refused(table: np.ndarray, message: str) -> None:
    with pytest.raises(LogRefused, match=message):
        target_table(BanditLog(**GOOD), table)

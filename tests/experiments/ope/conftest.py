"""Worlds whose truth is known, and logs that policies leave in them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from experiments.ope.log import BanditLog

MEANS = np.array([[0.2, 0.3], [0.5, 0.4], [0.8, 0.6], [0.4, 0.9]])
"""Expected rewards of four actions at two positions, (A, L)."""
LOGGING = np.array([0.4, 0.3, 0.2, 0.1])
TARGET = np.array([[0.1, 0.3], [0.2, 0.3], [0.3, 0.2], [0.4, 0.2]])
EMBEDDINGS = np.array([[0], [0], [1], [2]])

MakeLog = Callable[..., BanditLog]


@pytest.fixture(scope="session")
def means() -> np.ndarray:
    return MEANS


@pytest.fixture(scope="session")
def target() -> np.ndarray:
    return TARGET


@pytest.fixture(scope="session")
def truth() -> float:
    """The target's value where both positions are as frequent."""
    return float((TARGET * MEANS).sum(axis=0).mean())


@pytest.fixture(scope="session")
def make_log() -> MakeLog:
    """A log of a policy that never changes: Bernoulli rewards, positions in turn, all that estimators need."""

    def make(seed: object, rounds: int = 400, logging: np.ndarray = LOGGING) -> BanditLog:
        rng = np.random.default_rng(seed)  # type: ignore[arg-type]  # whatever seeds
        actions = rng.choice(len(logging), size=rounds, p=logging)
        places = np.arange(rounds) % 2
        rewards = (rng.random(rounds) < MEANS[actions, places]).astype(float)
        table = np.broadcast_to(logging, (rounds, len(logging)))
        return BanditLog(actions, rewards, logging[actions], len(logging), places, EMBEDDINGS, table)

    return make


@pytest.fixture(scope="session")
def adaptive_logs() -> Callable[..., list[BanditLog]]:
    """Logs of a bandit that turns to whatever arm did better so far, with a floor that falls; both means are 0.5."""

    def make(seed: object, count: int, rounds: int = 600, decay: float = 0.5) -> list[BanditLog]:
        rng = np.random.default_rng(seed)  # type: ignore[arg-type]  # whatever seeds
        rewards_of, draws = (rng.random((rounds, count, 2)) < 0.5).astype(float), rng.random((rounds, count))
        actions, chances = np.empty((rounds, count), dtype=int), np.empty((rounds, count, 2))
        sums, counts, each = np.zeros((count, 2)), np.zeros((count, 2)), np.arange(count)
        for t in range(rounds):
            mean = sums / np.maximum(counts, 1.0)
            better = mean.argmax(axis=-1)
            chances[t] = floor = 0.5 * (t + 1) ** -decay
            chances[t, each, better] = 1.0 - floor
            actions[t] = draws[t] >= chances[t, :, 0]
            sums[each, actions[t]] += rewards_of[t, each, actions[t]]
            counts[each, actions[t]] += 1.0
        at = np.arange(rounds)
        return [
            BanditLog(
                actions[:, i],
                rewards_of[at, i, actions[:, i]],
                chances[at, i, actions[:, i]],
                2,
                logging_probabilities=chances[:, i],
            )
            for i in range(count)
        ]

    return make


@pytest.fixture(scope="session")
def adaptive_log(adaptive_logs: Callable[..., list[BanditLog]]) -> MakeLog:
    """One of these logs."""
    return lambda seed, rounds=600: adaptive_logs(seed, 1, rounds)[0]

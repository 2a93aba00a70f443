"""Thompson sampling of other bandit libraries on three Bernoulli arms, where they are installed (extra `peers`).

They all draw from Beta(1 + hits, 1 + misses), so that a numpy loop over replications stands in for any of them: here is
the check of that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np

ARMS = (0.9, 0.8, 0.7)
ROUNDS = 1_000
REPLICATIONS = {"river": 200, "mabwiser": 40}

Arms: TypeAlias = "tuple[float, ...]"
Play: TypeAlias = "Callable[[int, Arms, int], float]"
"""Seed, arms and rounds to the expected reward lost."""


def river_regret(seed: int, arms: Arms = ARMS, rounds: int = ROUNDS) -> float:
    """One replication of river's ThompsonSampling.

    Its rewards are not seeded: copies of a seeded one draw the same for every arm.

    Raises:
        ImportError: it is not installed.
    """
    bandit, proba = import_module("river.bandit"), import_module("river.proba")
    policy: Any = bandit.ThompsonSampling(reward_obj=proba.Beta(), seed=seed)
    luck, names = np.random.default_rng((seed, 1)), list(range(len(arms)))
    lost = 0.0
    for _ in range(rounds):
        arm = policy.pull(names)
        policy.update(arm, bool(luck.random() < arms[arm]))
        lost += max(arms) - arms[arm]
    return lost


def mabwiser_regret(seed: int, arms: Arms = ARMS, rounds: int = ROUNDS) -> float:
    """One replication of mabwiser's ThompsonSampling.

    Raises:
        ImportError: it is not installed.
    """
    mab: Any = import_module("mabwiser.mab")
    luck, names = np.random.default_rng((seed, 1)), list(range(len(arms)))
    policy = mab.MAB(names, mab.LearningPolicy.ThompsonSampling(), seed=seed)
    policy.fit([0], [int(luck.random() < arms[0])])
    lost = max(arms) - arms[0]
    for _ in range(rounds - 1):
        arm = policy.predict()
        policy.partial_fit([arm], [int(luck.random() < arms[arm])])
        lost += max(arms) - arms[arm]
    return lost


LIBRARIES: dict[str, Play] = {"river": river_regret, "mabwiser": mabwiser_regret}


def installed_regrets(seed: int) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Rewards lost over `ROUNDS` rounds, one per replication, of each library there is; a note for each that is not."""
    found = {}
    for name, play in LIBRARIES.items():
        first = 1_000 * seed
        try:
            lost = [play(each, ARMS, ROUNDS) for each in range(first, first + REPLICATIONS[name])]
        except ImportError:
            sys.stderr.write(f"{name} is not installed: its figure is left out (uv pip install 'caudal[peers]')\n")
            continue
        found[name] = np.array(lost)
    return found

"""Other simulators of advertising, where they are installed: how many of their environment's steps fit in a second.

RecoGym (Rohde et al. 2018, arXiv:1808.00720) and AdCraft (Gomrokchi et al. 2023, arXiv:2306.11971) are not needed for
anything else, and AdCraft is on no package index: what is not there is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from itertools import count
from typing import Any

SIZE = 10
"""Products, or keywords: as many as ad sets on our side."""


def recogym_step(seed: int) -> Callable[[], object]:
    """One step of RecoGym's `reco-gym-v1` with that many products and a random recommendation.

    Raises:
        ImportError: it is not installed.
    """
    recogym: Any = import_module("recogym")
    # Its class, not gym.make: newer gyms refuse what has no action space.
    env: Any = import_module("recogym.envs.reco_env_v1").RecoEnv1()
    env.init_gym({**recogym.env_1_args, "random_seed": seed, "num_products": SIZE})
    users, visits = count(), count()

    def begin() -> None:
        env.reset(next(users))
        env.step(None)  # a user's first visits bring no recommendation

    def step() -> object:
        _, _, done, _ = env.step(next(visits) % SIZE)
        if done:
            begin()
        return done

    begin()

    return step


def adcraft_step(seed: int) -> Callable[[], object]:
    """One step of AdCraft's bidding simulation with that many keywords and the same bids every day.

    Raises:
        ImportError: it is not installed.
    """
    adcraft: Any = import_module("adcraft.gymnasium_kw_env")
    numpy: Any = import_module("numpy")
    env = adcraft.BiddingSimulation(num_keywords=SIZE)
    env.reset(seed=seed)
    action = {"keyword_bids": numpy.full(SIZE, 1.0), "budget": 1000.0}

    def step() -> object:
        _, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            env.reset()
        return terminated

    return step


PEERS: dict[str, Callable[[int], Callable[[], object]]] = {"recogym": recogym_step, "adcraft": adcraft_step}


def installed(seed: int) -> dict[str, Callable[[], object]]:
    """A function that makes one step, of each peer that is there; a note on stderr for each that is not."""
    found = {}
    for name, make in PEERS.items():
        try:
            found[name] = make(seed)
        except ImportError:
            sys.stderr.write(f"{name} is not installed: its figure is left out\n")
    return found

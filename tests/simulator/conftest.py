"""Builders of small worlds, shared by the simulator's tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from simulator.scenarios import load_scenario
from simulator.world import World


@pytest.fixture
def make_world() -> Callable[..., World]:
    """`make_world(seeds, name, **changes)`: worlds of a scenario with some of its values changed."""

    def make(seeds: Sequence[int] = (1,), name: str = "small", **changes: Any) -> World:
        return World(load_scenario(name).having(**changes), seeds)

    return make


@pytest.fixture(scope="session")
def many_normals() -> np.ndarray:
    return np.random.default_rng(7).standard_normal(400_000)

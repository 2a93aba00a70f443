"""Curves made by hand, and accounts whose decisions are explained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agents.response import Curves, State


def make_curves(seed: int, ad_sets: int = 6, scale: float = 1.0) -> Curves:
    """Plausible beliefs: returns of about 2, elasticities about 0.55, correlated with the level."""
    rng = np.random.default_rng(seed)
    anchor = rng.uniform(3_000, 30_000, ad_sets) * scale
    level_var, elasticity_var = rng.uniform(0.005, 0.1, ad_sets), rng.uniform(0.001, 0.03, ad_sets)
    covariance = rng.uniform(-0.8, 0.8, ad_sets) * np.sqrt(level_var * elasticity_var)
    level = np.log(anchor) + rng.normal(np.log(2.0), 0.4, ad_sets)
    return Curves(anchor, State(level, rng.uniform(0.3, 0.8, ad_sets), level_var, covariance, elasticity_var), 0.12)


def numbers(value: Any) -> list[float]:
    """Every number in a nest of values."""
    if isinstance(value, dict):
        return [n for part in value.values() for n in numbers(part)]
    if isinstance(value, list | tuple):
        return [n for part in value for n in numbers(part)]
    return [value] if isinstance(value, float) else []


@pytest.fixture(name="make_curves", scope="session")
def _make_curves() -> Any:
    return make_curves


@pytest.fixture(name="numbers", scope="session")
def _numbers() -> Callable[[Any], list[float]]:
    return numbers

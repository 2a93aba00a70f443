"""The words for benchmarks: a bench measures figures, each with a goal and how it was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import getmodule
from typing import Any, Literal, TypeAlias

import numpy as np

from agents.errors import did_you_mean
from agents.registry import discover
from experiments.errors import UnknownName


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `goal` is None where it is only reported."""

    name: str
    value: float
    unit: str
    goal: float | None
    better: Literal["higher", "lower"]
    how: str

    @property
    def met(self) -> bool:
        """Whether the goal is reached; a figure without one always is."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.better == "higher" else self.value <= self.goal

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "goal": self.goal,
            "better": self.better,
            "met": self.met,
            "how": self.how,
        }


Bench: TypeAlias = Callable[[int], tuple[Figure, ...]]
"""Seed in, figures out."""


@cache
def benches() -> dict[str, Bench]:
    """Every bench in `experiments/benches`, by name."""
    return discover(import_module("experiments.benches"), "BENCH")


def short_benches() -> dict[str, Bench]:
    """Those that are run where no name is given: all but the ones whose modules say `LONG = True`."""
    return {name: measure for name, measure in benches().items() if not getattr(getmodule(measure), "LONG", False)}


def load_bench(name: str) -> Bench:
    """The bench of that name.

    Raises:
        UnknownName: there is none; the message carries the nearest known name.
    """
    if name not in benches():
        raise UnknownName(f"there is no bench {name!r}: {did_you_mean(name, benches())}")
    return benches()[name]


def machine() -> dict[str, Any]:
    """What the figures were measured on, without naming the machine."""
    return {
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }

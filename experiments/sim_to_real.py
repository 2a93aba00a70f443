"""The sim-to-real card: what is published or measured about real campaigns, beside what simulated worlds show.

Targets are in `experiments/targets`, one table a file. A target's range is what its source says; where a source gives a
single figure, or a small sample, `tolerance` says how much of it either way still counts as the same.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from experiments.calibration_fits import CalibrationFit, calibration_fits
from experiments.laboratory import Laboratory
from simulator.errors import discover

if TYPE_CHECKING:
    from simulator.scenario import Scenario

Verdict = Literal["in", "out", "does not apply"]


@dataclass(frozen=True, slots=True)
class Target:
    """One published figure, and how to see it in simulated worlds."""

    name: str
    low: float
    high: float
    """The published range; infinity where the source gives one side only."""
    source: str
    """Short: who, what, when."""
    measure: Callable[[Laboratory], float | None]
    """The same figure of simulated worlds; None where it does not apply to the scenario."""
    tolerance: float = 0.0
    """Share of the bounds by which they are widened."""
    unit: str = ""

    def holds(self, value: float) -> bool:
        """Whether a value lies in the widened range."""
        low, high = (
            bound + sign * self.tolerance * abs(bound) if math.isfinite(bound) else bound
            for bound, sign in ((self.low, -1.0), (self.high, 1.0))
        )
        return low <= value <= high


@dataclass(frozen=True, slots=True)
class Line:
    """A target with what was measured."""

    target: Target
    value: float | None
    group: str

    @property
    def verdict(self) -> Verdict:
        """In range, out of it, or no such thing in the scenario."""
        if self.value is None or not math.isfinite(self.value):
            return "does not apply"
        return "in" if self.target.holds(self.value) else "out"

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it; an open side is null."""
        target = self.target
        low, high = (bound if math.isfinite(bound) else None for bound in (target.low, target.high))
        value = None if self.verdict == "does not apply" else self.value
        return {
            "group": self.group,
            "name": target.name,
            "unit": target.unit,
            "value": value,
            "low": low,
            "high": high,
            "tolerance": target.tolerance,
            "verdict": self.verdict,
            "source": target.source,
        }


@dataclass(frozen=True, slots=True)
class Card:
    """All lines of one scenario, and how well the shipped real data is fitted."""

    scenario: str
    seeds: tuple[int, ...]
    lines: tuple[Line, ...]
    fits: tuple[CalibrationFit, ...]

    @property
    def out(self) -> tuple[Line, ...]:
        """Lines that apply and miss their target."""
        return tuple(line for line in self.lines if line.verdict == "out")


@cache
def targets() -> dict[str, tuple[Target, ...]]:
    """Every table of `experiments/targets`, by name."""
    return discover(import_module("experiments.targets"), "TARGETS")


def make_card(
    scenario: Scenario, seeds: Sequence[int], *, on_progress: Callable[[int, int], None] | None = None
) -> Card:
    """Measure every target on worlds of a scenario.

    Targets about a mechanism that the scenario does not have are measured with it switched on, at its defaults.

    Args:
        scenario: what the account is like.
        seeds: of the worlds.
        on_progress: called with (done, total).
    """
    laboratory = Laboratory(scenario, seeds)
    table = [(group, target) for group, found in targets().items() for target in found]
    lines = []
    for done, (group, target) in enumerate(table, start=1):
        # A figure of nothing (no click, no delivery) is NaN, and does not apply.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            lines.append(Line(target, target.measure(laboratory), group))
        if on_progress is not None:
            on_progress(done, len(table))
    return Card(scenario.name, laboratory.seeds, tuple(lines), calibration_fits())

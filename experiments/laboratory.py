"""Simulated worlds of one scenario to measure things on, each experiment run once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.account_history import Figures
from simulator.delay import LAGS
from simulator.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario import Scenario

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

DAYS = 56
"""Days that are looked at, long enough for eight of each weekday."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Days of W worlds under the budgets that people left, all settled. Arrays (W, A, D) unless said otherwise."""

    world: World
    """On the morning when the youngest of the days was settled."""
    budgets_minor: Ints
    """In force on the day; zero for ad sets that were paused."""
    weekdays: Ints
    """(D,), 0 for Monday."""
    known: Ints
    """Conversions known 0 to 8 mornings after the day's own next one, (9, W, A, D)."""

    @property
    def days(self) -> int:
        """How many days: D."""
        return len(self.weekdays)

    @cached_property
    def reported(self) -> dict[str, Floats]:
        """Final figures by name, money in minor units."""
        report = self.world.report(self.days + LAGS)
        return {name: array[..., : self.days].astype(np.float64) for name, array in report.items()}

    @cached_property
    def categories(self) -> Floats | None:
        """Caused conversions by what became of them, (13, W, A, D); None where all are plainly reported."""
        found = self.world.caused_by_category(self.days + LAGS)
        return None if found is None else found[..., : self.days].astype(np.float64)

    @property
    def figures(self) -> Figures:
        """The same, as statistics of histories look at them."""
        unit = self.world.scenario.minor_per_major
        names = ("impressions", "clicks", "conversions", "reach")
        return Figures(
            spend=self.reported["spend_minor"] / unit,
            value=self.reported["value_minor"] / unit,
            **{name: self.reported[name] for name in names},
            weekdays=self.weekdays,
            ages=np.arange(self.days + LAGS, LAGS, -1),
        )

    def total(self, name: str) -> float:
        """Sum over worlds, ad sets and days."""
        return float(self.reported[name].sum())


class Laboratory:
    """A scenario and seeds; whatever is measured twice is simulated once."""

    def __init__(self, scenario: Scenario, seeds: Sequence[int]) -> None:
        """Args: scenario: to look at; seeds: W worlds."""
        self.scenario = scenario
        self.seeds = tuple(seeds)
        self._samples: dict[str, Sample] = {}
        self.notes: dict[str, Any] = {}
        """What other experiments found, by their own names."""

    def having(self, *mechanisms: str, **changes: Any) -> Scenario:
        """The scenario with these mechanisms on, by their defaults where it has not set them, and other changes."""
        missing: dict[str, Any] = {name: {} for name in mechanisms if name not in self.scenario.mechanisms}
        return self.scenario.having(**missing, **changes)

    def sample(self, *mechanisms: str, **changes: Any) -> Sample:
        """The days after the start of worlds of that scenario."""
        scenario = self.having(*mechanisms, **changes)
        if scenario.digest not in self._samples:
            self._samples[scenario.digest] = _lived(World(scenario, self.seeds))
        return self._samples[scenario.digest]

    def lived(self, scenario: Scenario) -> World:
        """Worlds of another scenario by the same seeds."""
        return World(scenario, self.seeds)

    def world(self, *mechanisms: str, **changes: Any) -> World:
        """Fresh worlds on their start day."""
        return World(self.having(*mechanisms, **changes), self.seeds)

    def has(self, *mechanisms: str) -> bool:
        """Whether the scenario itself has any of these on."""
        return any(name in self.scenario.mechanisms for name in mechanisms)


def _lived(world: World) -> Sample:
    first = world.today
    budgets, young = [], []
    for _ in range(DAYS + LAGS):
        budgets.append(np.where(world.active, world.budgets_minor, 0))
        world.step()
        young.append(world.report(LAGS + 1)["conversions"])
    mornings = np.stack(young, axis=-1)
    known = np.stack([mornings[:, :, LAGS - lag, lag : lag + DAYS] for lag in range(LAGS + 1)])
    return Sample(
        world=world,
        budgets_minor=np.stack(budgets, axis=-1)[..., :DAYS],
        weekdays=(first.weekday() + np.arange(DAYS)) % 7,
        known=known,
    )

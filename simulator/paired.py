"""Paired worlds: the same seeds lived twice with one thing changed, so that the difference is what the thing caused.

Worlds of one seed have the same luck, draw by draw, whatever is done in them (`simulator.streams`); so a difference
between them is caused by the change and by nothing else. That is the experiment nobody can run on a real account: it
counts what reports never show, and what an ad set takes from its siblings. Its standard error is over seeds.

>>> from simulator.scenarios import load_scenario
>>> found = effect(load_scenario("small"), range(20), days=3, change=Budget(ad_set=0, times=2.0))
>>> bool(found.total("value_minor").mean > 0), found.value_minor.shape
(True, (20, 5, 3))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from simulator.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario import Scenario

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

QUANTITIES = ("spend_minor", "conversions", "value_minor")
"""What is compared; conversions and their value are as caused, known yet or not."""


class Change(Protocol):
    """One thing that is different."""

    def scenario(self, scenario: Scenario) -> Scenario:
        """The scenario with the change."""

    def budgets(self, starting_minor: Ints) -> Ints:
        """Daily budgets (W, A) with the change, given those without it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One ad set gets `times` its budget, every day; 0 takes it out of the account."""

    ad_set: int
    times: float = 0.0

    def scenario(self, scenario: Scenario) -> Scenario:
        """The same."""
        return scenario

    def budgets(self, starting_minor: Ints) -> Ints:
        """The others' budgets stay.

        Raises:
            ValueError: there is no such ad set.
        """
        if not 0 <= self.ad_set < starting_minor.shape[1]:
            raise ValueError(f"there is no ad set {self.ad_set}: the worlds have {starting_minor.shape[1]}")
        changed = starting_minor.copy()
        changed[:, self.ad_set] = np.rint(self.times * starting_minor[:, self.ad_set])
        return changed


@dataclass(frozen=True, slots=True)
class Without:
    """One mechanism of the market is switched off, the past included."""

    mechanism: str

    def scenario(self, scenario: Scenario) -> Scenario:
        """The scenario without it.

        Raises:
            ValueError: the scenario does not have it on.
        """
        if self.mechanism not in scenario.mechanisms:
            raise ValueError(f"scenario {scenario.name!r} has no {self.mechanism} that could be switched off")
        return scenario.having(**{self.mechanism: None})

    def budgets(self, starting_minor: Ints) -> Ints:
        """The same."""
        return starting_minor


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds with its standard error; NaN where there is one seed only."""

    mean: float
    standard_error: float


@dataclass(frozen=True, eq=False, slots=True)
class Difference:
    """What a change caused, by world, ad set and day, (W, A, D): with it less without it."""

    seeds: tuple[int, ...]
    spend_minor: Ints
    conversions: Ints
    value_minor: Ints

    def total(self, quantity: str, ad_set: int | None = None) -> Estimate:
        """The sum over all days, of one ad set or of the whole account, over seeds."""
        of_world = self._of(quantity).sum(axis=-1).astype(np.float64)
        return estimate(of_world.sum(axis=-1) if ad_set is None else of_world[:, ad_set])

    def by_ad_set(self, quantity: str) -> tuple[Estimate, ...]:
        """The sum over all days for each ad set, (A,)."""
        return tuple(self.total(quantity, a) for a in range(self.spend_minor.shape[1]))

    def by_day(self, quantity: str) -> tuple[Estimate, ...]:
        """The account's sum on each day, (D,)."""
        of_account = self._of(quantity).sum(axis=1).astype(np.float64)
        return tuple(estimate(of_account[:, d]) for d in range(of_account.shape[1]))

    def _of(self, quantity: str) -> Ints:
        if quantity not in QUANTITIES:
            raise ValueError(f"quantity must be one of {', '.join(QUANTITIES)}, got {quantity!r}")
        figure: Ints = getattr(self, quantity)
        return figure


def effect(scenario: Scenario, seeds: Sequence[int], days: int, change: Change) -> Difference:
    """What `change` causes over `days` days from the scenario's start, day by day and ad set by ad set.

    Budgets are held at what they were on the first morning, but for the change; people who edit are overruled.

    Raises:
        ValueError: what the change names does not exist, or there is no seed or day.
    """
    return _less(seeds, _lived(scenario, seeds, days, (change,)), _lived(scenario, seeds, days, ()))


def interaction(scenario: Scenario, seeds: Sequence[int], days: int, one: Change, other: Change) -> Difference:
    """What both changes cause together beyond the sum of what each causes alone.

    Zero, to the unit, where the two have nothing to do with each other.

    Raises:
        ValueError: as for `effect`.
    """
    both, single, second, neither = (
        _lived(scenario, seeds, days, changes) for changes in ((one, other), (one,), (other,), ())
    )
    return _less(
        seeds, [a + b for a, b in zip(both, neither, strict=True)], [a + b for a, b in zip(single, second, strict=True)]
    )


def estimate(of_worlds: Floats) -> Estimate:
    """Mean over worlds (W,), and its standard error."""
    count = len(of_worlds)
    error = float(of_worlds.std(ddof=1)) / count**0.5 if count > 1 else float("nan")
    return Estimate(float(of_worlds.mean()), error)


def _lived(scenario: Scenario, seeds: Sequence[int], days: int, changes: Sequence[Change]) -> list[Ints]:
    """Spend, caused conversions and their value (W, A, D) under the changes."""
    if days < 1:
        raise ValueError(f"days must be at least 1, got {days}")
    for change in changes:
        scenario = change.scenario(scenario)
    world = World(scenario, seeds)
    budgets = world.budgets_minor
    for change in changes:
        budgets = change.budgets(budgets)
    for _ in range(days):
        world.set_budgets(budgets)
        world.step()
    caused = world.caused(days)
    return [world.report(days)["spend_minor"], caused["conversions"], caused["value_minor"]]


def _less(seeds: Sequence[int], one: Sequence[Ints], other: Sequence[Ints]) -> Difference:
    return Difference(tuple(seeds), *(a - b for a, b in zip(one, other, strict=True)))

"""How levers beside the budget act in simulated worlds, and what a platform would report of them by hour or segment.

A breakdown of a past day follows the state in force on that day; orders fall into keys by the same draws whenever a
report is restated (`simulator.breakdown`). Shapes: W worlds, A ad sets, K keys, D days.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from agents.observation import HISTORY_DAYS
from agents.policies.lookalike_expansion import BREAKDOWN as RINGS_BREAKDOWN
from agents.vocabulary import Breakdown, Weights
from simulator.breakdown import apportioned, split
from simulator.mechanisms import audiences, dayparting, segments
from simulator.streams import Streams
from simulator.world import World

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray

_FINAL_DAYS = 8
"""After so many days a day's report is no longer restated."""
_ONE_BY_ONE = 64
_HOURS = 24
_WEEK = 7


class Cut(ABC):
    """One breakdown of a batch of worlds, and the way to act on it."""

    name: ClassVar[str]
    keys: tuple[str, ...]

    def __init__(self, world: World) -> None:
        """Args: world: a batch on its first morning; nobody has acted on its past."""
        self._world = world
        self._streams = Streams(world.seeds)
        self._parts: dict[date, dict[str, FloatArray]] = {}
        self._weights: dict[date, FloatArray] = {}
        self._reports: dict[date, dict[str, IntArray]] = {}
        shape = (*world.budgets_minor.shape, len(self.keys))
        for back in range(1, HISTORY_DAYS + 1):
            self._note(world.today - timedelta(days=back), self._untouched(shape))

    @abstractmethod
    def act(self, answer: Weights) -> None:
        """Put weights in force, from today on."""

    @abstractmethod
    def parts(self, day: date) -> dict[str, FloatArray]:
        """What is in proportion to each key's "spend", "impressions" and "conversions" under the present state."""

    @abstractmethod
    def in_force(self, day: date) -> FloatArray:
        """Weights (W, A, K) of the present state."""

    def close(self) -> None:
        """Note what today is like; call it before the day happens."""
        today = self._world.today
        self._note(today, self.in_force(today))

    def breakdown(self) -> Breakdown:
        """The days that policies see, as known this morning."""
        world = self._world
        figures = world.report(HISTORY_DAYS)
        days = [world.today - timedelta(days=back) for back in range(HISTORY_DAYS, 0, -1)]
        found = [self._reported(day, {name: a[..., i] for name, a in figures.items()}) for i, day in enumerate(days)]
        stacked: dict[str, Any] = {name: np.stack([one[name] for one in found], axis=-1) for name in found[0]}
        weights = np.stack([self._weights[day] for day in days], axis=-1)
        return Breakdown(keys=self.keys, weights=weights, **stacked)

    def _untouched(self, shape: tuple[int, ...]) -> FloatArray:
        return np.ones(shape)

    def _note(self, day: date, weights: FloatArray) -> None:
        self._parts[day], self._weights[day] = self.parts(day), weights

    def _reported(self, day: date, figures: dict[str, IntArray]) -> dict[str, IntArray]:
        if day in self._reports:
            return self._reports[day]
        parts = self._parts[day]
        whole = {name: array[..., None] for name, array in figures.items()}
        orders = split(
            whole["conversions"], parts["conversions"], self._streams, self.name, [day.toordinal()], _ONE_BY_ONE
        )
        shown, spent = parts["impressions"][..., None], parts["spend"][..., None]
        clicks = apportioned(whole["clicks"], shown)
        found = {
            "spend_minor": apportioned(whole["spend_minor"], spent),
            "impressions": clicks + apportioned(whole["impressions"] - whole["clicks"], shown),
            "clicks": clicks,
            "conversions": orders,
            "value_minor": apportioned(whole["value_minor"], orders.astype(np.float64)),
        }
        report = {name: array[..., 0] for name, array in found.items()}
        if (self._world.today - day).days > _FINAL_DAYS:
            self._reports[day] = report
        return report


class Hours(Cut):
    """Hours of the day, by schedules with factors: the mechanism `dayparting` must be on."""

    name = "hour"
    keys = tuple(f"{hour:02d}" for hour in range(_HOURS))

    def act(self, answer: Weights) -> None:
        """Weights (W, A, 168)."""
        state = self._world.mechanism_state("dayparting")
        money = answer.weights.reshape(*answer.weights.shape[:-1], _WEEK, _HOURS)
        self._world.replace_mechanism_state("dayparting", dayparting.with_money(state, money))

    def parts(self, day: date) -> dict[str, FloatArray]:
        """By the hours' own market."""
        return dayparting.by_hour(self._world.mechanism_state("dayparting"), self._world.scenario, day)

    def in_force(self, day: date) -> FloatArray:
        """Of the day's weekday."""
        state: dayparting.Schedule = self._world.mechanism_state("dayparting")
        allowed: FloatArray = state.allowed[:, :, day.weekday()].astype(np.float64)
        return allowed if state.money is None else state.money[:, :, day.weekday()]


class Demographics(Cut):
    """Ages and genders, by factors and exclusions: the mechanism `segments` must be on."""

    name = "segment"
    keys = tuple(f"{age} {gender}" for age, gender in segments.DEMOGRAPHICS)

    def act(self, answer: Weights) -> None:
        """Weights (W, A, 12)."""
        state = self._world.mechanism_state("segments")
        moved = segments.with_money(state.demographics, answer.weights)
        self._world.replace_mechanism_state("segments", segments.Audiences(moved, state.placements))

    def parts(self, day: date) -> dict[str, FloatArray]:  # noqa: ARG002 - the same every day
        """By what the people are like."""
        return _of_cells(self._cells)

    def in_force(self, day: date) -> FloatArray:  # noqa: ARG002 - the same every day
        """What was set last."""
        return _money(self._cells)

    @property
    def _cells(self) -> segments.Cells:
        cells: segments.Cells = self._world.mechanism_state("segments").demographics
        return cells


class Rings(Cut):
    """Rings of lookalikes, opened and shut: the mechanism `audiences` must be on."""

    name = RINGS_BREAKDOWN
    keys = tuple(str(percent) for percent in range(1, audiences.RINGS + 1))

    def act(self, answer: Weights) -> None:
        """Weights (W, A, 10)."""
        state = self._world.mechanism_state("audiences")
        self._world.replace_mechanism_state("audiences", audiences.with_rings(state, answer.weights))

    def parts(self, day: date) -> dict[str, FloatArray]:  # noqa: ARG002 - the same every day
        """By what the people are like."""
        return _of_cells(self._state.cells)

    def in_force(self, day: date) -> FloatArray:  # noqa: ARG002 - the same every day
        """What was set last."""
        return _money(self._state.cells)

    def breakdown(self) -> Breakdown:
        """Of lookalikes; other ad sets have no rings."""
        whole, mine = super().breakdown(), self._state.lookalike[:, None, None]
        return Breakdown(
            keys=whole.keys,
            weights=whole.weights,
            spend_minor=whole.spend_minor * mine,
            impressions=whole.impressions * mine,
            clicks=whole.clicks * mine,
            conversions=whole.conversions * mine,
            value_minor=whole.value_minor * mine,
        )

    def _untouched(self, shape: tuple[int, ...]) -> FloatArray:  # noqa: ARG002 - it is the state's
        return _money(self._state.cells)

    @property
    def _state(self) -> audiences.Reach:
        state: audiences.Reach = self._world.mechanism_state("audiences")
        return state


def _of_cells(cells: segments.Cells) -> dict[str, FloatArray]:
    return {name: segments.probabilities(cells, name) for name in ("spend", "impressions", "conversions")}


def _money(cells: segments.Cells) -> FloatArray:
    money: FloatArray = np.where(cells.excluded, 0.0, 1.0) if cells.money is None else cells.money
    return money


CUTS: dict[str, type[Cut]] = {"hours": Hours, "segments": Demographics, "audiences": Rings}
"""By lever."""

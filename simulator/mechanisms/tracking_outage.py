"""Tracking outages: on some days the pixel is down, and orders that happen then are lost to every report for good.

The order counts on the day of its click, but it is lost by the day on which it happens: an outage today thins out the
figures of the whole week before it. On 4 October 2021 Meta received no events for hours (its network was down); most
outages are the shop's own, by a release or a consent banner, and nobody publishes how often. The defaults, one outage
in about two months lasting two days, are assumptions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from simulator.delay import LAGS
from simulator.mechanism import Factors, Mechanism, Morning, Outcome, Setting, param

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Schedule:
    """What is to come in each world."""

    down: NDArray[np.bool_]
    """Whether measurement is down on each of the next days, today first, (W, 8)."""
    left: NDArray[np.int64]
    """How many days more an outage lasts that is under way on the last of them, (W,)."""


@dataclass(frozen=True, slots=True)
class TrackingOutage(Mechanism):
    """Measurement of the whole account fails for days on end."""

    chance: float = param(0.017, "probability that an outage begins on a day", low=0.0, high=1.0)
    mean_days: float = param(2.0, "mean length of an outage, days", low=1.0, high=365.0)
    fixed_days: tuple[int, ...] = param(
        (), "further days of outage, counted from the scenario's start", low=-3_650, high=3_650
    )
    share_lost: float = param(1.0, "share of the orders of such a day that are lost", low=0.0, high=1.0)

    def begin(self, setting: Setting) -> Schedule:
        """The schedule of the first days."""
        worlds = setting.shape[0]
        schedule = Schedule(np.zeros((worlds, LAGS), dtype=np.bool_), np.zeros(worlds, dtype=np.int64))
        for ahead in range(LAGS):
            schedule = self._with_next(schedule, setting, setting.first_day + timedelta(days=ahead))
        return schedule

    def morning(self, state: Schedule, morning: Morning) -> Factors:  # noqa: ARG002 - the schedule is made beforehand
        """The share of today's orders that survive, (8, W, 1, 1) by days of delay."""
        return Factors(recorded=np.where(state.down.T, 1.0 - self.share_lost, 1.0)[..., None, None])

    def evening(self, state: Schedule, morning: Morning, outcome: Outcome) -> Schedule:  # noqa: ARG002 - nothing that happens changes it
        """One day further."""
        return self._with_next(state, morning.setting, morning.day + timedelta(days=LAGS))

    def _with_next(self, schedule: Schedule, setting: Setting, day: date) -> Schedule:
        """The schedule whose last day is `day`."""
        draws = setting.streams.uniforms("tracking_outage", day.toordinal(), 2, 1)[..., 0]
        begins = (schedule.left == 0) & (draws[0] < self.chance)
        left = np.where(begins, _lengths(draws[1], self.mean_days), schedule.left)
        fixed = (day - setting.scenario.start_day).days in self.fixed_days
        down = np.concatenate([schedule.down[:, 1:], (left > 0)[:, None] | fixed], axis=1)
        return Schedule(down, np.maximum(left - 1, 0))


def _lengths(uniforms: NDArray[np.float64], mean: float) -> NDArray[np.int64]:
    """Geometric lengths of at least one day, whole days."""
    rate = -math.log1p(-1.0 / mean) if mean > 1.0 else math.inf
    return 1 + np.floor(-np.log(uniforms) / rate).astype(np.int64)


MECHANISM: type[Mechanism] = TrackingOutage

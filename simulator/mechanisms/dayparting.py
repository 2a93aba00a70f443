"""Dayparting: ads that run in some hours of the week only, by the account's clock.

Meta schedules ad sets by whole hours of the week (Marketing API, `adset_schedule`), by the viewer's clock or the
account's, which are one here, and with lifetime budgets only, which is not asked for here. The money stays: it meets
fewer opportunities, so it buys dearer ones, in hours that may be better or worse. How many ad sets have schedules, and
which, is an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from simulator.calibration import HOURS
from simulator.mechanism import Factors, Mechanism, Morning, Setting, param
from simulator.mechanisms._day_hours import change, hours_on, scheduled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]

_WEEK = 7
_ROW = 3
_USUAL = (
    tuple((day, 9, 17) for day in range(5)),
    tuple((day, 8, 21) for day in range(_WEEK)),
    tuple((day, 17, 22) for day in range(_WEEK)),
    tuple((day, 7, 22) for day in (4, 5, 6)),
)
"""What people choose: office hours, waking hours, evenings, the weekend with its Friday."""


@dataclass(frozen=True, eq=False, slots=True)
class Schedule:
    """When ads may run: `allowed` (W, A, 7, 24) by weekday, Monday first, and local hour."""

    allowed: Bools


@dataclass(frozen=True, slots=True)
class Dayparting(Mechanism):
    """Ad schedules."""

    share: float = param(0.3, "share of ad sets that have a schedule", low=0.0, high=1.0)
    rows: tuple[Any, ...] = param(
        (),
        "their schedule: rows of weekday (0 Monday), first hour and last hour, both included; empty draws a usual one",
        low=0,
        high=HOURS - 1,
    )

    def __post_init__(self) -> None:
        """Refuse rows that are no hours of the week."""
        Mechanism.__post_init__(self)
        week_of(self.rows)

    def begin(self, setting: Setting) -> Schedule:
        """Draw who has a schedule, and which."""
        draws = special.ndtr(setting.streams.normals("dayparting", 0, 2, setting.shape[1]))
        weeks = np.stack([week_of(rows) for rows in ((self.rows,) if self.rows else _USUAL)])
        chosen = weeks[np.floor(draws[1] * len(weeks)).astype(np.int64)]
        return Schedule(np.where((draws[0] < self.share)[..., None, None], chosen, np.True_))

    def morning(self, state: Schedule, morning: Morning) -> Factors:
        """Fewer opportunities, and the hours' own conversions."""
        setting = morning.setting
        paced = "pacing" in setting.scenario.mechanisms
        hours = hours_on(setting.scenario, morning.day)
        after = scheduled(hours, self.allowed(state, morning))
        return change(hours, after, setting.population.exponent, paced=paced)

    def allowed(self, state: Schedule, morning: Morning) -> Bools:
        """Hours of today (W, A, 24) in which ads may run."""
        return state.allowed[:, :, morning.day.weekday()]


def week_of(rows: tuple[Any, ...]) -> Bools:
    """A schedule (7, 24) from rows of weekday, first hour and last hour, both included; without rows every hour.

    >>> int(week_of(((0, 9, 16),)).sum())
    8

    Raises:
        ValueError: a row that is no such thing; it is named.
    """
    allowed = np.zeros((_WEEK, HOURS), dtype=np.bool_)
    for i, row in enumerate(rows):
        place = f"dayparting.rows[{i}]"
        if not (isinstance(row, tuple) and len(row) == _ROW and all(type(number) is int for number in row)):
            raise ValueError(f"{place} must be weekday, first hour, last hour as whole numbers, got {row!r}")
        weekday, first, last = row
        if not (0 <= weekday < _WEEK and 0 <= first <= last < HOURS):
            raise ValueError(f"{place} must have a weekday 0 to 6 and hours 0 to 23 in order, got {row!r}")
        allowed[weekday, first : last + 1] = True
    return allowed if rows else ~allowed


def with_schedule(state: Schedule, world: int, ad_set: int, allowed: Bools) -> Schedule:
    """The same schedules, but one ad set's ads run in the hours `allowed` (7, 24).

    Raises:
        ValueError: another shape, or no such world or ad set.
    """
    worlds, ad_sets = state.allowed.shape[:2]
    if allowed.shape != (_WEEK, HOURS):
        raise ValueError(f"a schedule must have shape (7, 24), got {allowed.shape}")
    if not (0 <= world < worlds and 0 <= ad_set < ad_sets):
        raise ValueError(f"there is no ad set {ad_set} in world {world}: there are {worlds} worlds of {ad_sets}")
    changed = state.allowed.copy()
    changed[world, ad_set] = allowed
    return Schedule(changed)


MECHANISM: type[Mechanism] = Dayparting

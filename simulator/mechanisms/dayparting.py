"""Dayparting: ads that run in some hours of the week only, by the account's clock.

Meta schedules ad sets by whole hours of the week (Marketing API, `adset_schedule`), by the viewer's clock or the
account's, which are one here, and with lifetime budgets only, which is not asked for here. The money stays: it meets
fewer opportunities, so it buys dearer ones, in hours that may be better or worse. How many ad sets have schedules, and
which, is an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from simulator.calibration import HOURS
from simulator.mechanism import Factors, Mechanism, Morning, Setting, param
from simulator.mechanisms._day_hours import change, hours_on, parts_of, scheduled

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from simulator.scenario import Scenario

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

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
    """When ads may run: `allowed` (W, A, 7, 24) by weekday, Monday first, and local hour.

    `money` of that shape is how much more is spent in each hour than at one bid, up to a factor; None: at one bid.
    `exponent` (W, A) is that of the ad sets' landscapes.
    """

    allowed: Bools
    exponent: Floats
    money: Floats | None = None


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
        allowed = np.where((draws[0] < self.share)[..., None, None], chosen, np.True_)
        return Schedule(allowed, setting.population.exponent)

    def morning(self, state: Schedule, morning: Morning) -> Factors:
        """Fewer opportunities, and the hours' own conversions."""
        setting = morning.setting
        paced = "pacing" in setting.scenario.mechanisms
        hours = hours_on(setting.scenario, morning.day)
        after = scheduled(hours, self.allowed(state, morning))
        # Where `pacing` delivers by the hour it knows when ads may run, and nothing of money by hour.
        money = None if paced else _money_on(state, morning.day)
        return change(hours, after, setting.population.exponent, paced=paced, money=money)

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
    return replace(state, allowed=changed)


def with_money(state: Schedule, money: Floats) -> Schedule:
    """The same ad sets, which spend in each hour of the week so many times what one bid all day would.

    Platforms do that by factors on the bid. Only how hours of a day compare counts: the day's budget stays. An hour
    with 0 is shut, every other is open.

    Args:
        state: the schedules; what they allowed is replaced.
        money: (W, A, 7, 24), not negative.

    Raises:
        ValueError: another shape, or numbers that are negative or not finite.
    """
    if money.shape != state.allowed.shape:
        raise ValueError(f"money by hour must have shape {state.allowed.shape}, got {money.shape}")
    if not (np.isfinite(money) & (money >= 0)).all():
        raise ValueError("money by hour must be finite and not negative")
    return replace(state, allowed=money > 0, money=np.array(money, dtype=np.float64))


def by_hour(state: Schedule, scenario: Scenario, day: date) -> dict[str, Floats]:
    """What is in proportion to each hour's "spend", "impressions" and "conversions" on a day, (W, A, 24)."""
    hours = scheduled(hours_on(scenario, day), state.allowed[:, :, day.weekday()])
    parts = parts_of(hours, state.exponent, _money_on(state, day))
    return {name: np.ascontiguousarray(np.moveaxis(part, 0, -1)) for name, part in parts.items()}


def _money_on(state: Schedule, day: date) -> Floats | None:
    """Money by hour (24, W, A) on a day."""
    if state.money is None:
        return None
    return np.ascontiguousarray(np.moveaxis(state.money[:, :, day.weekday()], -1, 0))


MECHANISM: type[Mechanism] = Dayparting

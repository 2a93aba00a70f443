"""How a day is spread over its hours: traffic, prices, readiness to buy, and days whose clock is changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from simulator.calibration import HOURS, hour_profiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

# fmt: off
LOG_PRICE = (
    -0.08, -0.12, -0.15, -0.17, -0.17, -0.15, -0.12, -0.08, -0.05, -0.03, -0.02, -0.01,
    0.00, 0.00, 0.00, 0.01, 0.03, 0.05, 0.08, 0.11, 0.13, 0.12, 0.07, 0.00,
)
"""Log price of impressions by local hour. An assumption: evenings are dearer, nights cheaper; no size is published."""

LOG_CONVERSIONS = (
    -0.10, -0.20, -0.30, -0.35, -0.35, -0.30, -0.20, -0.12, -0.06, -0.02, 0.00, 0.02,
    0.03, 0.03, 0.03, 0.04, 0.04, 0.03, 0.03, 0.05, 0.08, 0.08, 0.03, -0.05,
)
"""Log conversions per click by local hour. An assumption: fewest at night, most in the evening."""
# fmt: on

_SATURDAY = 5
_DAYS = 7
_STEP = timedelta(minutes=5)
_DAY = timedelta(days=1)
_UTC = ZoneInfo("UTC")


def hour_shares(weekday: int, strength: float = 1.0) -> NDArray[np.float64]:
    """Share of the day's traffic in each local hour, (24,), summing to one; read-only.

    Args:
        weekday: as `date.weekday()`, 0 for Monday.
        strength: power of the measured profile: 1 as measured, 0 for hours that are all alike.

    Raises:
        ValueError: no such weekday.
    """
    if not 0 <= weekday < _DAYS:
        raise ValueError(f"weekday must be 0 (Monday) to 6 (Sunday), got {weekday}")
    return _powered(int(weekday >= _SATURDAY), strength)


def price_by_hour(shares: NDArray[np.float64], strength: float = 1.0) -> NDArray[np.float64]:
    """Price level of each hour (24,), with mean one over traffic in these `shares` (24,)."""
    return _mean_one(LOG_PRICE, shares, strength)


def conversions_by_hour(shares: NDArray[np.float64], strength: float = 1.0) -> NDArray[np.float64]:
    """Conversions per click in each hour (24,), with mean one over traffic in these `shares` (24,)."""
    return _mean_one(LOG_CONVERSIONS, shares, strength)


@lru_cache(maxsize=4096)
def hour_lengths(day: date, time_zone: str) -> tuple[float, ...]:
    """How long each local hour of a day is, (24,), in hours: 0 where the clock skips it, 2 where it comes twice.

    >>> hour_lengths(date(2026, 3, 29), "Europe/Madrid")[1:4]
    (1.0, 0.0, 1.0)
    """
    zone = ZoneInfo(time_zone)
    begin, end = (_midnight(some_day, zone) for some_day in (day, day + _DAY))
    if end - begin == _DAY:
        return (1.0,) * HOURS
    lengths = [0] * HOURS
    moment = begin
    while moment < end:
        lengths[moment.astimezone(zone).hour] += 1
        moment += _STEP
    return tuple(steps * (_STEP / timedelta(hours=1)) for steps in lengths)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(_UTC)


@cache
def _powered(profile: int, strength: float) -> NDArray[np.float64]:
    if strength == 1.0:
        measured: NDArray[np.float64] = hour_profiles()[profile]
        return measured
    shares: NDArray[np.float64] = hour_profiles()[profile] ** strength
    shares /= shares.sum()
    shares.flags.writeable = False
    return shares


def _mean_one(logs: tuple[float, ...], shares: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    level = np.exp(strength * np.array(logs))
    level /= (shares * level).sum() / shares.sum()
    return level

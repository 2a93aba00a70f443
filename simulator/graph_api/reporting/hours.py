"""Hours of a day: each takes what the day's traffic up to its end adds, so that past hours stay as the day goes on.

Hours are the account's own; people are taken to live in its time zone, so both hourly breakdowns say the same
(assumption). Traffic and prices by hour are those of the mechanism `hour_of_day` where the scenario has it, else the
measured usual day (`simulator.traffic`). Nobody is counted once within an hour, and purchases are not shown by hours
(Meta: "Insights API Breakdowns").
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from simulator.mechanisms.hour_of_day import HourOfDay
from simulator.traffic import hour_lengths, hour_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.graph_api.account import Account

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

HOUR_LABELS = tuple(f"{hour:02d}:00:00 - {hour:02d}:59:59" for hour in range(24))


def by_hour(account: Account, since: date, figures: Mapping[str, Ints]) -> dict[str, Ints]:
    """Figures (N, D) from `since` on as (N, 24, D); whole numbers that sum to the day's."""
    days = figures["impressions"].shape[-1]
    upto = [ends_of_hours(account, since + timedelta(days=d)) for d in range(days)]
    shown, spent = (np.stack(ends, axis=-1) for ends in zip(*upto, strict=True))
    clicks = _parts(figures["clicks"], shown)
    found = {name: np.zeros_like(clicks) for name in figures}
    found["clicks"] = clicks
    found["impressions"] = clicks + _parts(figures["impressions"] - figures["clicks"], shown)
    found["spend_minor"] = _parts(figures["spend_minor"], spent)
    return found


def ends_of_hours(account: Account, day: date) -> tuple[Floats, Floats]:
    """Share of the day's impressions and of its spend up to the end of each hour, both (24,).

    Of the day in progress: of what there has been so far.
    """
    traffic, price = _profile(account, day)
    traffic = traffic * np.array(hour_lengths(day, account.scenario.time_zone))
    local = account.local(account.now)
    if day == local.date():
        passed = np.clip(local.hour + (local.minute * 60 + local.second) / 3600 - np.arange(24), 0.0, 1.0)
        traffic = traffic * passed if passed.any() else traffic
    shown, spent = np.cumsum(traffic), np.cumsum(traffic * price)
    return shown / shown[-1], spent / spent[-1]


def _profile(account: Account, day: date) -> tuple[Floats, Floats]:
    """Traffic and price level by hour, both (24,)."""
    mechanism = account.scenario.mechanisms.get("hour_of_day")
    if isinstance(mechanism, HourOfDay):
        hours = mechanism.hours(day.weekday())
        return hours.supply, hours.price
    return hour_shares(day.weekday()), np.ones(24)


def _parts(amounts: Ints, upto: Floats) -> Ints:
    """Amounts (N, D) by hour (N, 24, D), where shares `upto` (24, D) end with one."""
    ends = np.floor(upto * amounts[:, None, :]).astype(np.int64)
    ends[:, -1, :] = amounts
    return np.diff(ends, axis=1, prepend=0)

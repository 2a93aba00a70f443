"""What the shipped real data says: traffic by hour, and how impressions grow with spend.

Read lazily, once. The files and their licences are described in `simulator/data/NOTICE`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS = 24
_LEAST_WIN_RATE = 0.018
_ALL_SPENT = 0.99


def _rows(name: str, delimiter: str) -> list[dict[str, str]]:
    text = (resources.files("simulator") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter=delimiter))


@cache
def region_profiles() -> dict[int, NDArray[np.float64]]:
    """Share of a region's traffic of a day in each hour, (regions, 24), by weekday, 1 for Monday to 7; rows sum to one.

    Source: Avito, 114 regions, one week by hour.
    """
    by_day: dict[tuple[str, int], NDArray[np.float64]] = defaultdict(lambda: np.zeros(HOURS))
    for row in _rows("avito_traffic_share.csv", ","):
        by_day[row["region_id"], int(row["dow"])][int(row["hour"])] = float(row["traffic_share"])
    days: dict[int, list[NDArray[np.float64]]] = defaultdict(list)
    for (_, weekday), shares in by_day.items():
        days[weekday].append(shares / shares.sum())
    return {weekday: np.stack(profiles) for weekday, profiles in days.items()}


@cache
def hour_profiles() -> NDArray[np.float64]:
    """Share of a day's traffic in each hour, (2, 24): working days, then weekend; each row sums to one.

    Source: Avito, 114 regions, one week by hour. Within each region and weekday the shares are normalised, then the
    median over regions and over the weekdays of a class is taken: the data window cuts one weekday, and a median does
    not see it.
    """
    typical = {weekday: np.median(profiles, axis=0) for weekday, profiles in region_profiles().items()}
    saturday = 6
    classes = ([d for d in typical if d < saturday], [d for d in typical if d >= saturday])
    profile = np.stack([np.median(np.stack([typical[d] for d in group]), axis=0) for group in classes])
    profile /= profile.sum(axis=1, keepdims=True)
    profile.flags.writeable = False
    return profile


@cache
def bid_landscape() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log spend and log impressions of a day at each constant bid, in order of spend.

    Source: replay of iPinYou season 2, advertiser 1458 (Zhang, Yuan, Wang 2014). Rows that ran out of budget say
    nothing about prices, and win rates below 1.8 % are the cheap end, where impressions grow in proportion to spend.
    """
    rows = [row for row in _rows("ipinyou_1458_bid_results.tsv", "\t") if row["algo"] == "const"]
    points = {
        (float(row["spend"]), float(row["imps"]))
        for row in rows
        if float(row["spend"]) < _ALL_SPENT * float(row["budget"])
        and float(row["imps"]) >= _LEAST_WIN_RATE * float(row["bids"])
    }
    log_spend, log_impressions = np.log(np.array(sorted(points))).T
    return log_spend, log_impressions


@cache
def spend_exponent() -> float:
    """Exponent of impressions on spend for constant bids, by log-log regression on `bid_landscape`."""
    log_spend, log_impressions = bid_landscape()
    return float(np.polyfit(log_spend, log_impressions, 1)[0])

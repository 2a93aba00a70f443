"""Attribution windows: in which of them a day's reported purchases show.

Where the scenario hides orders (mechanisms `attribution`, `tracking`, ...), the world's own categories say what came of
a click and what of a view, and after how many days. Elsewhere every order is a click's, and the first day's share is
that of the usual delays (`simulator.delay`). Orders that came after the 7-day window show in 28d_click, becoming known
evenly over the three weeks (assumption). The windows 7d_view and 28d_view have no data since 2026-01-12 (Meta: "Ads
Insights API: out-of-cycle changes"); nothing in a simulated world is an engaged view or a data-driven attribution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from simulator.delay import LAGS, arrival_shares
from simulator.order_categories import CLICKS, LATE, VIEWS, as_known

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.graph_api.account import Account
    from simulator.graph_api.tree import Ad

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

PARTS = ("click_1d", "view_1d", "late")
"""What is counted beside the conversions: of a click's first day, of a view, after the 7-day window."""

CLICK_WINDOW_DAYS, LONGEST_WINDOW_DAYS = 7, 28


def window_parts(account: Account, ads: Sequence[Ad], since: date, conversions: Ints) -> dict[str, Ints]:
    """The `PARTS` of the conversions (N, D) of N ads from `since` on, as known now, each (N, D)."""
    days = conversions.shape[-1]
    age = (account.world.today - since).days - 1 - np.arange(days)
    shares = _plain_shares(account, age)
    found = {name: np.broadcast_to(shares[name], conversions.shape).copy() for name in PARTS}
    known = _world_shares(account, since, age)
    for row, ad in enumerate(ads):
        if ad.ad_set.index < account.scenario.ad_sets:
            for name in PARTS:
                found[name][row] = known[name][ad.ad_set.index]
    counts = {name: np.rint(found[name] * conversions).astype(np.int64) for name in PARTS}
    counts["view_1d"] = np.minimum(counts["view_1d"], conversions)
    counts["click_1d"] = np.minimum(counts["click_1d"], conversions - counts["view_1d"])
    return counts


def windows_of(conversions: int, parts: Mapping[str, int]) -> dict[str, int]:
    """Conversions by Meta's names of the windows; those without data are not there.

    >>> windows_of(10, {"click_1d": 5, "view_1d": 2, "late": 1})
    {'1d_click': 5, '7d_click': 8, '28d_click': 9, '1d_view': 2}
    """
    clicked = conversions - parts["view_1d"]
    first = min(parts["click_1d"], clicked)
    found = {"1d_click": first, "7d_click": clicked, "28d_click": clicked + parts["late"], "1d_view": parts["view_1d"]}
    return {name: count for name, count in found.items() if count}


def _plain_shares(account: Account, age: NDArray[np.int64]) -> dict[str, Floats]:
    """Expected shares (D,) of what is known at an age in days, where all orders are clicks'."""
    arrived = np.cumsum(arrival_shares(account.scenario.same_day_share))
    first = arrived[0] / arrived[np.clip(age, 0, LAGS - 1)]
    return {"click_1d": first, "view_1d": np.zeros_like(first), "late": np.zeros_like(first)}


def _world_shares(account: Account, since: date, age: NDArray[np.int64]) -> dict[str, Floats]:
    """Shares (A, D) of the known conversions of the world's ad sets, of days by `age`; days to come have plain ones."""
    world, days = account.world, len(age)
    shape = account.scenario.ad_sets, days
    found = {name: np.broadcast_to(share, shape).copy() for name, share in _plain_shares(account, age).items()}
    lived = int((age >= 0).sum())
    if not lived:
        return found
    length = (world.today - since).days
    known = world.report_range(since, since + timedelta(days=lived - 1))["conversions"][0]
    categories = world.caused_by_category(length)
    if categories is None:
        final = known + world.pending(length)["conversions"][0][:, :lived]
        first = np.rint(account.scenario.same_day_share * final)
        found["click_1d"][:, :lived] = _ratio(np.minimum(first, known), known)
        return found
    for day in range(lived):
        orders = as_known(categories[:, 0, :, day], int(age[day]))
        total = known[:, day]
        found["click_1d"][:, day] = _ratio(orders[CLICKS][0], total)
        found["view_1d"][:, day] = _ratio(orders[VIEWS].sum(axis=0), total)
        came = np.clip((age[day] - CLICK_WINDOW_DAYS) / (LONGEST_WINDOW_DAYS - CLICK_WINDOW_DAYS), 0.0, 1.0)
        found["late"][:, day] = _ratio(np.floor(categories[LATE, 0, :, day] * came), total)
    return found


def _ratio(part: NDArray[np.generic], whole: Ints) -> Floats:
    shares: Floats = np.where(whole > 0, part / np.maximum(whole, 1), 0.0)
    return shares

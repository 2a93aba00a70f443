"""Attribution windows: in which of them a day's reported purchases show.

Where the scenario hides orders (mechanisms `attribution`, `tracking`, ...), the world's own categories say what came of
a click and what of a view, and after how many days. Elsewhere every order is a click's, and the first day's share is
that of the usual delays (`simulator.delay`). Orders that came after the 7-day window show in 28d_click, becoming known
evenly over the three weeks (assumption). The windows 7d_view and 28d_view have no data since 2026-01-12 (Meta: "Ads
Insights API: out-of-cycle changes"); nothing in a simulated world is an engaged view or a data-driven attribution.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from simulator.order_categories import CLICKS, LATE, VIEWS, as_known

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.graph_api.account import Account
    from simulator.world import World

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

PARTS = ("click_1d", "view_1d", "late")
"""What is counted beside the conversions: of a click's first day, of a view, after the 7-day window."""

CLICK_WINDOW_DAYS, LONGEST_WINDOW_DAYS = 7, 28


def window_parts(account: Account, since: date, conversions: Ints) -> dict[str, Ints]:
    """The `PARTS` of the conversions (N, D) of all ads of the account from `since` on, as known now, each (N, D).

    Those of an ad set's ads sum to the ad set's.
    """
    known: dict[int, dict[str, Floats]] = {}
    upto: dict[str, Ints] = {}
    found = {name: np.empty_like(conversions) for name in PARTS}
    for row, ad in enumerate(account.ads.values()):
        world, column = (account.world, ad.ad_set.index) if ad.ad_set.market is None else (ad.ad_set.market.world, 0)
        shares = known.get(id(world)) or known.setdefault(id(world), _shares(world, since, conversions.shape[-1]))
        before = upto.get(ad.ad_set.id, np.zeros_like(conversions[row]))
        upto[ad.ad_set.id] = before + conversions[row]
        for name in PARTS:
            share = shares[name][column]
            found[name][row] = np.rint(upto[ad.ad_set.id] * share) - np.rint(before * share)
    return found


def windows_of(conversions: int, parts: Mapping[str, int]) -> dict[str, int]:
    """Conversions by Meta's names of the windows; those without data are not there.

    >>> windows_of(10, {"click_1d": 5, "view_1d": 2, "late": 1})
    {'1d_click': 5, '7d_click': 8, '28d_click': 9, '1d_view': 2}
    """
    clicked = conversions - parts["view_1d"]
    first = min(parts["click_1d"], clicked)
    found = {"1d_click": first, "7d_click": clicked, "28d_click": clicked + parts["late"], "1d_view": parts["view_1d"]}
    return {name: count for name, count in found.items() if count}


def _shares(world: World, since: date, days: int) -> dict[str, Floats]:
    """Shares (A, D) of the known conversions of a world's ad sets; of the day in progress, all came at once."""
    shape = world.scenario.ad_sets, days
    found = {name: np.zeros(shape) for name in PARTS}
    found["click_1d"][:] = 1.0
    age = (world.today - since).days - 1 - np.arange(days)
    lived = int((age >= 0).sum())
    if not lived:
        return found
    length = (world.today - since).days
    known = world.report_range(since, since + timedelta(days=lived - 1))["conversions"][0]
    categories = world.caused_by_category(length)
    if categories is None:
        final = known + world.pending(length)["conversions"][0][:, :lived]
        first = np.rint(world.scenario.same_day_share * final)
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

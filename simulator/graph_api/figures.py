"""What an account's ad sets and ads brought, day by day: the world's figures, and those of created ad sets."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from simulator.graph_api import steering
from simulator.graph_api.apportioning import apportioned
from simulator.ledger import METRICS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.graph_api.account import Account
    from simulator.graph_api.tree import AdSet

    Ints: TypeAlias = NDArray[np.int64]
    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["METRICS", "by_ad", "by_ad_set"]

_OF_IMPRESSIONS = "reach"
"""Counted for the ad set only: its parts follow impressions."""


def by_ad_set(account: Account, since: date, until: date) -> dict[str, Ints]:
    """See `Account.figures`.

    Raises:
        ValueError: `until` is a day to come.
    """
    if until > account.today:
        raise ValueError(f"there are no figures of {until} yet: today is {account.today}")
    days, planted = (until - since).days + 1, account.world.active.shape[1]
    found = {name: np.zeros((len(account.ad_sets), days), dtype=np.int64) for name in METRICS}
    last = min(until, account.world.today - timedelta(days=1))
    if since <= last:
        passed = slice((last - since).days + 1)
        known = account.passed.figures(since, last)
        for name, array in found.items():
            array[:planted, passed] = known[name]
        for ad_set in account.created_ad_sets:
            _write(found, ad_set.index, passed, steering.market_of(ad_set).figures(since, last))
    if since <= account.today <= until:
        _fill_today(account, found, (account.today - since).days)
    return found


def _write(found: dict[str, Ints], row: int, days: slice | int, known: object) -> None:
    for name, array in found.items():
        array[row, days] = known[name]  # type: ignore[index]


def _fill_today(account: Account, found: dict[str, Ints], column: int) -> None:
    """The day in progress. Where the world is ahead (west of the first account, at the start), it is scaled."""
    share, planted = account.share_passed(), account.world.active.shape[1]
    if account.today != account.world.today:
        for array in found.values():
            array[:, column] = (array[:, column] * share).astype(np.int64)
        return
    with steering.in_force(account):
        partial = account.world.peek_today(share)
    for name, array in found.items():
        array[:planted, column] = partial[name][0]
    for ad_set in account.created_ad_sets:
        _write(found, ad_set.index, column, steering.created_today(account, ad_set))


def by_ad(account: Account, since: date, until: date) -> dict[str, Ints]:
    """See `Account.ad_figures`."""
    whole = by_ad_set(account, since, until)
    rows = np.array([ad.ad_set.index for ad in account.ads.values()], dtype=np.int64)
    found = {name: array[rows] for name, array in whole.items()}
    shared = [ad_set for ad_set in account.ad_sets.values() if len(ad_set.ads) != 1]
    if not shared:
        return found
    place = {ad_id: row for row, ad_id in enumerate(account.ads)}
    weights = _place_weights(account, since, until) if account.world.has_places else {}
    for ad_set in shared:
        if not ad_set.ads:
            continue
        own = [place[ad.id] for ad in ad_set.ads]
        seated = account.world.has_places and ad_set.market is None
        even = None if seated else _weights(account, ad_set, since, until)
        for name in METRICS:
            parts = _seated(ad_set, weights, name, since, until) if even is None else even
            found[name][own] = apportioned(whole[name][ad_set.index], parts).T
    return found


def _weights(account: Account, ad_set: AdSet, since: date, until: date) -> Floats:
    """Parts (D, N) of an ad set's days by its ads, as its presence tells them; before that, all was the first ad's."""
    found = np.zeros(((until - since).days + 1, len(ad_set.ads)))
    for ahead, row in enumerate(found):
        day, presence = since + timedelta(days=ahead), ad_set.presence
        parts = presence.days.get(day) if presence else None
        if presence and day == account.world.today:
            parts = presence.parts(account.share_at(account.now))
        if not parts or not any(parts.values()):
            row[0] = 1.0
            continue
        row[:] = [parts.get(ad.id, 0.0) for ad in ad_set.ads]
    return found


def _place_weights(account: Account, since: date, until: date) -> dict[str, Ints]:
    """Figures (A, C, D) by place of the account's world; reach is that of impressions."""
    world = account.world
    days = (until - since).days + 1
    back = (world.today - since).days
    shape = (*world.active.shape[1:], world.scenario.ads, days)
    found = {name: np.zeros(shape, dtype=np.int64) for name in METRICS}
    if back > 0:
        known = world.report_ads(back)
        passed = min(back, days)
        for name, array in found.items():
            array[..., :passed] = known[name][0][..., :passed]
    if since <= world.today <= until:
        with steering.in_force(account):
            for name, today in world.today_by_ad().items():
                found[name][..., (world.today - since).days] = today
    found[_OF_IMPRESSIONS] = found["impressions"]
    return found


def _seated(ad_set: AdSet, weights: dict[str, Ints], name: str, since: date, until: date) -> Floats:
    """Weights (D, N) of a metric by ad: each has what its place has, on the days on which it was the one there."""
    columns = []
    for ad in ad_set.ads:
        if ad.place is None or ad.first_day is None:
            columns.append(np.zeros((until - since).days + 1))
            continue
        own = weights[name][ad_set.index, ad.place].astype(np.float64)
        first = (ad.first_day - since).days
        last = len(own) if ad.last_day is None else (ad.last_day - since).days + 1
        there = np.arange(len(own))
        columns.append(np.where((there >= first) & (there < last), own, 0.0))
    return np.stack(columns, axis=-1)

"""Figures that ad rules look at: sums over a period, for an ad, an ad set or a campaign."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.graph_api.figures import METRICS as METRIC_NAMES
from simulator.graph_api.rule_filters import PRESETS, at_level
from simulator.graph_api.tree import Ad, AdSet, Node

if TYPE_CHECKING:
    from simulator.graph_api.account import Account


class Figures:
    """Figures of any object of an account over any period; `past` keeps what days that are over came to.

    Reported figures of past days change once a day, so that a rule adds them up once a day and not every half hour.
    """

    def __init__(self, account: Account, *, by_ad: bool, past: dict[Any, Any]) -> None:
        self.account = account
        self._by_ad = by_ad
        self._past = past
        self._rows: dict[str, list[int]] = {}
        rows: Iterable[Ad | AdSet] = account.ads.values() if by_ad else account.ad_sets.values()
        for place, row in enumerate(rows):
            for node in {row.id: row, row.ad_set.id: row.ad_set, row.campaign.id: row.campaign}.values():
                self._rows.setdefault(node.id, []).append(place)
        self._sums: dict[str, dict[str, Any]] = {}

    def of(self, node: Node, preset: str) -> dict[str, int]:
        """Sums by metric, with the daily budget beside them."""
        if preset not in self._sums:
            self._sums[preset] = self._added(preset)
        rows = self._rows.get(node.id, [])
        found = {name: int(array[rows].sum()) for name, array in self._sums[preset].items()}
        ad_set = at_level(node, "adset")
        return {**found, "daily_budget": self.account.budget_minor(ad_set) if isinstance(ad_set, AdSet) else 0}

    def _added(self, preset: str) -> dict[str, Any]:
        since, until = PRESETS[preset](self.account.today)
        first, yesterday = self.account.world.first_day, self.account.today - timedelta(days=1)
        since = first if since is None else max(since, first)
        count = len(self.account.ads if self._by_ad else self.account.ad_sets)
        found = {name: np.zeros(count, dtype=np.int64) for name in METRIC_NAMES}
        if since <= min(until, yesterday):
            key = (self.account.today, self.account.world.today, preset, count)
            if key not in self._past:
                for old in [known for known in self._past if known[:2] != key[:2]]:
                    del self._past[old]
                self._past[key] = self._between(since, min(until, yesterday))
            found = self._past[key]
        if until == self.account.today:
            today = self._between(until, until)
            found = {name: array + today[name] for name, array in found.items()}
        return found

    def _between(self, since: date, until: date) -> dict[str, Any]:
        read = self.account.ad_figures if self._by_ad else self.account.figures
        return {name: array.sum(axis=-1) for name, array in read(since, until).items()}

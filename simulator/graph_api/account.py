"""One ad account: a simulated world that lives its own local days, and the tree of objects that steer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from simulator.graph_api.alarms import Alarms
from simulator.graph_api.call import Activity
from simulator.graph_api.config import AccountConfig
from simulator.graph_api.tree import Ad, AdSet, Campaign, Level, Node, level_of
from simulator.graph_api.usage import Meter
from simulator.identity import account_id, ad_id, ad_set_id, campaign_id
from simulator.traffic import hour_shares
from simulator.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.scenario import Scenario

    IntArray = NDArray[np.int64]

METRICS = ("spend_minor", "impressions", "reach", "clicks", "conversions", "value_minor")
AD_SETS_PER_CAMPAIGN = 5


class Account:
    """State of one ad account. Days pass in `catch_up` and nowhere else.

    Args:
        config: scenario name and seed.
        scenario: that scenario, loaded.
        now: aware UTC instant at which the emulator begins.
    """

    def __init__(self, config: AccountConfig, scenario: Scenario, now: datetime) -> None:
        self.config = config
        self.scenario = scenario
        self.id = account_id(config.seed)
        self.number = self.id.removeprefix("act_")
        self.zone = ZoneInfo(scenario.time_zone)
        self.world = World(scenario, seeds=[config.seed])
        self.meter = Meter()
        self.activities: list[Activity] = []
        self.alarms = Alarms()
        self._plant(self.born_at())
        self.now = now
        self.catch_up(now)

    def born_at(self) -> datetime:
        """Local midnight of the first simulated day: when everything here was created."""
        return datetime.combine(self.world.first_day, datetime.min.time(), self.zone)

    def _plant(self, born: datetime) -> None:
        seed, names = self.config.seed, self.world.ad_set_names
        count = -(-len(names) // AD_SETS_PER_CAMPAIGN)
        campaigns = [Campaign(campaign_id(seed, i), f"Campaign {i + 1}", born, born) for i in range(count)]
        self.campaigns = {campaign.id: campaign for campaign in campaigns}
        self.ad_sets: dict[str, AdSet] = {}
        self.ads: dict[str, Ad] = {}
        for i, name in enumerate(names):
            status = "ACTIVE" if self.world.active[0, i] else "PAUSED"
            campaign = campaigns[i // AD_SETS_PER_CAMPAIGN]
            ad_set = AdSet(ad_set_id(seed, i), name, born, born, campaign, i, status)
            self.ad_sets[ad_set.id] = ad_set
            self.ads[ad_id(seed, i)] = Ad(ad_id(seed, i), f"{name} ad", born, born, ad_set)

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.scenario.name} {self.config.seed}"

    def level(self, level: Level) -> Sequence[Node]:
        """Every object of a level, in order of id."""
        levels: dict[str, Mapping[str, Node]] = {"campaign": self.campaigns, "adset": self.ad_sets, "ad": self.ads}
        return list(levels.get(level, {}).values())

    def find(self, object_id: str) -> Node | None:
        """The object with this id, also when it is archived or deleted."""
        return self.campaigns.get(object_id) or self.ad_sets.get(object_id) or self.ads.get(object_id)

    def local(self, at: datetime) -> datetime:
        """An instant on the account's own clock."""
        return at.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The account's local date."""
        return self.local(self.now).date()

    def catch_up(self, now: datetime) -> None:
        """Let time pass, stopping at each alarm on the way."""
        while (at := self.alarms.next_at()) is not None and at <= now:
            self._live_until(max(at, self.now))
            self.alarms.ring()
        self._live_until(now)

    def _live_until(self, now: datetime) -> None:
        """Let every local day that has ended by `now` happen, under the budgets that were in force at its end."""
        self.now = now
        while self.world.today < self.today:
            self.world.step()

    def share_passed(self) -> float:
        """How much of the local day's traffic has passed, 0 to 1."""
        local = self.local(self.now)
        shares = hour_shares(local.weekday())
        part = (local.minute * 60 + local.second) / 3600
        return float(min(1.0, shares[: local.hour].sum() + shares[local.hour] * part))

    def figures(self, since: date, until: date) -> dict[str, IntArray]:
        """Arrays (A, D) by the names in `METRICS` for the days since..until, both included, as reported now.

        The local day in progress holds what its traffic so far brought.

        Raises:
            ValueError: `until` is a day to come.
        """
        if until > self.today:
            raise ValueError(f"there are no figures of {until} yet: today is {self.today}")
        days = (until - since).days + 1
        shape = (len(self.ad_sets), days)
        found = {name: np.zeros(shape, dtype=np.int64) for name in METRICS}
        last = min(until, self.world.today - timedelta(days=1))
        if since <= last:
            known = self.world.report_range(since, last)
            for name, array in found.items():
                array[:, : (last - since).days + 1] = known[name][0]
        if since <= self.today <= until:
            self._fill_today(found, (self.today - since).days)
        return found

    def ad_figures(self, since: date, until: date) -> dict[str, IntArray]:
        """As `figures`, by ad: arrays (number of ads, D) in the order of `ads`; reach is the ad's own."""
        by_ad_set = self.figures(since, until)
        columns = [ad.ad_set.index for ad in self.ads.values()]
        return {name: array[columns] for name, array in by_ad_set.items()}

    def note(self, event_type: str, node: Node, **extra: Any) -> None:
        """Write a change into the account's history (Meta: "Ad Activity"); `extra` says old and new values."""
        self.activities.append(Activity(self.now, event_type, node.id, level_of(node), node.name, extra=extra))

    def _fill_today(self, found: dict[str, IntArray], column: int) -> None:
        """The day in progress. Where the world is ahead (west of the first account, at the start), it is scaled."""
        share = self.share_passed()
        partial = self.world.peek_today(share) if self.today == self.world.today else None
        for name, array in found.items():
            array[:, column] = partial[name][0] if partial else (array[:, column] * share).astype(np.int64)

    def budget_minor(self, ad_set: AdSet) -> int:
        """The daily budget in force."""
        return int(self.world.budgets_minor[0, ad_set.index])

    def set_budget(self, ad_set: AdSet, budget_minor: int) -> None:
        """A new daily budget; it governs the whole local day in progress."""
        self.world.set_budget(0, ad_set.index, budget_minor)
        ad_set.budget_changes.append(self.now)

    def refresh_delivery(self) -> None:
        """Tell the world which ad sets may deliver, after a status has changed anywhere in the tree."""
        for ad in self.ads.values():
            self.world.set_active(0, ad.ad_set.index, ad.effective_status == "ACTIVE")

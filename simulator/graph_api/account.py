"""One ad account: a simulated world that lives its own local days, and the tree of objects that steer it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from simulator.graph_api import figures, mornings, planting, spending_limits, steering
from simulator.graph_api.alarms import Alarms
from simulator.graph_api.call import Activity
from simulator.graph_api.config import AccountConfig
from simulator.graph_api.figures import METRICS
from simulator.graph_api.market import AccountWorld, Market, seed_of
from simulator.graph_api.passed_days import PassedDays
from simulator.graph_api.presence import Presence
from simulator.graph_api.schedules import Schedule
from simulator.graph_api.tree import Ad, AdSet, Campaign, Level, Node, level_of
from simulator.graph_api.usage import Meter
from simulator.identity import account_id
from simulator.traffic import hour_shares

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulator.scenario import Scenario

    IntArray = NDArray[np.int64]

__all__ = ["METRICS", "Account"]


class Account:
    """State of one ad account. Days pass in `catch_up` and nowhere else.

    Args:
        config: scenario name and seed.
        scenario: that scenario, loaded.
        now: aware UTC instant at which the emulator begins.
        directory: of all accounts' objects by id; this one's are entered.
    """

    def __init__(
        self,
        config: AccountConfig,
        scenario: Scenario,
        now: datetime,
        directory: MutableMapping[str, Account] | None = None,
    ) -> None:
        self.config = config
        self.scenario = scenario
        self.id: str = account_id(config.seed)
        self.number: str = self.id.removeprefix("act_")
        self.zone = ZoneInfo(scenario.time_zone)
        self.world = AccountWorld(scenario, seeds=[config.seed])
        self.passed = PassedDays(self.world)
        self.meter = Meter()
        self.activities: list[Activity] = []
        self.alarms = Alarms()
        self.old_people_at: list[datetime] = []
        """When reports were last made on people of more than 13 months ago."""
        self.pixel_id = ""
        """The pixel that the scenario's own ad sets optimise for."""
        self.terms_accepted = True
        self.settings: dict[str, Any] = {"name": f"{scenario.name} {config.seed}"}
        self.spend_cap_minor = 0
        """0: there is none."""
        self.spend_cap_changes: list[datetime] = []
        self.spent_before_minor = 0
        """What had been spent when the count towards the cap began."""
        self.schedules: dict[str, Schedule] = {}
        self.factors: dict[str, float] = {}
        """Parts of today's budgets by ad set id that spending limits leave; absent: all."""
        self.told: dict[str, tuple[bool, int]] = {}
        """What the world was told last evening of its ad sets: whether active, and the budget."""
        self.campaigns: dict[str, Campaign] = {}
        self.ad_sets: dict[str, AdSet] = {}
        self.ads: dict[str, Ad] = {}
        self.created_ad_sets: list[AdSet] = []
        self.launched = 0
        """Ads that the scenario's people have launched."""
        self._directory = {} if directory is None else directory
        self._moments: list[tuple[datetime, str]] = []
        self._active_ads: dict[str, int] = {}
        self.now = min(now, self._day_ends_at())
        planting.plant(self)
        self.catch_up(now)

    def born_at(self) -> datetime:
        """Local midnight of the first simulated day: when everything here was created."""
        return self.midnight(self.world.first_day)

    def midnight(self, day: date) -> datetime:
        """When a local day begins."""
        return datetime.combine(day, datetime.min.time(), self.zone)

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.settings["name"])

    @property
    def budget_bounds_minor(self) -> tuple[int, int | None]:
        """The smallest and the largest daily budget that the owner allows an ad set; None where nothing is too much.

        Meta keeps no such bounds: who steers the account is told.
        """
        floor, ceiling = (int(of[0]) for of in (self.world.floors_minor, self.world.ceilings_minor))
        return floor, ceiling if self.scenario.ceiling_share else None

    def add(self, node: Node) -> None:
        """Enter a new object."""
        if isinstance(node, Campaign):
            self.campaigns[node.id] = node
        elif isinstance(node, AdSet):
            self.ad_sets[node.id] = node
        else:
            self.ads[node.id] = node
        self._directory[node.id] = self
        self._active_ads.pop(node.campaign.id, None)

    def active_ads(self) -> int:
        """How many ads may be shown; a campaign's are counted again only after something in it has changed."""
        for campaign in self.campaigns.values():
            if campaign.id not in self._active_ads:
                ads = (ad for ad_set in campaign.ad_sets for ad in ad_set.ads)
                self._active_ads[campaign.id] = sum(ad.effective_status == "ACTIVE" for ad in ads)
        return sum(self._active_ads.values())

    def level(self, level: Level) -> Sequence[Node]:
        """Every object of a level, oldest first."""
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

    def _day_ends_at(self) -> datetime:
        return self.midnight(self.world.today + timedelta(days=1)).astimezone(UTC)

    def catch_up(self, now: datetime) -> None:
        """Let time pass, stopping at each alarm on the way."""
        while (at := self.alarms.next_at()) is not None and at <= now:
            self._live_until(max(at, self.now))
            self.alarms.ring()
        self._live_until(now)

    def _live_until(self, now: datetime) -> None:
        """Let everything happen, in order, that was due by `now`: ends of local days, reviews, beginnings and ends.

        A day happens under the budgets in force at its end.
        """
        while True:
            day_ends_at = self._day_ends_at()
            moment = self._moments[0] if self._moments else None
            if moment and moment[0] < min(day_ends_at, now + timedelta(microseconds=1)):
                self.now = max(self.now, moment[0])
                heapq.heappop(self._moments)
                mornings.happen(self, moment[1])
            elif day_ends_at <= now:
                self.now = max(self.now, day_ends_at)
                mornings.pass_night(self)
            else:
                break
        self.now = now

    def due(self, at: datetime, object_id: str) -> None:
        """Look at an object again at this instant: its review ends, or it begins or ends."""
        if at > self.now:
            heapq.heappush(self._moments, (at, object_id))

    def share_passed(self) -> float:
        """How much of the local day's traffic has passed, 0 to 1."""
        return self._share(self.local(self.now))

    def share_at(self, at: datetime) -> float:
        """How much of the traffic of the day that the world is about to live has passed at an instant, 0 to 1."""
        local = self.local(at)
        if local.date() != self.world.today:
            return float(local.date() > self.world.today)
        return self._share(local)

    def _share(self, local: datetime) -> float:
        shares = hour_shares(local.weekday())
        part = (local.minute * 60 + local.second) / 3600
        return float(min(1.0, shares[: local.hour].sum() + shares[local.hour] * part))

    def figures(self, since: date, until: date) -> dict[str, IntArray]:
        """Arrays (A, D) by the names in `METRICS` for the days since..until, both included, as reported now.

        A counts the scenario's ad sets and then those that clients created, in the order of `ad_sets`. The local day
        in progress holds what its traffic so far brought.

        Raises:
            ValueError: `until` is a day to come.
        """
        return figures.by_ad_set(self, since, until)

    def ad_figures(self, since: date, until: date) -> dict[str, IntArray]:
        """As `figures`, by ad: arrays (number of ads, D) in the order of `ads`, summing to those of the ad sets.

        Reach too: a person counts for the ad that reached him first (assumption).
        """
        return figures.by_ad(self, since, until)

    def spent_minor(self, ad_sets: Iterable[AdSet], *, today: bool = True) -> int:
        """Everything that ad sets have spent since the first simulated day."""
        until = self.today if today else self.world.today - timedelta(days=1)
        if until < self.world.first_day:
            return 0
        rows = [ad_set.index for ad_set in ad_sets]
        return int(self.figures(self.world.first_day, until)["spend_minor"][rows].sum())

    def note(self, event_type: str, node: Node, **extra: Any) -> None:
        """Write a change into the account's history (Meta: "Ad Activity"); `extra` says old and new values."""
        self.activities.append(Activity(self.now, event_type, node.id, level_of(node), node.name, extra=extra))

    def budget_minor(self, ad_set: AdSet) -> int:
        """What an ad set is to spend on a whole day like today, before spending limits and schedules."""
        return steering.planned_minor(self, ad_set)

    def set_budget(self, ad_set: AdSet, budget_minor: int) -> None:
        """A new daily budget; it governs the whole local day in progress."""
        if ad_set.market is None:
            self.world.set_budget(0, ad_set.index, budget_minor)
        else:
            ad_set.daily_budget_minor = budget_minor
        ad_set.budget_changes.append(self.now)
        self.refresh_delivery((ad_set.campaign,))

    def open_market(self, ad_set: AdSet) -> None:
        """Give an ad set that a client created a market of its own."""
        self.created_ad_sets.append(ad_set)
        ad_set.market = Market(self.scenario, seed_of(self.config.seed, len(self.created_ad_sets)), self.world.today)
        ad_set.presence = Presence(since=self.share_at(self.now))

    def refresh_delivery(self, campaigns: Iterable[Campaign] | None = None) -> None:
        """Tell the markets who may deliver with how much, after a change in these campaigns, or anywhere."""
        chosen = list(self.campaigns.values() if campaigns is None else campaigns)
        steering.refresh(self, chosen)
        self.factors = spending_limits.factors(self)
        for campaign in chosen:
            self._active_ads.pop(campaign.id, None)

    def scheduled_budget(self, schedule_id: str, schedule: Schedule | None) -> None:
        """Raise a budget for a window (Meta: "Budget scheduling"), or take that back (None)."""
        if schedule is None:
            self.schedules.pop(schedule_id, None)
        else:
            self.schedules[schedule_id] = schedule
        self.refresh_delivery()

    def note_significant_edit(self, ad_set: AdSet) -> None:
        """Bids, audience or ads of an ad set were changed significantly: it learns anew."""
        ad_set.edited_at = self.now
        world, place = (self.world, ad_set.index) if ad_set.market is None else (ad_set.market.world, 0)
        where = world.active & False
        where[0, place] = True
        world.note_significant_edit(where)
        if ad_set.market is not None:
            ad_set.market.forget()

"""Campaigns, ad sets and ads: what they are called, whether they may deliver, whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from simulator.graph_api.market import Market
    from simulator.graph_api.presence import Presence

STATUSES = ("ACTIVE", "PAUSED", "ARCHIVED", "DELETED")
GONE = ("ARCHIVED", "DELETED")
APPROVED, PENDING, DISAPPROVED = "APPROVED", "PENDING_REVIEW", "DISAPPROVED"
"""Where the review of an ad stands."""


@dataclass(slots=True, eq=False)
class Campaign:
    """A campaign; it has a budget of its own, or its ad sets have.

    `settings` are fields as Graph shows them, checked by whoever wrote them; what the emulator works with has an
    attribute. `divided` is what the campaign's budget was last divided for.
    """

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    status: str = "ACTIVE"
    settings: dict[str, Any] = field(default_factory=dict)
    daily_budget_minor: int | None = None
    lifetime_budget_minor: int | None = None
    spend_cap_minor: int | None = None
    stop_at: datetime | None = None
    toggled_at: datetime | None = None
    divided: tuple[object, ...] = ()
    ad_sets: list[AdSet] = field(default_factory=list, repr=False)

    @property
    def effective_status(self) -> str:
        """What the status amounts to: at the top it is the status."""
        return self.status

    @property
    def campaign(self) -> Campaign:
        """Itself, so that every level can be asked."""
        return self

    @property
    def has_budget(self) -> bool:
        """Whether the budget is the campaign's (Meta: "Advantage campaign budget")."""
        return self.daily_budget_minor is not None or self.lifetime_budget_minor is not None

    @property
    def living(self) -> list[AdSet]:
        """Its ad sets that are neither archived nor deleted."""
        return [ad_set for ad_set in self.ad_sets if ad_set.status not in GONE]


@dataclass(slots=True, eq=False)
class AdSet:
    """An ad set; `index` is its row in the account's figures.

    Without a `market` of its own it is a column of the account's world, where its daily budget lives; with one, the
    budget is here: `daily_budget_minor`, or `lifetime_budget_minor` until `end_at`. `allotted_minor` is its part of
    its campaign's budget today.
    """

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    campaign: Campaign
    index: int
    status: str = "ACTIVE"
    budget_changes: list[datetime] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    daily_budget_minor: int | None = None
    lifetime_budget_minor: int | None = None
    allotted_minor: int = 0
    start_at: datetime | None = None
    end_at: datetime | None = None
    edited_at: datetime | None = None
    """When a client last edited it significantly."""
    market: Market | None = field(default=None, repr=False)
    presence: Presence | None = field(default=None, repr=False)
    """Who delivered when, where there is more to tell than that its one ad did."""
    flagged: frozenset[str] = frozenset()
    """Audiences of its targeting that the platform has flagged: with any, it does not deliver."""
    ads: list[Ad] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        """Take its place in the campaign."""
        self.campaign.ad_sets.append(self)

    @property
    def permitted(self) -> str:
        """Its own status, or why its campaign keeps it from delivering."""
        return _effective(self.status, self.campaign.effective_status, "CAMPAIGN_PAUSED")

    @property
    def effective_status(self) -> str:
        """As `permitted`, or that it has issues; one that a client created also tells of its ads' reviews."""
        permitted = self.permitted
        if permitted == "ACTIVE" and self.flagged:
            return "WITH_ISSUES"
        if permitted != "ACTIVE" or self.market is None:
            return permitted
        reviews = {ad.review for ad in self.ads if ad.status == "ACTIVE"}
        return {frozenset({PENDING}): "IN_PROCESS", frozenset({DISAPPROVED}): "WITH_ISSUES"}.get(
            frozenset(reviews), permitted
        )

    @property
    def ad_set(self) -> AdSet:
        """Itself, so that both lower levels can be asked."""
        return self

    @property
    def living(self) -> list[Ad]:
        """Its ads that are neither archived nor deleted."""
        return [ad for ad in self.ads if ad.status not in GONE]


@dataclass(slots=True, eq=False)
class Ad:
    """An ad. Where the market has places for several ads in an ad set, `place` is its own, from `first_day` on."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    ad_set: AdSet
    status: str = "ACTIVE"
    creative_id: str = ""
    """The creative that a client chose; empty where the ad still shows the one it was born with."""
    settings: dict[str, Any] = field(default_factory=dict)
    review: str = APPROVED
    place: int | None = None
    generation: int = 0
    first_day: date | None = None
    last_day: date | None = None
    """The last day on which it had its place; None: it still has it."""

    def __post_init__(self) -> None:
        """Take its place in the ad set."""
        self.ad_set.ads.append(self)

    @property
    def effective_status(self) -> str:
        """Its own status, its review, or why its ad set or campaign keeps it from delivering."""
        permitted = _effective(self.status, self.ad_set.permitted, "ADSET_PAUSED")
        return permitted if self.review == APPROVED or permitted in GONE else self.review

    @property
    def campaign(self) -> Campaign:
        """The campaign of its ad set."""
        return self.ad_set.campaign


Node: TypeAlias = Campaign | AdSet | Ad
Level: TypeAlias = Literal["account", "campaign", "adset", "ad"]


def level_of(node: Node) -> Level:
    """The word Meta uses for its kind."""
    if isinstance(node, Campaign):
        return "campaign"
    return "adset" if isinstance(node, AdSet) else "ad"


def under(node: Node, ads: Iterable[Ad]) -> list[Ad]:
    """Those of `ads` that are in `node`."""
    if isinstance(node, Ad):
        return [ad for ad in ads if ad is node]
    if isinstance(node, AdSet):
        return [ad for ad in ads if ad.ad_set is node]
    return [ad for ad in ads if ad.campaign is node]


def inside(parent: Node, level: Level) -> list[Node]:
    """The objects of a level inside an object, oldest first."""
    if isinstance(parent, Campaign):
        if level == "adset":
            return list(parent.ad_sets)
        return [ad for ad_set in parent.ad_sets for ad in ad_set.ads] if level == "ad" else [parent]
    if isinstance(parent, AdSet):
        return list(parent.ads) if level == "ad" else [parent]
    return [parent]


def _effective(own: str, parent: str, when_paused: str) -> str:
    if own in GONE or (own == "PAUSED" and parent not in GONE):
        return own
    return when_paused if parent == "PAUSED" else parent

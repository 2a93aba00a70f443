"""Campaigns, ad sets and ads: what they are called, whether they may deliver, whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

STATUSES = ("ACTIVE", "PAUSED", "ARCHIVED", "DELETED")
GONE = ("ARCHIVED", "DELETED")


@dataclass(slots=True)
class Campaign:
    """A campaign without a budget of its own: budgets sit on its ad sets."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    status: str = "ACTIVE"

    @property
    def effective_status(self) -> str:
        """What the status amounts to: at the top it is the status."""
        return self.status

    @property
    def campaign(self) -> Campaign:
        """Itself, so that every level can be asked."""
        return self


@dataclass(slots=True)
class AdSet:
    """An ad set; `index` is its column in the world, where its budget lives."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    campaign: Campaign
    index: int
    status: str = "ACTIVE"
    budget_changes: list[datetime] = field(default_factory=list)

    @property
    def effective_status(self) -> str:
        """Its own status, or why its campaign keeps it from delivering."""
        return _effective(self.status, self.campaign.effective_status, "CAMPAIGN_PAUSED")

    @property
    def ad_set(self) -> AdSet:
        """Itself, so that both lower levels can be asked."""
        return self


@dataclass(slots=True)
class Ad:
    """The one ad of an ad set: what the ad set delivers, it delivers."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    ad_set: AdSet
    status: str = "ACTIVE"
    creative_id: str = ""
    """The creative that a client chose; empty where the ad still shows the one it was born with."""

    @property
    def effective_status(self) -> str:
        """Its own status, or why its ad set or campaign keeps it from delivering."""
        return _effective(self.status, self.ad_set.effective_status, "ADSET_PAUSED")

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


def _effective(own: str, parent: str, when_paused: str) -> str:
    if own in GONE or (own == "PAUSED" and parent not in GONE):
        return own
    return when_paused if parent == "PAUSED" else parent

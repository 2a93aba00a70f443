"""The tree of an account at the beginning: what the scenario's world has, as Meta would show it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from simulator.graph_api.tree import Ad, AdSet, Campaign
from simulator.identity import ad_id, ad_set_id, campaign_id
from simulator.mechanisms.campaign_budget import CampaignBudget

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from simulator.graph_api.account import Account
    from simulator.scenario import Scenario

AD_SETS_PER_CAMPAIGN = 5
_LAUNCHED = "1203{seed:010d}3{ordinal:04d}"
"""Ids of ads that people launch later: those of the tree begin with 1202."""


def plant(account: Account) -> None:
    """Make campaigns, ad sets and ads of what the world has."""
    seed, world, born = account.config.seed, account.world, account.born_at()
    names, size = world.ad_set_names, ad_sets_per_campaign(account.scenario)
    for i in range(-(-len(names) // size)):
        account.add(Campaign(campaign_id(seed, i), f"Campaign {i + 1}", born, born))
    campaigns = list(account.campaigns.values())
    for i, name in enumerate(names):
        status = "ACTIVE" if world.active[0, i] else "PAUSED"
        ad_set = AdSet(ad_set_id(seed, i), name, born, born, campaigns[i // size], i, status)
        account.add(ad_set)
        account.add(Ad(ad_id(seed, i), f"{name} ad", born, born, ad_set))
    if world.has_places:
        for ad_set in account.ad_sets.values():
            ad_set.ads[0].place = 0
            ad_set.ads[0].first_day = world.first_day
        for ahead, (generation, exists) in enumerate(world.places):
            seat(account, world.first_day + timedelta(days=ahead), generation, exists)
        seat(account, world.today, *world.standing())
    if campaigns_share(account.scenario):
        budgets, active = world.budgets_minor[0], world.active[0]
        for campaign in campaigns:
            rows = [ad_set.index for ad_set in campaign.ad_sets]
            running = [row for row in rows if active[row]]
            campaign.daily_budget_minor = int(budgets[running or rows].sum())


def campaigns_share(scenario: Scenario) -> bool:
    """Whether the scenario's budgets are its campaigns'."""
    return "campaign_budget" in scenario.mechanisms


def ad_sets_per_campaign(scenario: Scenario) -> int:
    """Ad sets of one campaign: the scenario's where its campaigns have budgets."""
    mechanism = scenario.mechanisms.get("campaign_budget")
    return mechanism.ad_sets_per_campaign if isinstance(mechanism, CampaignBudget) else AD_SETS_PER_CAMPAIGN


def seat(account: Account, day: date, generation: NDArray[np.int64], exists: NDArray[np.bool_]) -> bool:
    """Make ads of what people launched by the morning of `day`; says whether there were any.

    An ad whose place was taken is archived: it is not coming back.

    Args:
        account: whose world it is.
        day: the first on which the ads may be shown.
        generation: launches so far by place, (A, C).
        exists: whether there is an ad in the place, (A, C).
    """
    found = False
    for ad_set in account.ad_sets.values():
        if ad_set.market is not None:
            continue
        seated = {ad.place: ad for ad in ad_set.ads if ad.place is not None and ad.last_day is None}
        for place, there in enumerate(exists[ad_set.index].tolist()):
            launches = int(generation[ad_set.index, place])
            before = seated.get(place)
            if not there or (before is not None and before.generation == launches):
                continue
            if before is not None:
                before.last_day = day - timedelta(days=1)
                before.status = "ARCHIVED" if before.status != "DELETED" else before.status
            account.launched += 1
            at = account.midnight(day)
            name = f"{ad_set.name} ad {len(ad_set.ads) + 1}"
            ad = Ad(_LAUNCHED.format(seed=account.config.seed, ordinal=account.launched), name, at, at, ad_set)
            ad.place, ad.generation, ad.first_day = place, launches, day
            account.add(ad)
            found = True
    return found

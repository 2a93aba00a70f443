"""Spending limits of accounts and campaigns: what they leave of today's budgets.

Meta stops delivery when a limit is reached. Here the budgets of the day on which that happens are lowered so far that
the limit is reached when the day ends, and there is nothing on the days after it (assumption).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.graph_api import steering

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.tree import AdSet

_ATTEMPTS = 4


def factors(account: Account) -> dict[str, float]:
    """Parts of today's budgets that limits leave, by ad set id; those of which all is left are not in it."""
    scopes = [
        (list(campaign.ad_sets), campaign.spend_cap_minor)
        for campaign in account.campaigns.values()
        if campaign.spend_cap_minor is not None
    ]
    if account.spend_cap_minor:
        scopes.append((list(account.ad_sets.values()), account.spend_cap_minor + account.spent_before_minor))
    account.factors = {}
    for ad_sets, cap in scopes:
        _hold(account, ad_sets, cap - account.spent_minor(ad_sets, today=False))
    return account.factors


def _hold(account: Account, ad_sets: Sequence[AdSet], left_minor: int) -> None:
    """Lower the factors of these ad sets until together they spend no more today than is left."""
    for attempt in range(_ATTEMPTS):
        spend = _today(account, ad_sets)
        if spend <= max(left_minor, 0):
            return
        part = 0.0 if left_minor <= 0 or attempt == _ATTEMPTS - 1 else left_minor / spend
        for ad_set in ad_sets:
            account.factors[ad_set.id] = account.factors.get(ad_set.id, 1.0) * part


def _today(account: Account, ad_sets: Sequence[AdSet]) -> int:
    """What these ad sets will have spent when today is over."""
    with steering.in_force(account):
        world = account.world.peek_today(1.0)["spend_minor"][0]
    own = [steering.created_today(account, s, whole_day=True)["spend_minor"] for s in ad_sets if s.market is not None]
    return int(sum(world[s.index] for s in ad_sets if s.market is None)) + sum(own)

"""What subscribed apps are told about an ad account, found by looking at it as clients do, twice.

Fields of the object ad_account follow Meta's "Webhooks for Ad Accounts"; values hold `id`, `level` and what happened.
Error codes of rejected ads in them are an assumption: Meta publishes none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.fatigue import CLICK_EXPONENT
from simulator.graph_api.params import MAX_PAGE
from simulator.graph_api.routing import look

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.graph_api.account import Account
    from simulator.graph_api.state import Platform

FIELDS = (
    "with_issues_ad_objects",
    "in_process_ad_objects",
    "ad_recommendations",
    "creative_fatigue",
    "product_set_issue",
)
LEVELS = {"campaigns": "CAMPAIGN", "adsets": "AD_SET", "ads": "AD"}
TROUBLED = ("WITH_ISSUES", "DISAPPROVED")
REJECTED = {
    "error_code": 1815869,
    "error_summary": "Ad was rejected",
    "error_message": "The ad was rejected in review because it does not follow the advertising standards.",
}
TIRED = 2.0
"""How many times as dear a click must be for a creative to count as fatigued (Meta: twice the cost per result)."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change to be told; `account` is the account's number."""

    at: datetime
    account: str
    field: str
    value: dict[str, Any]


@dataclass(slots=True)
class Sight:
    """What was seen of an account: status, name and level by object id, its history's length, ads that are tired."""

    statuses: dict[str, tuple[str, str]] = field(default_factory=dict)
    issues: dict[str, Any] = field(default_factory=dict)
    history: int = 0
    tired: frozenset[str] = frozenset()


def sight(state: Platform, account: Account) -> Sight:
    """Look at an account now."""
    state.account(account.id)  # brings it up to date
    seen = Sight(history=len(account.activities), tired=frozenset(_tired(account)))
    for edge, level in LEVELS.items():
        fields = "id,effective_status" if level == "CAMPAIGN" else "id,effective_status,issues_info"
        for row in look(state, f"{account.id}/{edge}", {"fields": fields, "limit": MAX_PAGE})["data"]:
            seen.statuses[row["id"]] = (level, row["effective_status"])
            if row.get("issues_info"):
                seen.issues[row["id"]] = row["issues_info"][0]
    return seen


def changes(account: Account, before: Sight, after: Sight) -> Iterator[Event]:
    """What is to be told of the time between two looks, in an order that depends on nothing else."""
    edited = {activity.object_id for activity in account.activities[before.history : after.history]}
    for object_id, (level, status) in after.statuses.items():
        changed = before.statuses.get(object_id) != (level, status)
        if changed and status in TROUBLED:
            issue = after.issues.get(object_id) or REJECTED
            told = {name: issue.get(name, REJECTED[name]) for name in REJECTED}
            yield Event(account.now, account.number, FIELDS[0], {"id": object_id, "level": level, **told})
        elif changed or object_id in edited:
            value = {"id": object_id, "level": level, "status_name": _words(status)}
            yield Event(account.now, account.number, FIELDS[1], value)
    for ad_id in sorted(after.tired - before.tired):
        yield Event(
            account.now, account.number, FIELDS[3], {"id": ad_id, "level": "AD", "status_name": "Creative fatigue"}
        )


def _tired(account: Account) -> Iterator[str]:
    """Ads whose audience has seen them so often that clicks cost twice as much, where the scenario has that."""
    if "creative_fatigue" not in account.scenario.mechanisms or account.scenario.ads > 1:
        return
    stock = account.world.mechanism_state("creative_fatigue").stock[0, :, 0]
    tired = np.flatnonzero((stock + 1.0) ** CLICK_EXPONENT >= TIRED)
    yield from (ad.id for ad in account.ads.values() if ad.ad_set.index in tired)


def _words(status: str) -> str:
    """As Ads Manager says it: Active, Campaign Paused."""
    return status.replace("_", " ").title()

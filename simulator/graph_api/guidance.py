"""What Meta would advise: learning limited, budget limited, tired creatives, fragmented campaigns.

Found in the account's own figures and in the world's learning stages, never in what the world would do next. Meta
publishes neither its models nor its thresholds: those below are assumptions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.graph_api.tree import AdSet
from simulator.mechanisms.creative_fatigue import CREATIVE_FATIGUE, fatigue_state
from simulator.mechanisms.learning import LEARNING_LIMITED, stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.graph_api.account import Account

WEEK, PAST = 7, 28
"""Days looked at, and days of the past they are compared with."""
RESULTS = 50
"""Results a week that end learning (Meta: "About the learning phase")."""
FEWEST = 20
"""Results in a period below which its cost per result says too little."""
SPENT = 0.95
"""An ad set that spends this share of its budget is limited by it, if its return is above the account's."""
TOGETHER = 2
"""Learning-limited ad sets of one campaign that are worth combining."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One recommendation; `points` are what following it adds to the opportunity score."""

    type: str
    object_ids: tuple[str, ...]
    level: str
    title: str
    body: str
    lift: str
    points: int
    blame_field: str

    def signature(self, account: Account) -> str:
        """A name for it that lasts as long as it holds."""
        text = "|".join((account.id, self.type, *self.object_ids))
        return str(int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**16)


def advice(account: Account) -> tuple[Advice, ...]:
    """Everything that can be said of the account this morning, the most useful first."""
    active = [ad_set for ad_set in account.ad_sets.values() if ad_set.effective_status == "ACTIVE"]
    until = account.today - timedelta(days=1)
    since = until - timedelta(days=PAST + WEEK - 1)
    first = max(since, account.world.first_day)
    if until < first or not active:
        return ()
    days = account.figures(first, until)
    limited = [ad_set for ad_set in active if _learning_limited(account, ad_set, days)]
    found = [*_fragmented(account, limited), *_tired(active, days), *_short_of_budget(account, active, days)]
    found += [
        Advice("LEARNING_LIMITED", (one.id,), "adset", "Learning limited",
               f"{one.name} is not getting enough results to finish learning: fewer than {RESULTS} a week.",
               "Up to 10% lower cost per result", 6, "optimization_goal")
        for one in limited
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.points, one.type, one.object_ids)))


def score(found: tuple[Advice, ...]) -> float:
    """The opportunity score, 0 to 100: everything there is to gain is missing from it."""
    return float(max(0, 100 - sum(one.points for one in found)))


def of_object(account: Account, node_id: str) -> list[dict[str, Any]]:
    """The advice about one campaign or ad set, as its `recommendations` field shows it (Meta: "Ad Recommendation")."""
    return [
        {
            "title": one.title,
            "message": one.body,
            "code": 1815000 + sum(map(ord, one.type)) % 1000,
            "importance": "HIGH" if one.points > 6 else "MEDIUM",  # noqa: PLR2004 - more than learning limited
            "confidence": "HIGH",
            "blame_field": one.blame_field,
        }
        for one in advice(account)
        if node_id in one.object_ids
    ]


def _learning_limited(account: Account, ad_set: AdSet, days: dict[str, NDArray[np.int64]]) -> bool:
    worlds = "learning" in account.scenario.mechanisms and ad_set.index < account.world.active.shape[1]
    if worlds:
        return bool(stage(account.world.mechanism_state("learning"))[0, ad_set.index] == LEARNING_LIMITED)
    old = account.now - ad_set.created_at >= timedelta(days=WEEK)
    return old and int(days["conversions"][ad_set.index, -WEEK:].sum()) < RESULTS


def _fragmented(account: Account, limited: list[AdSet]) -> list[Advice]:
    found = []
    for campaign in account.campaigns.values():
        inside = [one for one in limited if one.campaign is campaign]
        if len(inside) >= TOGETHER:
            ids = (campaign.id, *(one.id for one in inside))
            body = f"{len(inside)} of the ad sets in {campaign.name} learn too slowly apart; combine them."
            found.append(
                Advice(
                    "FRAGMENTATION", ids, "campaign", "Combine ad sets", body, "Up to 16% more results", 9, "adset_id"
                )
            )
    return found


def _tired(active: list[AdSet], days: dict[str, NDArray[np.int64]]) -> list[Advice]:
    def cost(part: slice) -> NDArray[np.float64]:
        results = days["conversions"][:, part].sum(axis=1)
        spend = days["spend_minor"][:, part].sum(axis=1)
        return np.where(results >= FEWEST, spend / np.maximum(results, 1), np.nan)

    states = fatigue_state(cost(slice(-WEEK, None)), cost(slice(0, -WEEK)))
    return [
        Advice("CREATIVE_FATIGUE", (one.id,), "adset", CREATIVE_FATIGUE,
               f"People saw the ads of {one.name} too often: a result costs twice what it did. Show a new creative.",
               "Up to 30% lower cost per result", 8, "creative")
        for one in active
        if states[one.index] == CREATIVE_FATIGUE
    ]  # fmt: skip


def _short_of_budget(account: Account, active: list[AdSet], days: dict[str, NDArray[np.int64]]) -> list[Advice]:
    spend, value = (days[name][:, -WEEK:].sum(axis=1) for name in ("spend_minor", "value_minor"))
    usual = value.sum() / max(1, spend.sum())
    count = min(WEEK, days["spend_minor"].shape[1])
    found = []
    for one in active:
        budget = account.budget_minor(one)
        full = spend[one.index] >= SPENT * budget * count
        if full and budget and value[one.index] > usual * spend[one.index]:
            body = f"{one.name} spends its whole budget and returns more than the account does: raise its budget."
            found.append(
                Advice(
                    "BUDGET_LIMITED",
                    (one.id,),
                    "adset",
                    "Limited by budget",
                    body,
                    "Up to 20% more results",
                    7,
                    "budget",
                )
            )
    return found

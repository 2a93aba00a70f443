"""Budgets that are raised for a window (Meta: "Budget scheduling", high demand periods)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from simulator.graph_api.account import Account
    from simulator.graph_api.tree import Node


@dataclass(frozen=True, slots=True)
class Schedule:
    """From `starts_at` to `ends_at` the daily budget of `node` (a campaign or an ad set) is raised.

    By `value` minor units a day, or to `value` times itself. A day that is covered in part is raised in part, by the
    traffic of the covered hours (assumption).
    """

    node: Node
    starts_at: datetime
    ends_at: datetime
    value: float
    kind: Literal["ABSOLUTE", "MULTIPLIER"] = "ABSOLUTE"


def today(account: Account) -> list[Schedule]:
    """Those that raise something on the day that the account's world is about to live."""
    schedules = account.schedules.values()
    return [one for one in schedules if account.share_at(one.starts_at) < account.share_at(one.ends_at)]


def raised(account: Account, node: Node, budget_minor: float) -> float:
    """Today's budget of a campaign or an ad set with everything that is scheduled for it."""
    found = budget_minor
    for schedule in today(account):
        if schedule.node is node:
            covered = account.share_at(schedule.ends_at) - account.share_at(schedule.starts_at)
            more = schedule.value if schedule.kind == "ABSOLUTE" else (schedule.value - 1.0) * budget_minor
            found += covered * more
    return found

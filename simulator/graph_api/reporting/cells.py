"""One row of a report before it is written out: what it is about, and whole numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from simulator.graph_api.account import METRICS, Account
from simulator.graph_api.reporting.breakdowns import Breakdown
from simulator.graph_api.tree import Ad, AdSet, Campaign, Node


@dataclass(frozen=True, slots=True)
class View:
    """What all rows of a report have in common.

    Args:
        account: whose.
        breakdown: what rows, and actions within them, are broken down by.
        windows: attribution windows that actions show beside their value.
        action_types: the only actions listed; None lists all.
        moment: while it is the same, so are the account's figures.
    """

    account: Account
    breakdown: Breakdown
    windows: tuple[str, ...] = ()
    action_types: frozenset[str] | None = None
    moment: object = None


@dataclass(frozen=True, slots=True)
class Cell:
    """The figures of one object (None: the whole account) and segment over since..until, both included.

    `click_1d`, `view_1d` and `late` are parts of the conversions (`windows`); zero where no window is asked for.
    """

    view: View
    node: Node | None
    since: date
    until: date
    labels: Mapping[str, str]
    spend_minor: int
    impressions: int
    reach: int
    clicks: int
    conversions: int
    value_minor: int
    click_1d: int
    view_1d: int
    late: int

    NUMBERS: ClassVar[tuple[str, ...]] = (*METRICS, "click_1d", "view_1d", "late")

    def numbers(self) -> tuple[int, ...]:
        """Its whole numbers, in the order of `NUMBERS`: those that add up."""
        return tuple(getattr(self, name) for name in self.NUMBERS)

    @property
    def account(self) -> Account:
        """Whose."""
        return self.view.account

    @property
    def minor_per_major(self) -> int:
        """How many minor units make one of the currency."""
        return self.view.account.scenario.minor_per_major

    @property
    def spend(self) -> Decimal:
        """Spend in major units."""
        return Decimal(self.spend_minor) / self.view.account.scenario.minor_per_major

    @property
    def campaign(self) -> Campaign | None:
        """The campaign it is about or in."""
        return self.node.campaign if self.node else None

    @property
    def ad_set(self) -> AdSet | None:
        """The ad set it is about or in."""
        return None if self.node is None or isinstance(self.node, Campaign) else self.node.ad_set

    @property
    def ad(self) -> Ad | None:
        """The ad it is about."""
        return self.node if isinstance(self.node, Ad) else None

    @property
    def unique_clicks(self) -> int:
        """People who clicked: of each `reach` persons alike, those with a click among their impressions (assumption).

        At least one where there was a click, never more than clicks or people.
        """
        if not self.clicks or not self.reach:
            return 0
        times = self.impressions / self.reach
        share = 1.0 - math.pow(1.0 - min(1.0, self.clicks / self.impressions), times)
        return max(1, min(self.clicks, self.reach, round(self.reach * share)))

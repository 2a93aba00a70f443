"""Columns of an insights row: what each field means for the figures of one cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.amounts import major, ratio
from simulator.graph_api.tree import Ad, AdSet, Campaign, Node

PURCHASE_TYPES = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")
"""One purchase shows under each of these: they contain each other and must not be added up."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The figures of one object (None: the whole account) over since..until, both included."""

    account: Account
    node: Node | None
    since: date
    until: date
    spend_minor: int
    impressions: int
    reach: int
    clicks: int
    conversions: int
    value_minor: int

    @property
    def spend(self) -> Decimal:
        """Spend in major units."""
        return Decimal(self.spend_minor) / self.account.scenario.minor_per_major


def render(cell: Cell, fields: tuple[str, ...]) -> dict[str, Any]:
    """One row; fields without a value for this cell are left out, dates are always there."""
    row = {name: value for name in fields if name in COLUMNS and (value := COLUMNS[name](cell)) not in (None, [])}
    return {**row, "date_start": cell.since.isoformat(), "date_stop": cell.until.isoformat()}


def _actions(cell: Cell) -> list[dict[str, str]]:
    counts = {"link_click": cell.clicks, **dict.fromkeys(PURCHASE_TYPES, cell.conversions)}
    return _listed({kind: str(count) for kind, count in counts.items() if count})


def _action_values(cell: Cell) -> list[dict[str, str]]:
    if not cell.conversions:
        return []
    return _listed(dict.fromkeys(PURCHASE_TYPES, major(cell.value_minor, cell.account.scenario.minor_per_major)))


def _cost_per_action_type(cell: Cell) -> list[dict[str, str]]:
    counts = {"link_click": cell.clicks, **dict.fromkeys(PURCHASE_TYPES, cell.conversions)}
    return _listed({kind: ratio(cell.spend, count) for kind, count in counts.items()})


def _purchase_roas(cell: Cell) -> list[dict[str, str]]:
    if not cell.conversions:
        return []
    return _listed({"omni_purchase": ratio(cell.value_minor, cell.spend_minor)})


def _listed(values: Mapping[str, str | None]) -> list[dict[str, str]]:
    return [{"action_type": kind, "value": value} for kind, value in values.items() if value is not None]


def _campaign(cell: Cell) -> Campaign | None:
    return cell.node.campaign if cell.node else None


def _ad_set(cell: Cell) -> AdSet | None:
    return None if cell.node is None or isinstance(cell.node, Campaign) else cell.node.ad_set


def _ad(cell: Cell) -> Ad | None:
    return cell.node if isinstance(cell.node, Ad) else None


def _of(find: Callable[[Cell], Node | None], attribute: str) -> Callable[[Cell], Any]:
    """A column that belongs to an object of one level; empty where the cell spans several of them."""

    def column(cell: Cell) -> Any:
        node = find(cell)
        return None if node is None else getattr(node, attribute)

    return column


COLUMNS: dict[str, Callable[[Cell], Any]] = {
    "account_id": lambda cell: cell.account.number,
    "account_name": lambda cell: cell.account.name,
    "account_currency": lambda cell: cell.account.scenario.currency,
    "campaign_id": _of(_campaign, "id"),
    "campaign_name": _of(_campaign, "name"),
    "adset_id": _of(_ad_set, "id"),
    "adset_name": _of(_ad_set, "name"),
    "ad_id": _of(_ad, "id"),
    "ad_name": _of(_ad, "name"),
    "objective": lambda cell: "OUTCOME_SALES" if cell.node else None,
    "buying_type": lambda cell: "AUCTION" if cell.node else None,
    "optimization_goal": lambda cell: "OFFSITE_CONVERSIONS" if _ad_set(cell) else None,
    "attribution_setting": lambda cell: "7d_click_1d_view" if _ad_set(cell) else None,
    "impressions": lambda cell: str(cell.impressions),
    "reach": lambda cell: str(cell.reach),
    "frequency": lambda cell: ratio(cell.impressions, cell.reach),
    "clicks": lambda cell: str(cell.clicks),
    "inline_link_clicks": lambda cell: str(cell.clicks),
    "spend": lambda cell: major(cell.spend_minor, cell.account.scenario.minor_per_major),
    "ctr": lambda cell: ratio(100 * cell.clicks, cell.impressions),
    "inline_link_click_ctr": lambda cell: ratio(100 * cell.clicks, cell.impressions),
    "cpc": lambda cell: ratio(cell.spend, cell.clicks),
    "cost_per_inline_link_click": lambda cell: ratio(cell.spend, cell.clicks),
    "cpm": lambda cell: ratio(1000 * cell.spend, cell.impressions),
    "cpp": lambda cell: ratio(1000 * cell.spend, cell.reach),
    "actions": _actions,
    "action_values": _action_values,
    "cost_per_action_type": _cost_per_action_type,
    "purchase_roas": _purchase_roas,
    "date_start": lambda cell: cell.since.isoformat(),
    "date_stop": lambda cell: cell.until.isoformat(),
}

"""Columns of an insights row: what each field means for the figures of one cell.

Fields that speak of what no simulated world has (videos, canvases, catalogues, messages, app events, recall lift) are
known and stay empty, as they do on an account that has none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from simulator.graph_api.ad_set_fields import AD_SET
from simulator.graph_api.amounts import major, ratio
from simulator.graph_api.campaign_fields import CAMPAIGN
from simulator.graph_api.field_values import Fields
from simulator.graph_api.reporting import actions
from simulator.graph_api.reporting.cells import Cell

RANKED_IMPRESSIONS = 500
"""Meta ranks no ad with fewer (Meta Business Help Centre: "About ad relevance diagnostics")."""


def render(cell: Cell, fields: tuple[str, ...]) -> dict[str, Any]:
    """One row; fields without a value for this cell are left out, dates and the segment are always there."""
    row = {name: value for name in fields if name in COLUMNS and (value := COLUMNS[name](cell)) not in (None, [])}
    return {**row, "date_start": cell.since.isoformat(), "date_stop": cell.until.isoformat(), **cell.labels}


def _of(level: str, attribute: str) -> Callable[[Cell], Any]:
    """A column that belongs to an object of one level; empty where the cell spans several of them."""

    def column(cell: Cell) -> Any:
        node = getattr(cell, level)
        return None if node is None else getattr(node, attribute)

    return column


def _setting(level: str, fields: Fields, name: str) -> Callable[[Cell], Any]:
    """A column of an object's setting, as the object itself shows it."""

    def column(cell: Cell) -> Any:
        node = getattr(cell, level)
        return None if node is None else fields[name](node, cell.account)

    return column


_spec = _setting("ad_set", AD_SET, "attribution_spec")
_WINDOWS = {"CLICK_THROUGH": "click", "VIEW_THROUGH": "view", "ENGAGED_VIDEO_VIEW": "ev"}


def _attribution(cell: Cell) -> str | None:
    """The windows an ad set's results are counted in, as one word: 7d_click_1d_view."""
    spec = _spec(cell) or []
    named = [f"{one['window_days']}d_{_WINDOWS[one['event_type']]}" for one in spec if one["event_type"] in _WINDOWS]
    return "_".join(named) or None


def _bid(cell: Cell) -> str | None:
    """The bid or cost cap of an ad set that has one, in major units (assumption: Meta's page gives no unit)."""
    bid = None if cell.ad_set is None else AD_SET["bid_amount"](cell.ad_set, cell.account)
    return None if bid is None else major(int(bid), cell.minor_per_major)


def _ranking(cell: Cell) -> str | None:
    """Only ads are ranked; nobody else bids in a simulated market, so every ad with enough data is average."""
    if cell.ad is None:
        return None
    return "AVERAGE" if cell.impressions >= RANKED_IMPRESSIONS else "UNKNOWN"


def _day_of(attribute: str) -> Callable[[Cell], str | None]:
    """When the object was made or changed, as Meta writes it in reports: the day alone."""

    def column(cell: Cell) -> str | None:
        return None if cell.node is None else cell.account.local(getattr(cell.node, attribute)).date().isoformat()

    return column


def _percent(part: Callable[[Cell], int]) -> Callable[[Cell], str | None]:
    return lambda cell: ratio(100 * part(cell), cell.impressions)


def _cost(count: Callable[[Cell], int], per: int = 1) -> Callable[[Cell], str | None]:
    return lambda cell: ratio(per * cell.spend, count(cell))


def _clicks(cell: Cell) -> int:
    return cell.clicks


def _unique(cell: Cell) -> int:
    return cell.unique_clicks


def _reached(cell: Cell) -> int:
    return cell.reach


def _frequency(cell: Cell) -> str | None:
    return "0" if cell.view.breakdown.hourly else ratio(cell.impressions, cell.reach)


def _mean_value(cell: Cell) -> list[dict[str, str]]:
    if not cell.conversions:
        return []
    value = ratio(Decimal(cell.value_minor) / cell.minor_per_major, cell.conversions)
    return [{"action_type": kind, "value": str(value)} for kind in actions.PURCHASE_TYPES]


_unique_ctr = _percent(_unique)
_results = actions.results(lambda _, count: str(count))
_cost_per_result = actions.results(lambda cell, count: ratio(cell.spend, count))
_result_rate = actions.results(lambda cell, count: ratio(100 * count, cell.impressions))

COLUMNS: dict[str, Callable[[Cell], Any]] = {
    "account_id": lambda cell: cell.account.number,
    "account_name": lambda cell: cell.account.name,
    "account_currency": lambda cell: cell.account.scenario.currency,
    "campaign_id": _of("campaign", "id"),
    "campaign_name": _of("campaign", "name"),
    "adset_id": _of("ad_set", "id"),
    "adset_name": _of("ad_set", "name"),
    "ad_id": _of("ad", "id"),
    "ad_name": _of("ad", "name"),
    "objective": _setting("campaign", CAMPAIGN, "objective"),
    "buying_type": _setting("campaign", CAMPAIGN, "buying_type"),
    "optimization_goal": _setting("ad_set", AD_SET, "optimization_goal"),
    "attribution_setting": _attribution,
    "wish_bid": _bid,
    "created_time": _day_of("created_at"),
    "updated_time": _day_of("updated_at"),
    "impressions": lambda cell: str(cell.impressions),
    "reach": lambda cell: str(cell.reach),
    "frequency": _frequency,
    "full_view_impressions": lambda cell: str(cell.impressions),
    "full_view_reach": lambda cell: str(cell.reach),
    "clicks": lambda cell: str(cell.clicks),
    "unique_clicks": lambda cell: str(cell.unique_clicks),
    "inline_link_clicks": lambda cell: str(cell.clicks),
    "unique_inline_link_clicks": lambda cell: str(cell.unique_clicks),
    "inline_post_engagement": lambda cell: str(cell.clicks),
    "spend": lambda cell: major(cell.spend_minor, cell.minor_per_major),
    "social_spend": lambda _: "0",
    "ctr": _percent(_clicks),
    "unique_ctr": _unique_ctr,
    "inline_link_click_ctr": _percent(_clicks),
    "unique_inline_link_click_ctr": _unique_ctr,
    "unique_link_clicks_ctr": _unique_ctr,
    "website_ctr": actions.outbound("link_click", _percent(_clicks)),
    "cpc": _cost(_clicks),
    "cost_per_inline_link_click": _cost(_clicks),
    "cost_per_unique_click": _cost(_unique),
    "cost_per_unique_inline_link_click": _cost(_unique),
    "cost_per_inline_post_engagement": _cost(_clicks),
    "cpm": _cost(lambda cell: cell.impressions, 1000),
    "cpp": _cost(_reached, 1000),
    "outbound_clicks": actions.outbound("outbound_click", lambda cell: str(cell.clicks)),
    "unique_outbound_clicks": actions.outbound("outbound_click", lambda cell: str(cell.unique_clicks)),
    "outbound_clicks_ctr": actions.outbound("outbound_click", _percent(_clicks)),
    "unique_outbound_clicks_ctr": actions.outbound("outbound_click", _unique_ctr),
    "cost_per_outbound_click": actions.outbound("outbound_click", _cost(_clicks)),
    "cost_per_unique_outbound_click": actions.outbound("outbound_click", _cost(_unique)),
    "actions": actions.actions,
    "action_values": actions.action_values,
    "cost_per_action_type": actions.cost_per_action_type,
    "unique_actions": actions.unique_actions,
    "cost_per_unique_action_type": actions.cost_per_unique_action_type,
    "purchase_roas": actions.purchase_roas("omni_purchase"),
    "website_purchase_roas": actions.purchase_roas("offsite_conversion.fb_pixel_purchase"),
    "average_purchases_conversion_value": _mean_value,
    "purchases_per_link_click": lambda cell: ratio(cell.conversions, cell.clicks) if cell.conversions else None,
    "results": _results,
    "cost_per_result": _cost_per_result,
    "result_rate": _result_rate,
    "objective_results": _results,
    "cost_per_objective_result": _cost_per_result,
    "objective_result_rate": _result_rate,
    "link_clicks_per_results": actions.results(lambda cell, count: ratio(cell.clicks, count)),
    "quality_ranking": _ranking,
    "engagement_rate_ranking": _ranking,
    "conversion_rate_ranking": _ranking,
    "date_start": lambda cell: cell.since.isoformat(),
    "date_stop": lambda cell: cell.until.isoformat(),
}

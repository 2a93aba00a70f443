"""Which rows of a report are wanted, and in what order: `filtering` and `sort`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.ad_set_fields import AD_SET
from simulator.graph_api.campaign_fields import CAMPAIGN
from simulator.graph_api.errors import bad_param
from simulator.graph_api.field_values import Fields
from simulator.graph_api.params import filters, names, parsed, passes
from simulator.graph_api.reporting.breakdowns import Breakdown
from simulator.graph_api.reporting.cells import Cell
from simulator.graph_api.reporting.columns import COLUMNS
from simulator.graph_api.reporting.vocabulary import words
from simulator.graph_api.tree import Ad, AdSet, Campaign, Node

Filter = tuple[str, str, Any]

OBJECT_FIELDS = (
    *("id", "name", "effective_status", "status", "configured_status", "delivery_info", "objective", "buying_type"),
    *("optimization_goal", "created_time", "updated_time"),
)
LEVELS = ("campaign", "adset", "ad")
NOT_NUMBERS = frozenset(
    words(
        """
    account_id account_name account_currency campaign_id campaign_name adset_id adset_name ad_id ad_name objective
    buying_type optimization_goal attribution_setting created_time updated_time quality_ranking
    engagement_rate_ranking conversion_rate_ranking date_start date_stop results cost_per_result result_rate
    objective_results cost_per_objective_result objective_result_rate link_clicks_per_results
    """
    )
)
METRICS = tuple(name for name in COLUMNS if name not in NOT_NUMBERS)
WORDS = tuple(name for name in COLUMNS if name in NOT_NUMBERS and not name.startswith(("date_", "results")))
SETTINGS = ("objective", "buying_type", "optimization_goal")


def checked_filters(
    params: Mapping[str, Any], breakdown: Breakdown
) -> tuple[tuple[Filter, ...], frozenset[str] | None]:
    """`filtering`: filters of objects and rows, and the types of actions that rows may list (None: all).

    Raises:
        GraphError: a field that reports cannot be filtered on.
    """
    found: list[Filter] = []
    types: frozenset[str] | None = None
    for name, operator, value in filters(params):
        if name == "action_type":
            wanted = value if isinstance(value, list) else [value]
            types = frozenset(str(one) for one in wanted)
        elif name in breakdown.names or _filterable(name):
            found.append((name, operator, value))
        else:
            raise bad_param("filtering", f"cannot be on field {name}: it is no metric and no field of an object")
    return tuple(found), types


def _filterable(name: str) -> bool:
    head, _, tail = name.partition(".")
    if head in LEVELS and tail:
        return tail in OBJECT_FIELDS or tail in METRICS
    return name.partition(":")[0] in METRICS or name in WORDS


def node_passes(account: Account, ad: Ad, wanted: tuple[Filter, ...]) -> bool:
    """Whether an ad, its ad set and its campaign pass the filters that speak of them."""
    line: dict[str, Node] = {"ad": ad, "adset": ad.ad_set, "campaign": ad.campaign}
    for name, operator, value in wanted:
        head, _, tail = name.partition(".")
        if head in line and tail in OBJECT_FIELDS and not _node_field(account, line[head], tail, operator, value):
            return False
    return True


def _node_field(account: Account, node: Node, name: str, operator: str, value: Any) -> bool:
    if name in ("created_time", "updated_time"):
        at: datetime = node.created_at if name == "created_time" else node.updated_at
        return passes(operator, at.timestamp(), _instant(value))
    kept = {"configured_status": "status", "delivery_info": "effective_status"}.get(name, name)
    if kept not in SETTINGS:
        return passes(operator, getattr(node, kept), value)
    fields: Fields = CAMPAIGN if isinstance(node, Campaign) else AD_SET if isinstance(node, AdSet) else {}
    return kept in fields and passes(operator, fields[kept](node, account), value)


def _instant(value: Any) -> Any:
    """Seconds since 1970 of a time in ISO form; other values as they are."""
    try:
        return datetime.fromisoformat(value).astimezone().timestamp() if isinstance(value, str) else value
    except ValueError:
        return value


def row_passes(cell: Cell, wanted: tuple[Filter, ...]) -> bool:
    """Whether a row passes the filters on figures and segments; `ad.impressions` means the row's impressions."""
    for name, operator, value in wanted:
        head, _, tail = name.partition(".")
        if head in LEVELS and tail in OBJECT_FIELDS:
            continue
        if not passes(operator, _value(cell, tail if head in LEVELS else name), value):
            return False
    return True


def _value(cell: Cell, name: str) -> Any:
    if name in cell.labels:
        return cell.labels[name]
    return COLUMNS[name](cell) if name in NOT_NUMBERS else number(cell, name)


def number(cell: Cell, name: str) -> float:
    """A figure of a row as a number, 0 where it has none; `actions:link_click` names one of a list."""
    head, _, kind = name.partition(":")
    value = COLUMNS[head](cell)
    if isinstance(value, list):
        chosen = [item["value"] for item in value if not kind or item["action_type"] == kind]
        value = chosen[0] if chosen else None
    return float(value or 0)


def checked_sort(params: Mapping[str, Any]) -> tuple[tuple[str, bool], ...]:
    """`sort` as (column, whether the most comes first).

    Raises:
        GraphError: not the name of a figure with _ascending or _descending.
    """
    words = names(params, "sort") if parsed(params, "sort") else ()
    found = []
    for word in words:
        name, _, direction = word.rpartition("_")
        plain = name in COLUMNS and name not in METRICS
        if direction not in ("ascending", "descending") or (name.partition(":")[0] not in METRICS and not plain):
            raise bad_param("sort", f"must be a metric with _ascending or _descending, got {word}")
        found.append((name, direction == "descending"))
    return tuple(found)


def in_order(found: list[Cell], sort: tuple[tuple[str, bool], ...]) -> list[Cell]:
    """By the first column, and where that is equal by the next."""
    for name, most_first in reversed(sort):
        found.sort(key=_key(name), reverse=most_first)
    return found


def _key(name: str) -> Callable[[Cell], Any]:
    if name in NOT_NUMBERS:
        return lambda cell: str(COLUMNS[name](cell) or "")
    return lambda cell: number(cell, name)

"""Lists of actions within a row: by type, by window, by device (Meta: "Insights API Breakdowns")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.graph_api.amounts import major, ratio
from simulator.graph_api.reporting.cells import Cell
from simulator.graph_api.reporting.usual_shares import WITH_DESKTOP
from simulator.graph_api.reporting.windows import PARTS, windows_of

PURCHASE_TYPES = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")
"""One purchase shows under each of these: they contain each other and must not be added up."""

LINK_CLICK = "link_click"

ON_META: Mapping[str, str] = {"action_destination": "Unknown", "action_target_id": "0"}
"""What an action on Meta's own pages says under breakdowns that lead nowhere in a simulated world (assumption)."""

Entry = dict[str, str]
Written = Callable[[int], str | None]


def actions(cell: Cell) -> list[Entry]:
    """How often each type of action happened."""
    return [*_clicked(cell, cell.clicks, str), *_purchased(cell, PURCHASE_TYPES, str)]


def action_values(cell: Cell) -> list[Entry]:
    """What purchases were worth, in major units."""
    return _purchased(cell, PURCHASE_TYPES, lambda count: major(_worth(cell, count), cell.minor_per_major))


def cost_per_action_type(cell: Cell) -> list[Entry]:
    """Spend for each action of a type."""
    spend = cell.spend
    cost: Written = lambda count: ratio(spend, count)  # noqa: E731 - what both lists write
    return [*_clicked(cell, cell.clicks, cost), *_purchased(cell, PURCHASE_TYPES, cost)]


def unique_actions(cell: Cell) -> list[Entry]:
    """People who did it; purchases are taken to be by different people (assumption)."""
    return [*_clicked(cell, cell.unique_clicks, str), *_purchased(cell, PURCHASE_TYPES, str)]


def cost_per_unique_action_type(cell: Cell) -> list[Entry]:
    """Spend for each person who did it."""
    spend = cell.spend
    cost: Written = lambda count: ratio(spend, count)  # noqa: E731 - what both lists write
    return [*_clicked(cell, cell.unique_clicks, cost), *_purchased(cell, PURCHASE_TYPES, cost)]


def purchase_roas(kind: str) -> Callable[[Cell], list[Entry]]:
    """Value of purchases for each unit of spend, listed under one type."""

    def column(cell: Cell) -> list[Entry]:
        return _purchased(cell, (kind,), lambda count: ratio(_worth(cell, count), cell.spend_minor))

    return column


def outbound(kind: str, written: Callable[[Cell], str | None]) -> Callable[[Cell], list[Entry]]:
    """A figure of clicks that lead away, as a list of one."""

    def column(cell: Cell) -> list[Entry]:
        value = written(cell) if cell.clicks else None
        return [{"action_type": kind, "value": value}] if value is not None and _listed(cell, kind) else []

    return column


def results(written: Callable[[Cell, int], str | None]) -> Callable[[Cell], list[dict[str, Any]]]:
    """A figure of what the ads are optimised for, in the shape of Meta's results."""

    def column(cell: Cell) -> list[dict[str, Any]]:
        value = written(cell, cell.conversions) if cell.conversions else None
        if value is None:
            return []
        indicator = "actions:offsite_conversion.fb_pixel_purchase"
        return [{"indicator": indicator, "values": [{"value": value, "attribution_windows": ["default"]}]}]

    return column


def _listed(cell: Cell, kind: str) -> bool:
    return cell.view.action_types is None or kind in cell.view.action_types


def _worth(cell: Cell, count: int) -> int:
    """What so many of the conversions were worth, minor units."""
    return cell.value_minor if count == cell.conversions else round(cell.value_minor * count / cell.conversions)


def _purchased(cell: Cell, kinds: tuple[str, ...], written: Written) -> list[Entry]:
    """Purchases under each type, with their windows. They happen off Meta, so they show no device or destination."""
    if not cell.conversions:
        return []
    value = written(cell.conversions)
    if value is None:
        return []
    by_window = _windows(cell, written) if cell.view.windows else {}
    return [{"action_type": kind, "value": value, **by_window} for kind in kinds if _listed(cell, kind)]


def _windows(cell: Cell, written: Written) -> Entry:
    known = windows_of(cell.conversions, {name: getattr(cell, name) for name in PARTS})
    found = {name: written(known[name]) for name in cell.view.windows if name in known}
    return {name: value for name, value in found.items() if value is not None}


def _clicked(cell: Cell, clicks: int, written: Written) -> list[Entry]:
    """Link clicks, which happen at once: every click window holds them all."""
    if not clicks or not _listed(cell, LINK_CLICK):
        return []
    found = []
    for extra, count in _by_device(clicks, cell.view.breakdown.actions):
        value = written(count)
        if value is not None:
            windows = {name: value for name in cell.view.windows if name.endswith("d_click")}
            found.append({**extra, "action_type": LINK_CLICK, "value": value, **windows})
    return found


def _by_device(clicks: int, names: tuple[str, ...]) -> Iterator[tuple[Entry, int]]:
    extra = {name: ON_META[name] for name in names if name in ON_META}
    if "action_device" not in names:
        yield extra, clicks
        return
    upto, given = 0.0, 0
    for device, share in WITH_DESKTOP.items():
        upto += share
        count = round(clicks * upto) - given
        given += count
        if count:
            yield {"action_device": device, **extra}, count

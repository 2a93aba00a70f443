"""Reports: who, which days, which columns; rows only where there was delivery (Meta: "Ad Account, Insights")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from simulator.graph_api.account import Account
from simulator.graph_api.errors import GraphError, bad_param, too_much_data, unknown_insights_field
from simulator.graph_api.params import names, parsed, truth
from simulator.graph_api.periods import Period, cut, earliest, increment_of, periods, too_early
from simulator.graph_api.reporting.aggregation import Table, added_up
from simulator.graph_api.reporting.breakdowns import Breakdown, read_breakdown
from simulator.graph_api.reporting.cells import Cell, View
from simulator.graph_api.reporting.columns import COLUMNS, render
from simulator.graph_api.reporting.narrowing import (
    Filter,
    checked_filters,
    checked_sort,
    in_order,
    node_passes,
    row_passes,
)
from simulator.graph_api.reporting.vocabulary import FIELDS, NO_LONGER, WINDOWS
from simulator.graph_api.tree import GONE, Ad, AdSet, Campaign, Level, Node, level_of

LEVELS: tuple[Level, ...] = ("account", "campaign", "adset", "ad")
DEFAULT_FIELDS = ("account_id", "impressions", "spend")
SYNC_CELLS, ASYNC_CELLS = 50_000, 500_000
"""Objects times periods times segments that one report may span."""

FINE_MONTHS, FREQUENCY_MONTHS = 13, 6
"""How long hourly and unique figures, and figures by frequency, are kept with breakdowns."""

PEOPLE = frozenset({"reach", "frequency", "cpp"})
SEGMENTS = {"demographics": 12, "placements": 40, "geography": 4, "hours": 24, "frequency": 9}


@dataclass(frozen=True, slots=True)
class Query:
    """One report, as asked for: about `node` (None: the whole account). `summary` names the fields of a totals row."""

    node: Node | None
    level: Level
    fields: tuple[str, ...]
    periods: tuple[Period, ...]
    filters: tuple[Filter, ...]
    sort: tuple[tuple[str, bool], ...]
    view: View
    summary: tuple[str, ...] = ()
    old_people: bool = False
    """Whether people are counted by segments further back than Meta keeps for everybody."""


def read_query(account: Account, node: Node | None, params: Mapping[str, Any], moment: object) -> Query:
    """The parameters of an insights call, checked; `moment` is another whenever figures may be.

    What Meta disregards is disregarded: use_unified_attribution_setting and action_report_time since 2025-06-10,
    use_account_attribution_setting, export_*, product_id_limit, graph_cache, cpas_only.

    Raises:
        GraphError: unknown columns, impossible levels, days or breakdowns, or something this version does not offer.
    """
    own = level_of(node) if node else "account"
    level = params.get("level") or own
    if level not in LEVELS:
        raise bad_param("level", f"must be one of {{{', '.join(LEVELS)}}}")
    if LEVELS.index(level) < LEVELS.index(own):
        raise bad_param("level", f"must not be above the object: it is asked of a {own}")
    fields = names(params, "fields") or DEFAULT_FIELDS
    for name in fields:
        if name not in FIELDS and name not in NO_LONGER:
            raise unknown_insights_field(name, COLUMNS)
    breakdown = read_breakdown(params, fields)
    increment = increment_of(params)
    spans = tuple(row for period in periods(params, account.today) for row in cut(period, increment, account.today))
    filters, types = checked_filters(params, breakdown)
    view = View(account, breakdown, _windows(params), types, moment)
    old = _old_people(breakdown, fields, min(start for start, _ in spans), account.today)
    return Query(node, level, fields, spans, filters, checked_sort(params), view, _summary(params, fields), old)


def _windows(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Windows to show beside the value; the default one is the value."""
    wanted = names(params, "action_attribution_windows")
    for place, name in enumerate(wanted):
        if name not in WINDOWS:
            known = ", ".join(WINDOWS)
            raise bad_param(f"action_attribution_windows[{place}]", f"must be one of the following values: {known}")
    return tuple(name for name in wanted if name != "default")


def _summary(params: Mapping[str, Any], fields: tuple[str, ...]) -> tuple[str, ...]:
    """Fields of the totals row: those named, or the row's own for default_summary (and for summary=true)."""
    if truth(params, "default_summary") or parsed(params, "summary") is True:
        return fields
    wanted = names(params, "summary")
    if foreign := [name for name in wanted if name not in fields]:
        raise GraphError(
            100,
            f"(#100) Cannot include {', '.join(foreign)} in summary param because they weren't there while creating "
            f"the report run. All available values are: {', '.join(fields)}",
        )
    return wanted


def _old_people(breakdown: Breakdown, fields: tuple[str, ...], since: date, today: date) -> bool:
    """Whether people are asked for by segments of more than 13 months ago.

    Raises:
        GraphError: 3018, hours, unique counts or frequencies from before what is kept.
    """
    if not breakdown.names:
        return False
    unique = any(name.startswith(("unique_", "cost_per_unique_")) for name in fields)
    months = FREQUENCY_MONTHS if breakdown.family == "frequency" else FINE_MONTHS
    early = since < earliest(today, months)
    if early and (unique or breakdown.family in ("frequency", "hours")):
        raise too_early(months)
    return early and not PEOPLE.isdisjoint(fields)


def without_people(query: Query) -> Query:
    """The same report without reach, frequency and cpp: what Meta answers where it no longer counts people.

    That is so by segments of more than 13 months ago, unless one of the day's ten asynchronous reports is spent on it
    (Meta: "Insights API: limits and best practices").
    """
    fields, summary = (tuple(name for name in chosen if name not in PEOPLE) for chosen in (query.fields, query.summary))
    return replace(query, fields=fields, summary=summary)


def table(query: Query, *, limit: int = SYNC_CELLS) -> Table | list[Cell]:
    """The rows of a report, not yet written out, object by object and period by period unless sorted.

    Raises:
        GraphError: more objects, periods and segments than `limit`.
    """
    if query.view.breakdown.family == "products":
        return []
    groups = list(_groups(query))
    segments = SEGMENTS.get(str(query.view.breakdown.family), 1)
    if len(groups) * len(query.periods) * segments > limit:
        raise too_much_data()
    found = added_up(query.view, groups, query.periods)
    if not query.filters and not query.sort:
        return found
    return in_order([cell for cell in found[:] if row_passes(cell, query.filters)], query.sort)


def _groups(query: Query) -> Iterator[tuple[Node | None, list[Ad]]]:
    """Objects of the asked level with their ads; lists of objects leave out what is archived or deleted."""
    account = query.view.account
    every = account.ads.values()
    ads = [ad for ad in (_ads_of(query.node) if query.node else every) if node_passes(account, ad, query.filters)]
    if query.level == (level_of(query.node) if query.node else "account"):
        yield query.node, ads
        return
    asked = any(name == f"{query.level}.effective_status" for name, _, _ in query.filters)
    inside: dict[str, list[Ad]] = {}
    for ad in ads:
        inside.setdefault(_holder(ad, query.level).id, []).append(ad)
    for node in account.level(query.level):
        if node.id in inside and (asked or node.effective_status not in GONE):
            yield node, inside[node.id]


def _ads_of(node: Node) -> list[Ad]:
    """The ads of an object, oldest first within an ad set."""
    if isinstance(node, Campaign):
        return [ad for ad_set in node.ad_sets for ad in ad_set.ads]
    return node.ads if isinstance(node, AdSet) else [node]


def _holder(ad: Ad, level: Level) -> Node:
    """What the ad is in, at a level."""
    return ad.campaign if level == "campaign" else ad.ad_set if level == "adset" else ad


def totals(query: Query, found: Table | list[Cell]) -> dict[str, Any] | None:
    """The row of everything in the report, where it was asked for; it names no object below the one asked."""
    if not query.summary:
        return None
    since, until = min(start for start, _ in query.periods), max(end for _, end in query.periods)
    numbers = [cell.numbers() for cell in found[:]]
    sums = [sum(column) for column in zip(*numbers, strict=True)] if numbers else [0] * len(Cell.NUMBERS)
    whole = Cell(query.view, query.node, since, until, {}, *sums)
    return render(whole, query.summary)

"""Reports: who, which days, which columns; rows only where there was delivery.

Reach over several days or objects is the sum of the daily reach of its ad sets: the simulated audiences of two ad sets
do not overlap, and the world does not follow a person from one day to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.graph_api import known_fields
from simulator.graph_api.account import METRICS, Account
from simulator.graph_api.columns import COLUMNS, Cell, render
from simulator.graph_api.errors import bad_param, not_offered, too_much_data, unknown_insights_field
from simulator.graph_api.params import filters, names, parsed, passes
from simulator.graph_api.periods import Period, cut, increment_of, periods
from simulator.graph_api.tree import GONE, Ad, Level, Node, level_of, under

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVELS: tuple[Level, ...] = ("account", "campaign", "adset", "ad")
DEFAULT_FIELDS = ("account_id", "impressions", "spend")
SYNC_CELLS, ASYNC_CELLS = 50_000, 500_000
"""Objects times periods that one report may span."""

Filter = tuple[str, str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """One report, as asked for: about `node` (None: the whole account)."""

    node: Node | None
    level: Level
    fields: tuple[str, ...]
    periods: tuple[Period, ...]
    filters: tuple[Filter, ...]
    sort: tuple[str, ...]


def read_query(account: Account, node: Node | None, params: Mapping[str, Any]) -> Query:
    """The parameters of an insights call, checked.

    Raises:
        GraphError: unknown columns, impossible levels or days, or something this version does not offer.
    """
    own = level_of(node) if node else "account"
    level = params.get("level") or own
    if level not in LEVELS:
        raise bad_param("level", f"must be one of {{{', '.join(LEVELS)}}}")
    if LEVELS.index(level) < LEVELS.index(own):
        raise bad_param("level", f"must not be above the object: it is asked of a {own}")
    for name in ("breakdowns", "summary", "default_summary"):
        if parsed(params, name):
            raise not_offered(f"insights parameter {name}")
    fields = names(params, "fields") or DEFAULT_FIELDS
    for name in fields:
        if name not in COLUMNS and name not in known_fields.INSIGHTS:
            raise unknown_insights_field(name, COLUMNS)
    increment = increment_of(params)
    spans = tuple(row for period in periods(params, account.today) for row in cut(period, increment, account.today))
    return Query(node, level, fields, spans, _checked_filters(params), names(params, "sort"))


def _checked_filters(params: Mapping[str, Any]) -> tuple[Filter, ...]:
    found = filters(params)
    for name, _, _ in found:
        head, _, tail = name.partition(".")
        is_object = head in LEVELS[1:] and tail in ("id", "name", "effective_status")
        if not is_object and name not in METRIC_FILTERS:
            raise bad_param("filtering", f"cannot be on field {name} in this version of the emulator")
    return found


METRIC_FILTERS = ("impressions", "clicks", "reach", "spend")


def cells(account: Account, query: Query, *, limit: int = SYNC_CELLS) -> list[Cell]:
    """The rows of a report, not yet written out, object by object and day by day.

    Raises:
        GraphError: more objects and periods than `limit`.
    """
    groups = list(_groups(account, query))
    if len(groups) * len(query.periods) > limit:
        raise too_much_data()
    since = max(min((start for start, _ in query.periods)), account.world.first_day)
    until = min(max(end for _, end in query.periods), account.today)
    if until < since:
        return []
    figures = account.figures(since, until)
    found: list[Cell] = []
    for node, ads in groups:
        columns = [ad.ad_set.index for ad in ads]
        daily = {name: figures[name][columns].sum(axis=0) for name in METRICS}
        for start, end in query.periods:
            low, high = max(0, (start - since).days), (min(end, until) - since).days + 1
            if low < high:
                found.extend(_cell(account, node, (start, end), daily, slice(low, high)))
    return _sorted([cell for cell in found if _metrics_pass(cell, query.filters)], query.sort)


def _cell(
    account: Account, node: Node | None, period: Period, daily: Mapping[str, NDArray[np.int64]], days: slice
) -> Iterator[Cell]:
    sums = {name: int(daily[name][days].sum()) for name in METRICS}
    if sums["impressions"] or sums["spend_minor"]:
        since, until = period
        yield Cell(account=account, node=node, since=since, until=until, **sums)


def _groups(account: Account, query: Query) -> Iterator[tuple[Node | None, list[Ad]]]:
    """Objects of the asked level with their ads; lists of objects leave out what is archived or deleted."""
    ads = [ad for ad in account.ads.values() if _ad_passes(ad, query.filters)]
    if query.node:
        ads = under(query.node, ads)
    if query.level == (level_of(query.node) if query.node else "account"):
        yield query.node, ads
        return
    asked = any(name == f"{query.level}.effective_status" for name, _, _ in query.filters)
    for node in account.level(query.level):
        if (inside := under(node, ads)) and (asked or node.effective_status not in GONE):
            yield node, inside


def _ad_passes(ad: Ad, wanted: tuple[Filter, ...]) -> bool:
    """Whether an ad, its ad set and its campaign pass the filters that speak of them."""
    line: dict[str, Node] = {"ad": ad, "adset": ad.ad_set, "campaign": ad.campaign}
    split = [(name.partition("."), operator, value) for name, operator, value in wanted]
    return all(passes(op, getattr(line[head], tail), value) for (head, _, tail), op, value in split if head in line)


def _metrics_pass(cell: Cell, wanted: tuple[Filter, ...]) -> bool:
    values = {"impressions": cell.impressions, "clicks": cell.clicks, "reach": cell.reach, "spend": cell.spend}
    return all(passes(operator, values[name], value) for name, operator, value in wanted if name in values)


def _sorted(found: list[Cell], sort: tuple[str, ...]) -> list[Cell]:
    """By `impressions_descending` and the like, the first word weighing most."""
    for word in reversed(sort):
        name, _, direction = word.rpartition("_")
        if name not in METRIC_FILTERS or direction not in ("ascending", "descending"):
            raise bad_param("sort", f"must be one of {', '.join(METRIC_FILTERS)} with _ascending or _descending")
        found.sort(key=lambda cell: getattr(cell, name), reverse=direction == "descending")
    return found


def rows(found: list[Cell], fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """Cells written out."""
    return [render(cell, fields) for cell in found]

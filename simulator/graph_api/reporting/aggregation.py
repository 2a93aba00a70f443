"""From ads' days to the rows of a report: objects, periods and segments, added up and kept as arrays until read.

Reach over several days or ad sets is the sum of the daily reach of the ad sets: the simulated audiences of two ad sets
do not overlap, and the world does not follow a person from one day to the next. Within an ad set, ads share people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from simulator.breakdown import apportioned
from simulator.graph_api.account import METRICS, Account
from simulator.graph_api.periods import Period
from simulator.graph_api.reporting.cells import Cell, View
from simulator.graph_api.reporting.families import Labels
from simulator.graph_api.reporting.frequencies import by_frequency
from simulator.graph_api.reporting.splitting import split_figures
from simulator.graph_api.reporting.windows import PARTS, window_parts
from simulator.graph_api.tree import Ad, AdSet, Node

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

Group = tuple[Node | None, Sequence[Ad]]
"""An object (None: the account) and those of its ads that count."""


@dataclass(frozen=True, eq=False, slots=True)
class Table(Sequence[Cell]):
    """Rows of a report in order of object, period and segment; a row becomes a `Cell` when it is looked at."""

    view: View
    nodes: Sequence[Node | None]
    periods: Sequence[Period]
    labels: Sequence[Labels]
    places: tuple[list[int], list[int], list[int]]
    """Which object, period and segment a row is of."""
    figures: Mapping[str, list[int]]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.places[0])

    def __getitem__(self, index):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN204 - int or slice
        """A row, or several."""
        if isinstance(index, slice):
            return [self._cell(i) for i in range(*index.indices(len(self)))]
        return self._cell(range(len(self))[index])

    def _cell(self, row: int) -> Cell:
        node, period, segment = (place[row] for place in self.places)
        since, until = self.periods[period]
        values = (self.figures[name][row] for name in (*METRICS, *PARTS))
        return Cell(self.view, self.nodes[node], since, until, self.labels[segment], *values)


def added_up(view: View, groups: Sequence[Group], periods: Sequence[Period]) -> Table:
    """The rows of a report about `groups`, with delivery in them; days to come and before the world have none."""
    account = view.account
    since = max(min(start for start, _ in periods), account.world.first_day)
    until = min(max(end for _, end in periods), account.today)
    labels: Sequence[Labels] = ({},)
    nodes = [node for node, _ in groups]
    if until < since or not groups:
        return Table(view, nodes, periods, labels, ([], [], []), {name: [] for name in (*METRICS, *PARTS)})
    figures, group_of = _figures(view, groups, since, until)
    split = {name: array[:, None] for name, array in figures.items()}
    if view.breakdown.family in ("demographics", "placements", "geography", "hours"):
        ads = [ad for _, inside in groups for ad in inside]
        labels, split = split_figures(account, view.breakdown, ads, since, figures)
    low = np.array([min(max(0, (start - since).days), (until - since).days + 1) for start, _ in periods])
    high = np.maximum(low, [(min(end, until) - since).days + 1 for _, end in periods])
    summed = {name: _over(array, group_of, len(groups), low, high) for name, array in split.items()}
    reach = _over(_shared_reach(account, groups, figures, since, until)[:, None], group_of, len(groups), low, high)
    summed["reach"] = _reach(view, reach, summed["impressions"])
    if view.breakdown.family == "frequency":
        labels, summed = by_frequency(summed)
    return _table(view, nodes, periods, labels, summed)


def _figures(view: View, groups: Sequence[Group], since: date, until: date) -> tuple[dict[str, Ints], NDArray[np.intp]]:
    """Figures (N, D) of the groups' ads, and which group each is of, (N,)."""
    account = view.account
    row_of = {id(ad): row for row, ad in enumerate(account.ads.values())}
    ads = [ad for _, inside in groups for ad in inside]
    rows = [row_of[id(ad)] for ad in ads]
    figures = {name: array[rows] for name, array in account.ad_figures(since, until).items()}
    if view.windows:
        figures |= window_parts(account, ads, since, figures["conversions"])
    return figures, np.repeat(np.arange(len(groups)), [len(inside) for _, inside in groups])


def _over(array: Ints, group_of: NDArray[np.intp], groups: int, low: Ints, high: Ints) -> Ints:
    """Daily figures (N, L, D) of ads summed by group and period, (G, L, P)."""
    if len(group_of) == groups:
        by_group = array
    else:
        by_group = np.zeros((groups, *array.shape[1:]), dtype=np.int64)
        np.add.at(by_group, group_of, array)
    upto = np.zeros((*by_group.shape[:-1], by_group.shape[-1] + 1), dtype=np.int64)
    np.cumsum(by_group, axis=-1, out=upto[..., 1:])
    sums: Ints = upto[..., high] - upto[..., low]
    return sums


def _shared_reach(
    account: Account, groups: Sequence[Group], figures: Mapping[str, Ints], since: date, until: date
) -> Ints:
    """Reach (N, D) of which the sum over the ads of a group is the group's: people who saw two ads count once."""
    reach = figures["reach"]
    counts: dict[str, int] = {}
    for ad in account.ads.values():
        counts[ad.ad_set.id] = counts.get(ad.ad_set.id, 0) + 1
    if max(counts.values()) == 1:
        return reach
    reach, of_ad_sets, row = reach.copy(), account.figures(since, until)["reach"], 0
    for node, inside in groups:
        rows: dict[str, list[int]] = {}
        for ad in inside:
            rows.setdefault(ad.ad_set.id, []).append(row)
            row += 1
        for ad_set_id, own in rows.items():
            if len(own) > 1 and len(own) == counts[ad_set_id]:
                reach[own] = 0
                reach[own[0]] = of_ad_sets[_index(account, node, ad_set_id)]
    return reach


def _index(account: Account, node: Node | None, ad_set_id: str) -> int:
    ad_set = node if isinstance(node, AdSet) else account.ad_sets[ad_set_id]
    return ad_set.index


def _reach(view: View, reach: Ints, impressions: Ints) -> Ints:
    """Reach (G, 1, P) by segment (G, L, P), as if nobody was in two; none by hours, for nobody is counted there."""
    if view.breakdown.hourly:
        return np.zeros_like(impressions)
    shared: Ints = apportioned(reach[None, :, 0], impressions[None].astype(np.float64))[0]
    return shared


def _table(
    view: View,
    nodes: Sequence[Node | None],
    periods: Sequence[Period],
    labels: Sequence[Labels],
    summed: Mapping[str, Ints],
) -> Table:
    """The rows in which something was delivered."""
    delivered = np.swapaxes((summed["impressions"] > 0) | (summed["spend_minor"] > 0), 1, 2)
    group, period, segment = np.nonzero(delivered)
    figures = {name: array[group, segment, period].tolist() for name, array in summed.items()}
    none = [0] * len(group)
    figures = {name: figures.get(name, none) for name in (*METRICS, *PARTS)}
    return Table(view, nodes, periods, labels, (group.tolist(), period.tolist(), segment.tolist()), figures)

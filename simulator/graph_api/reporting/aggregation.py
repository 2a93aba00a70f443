"""From ads' days to the rows of a report: objects, periods and segments, added up and kept as arrays until read.

Reach over several days or ad sets is the sum of the daily reach of the ad sets: the simulated audiences of two ad sets
do not overlap, and the world does not follow a person from one day to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, overload

import numpy as np

from simulator.breakdown import apportioned
from simulator.graph_api.account import METRICS
from simulator.graph_api.periods import Period
from simulator.graph_api.reporting.cells import Cell, View
from simulator.graph_api.reporting.families import Labels
from simulator.graph_api.reporting.frequencies import by_frequency
from simulator.graph_api.reporting.recalled import ad_figures
from simulator.graph_api.reporting.splitting import split_figures
from simulator.graph_api.reporting.windows import PARTS, window_parts
from simulator.graph_api.tree import Ad, Node

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Indexes = NDArray[np.intp]

Group = tuple[Node | None, Sequence[Ad]]
"""An object (None: the account) and those of its ads that count."""


@dataclass(frozen=True, eq=False, slots=True)
class Table(Sequence[Cell]):
    """Rows of a report in order of object, period and segment; a row becomes a `Cell` when it is looked at."""

    view: View
    nodes: Sequence[Node | None]
    periods: Sequence[Period]
    labels: Sequence[Labels]
    places: tuple[Indexes, Indexes, Indexes]
    """Which object, period and segment a row is of."""
    figures: Mapping[str, Ints]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.places[0])

    @overload
    def __getitem__(self, index: int) -> Cell: ...

    @overload
    def __getitem__(self, index: slice) -> list[Cell]: ...

    def __getitem__(self, index: int | slice) -> Cell | list[Cell]:
        """A row, or several."""
        if isinstance(index, int):
            return self[range(len(self))[index] :][0]
        places = (place[index].tolist() for place in self.places)
        numbers = (self.figures[name][index].tolist() for name in (*METRICS, *PARTS))
        return [
            self._cell(node, period, segment, values)
            for node, period, segment, *values in zip(*places, *numbers, strict=True)
        ]

    def _cell(self, node: int, period: int, segment: int, values: Sequence[int]) -> Cell:
        since, until = self.periods[period]
        return Cell(self.view, self.nodes[node], since, until, self.labels[segment], *values)


def added_up(view: View, groups: Sequence[Group], periods: Sequence[Period]) -> Table:
    """The rows of a report about `groups`, with delivery in them; days to come and before the world have none."""
    account = view.account
    since = max(min(start for start, _ in periods), account.world.first_day)
    until = min(max(end for _, end in periods), account.today)
    labels: Sequence[Labels] = ({},)
    nodes = [node for node, _ in groups]
    if until < since or not groups:
        nothing = np.zeros(0, dtype=np.int64)
        return Table(view, nodes, periods, labels, (nothing,) * 3, dict.fromkeys((*METRICS, *PARTS), nothing))
    figures, group_of = _figures(view, groups, since, until)
    split = {name: array[:, None] for name, array in figures.items()}
    if view.breakdown.family in ("demographics", "placements", "geography", "hours"):
        ads = [ad for _, inside in groups for ad in inside]
        labels, split = split_figures(account, view.breakdown, ads, since, figures)
    low = np.array([min(max(0, (start - since).days), (until - since).days + 1) for start, _ in periods])
    high = np.maximum(low, [(min(end, until) - since).days + 1 for _, end in periods])
    together = _over(np.stack(list(split.values())), group_of, len(groups), low, high)
    summed = dict(zip(split, together, strict=True))
    if view.breakdown.family:
        whole = _over(figures["reach"][None, :, None], group_of, len(groups), low, high)[0]
        summed["reach"] = _reach(view, whole, summed["impressions"])
    if view.breakdown.family == "frequency":
        labels, summed = by_frequency(summed)
    return _table(view, nodes, periods, labels, summed)


def _figures(view: View, groups: Sequence[Group], since: date, until: date) -> tuple[dict[str, Ints], NDArray[np.intp]]:
    """Figures (N, D) of the groups' ads, and which group each is of, (N,)."""
    account = view.account
    known = ad_figures(account, since, until, view.moment)
    arrays = dict(known.arrays)
    if view.windows:
        arrays |= window_parts(account, since, arrays["conversions"])
    rows = [known.row_of[ad.id] for _, inside in groups for ad in inside]
    figures = {name: array[rows] for name, array in arrays.items()}
    return figures, np.repeat(np.arange(len(groups)), [len(inside) for _, inside in groups])


def _over(array: Ints, group_of: NDArray[np.intp], groups: int, low: Ints, high: Ints) -> Ints:
    """Daily figures (M, N, L, D) of ads summed by group and period, (M, G, L, P)."""
    if len(group_of) == groups:
        by_group = array
    elif groups == 1:
        by_group = array.sum(axis=1, keepdims=True)
    else:
        by_group = np.zeros((len(array), groups, *array.shape[2:]), dtype=np.int64)
        for one, more in zip(by_group, array, strict=True):
            np.add.at(one, group_of, more)
    upto = np.zeros((*by_group.shape[:-1], by_group.shape[-1] + 1), dtype=np.int64)
    np.cumsum(by_group, axis=-1, out=upto[..., 1:])
    sums: Ints = upto[..., high] - upto[..., low]
    return sums


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
    figures = {name: array[group, segment, period] for name, array in summed.items()}
    none = np.zeros(len(group), dtype=np.int64)
    figures = {name: figures.get(name, none) for name in (*METRICS, *PARTS)}
    return Table(view, nodes, periods, labels, (group, period, segment), figures)

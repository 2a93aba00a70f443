"""Ads' daily figures by segment: whole numbers that sum to what was split, and stay put when days are restated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulator.breakdown import apportioned, broken_down
from simulator.graph_api.account import METRICS
from simulator.graph_api.reporting.families import Labels, Segments, segments_of
from simulator.graph_api.reporting.hours import HOUR_LABELS, by_hour
from simulator.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.graph_api.account import Account
    from simulator.graph_api.reporting.breakdowns import Breakdown
    from simulator.graph_api.tree import Ad

    Ints = NDArray[np.int64]

KEPT_DAYS = 256
"""Days whose split is at hand: a page of a report must not split what the page before has split."""


def split_figures(
    account: Account, breakdown: Breakdown, ads: Sequence[Ad], since: date, figures: Mapping[str, Ints]
) -> tuple[tuple[Labels, ...], dict[str, Ints]]:
    """Figures (N, D) of N ads as (N, L, D), and the labels of the L segments that `breakdown` tells apart.

    Metrics beyond the usual ones are parts of the conversions and follow them. Pixel conversions are zero where Meta
    does not show them; reach is zero by hours.
    """
    if breakdown.hourly:
        labels: tuple[Labels, ...] = tuple(dict.fromkeys(breakdown.names, hour) for hour in HOUR_LABELS)
        return labels, by_hour(account, since, figures)
    days = next(iter(figures.values())).shape[-1]
    if breakdown.family is None:
        raise ValueError("there is nothing to split figures by")
    segments = segments_of(account, breakdown.family, ads)
    ids = tuple(int(ad.id) for ad in ads)
    split = [_day(segments, ids, (since + timedelta(days=d)).toordinal(), _packed(figures, d)) for d in range(days)]
    found = {name: np.stack([day[i] for day in split], axis=-1) for i, name in enumerate(METRICS)}
    for name in figures.keys() - found.keys():
        found[name] = _following(figures[name], found["conversions"])
    if breakdown.hides_pixel:
        found |= {name: np.zeros_like(found[name]) for name in found if name not in METRICS[:4]}
    return _merged(segments.labels, breakdown.names, found)


def _packed(figures: Mapping[str, Ints], day: int) -> bytes:
    return np.stack([figures[name][:, day] for name in METRICS]).tobytes()


@lru_cache(maxsize=KEPT_DAYS)
def _day(segments: Segments, ids: tuple[int, ...], ordinal: int, packed: bytes) -> Ints:
    """One day's figures (6, N) by segment, (6, N, S); each ad draws for itself, whatever other ads there are."""
    values = np.frombuffer(packed, dtype=np.int64).reshape(len(METRICS), len(ids), 1, 1)
    figures = dict(zip(METRICS, values, strict=True))
    found = broken_down(figures, segments.cells, Streams(ids), segments.family, [ordinal])
    packed_result: Ints = np.stack([found[name][:, 0, :, 0] for name in METRICS])
    packed_result.flags.writeable = False
    return packed_result


def _following(amounts: Ints, conversions: Ints) -> Ints:
    """Amounts (N, D) in proportion to conversions (N, L, D)."""
    return apportioned(amounts[:, None], conversions[:, None].astype(np.float64))[:, 0]


def _merged(
    labels: Sequence[Labels], names: Sequence[str], found: Mapping[str, Ints]
) -> tuple[tuple[Labels, ...], dict[str, Ints]]:
    """Finest segments (N, S, D) put together where `names` do not tell them apart, (N, L, D)."""
    asked = [tuple(one[name] for name in names) for one in labels]
    distinct = list(dict.fromkeys(asked))
    which = [distinct.index(one) for one in asked]
    merged = {}
    for name, array in found.items():
        merged[name] = np.zeros((array.shape[0], len(distinct), array.shape[2]), dtype=np.int64)
        for segment, place in enumerate(which):
            merged[name][:, place] += array[:, segment]
    return tuple(dict(zip(names, one, strict=True)) for one in distinct), merged

"""Breakdowns: how a day's counts fall into segments, decided only where somebody asks.

A count is spread by the multinomial law, always the same way for the same world, ad set and day. Orders are assigned
one by one, each by a draw of its own running number: when a past day's count grows, earlier orders stay where they
were. Counts too large for that are spread at once, segment after segment, each binomial given those before
(Devroye 1986, "Non-uniform random variate generation", chapter XI).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from simulator.mechanisms.segments import Cells, probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.streams import Streams

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

ONE_BY_ONE = 1024
"""So many of a day's orders of an ad set are assigned one by one; only the rest may move when the count grows."""
_BLOCK = 64
_LARGE = 25.0


def broken_down(
    figures: Mapping[str, Ints], cells: Cells, streams: Streams, kind: str, days: Sequence[int]
) -> dict[str, Ints]:
    """A report's figures by segment, each (W, A, S, D), which sum to those of the report exactly.

    Clicks are never more than impressions, and earlier orders stay in their segments when a report is restated. Value
    is spread by orders, spend by impressions and their price; reach by impressions, as if nobody was reached in two
    segments.

    Args:
        figures: `spend_minor`, `impressions`, `reach`, `clicks`, `conversions` and `value_minor`, each (W, A, D).
        cells: the segments as they were on those days.
        streams: of the W worlds: `Streams(world.seeds)`.
        kind: "demographics" or "placements"; each is decided apart.
        days: ordinals (`date.toordinal()`) of the D days.
    """
    by_click, by_order = (probabilities(cells, quantity) for quantity in ("clicks", "conversions"))
    clicks = split(figures["clicks"], by_click, streams, f"clicks by {kind}", days)
    orders = split(figures["conversions"], by_order, streams, f"conversions by {kind}", days)
    unclicked = split(
        figures["impressions"] - figures["clicks"],
        probabilities(cells, "impressions"),
        streams,
        f"impressions by {kind}",
        days,
        one_by_one=0,
    )
    shown = clicks + unclicked
    return {
        "spend_minor": apportioned(figures["spend_minor"], shown * cells.paid[..., None]),
        "impressions": shown,
        "reach": apportioned(figures["reach"], shown.astype(np.float64)),
        "clicks": clicks,
        "conversions": orders,
        "value_minor": apportioned(figures["value_minor"], orders.astype(np.float64)),
    }


def split(
    counts: Ints,
    probabilities: Floats,
    streams: Streams,
    purpose: str,
    days: Sequence[int],
    one_by_one: int = ONE_BY_ONE,
) -> Ints:
    """Counts by segment (W, A, S, D), which sum to `counts` exactly.

    Args:
        counts: (W, A, D), not negative.
        probabilities: (W, A, S), or what is in proportion to them; a segment with zero gets nothing.
        streams: of the W worlds.
        purpose: what is counted, and by what; the same words give the same assignment.
        days: ordinals (`date.toordinal()`) of the D days.
        one_by_one: how many of each count are assigned singly; 0 for impressions, which are never restated.
    """
    edges = np.cumsum(probabilities, axis=-1)
    edges /= edges[..., -1:]
    result = np.empty((*probabilities.shape, len(days)), dtype=np.int64)
    for i, day in enumerate(days):
        single = np.minimum(counts[..., i], one_by_one)
        assigned = _assigned(single, edges, streams, purpose, day)
        result[..., i] = assigned + _spread(counts[..., i] - single, probabilities, streams, purpose, day)
    return result


def apportioned(amounts: Ints, weights: Floats) -> Ints:
    """Amounts (W, A, D) in proportion to weights (W, A, S, D), whole and summing exactly; (W, A, S, D).

    Where all weights are zero the last segment gets everything.
    """
    upto = np.cumsum(weights, axis=-2)
    total = upto[..., -1:, :]
    share = np.where(total > 0.0, upto / np.where(total > 0.0, total, 1.0), 0.0)
    edges = np.rint(share * amounts[..., None, :]).astype(np.int64)
    edges[..., -1, :] = amounts
    return np.diff(edges, axis=-2, prepend=0)


def _assigned(counts: Ints, edges: Floats, streams: Streams, purpose: str, day: int) -> Ints:
    """(W, A, S): order n goes where its own uniform draw falls between the edges (W, A, S)."""
    below = np.zeros(edges.shape, dtype=np.int64)
    for block in range(-(-int(counts.max(initial=0)) // _BLOCK)):
        draws = streams.uniforms(f"{purpose} one by one {block}", day, _BLOCK, counts.shape[1])
        number = block * _BLOCK + np.arange(_BLOCK).reshape(-1, 1, 1)
        counted = number < counts
        for segment in range(edges.shape[-1]):
            below[..., segment] += ((draws < edges[..., segment]) & counted).sum(axis=0)
    return np.diff(below, axis=-1, prepend=0)


def _spread(counts: Ints, probabilities: Floats, streams: Streams, purpose: str, day: int) -> Ints:
    """(W, A, S): each segment's count binomial, given what the segments before have left."""
    result = np.zeros(probabilities.shape, dtype=np.int64)
    if not counts.any():
        return result
    segments = probabilities.shape[-1]
    draws = streams.normals(f"{purpose} at once", day, segments, counts.shape[1])
    left = counts.copy()
    rest = probabilities[..., ::-1].cumsum(axis=-1)[..., ::-1]
    for segment in range(segments - 1):
        chance = probabilities[..., segment] / np.where(rest[..., segment] > 0.0, rest[..., segment], 1.0)
        result[..., segment] = _binomial(left, np.minimum(chance, 1.0), draws[segment])
        left -= result[..., segment]
    result[..., -1] = left
    return result


def _binomial(counts: Ints, chance: Floats, normals: Floats) -> Ints:
    """Binomial quantiles at normal draws: exact for small variances, else the Cornish-Fisher expansion."""
    variance = counts * chance * (1.0 - chance)
    skew = (1.0 - 2.0 * chance) * (normals * normals - 1.0) / 6.0
    large = np.rint(counts * chance + np.sqrt(variance) * normals + skew)
    result: Ints = np.clip(large, 0, counts).astype(np.int64)
    small = variance < _LARGE
    if small.any():
        from scipy import stats  # noqa: PLC0415 - takes half a second to load, and few ask for it

        exact = stats.binom.ppf(special.ndtr(normals[small]), counts[small], chance[small])
        result[small] = np.clip(exact, 0, counts[small]).astype(np.int64)
    return result

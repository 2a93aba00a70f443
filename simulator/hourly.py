"""A day's market hour by hour: what money buys at one bid held all day.

Every hour is the bid landscape of `simulator.auction` with its share s of the day's opportunities and its price level
p: impressions (s/p) r d ((1 + x/(s d))^e - 1) / e for spend x, so the next one costs v(x) = (p/r)(1 + x/(s d))^(1-e).
A bid v buys every impression that costs less. Equal marginal prices are also the cheapest way to spend a sum (Karush,
Kuhn and Tucker), so a day at one bid is concave in its budget, and one more impression costs the bid.

Bids are written as pressure: w = 1 + x/(s d) in the cheapest hour, and w R in another, R = (p_least / p)^(1/(1-e)).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.calibration import HOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST = 1e-200
"""Stands for zero where something is divided by it."""

_CELLS = 2048
_KINKED = 32


@dataclass(frozen=True, eq=False, slots=True)
class Market:
    """The market of a day. Money in minor units.

    `rate`, `depth` and `exponent` (W, A) are as in `simulator.auction`; `capacity_minor` (W, A) is the day's spend at
    which every auction is won, at usual supply. `supply` is each hour's share of a usual day's opportunities and
    `price` its price level, (24,) for all or (24, W, A).
    """

    rate: Floats
    depth: Floats
    exponent: Floats
    capacity_minor: Floats
    supply: Floats
    price: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """Some n ad sets of a market, and what their bids need: rows (24, n) or (24, 1), the rest (n,)."""

    rate: Floats
    depth: Floats
    exponent: Floats
    most: Floats
    """Pressure at which every auction is won."""
    supply: Floats
    price: Floats
    relative: Floats
    """Pressure in each hour, as a share of that in the cheapest."""
    least_price: Floats
    open_hours: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Day:
    """A day at one bid, (..., W, A)."""

    spend_minor: Floats
    """The budget, less where there is not so much to buy."""
    impressions: Floats
    marginal_price_minor: Floats
    """Money for one more impression: the bid itself; infinite where there is no more to buy."""


def at_one_bid(budgets_minor: Floats, market: Market) -> Day:
    """What budgets (..., W, A) buy at the bid that just spends them."""
    flat = budgets_minor.reshape(-1, market.rate.size)
    spend, impressions, price = np.empty((3, *flat.shape))
    for some, cells in chunks(market, len(flat)):
        w = pressure(flat[:, some], cells)
        most = total(cells.supply) * (cells.most - 1.0) * cells.depth
        np.minimum(flat[:, some], most, out=spend[:, some])
        impressions[:, some] = _bought(w, cells)
        bid = cells.least_price / cells.rate * w ** np.broadcast_to(1.0 - cells.exponent, w.shape)
        price[:, some] = np.where(flat[:, some] < most, bid, np.inf)
    shape = budgets_minor.shape
    return Day(spend.reshape(shape), impressions.reshape(shape), price.reshape(shape))


def day_supply(market: Market) -> Floats:
    """Opportunities of the whole day (W, A, 1) against a usual one, for the daily landscape nearest to the hours.

    Far from its cheap end an hour spends in proportion to s p^(-1/(1-e)) at one bid. A day without hours is taken for a
    usual one: nothing is delivered on it anyway.
    """
    supply, price = (_rows(values, market.rate.shape) for values in (market.supply, market.price))
    exponent = market.exponent.ravel()
    weights = supply * np.exp(-np.log(price) / (1.0 - exponent))
    supplied = total(weights)
    return np.where(supplied > 0.0, supplied, 1.0).reshape(*market.rate.shape, 1)


def chunks(market: Market, rows: int) -> Iterator[tuple[slice, Cells]]:
    """The market's ad sets, so many at a time that `rows` values of each stay in the processor's cache."""
    size = max(1, _CELLS // max(1, rows))
    supply, price = (_rows(values, market.rate.shape) for values in (market.supply, market.price))
    columns = [values.ravel() for values in (market.rate, market.depth, market.exponent, market.capacity_minor)]
    for start in range(0, market.rate.size, size):
        some = slice(start, min(start + size, market.rate.size))
        own = [values if values.shape[1] == 1 else values[:, some] for values in (supply, price)]
        yield some, _cells(*(column[some] for column in columns), *own)


def pressure(budgets_minor: Floats, cells: Cells) -> Floats:
    """Pressure (L, n) in the cheapest hour at which a day spends `budgets_minor` (L, n), at least 1."""
    deep, supply = budgets_minor / cells.depth, total(cells.supply)
    buys = (deep > 0.0) & (supply > 0.0)
    w = np.where(buys, (deep + supply) / np.maximum(total(cells.supply * cells.relative), LEAST), 1.0)
    # Right where every open hour spends and none runs out; the rest has kinks and is solved piece by piece.
    least = np.where(cells.supply > 0.0, cells.relative, 1.0).min(axis=0)
    kinked = buys & ((w * least < 1.0) | (w > cells.most))
    if kinked.any():
        _, column = np.nonzero(kinked)
        w[kinked] = _kinked(deep[kinked], cells, column)
    return w


def spend_by_hour(w: Floats, cells: Cells) -> Floats:
    """Money (24, L, n) that goes in each hour at pressure `w` (L, n), at usual supply."""
    spend: Floats = w * cells.relative[:, None]
    np.maximum(spend, 1.0, out=spend)
    np.minimum(spend, cells.most, out=spend)
    spend -= 1.0
    spend *= (cells.depth * cells.supply)[:, None]
    return spend


def _bought(w: Floats, cells: Cells) -> Floats:
    """Impressions (L, n) of a day at pressure `w` (L, n)."""
    exponent = cells.exponent
    shares = cells.relative ** np.broadcast_to(exponent, cells.relative.shape)
    shown = w ** np.broadcast_to(exponent, w.shape) * shares[:, None]
    np.maximum(shown, 1.0, out=shown)
    np.minimum(shown, cells.most**exponent, out=shown)
    shown -= 1.0
    shown *= (cells.rate * cells.depth / exponent * (cells.supply / cells.price))[:, None]
    return total(shown)


def total(hours: Floats) -> Floats:
    """Sum (...) over the hours of (24, ...), always in their order, so that no batch changes a bit."""
    added: Floats = np.zeros(hours.shape[1:])
    for hour in hours:
        added += hour
    return added


def _rows(values: Floats, shape: tuple[int, ...]) -> Floats:
    """(24, 1) of (24,), else (24, W * A)."""
    return values[:, None] if values.ndim == 1 else np.broadcast_to(values, (HOURS, *shape)).reshape(HOURS, -1)


def _cells(
    rate: Floats, depth: Floats, exponent: Floats, capacity_minor: Floats, supply: Floats, price: Floats
) -> Cells:
    is_open = supply > 0.0
    log_price = np.log(price)
    least = np.where(is_open, log_price, np.inf).min(axis=0)
    least = np.where(np.isfinite(least), least, 0.0)
    # An hour that is shut may be cheaper than the cheapest open one; it spends nothing at any pressure.
    relative = np.exp((np.minimum(least - log_price, 0.0)) / (1.0 - exponent))
    return Cells(
        rate=rate,
        depth=depth,
        exponent=exponent,
        most=1.0 + capacity_minor / depth,
        supply=supply,
        price=price,
        relative=relative,
        least_price=np.exp(least),
        open_hours=np.count_nonzero(is_open, axis=0).astype(np.float64),
    )


def _kinked(deep: Floats, cells: Cells, column: NDArray[np.int64]) -> Floats:
    """Pressure (m,) where some hours spend nothing or have run out: spend is piecewise linear, its knots are known."""
    relative, most = cells.relative.T[column], cells.most[column, None]
    supply = np.broadcast_to(cells.supply, cells.relative.shape).T[column]
    knots = np.sort(np.concatenate([1.0 / relative, most / relative], axis=1), axis=1)
    spent = np.empty(knots.shape)
    for start in range(0, len(knots), _KINKED):
        some = slice(start, start + _KINKED)
        u = np.maximum(knots[some] * relative[some].T[:, :, None], 1.0)
        np.minimum(u, most[some], out=u)
        u -= 1.0
        u *= supply[some].T[:, :, None]
        spent[some] = total(u)
    last = knots.shape[1] - 1
    i = np.clip(np.count_nonzero(spent < deep[:, None], axis=1), 1, last)[:, None]
    x0, x1 = (np.take_along_axis(knots, at, axis=1)[:, 0] for at in (i - 1, i))
    y0, y1 = (np.take_along_axis(spent, at, axis=1)[:, 0] for at in (i - 1, i))
    part = np.clip((deep - y0) / np.maximum(y1 - y0, LEAST), 0.0, 1.0)
    w: Floats = x0 + part * (x1 - x0)
    return w

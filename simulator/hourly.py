"""A day's market hour by hour: what money buys at one bid held all day.

Every hour is the bid landscape of `simulator.auction` with its share s of the day's opportunities and its price level
p: impressions (s/p) r d ((1 + x/(s d))^e - 1) / e for spend x, so the next one costs v(x) = (p/r)(1 + x/(s d))^(1-e).
A bid v buys every impression that costs less. Equal marginal prices are also the cheapest way to spend a sum (Karush,
Kuhn and Tucker), so a day at one bid is concave in its budget, and one more impression costs the bid.

Bids are written as pressure: w = 1 + x/(s d) in the cheapest hour, and w R in another, R = (p_least / p)^(1/(1-e)).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from simulator.calibration import HOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST = 1e-200
"""Stands for zero where something is divided by it."""

_CELLS = 8192


@dataclass(frozen=True, eq=False)
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

    @cached_property
    def cells(self) -> tuple[Cells, ...]:
        """All ad sets in order, a cacheful at a time; worked out once, however often the market is asked."""
        supply, price = (_rows(values, self.rate.shape) for values in (self.supply, self.price))
        columns = [values.ravel() for values in (self.rate, self.depth, self.exponent, self.capacity_minor)]
        found = []
        for start in range(0, self.rate.size, _CELLS):
            some = slice(start, start + _CELLS)
            own = [values if values.shape[1] == 1 else values[:, some] for values in (supply, price)]
            found.append(_cells(*(column[some] for column in columns), *own))
        return tuple(found)


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
    whole: Floats
    """Opportunities of all hours."""
    cheap: Floats
    """The same, each hour's times its `relative`."""
    least: Floats
    """Smallest `relative` of the open hours."""

    def some(self, places: slice) -> Cells:
        """Some of them."""
        values = (getattr(self, entry.name) for entry in fields(self))
        return Cells(*(one if one.shape[-1] == 1 else one[..., places] for one in values))


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
        most = cells.whole * (cells.most - 1.0) * cells.depth
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
    supplied = np.concatenate(
        [cells.cheap * cells.least_price ** (-1.0 / (1.0 - cells.exponent)) for cells in market.cells]
    )
    return np.where(supplied > 0.0, supplied, 1.0).reshape(*market.rate.shape, 1)


def chunks(market: Market, rows: int) -> Iterator[tuple[slice, Cells]]:
    """The market's ad sets, so many at a time that `rows` values of each stay in the processor's cache."""
    size = max(1, _CELLS // max(1, rows))
    for i, cells in enumerate(market.cells):
        for start in range(0, cells.depth.size, size):
            some = slice(start, min(start + size, cells.depth.size))
            first = i * _CELLS
            yield slice(first + some.start, first + some.stop), cells.some(some)


def pressure(budgets_minor: Floats, cells: Cells) -> Floats:
    """Pressure (L, n) in the cheapest hour at which a day spends `budgets_minor` (L, n), at least 1."""
    deep = budgets_minor / cells.depth
    buys = (deep > 0.0) & (cells.whole > 0.0)
    w = np.where(buys, (deep + cells.whole) / np.maximum(cells.cheap, LEAST), 1.0)
    # Right where every open hour spends and none runs out; the rest has kinks and is solved piece by piece.
    kinked = buys & ((w * cells.least < 1.0) | (w > cells.most))
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
    # R^e without a power: R^(1-e) is the price ratio. Of a shut hour, whose R may be no such power, nothing is bought.
    shares = cells.relative * (cells.price / cells.least_price)
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
        whole=total(supply),
        cheap=total(supply * relative),
        least=np.where(is_open, relative, 1.0).min(axis=0),
    )


def _kinked(deep: Floats, cells: Cells, column: NDArray[np.int64]) -> Floats:
    """Pressure (m,) where some hours spend nothing or have run out: spend is piecewise linear, its knots are known.

    At pressure 1 / R an hour begins to spend, at a slope of s R; when it has run out, it stops to grow.
    """
    relative = np.ascontiguousarray(cells.relative[:, column].T)
    slope = np.broadcast_to(cells.supply, cells.relative.shape)[:, column].T * relative
    begins = 1.0 / relative
    knots = np.concatenate([begins, cells.most[column, None] * begins], axis=1)
    order = np.argsort(knots, axis=1, kind="stable")
    knots = np.take_along_axis(knots, order, axis=1)
    slopes = np.cumsum(np.take_along_axis(np.concatenate([slope, -slope], axis=1), order, axis=1), axis=1)
    spent = np.zeros(knots.shape)
    np.cumsum(slopes[:, :-1] * np.diff(knots, axis=1), axis=1, out=spent[:, 1:])
    last = knots.shape[1] - 1
    i = np.clip(np.count_nonzero(spent < deep[:, None], axis=1), 1, last)[:, None]
    x0, x1 = (np.take_along_axis(knots, at, axis=1)[:, 0] for at in (i - 1, i))
    y0, y1 = (np.take_along_axis(spent, at, axis=1)[:, 0] for at in (i - 1, i))
    part = np.clip((deep - y0) / np.maximum(y1 - y0, LEAST), 0.0, 1.0)
    w: Floats = x0 + part * (x1 - x0)
    return w

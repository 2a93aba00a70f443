"""Where the orders that a day's ads caused end up: in a report, sooner or later, or in none.

Every order falls into exactly one category, so categories add up to what was caused, to the unit. An order is booked on
the day of its click or view; the number in a category's name is the days until it is known.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from simulator.delay import LAGS, arrival_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

VIEW_LAGS = 2
"""Lags in days of orders without a click, 0 and 1: Meta's 1-day view window."""

ORDER_CATEGORIES = (
    *(f"click {lag}" for lag in range(LAGS)),
    *(f"view {lag}" for lag in range(VIEW_LAGS)),
    "late",
    "untracked",
    "lost",
)
"""Orders after a click or a view by days until they are known; those that come after the window has closed; those of
people who cannot be followed; and those that happened while measurement was down. The last three are never reported."""

ARRIVAL_LAGS = (*range(LAGS), *range(VIEW_LAGS), -1, -1, -1)
"""Days until a category's orders are known, by category; -1 never."""

CLICKS, VIEWS = slice(0, LAGS), slice(LAGS, LAGS + VIEW_LAGS)
LATE, UNTRACKED, LOST = range(LAGS + VIEW_LAGS, LAGS + VIEW_LAGS + 3)


def category_shares(
    same_day_share: float,
    later_shares: tuple[float, ...] = (),
    *,
    tracked: Floats | float = 1.0,
    recorded: Floats | float = 1.0,
    late_share: Floats | float = 0.0,
    view_orders: Floats | float = 0.0,
) -> Floats:
    """Expected orders of each category per click-through order caused, (13, W, A, C), in `ORDER_CATEGORIES`' order.

    Click-through orders count whenever they come, so categories sum to 1 + `view_orders`. Axes of worlds, ad sets and
    ads have length one where no argument has more.

    Args:
        same_day_share: of click-through orders within the window, those known on the first morning.
        later_shares: how the others spread over the seven mornings after it, relative; empty for the usual fall.
        tracked: share of orders of people who can be followed, broadcasts to (8, W, A, C) by days of delay.
        recorded: of those, the share that measurement does not lose, broadcasts to (8, W, A, C).
        late_share: share of click-through orders that come after the window has closed, broadcasts to (W, A, C).
        view_orders: orders without a click, within a day of the view, per click-through order; to (W, A, C).
    """
    given = (tracked, recorded, late_share, view_orders)
    worlds = np.broadcast_shapes((1, 1, 1), *(np.shape(one)[-3:] for one in given))
    by_lag = (LAGS, *worlds)
    arrivals = arrival_shares(same_day_share, later_shares)
    seen = np.broadcast_to(tracked, by_lag)
    kept = seen * recorded
    clicked = np.multiply(arrivals.reshape(-1, 1, 1, 1), 1.0 - np.asarray(late_share))
    # A view's orders come within a day, in the proportion of a click's on the same day and the next.
    soon = arrivals[:VIEW_LAGS] / arrivals[:VIEW_LAGS].sum()
    viewed = np.multiply(soon.reshape(-1, 1, 1, 1), view_orders)
    shares = np.empty((len(ORDER_CATEGORIES), *worlds))
    shares[CLICKS] = clicked * kept
    shares[VIEWS] = viewed * kept[:VIEW_LAGS]
    shares[LATE] = late_share
    shares[UNTRACKED] = _total(clicked * (1.0 - seen)) + _total(viewed * (1.0 - seen[:VIEW_LAGS]))
    shares[LOST] = _total(clicked * (seen - kept)) + _total(viewed * (seen - kept)[:VIEW_LAGS])
    return shares


def as_known(orders: NDArray[np.int64], days: int) -> NDArray[np.int64]:
    """Orders by category (13, ...) as far as they are known: zero in categories of which nobody knows yet, or ever.

    Args:
        orders: (13, ...) orders, or their worth, in `ORDER_CATEGORIES`' order.
        days: since the day of the click or view has closed; 0 is the first morning.
    """
    known = np.array([0 <= lag <= days for lag in ARRIVAL_LAGS])
    return np.where(known.reshape(-1, *[1] * (orders.ndim - 1)), orders, 0)


def _total(by_lag: Floats) -> Floats:
    """Sum over the first axis, always in the same order: numpy's own depends on the shape, and so on the batch."""
    return reduce(np.add, by_lag)

"""What becomes of the orders that a day's ads cause: when they come, and whether the platform ever reports them.

Categories, in order: click-through orders known 0 to 7 days after the click day closed; view-through orders known 0 and
1 days after the view; click-through orders that come when the window has closed; orders that privacy keeps the platform
from attributing; orders that broken measurement lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.delay import LAGS, arrival_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ORDER_CATEGORIES = (*(f"click {lag}" for lag in range(LAGS)), "view 0", "view 1", "late", "untracked", "lost")
"""Names of the categories, in the order of the arrays."""


def category_shares(
    same_day_share: float,
    tracked: Floats | float,
    recorded: Floats | float,
    late_share: float,
    view_orders: Floats | float,
) -> Floats:
    """Expected orders in each category per order through a click, (13, ...): they sum to 1 + view orders.

    Args:
        same_day_share: share of orders within the window that are known on the first morning.
        tracked: share that can be attributed, a number or (8, ...) by days of delay.
        recorded: share of those that measurement keeps, a number or (8, ...) by days of delay.
        late_share: share of click-through orders that come after the window.
        view_orders: view-through orders per click-through order, a number or (...).
    """
    views = np.array([same_day_share, 1.0 - same_day_share])
    tracked, recorded = _by_lag(tracked), _by_lag(recorded)
    kept = tracked * recorded
    lags = (LAGS, *[1] * (kept.ndim - 1))
    clicks = (1.0 - late_share) * arrival_shares(same_day_share).reshape(lags)
    seen = view_orders * views.reshape(2, *lags[1:])
    hidden = (clicks * (1.0 - tracked)).sum(axis=0) + (seen * (1.0 - tracked[:2])).sum(axis=0)
    lost = (clicks * (tracked - kept)).sum(axis=0) + (seen * (tracked - kept)[:2]).sum(axis=0)
    rest = np.broadcast_arrays(np.asarray(late_share, dtype=np.float64), hidden, lost)
    parts = [clicks * kept, seen * kept[:2], np.stack(rest)]
    shape = np.broadcast_shapes(*(part.shape[1:] for part in parts))
    return np.concatenate([np.broadcast_to(part, (len(part), *shape)) for part in parts])


def _by_lag(share: Floats | float) -> Floats:
    """A share by days of delay, (8, ...) or (8, 1, 1, 1)."""
    given = np.asarray(share, dtype=np.float64)
    return np.full((LAGS, 1, 1, 1), given) if given.ndim == 0 else np.broadcast_to(given, (LAGS, *given.shape[1:]))

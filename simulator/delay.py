"""Conversion delay: most orders come within a day of the click, some up to a week later.

The platform books an order on the day of its click, so a past day's figures grow for a week. Levels: about half within
24 hours of the click (Chapelle 2014; advertisers' reports on Meta's 7-day click window), then thinning out evenly on
a logarithmic scale.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAGS = 8
"""Lags in days, 0 to 7: Meta's 7-day click window."""


@cache
def arrival_shares(same_day: float, later: tuple[float, ...] = ()) -> NDArray[np.float64]:
    """Share of orders that are known `lag` days after the click day closed, (8,), summing to one.

    `same_day` is the share known on the first morning; the rest comes on the seven mornings after it in proportion to
    `later`, or where that is empty, to 1 / lag.
    """
    weights = np.array(later) if later else 1.0 / np.arange(1.0, LAGS)
    shares = np.concatenate([[same_day], (1.0 - same_day) * weights / weights.sum()])
    shares.flags.writeable = False
    return shares

"""How a day's traffic is spread over its hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.calibration import hour_profiles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SATURDAY = 5
_DAYS = 7


def hour_shares(weekday: int) -> NDArray[np.float64]:
    """Share of the day's traffic in each local hour, (24,), summing to one.

    Args:
        weekday: as `date.weekday()`, 0 for Monday.

    Raises:
        ValueError: no such weekday.
    """
    if not 0 <= weekday < _DAYS:
        raise ValueError(f"weekday must be 0 (Monday) to 6 (Sunday), got {weekday}")
    shares: NDArray[np.float64] = hour_profiles()[int(weekday >= _SATURDAY)]
    return shares

"""What the last unit of money returns, were other budgets allowed: what explanations ask of a split along curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import solve

if TYPE_CHECKING:
    from agents.allocation import Leeway, Limits, Returns
    from agents.vocabulary import FloatArray, Observation

_BY_AD_SET = ("log_anchor", "level", "elasticity", "conversions_each")


def margins_of(observation: Observation, returns: Returns, limits: Limits) -> Callable[[Leeway], FloatArray]:
    """What may be moved (N, A) to the return (N,) of the last unit of money, of a single account split on `returns`."""

    def margins(rooms: Leeway) -> FloatArray:
        shape = rooms.lo_minor.shape
        same = {n: np.broadcast_to(getattr(returns, n), shape) for n in _BY_AD_SET}
        start = np.broadcast_to(observation.ad_sets.budgets_minor, shape)
        return solve(replace(returns, **same), rooms, limits, start).price

    return margins

"""Reach and frequency: a finite audience whose exposures per person are negative binomial.

Exposures are Poisson with gamma-distributed rates, so some people see an ad often and many never do; this is the
model of Danaher 2007 (Marketing Science 26(3)) for internet schedules. `concentration` is the gamma's shape k.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def share_missed(mean_exposures: NDArray[np.float64], concentration: float) -> NDArray[np.float64]:
    """Share of the audience with no exposure at all, given mean exposures per person."""
    missed: NDArray[np.float64] = (1.0 + mean_exposures / concentration) ** -concentration
    return missed


def people_reached(
    impressions: NDArray[np.float64], audience: NDArray[np.float64], concentration: float
) -> NDArray[np.float64]:
    """Expected number of different people who saw one of `impressions`, out of `audience` people."""
    reached: NDArray[np.float64] = audience * (1.0 - share_missed(impressions / audience, concentration))
    return reached

"""What an ad set brings on a usual day at its own scale: what platforms and people measure levels against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator import auction, fatigue

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from simulator.population import Population


def usual_impressions(population: Population) -> NDArray[np.float64]:
    """Impressions (W, A) that the scale buys."""
    return auction.impressions(population.scale_minor, population.rate, population.depth, population.exponent)


def usual_conversions(population: Population, concentration: float) -> NDArray[np.float64]:
    """Conversions (W, A) of spending the scale."""
    fresh = usual_impressions(population)
    if population.curves is None:
        fresh = fatigue.effective_impressions(fresh, population.audience, concentration)
    bought: NDArray[np.float64] = fresh * population.click_rate * population.conversion_rate
    return bought

"""What money does in one day, without luck: auction, then audience and fatigue, then orders.

There is no response curve here. That each further unit of money brings less follows from dearer impressions, a finite
audience and tired people; value is concave in spend because every link of the chain is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator import auction, fatigue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.drift import Conditions
    from simulator.population import Population


def impressions(spend: NDArray[np.float64], population: Population, conditions: Conditions) -> NDArray[np.float64]:
    """Expected impressions (W, A) of `spend` minor units (W, A)."""
    bought = auction.impressions(spend, population.rate, population.depth, population.exponent)
    shown: NDArray[np.float64] = conditions.impressions * bought
    return shown


def clicks(
    shown: NDArray[np.float64], population: Population, conditions: Conditions, concentration: float
) -> NDArray[np.float64]:
    """Expected clicks (W, A) on `shown` impressions (W, A)."""
    fresh = fatigue.effective_impressions(shown, population.audience, concentration)
    clicked: NDArray[np.float64] = conditions.clicks * population.click_rate * fresh
    return clicked


def value_per_click_minor(population: Population, conditions: Conditions) -> NDArray[np.float64]:
    """Expected order value of a click (W, A), minor units."""
    worth: NDArray[np.float64] = conditions.conversions * population.conversion_rate * population.order_value_minor
    return worth


def value_minor(
    spend: NDArray[np.float64], population: Population, conditions: Conditions, concentration: float
) -> NDArray[np.float64]:
    """Expected matured order value (W, A) of `spend` (W, A), minor units."""
    shown = impressions(spend, population, conditions)
    worth: NDArray[np.float64] = clicks(shown, population, conditions, concentration) * value_per_click_minor(
        population, conditions
    )
    return worth


def marginal_value(
    spend: NDArray[np.float64], population: Population, conditions: Conditions, concentration: float
) -> NDArray[np.float64]:
    """Derivative of `value_minor` by spend, for one amount (W, A) or several (G, W, A) per ad set."""
    shown = impressions(spend, population, conditions)
    slope = auction.marginal_impressions(spend, population.rate, population.depth, population.exponent)
    fresh = fatigue.marginal_freshness(shown, population.audience, concentration)
    per_fresh = conditions.impressions * conditions.clicks * population.click_rate
    marginal: NDArray[np.float64] = slope * fresh * per_fresh * value_per_click_minor(population, conditions)
    return marginal

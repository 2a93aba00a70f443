"""The truth: what money brings on a day in expectation, from spend to order value. Concave in each ad set's spend.

Spend is (..., W, A), impressions and clicks by ad (..., W, A, C), value (..., W, A).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator import auction, fatigue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.conditions import Conditions
    from simulator.population import Population

    Floats = NDArray[np.float64]


def impressions(spend: Floats, population: Population, conditions: Conditions) -> Floats:
    """Expected impressions (..., W, A, C) of `spend` minor units (..., W, A)."""
    supply = conditions.supply if isinstance(conditions.supply, float) else conditions.supply[..., 0]
    bought = auction.impressions(spend / supply, population.rate, population.depth, population.exponent)
    bought *= supply
    shown: Floats = bought[..., None] * conditions.impressions
    if conditions.share is not None:
        shown = shown * conditions.share
    if conditions.pressure is not None:
        shown /= conditions.pressure(shown.sum(axis=-1) / population.audience)[..., None]
    return shown


def marginal_impressions(spend: Floats, population: Population, conditions: Conditions) -> Floats:
    """Impressions (..., W, A) of the next minor unit after `spend`, at today's prices and without own pressure."""
    supply = conditions.supply if isinstance(conditions.supply, float) else conditions.supply[..., 0]
    slope = auction.marginal_impressions(spend / supply, population.rate, population.depth, population.exponent)
    gain = conditions.impressions if conditions.share is None else conditions.impressions * conditions.share
    more: Floats = slope * gain.sum(axis=-1)
    return more


def clicks(shown: Floats, population: Population, conditions: Conditions, concentration: float) -> Floats:
    """Expected clicks (..., W, A, C) on `shown` impressions (..., W, A, C)."""
    audience = population.audience[..., None]
    fresh = fatigue.effective_impressions(shown, audience, concentration, conditions.stock)
    fresh *= population.click_rate[..., None]
    fresh *= conditions.clicks
    return fresh


def orders_per_click(population: Population, conditions: Conditions) -> Floats:
    """Expected orders through a click, reported or not, (W, A, C)."""
    rate: Floats = conditions.conversions * population.conversion_rate[..., None]
    return rate


def value_per_click_minor(population: Population, conditions: Conditions) -> Floats:
    """Expected value of everything that a click causes, view-through orders included, (W, A, C), minor units."""
    worth: Floats = orders_per_click(population, conditions) * population.order_value_minor[..., None]
    return worth * conditions.order_value * (1.0 + conditions.view_orders)


def value_minor(spend: Floats, population: Population, conditions: Conditions, concentration: float) -> Floats:
    """Expected caused order value (..., W, A) of `spend` (..., W, A), minor units."""
    shown = impressions(spend, population, conditions)
    worth: Floats = clicks(shown, population, conditions, concentration)
    worth *= value_per_click_minor(population, conditions)
    value: Floats = worth.sum(axis=-1)
    return value


def marginal_value(spend: Floats, population: Population, conditions: Conditions, concentration: float) -> Floats:
    """Derivative of an ad set's own `value_minor` by its own spend, (..., W, A); what it does to others is left out."""
    shown = impressions(spend, population, conditions)
    supply = conditions.supply if isinstance(conditions.supply, float) else conditions.supply[..., 0]
    slope = auction.marginal_impressions(spend / supply, population.rate, population.depth, population.exponent)
    audience = population.audience[..., None]
    fresh = fatigue.marginal_freshness(shown, audience, concentration, conditions.stock)
    # By how much more of every ad is shown for each impression at the usual price.
    gain = conditions.impressions if conditions.share is None else conditions.impressions * conditions.share
    if conditions.pressure is not None:
        gain = gain / conditions.pressure(shown.sum(axis=-1) / population.audience)[..., None]
    fresh *= gain * conditions.clicks * population.click_rate[..., None] * value_per_click_minor(population, conditions)
    marginal: Floats = slope * fresh.sum(axis=-1)
    return marginal

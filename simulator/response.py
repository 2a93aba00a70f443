"""The truth: what money brings on a day in expectation, from spend to order value. Concave in each ad set's spend.

Spend is (..., W, A), impressions and clicks by ad (..., W, A, C), value (..., W, A).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator import auction, fatigue
from simulator.ads import over_ads
from simulator.hourly import at_one_bid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.conditions import Conditions
    from simulator.population import Population

    Floats = NDArray[np.float64]


def impressions(spend: Floats, population: Population, conditions: Conditions) -> Floats:
    """Expected impressions (..., W, A, C) of `spend` minor units (..., W, A)."""
    return under_pressure(bought(spend, population, conditions)[..., None] * conditions.by_ad, population, conditions)


def bought(spend: Floats, population: Population, conditions: Conditions) -> Floats:
    """Impressions (..., W, A) that `spend` (..., W, A) would buy at usual prices, with today's supply."""
    if population.curves is not None:
        supply = _of_ad_sets(conditions.supply)
        shown = population.curves.impressions(spend / supply)
        shown *= supply
        return shown
    if conditions.market is not None:
        return at_one_bid(spend, conditions.market).impressions
    landscape = population.rate, population.depth, population.exponent
    if isinstance(conditions.supply, float) and conditions.supply == 1.0:
        return auction.impressions(spend, *landscape)
    supply = _of_ad_sets(conditions.supply)
    shown = auction.impressions(spend / supply, *landscape)
    shown *= supply
    return shown


def part_of_each(by_ad: Floats) -> Floats:
    """Each ad's part (W, A, C) of its ad set's impressions; zeros where nothing is shown."""
    whole = over_ads(by_ad)[..., None]
    return by_ad / np.where(whole > 0.0, whole, 1.0)


def under_pressure(shown: Floats, population: Population, conditions: Conditions) -> Floats:
    """What is left of impressions (..., W, A, C) where ad sets of the account raise each other's prices."""
    if conditions.pressure is not None:
        shown /= own_pressure(shown, population, conditions)[..., None]
    return shown


def own_pressure(shown: Floats, population: Population, conditions: Conditions) -> Floats:
    """Factor (..., W, A) on prices when ad sets would show `shown` (..., W, A, C) without raising each other's."""
    whole = over_ads(shown) / population.audience
    return np.ones(whole.shape) if conditions.pressure is None else conditions.pressure(whole)


def marginal_impressions(spend: Floats, population: Population, conditions: Conditions) -> Floats:
    """Impressions (..., W, A) of the next minor unit after `spend`, at today's prices and without own pressure."""
    if population.curves is not None:
        slope = population.curves.marginal_impressions(spend / _of_ad_sets(conditions.supply))
    elif conditions.market is not None:
        slope = 1.0 / at_one_bid(spend, conditions.market).marginal_price_minor
    else:
        supply = _of_ad_sets(conditions.supply)
        slope = auction.marginal_impressions(spend / supply, population.rate, population.depth, population.exponent)
    return slope * over_ads(conditions.by_ad)


def clicks(shown: Floats, population: Population, conditions: Conditions, concentration: float) -> Floats:
    """Expected clicks (..., W, A, C) on `shown` impressions (..., W, A, C), at usual `readiness`."""
    if population.curves is None:
        audience = population.audience[..., None]
        fresh = fatigue.effective_impressions(shown, audience, concentration, conditions.stock, conditions.stock_worth)
    else:
        fresh = shown.copy()
    fresh *= population.click_rate[..., None]
    fresh *= conditions.clicks
    return fresh


def readiness(spend: Floats, population: Population) -> Floats | None:
    """Factor (..., W, A, 1) on orders per click at this spend, and one over that on clicks; None where it is one.

    It moves clicks and leaves orders and their value where they are.
    """
    return None if population.curves is None else population.curves.orders_per_click(spend)[..., None]


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
    return over_ads(worth)


def marginal_value(spend: Floats, population: Population, conditions: Conditions, concentration: float) -> Floats:
    """Derivative of an ad set's own `value_minor` by its own spend, (..., W, A); what it does to others is left out."""
    shown = impressions(spend, population, conditions)
    fresh = part_of_each(conditions.by_ad)
    if population.curves is None:
        audience = population.audience[..., None]
        fresh = fresh * fatigue.marginal_freshness(shown, audience, concentration, conditions.stock)
    fresh = fresh * (
        conditions.clicks * population.click_rate[..., None] * value_per_click_minor(population, conditions)
    )
    marginal: Floats = marginal_impressions(spend, population, conditions) * over_ads(fresh)
    if conditions.pressure is not None:
        marginal /= conditions.pressure(over_ads(shown) / population.audience)
    return marginal


def _of_ad_sets(factor: Floats | float) -> Floats | float:
    """A factor (W, A, 1) as (W, A)."""
    return factor if isinstance(factor, float) else factor[..., 0]

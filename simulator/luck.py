"""One day as it turns out: the response to money, with the day's luck.

All of a day's luck is drawn before any budget is looked at, a fixed row of normals per ad set. Orders are drawn apart
for each delay: the thinning of a Poisson count is a set of independent Poisson counts, so buckets sum to what was
caused by construction.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from simulator import response
from simulator.delay import LAGS, arrival_shares
from simulator.ledger import Day
from simulator.noise import counts, mean_one
from simulator.orders import value_minor
from simulator.reach import people_reached
from simulator.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.drift import Conditions
    from simulator.population import Population
    from simulator.scenario import Scenario

_DELIVERY, _PRICE, _CLICK_LEVEL, _CLICK_COUNT, _ORDER_LEVEL = range(5)
_ORDERS = slice(5, 5 + LAGS)
_WORTH = slice(5 + LAGS, 5 + 2 * LAGS)
_DRAWS = 5 + 2 * LAGS


def luck_of(day: date, ad_sets: int, streams: Streams) -> NDArray[np.float64]:
    """The luck of a day, (W, A, draws)."""
    return np.moveaxis(streams.normals("day", day.toordinal(), _DRAWS, ad_sets), 0, -1)


def delivery_luck(luck: NDArray[np.float64]) -> NDArray[np.float64]:
    """The part (W, A) that decides how much of a budget is spent."""
    return luck[..., _DELIVERY]


def happen(
    spend_minor: NDArray[np.int64],
    population: Population,
    conditions: Conditions,
    scenario: Scenario,
    luck: NDArray[np.float64],
) -> Day:
    """The day that `spend_minor` (W, A) makes."""
    expected = response.impressions(spend_minor.astype(np.float64), population, conditions)
    shown = np.rint(expected * mean_one(luck[..., _PRICE], scenario.price_noise))
    people = np.minimum(np.rint(people_reached(shown, population.audience, scenario.concentration)), shown)
    expected_clicks = response.clicks(shown, population, conditions, scenario.concentration)
    expected_clicks *= mean_one(luck[..., _CLICK_LEVEL], scenario.click_noise)
    clicked = np.minimum(counts(expected_clicks, luck[..., _CLICK_COUNT]), shown.astype(np.int64))
    rate = population.conversion_rate * conditions.conversions
    expected_orders = clicked * rate * mean_one(luck[..., _ORDER_LEVEL], scenario.conversion_noise)
    by_delay = expected_orders[..., None] * arrival_shares(scenario.same_day_share)
    orders = counts(by_delay, luck[..., _ORDERS])
    worth = value_minor(orders, population.order_value_minor[..., None], scenario.order_variation, luck[..., _WORTH])
    return Day(
        spend_minor=spend_minor,
        impressions=shown.astype(np.int64),
        reach=people.astype(np.int64),
        clicks=clicked,
        orders=orders,
        worth_minor=worth,
    )

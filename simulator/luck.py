"""One day as it turns out: the response to money, with the day's luck.

All of a day's luck is drawn before any budget is looked at, so many numbers for every ad set and every ad. Orders are
drawn apart for each category (`simulator.order_categories`): the thinning of a Poisson count is a set of independent
Poisson counts, so categories sum to what was caused by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from simulator import response
from simulator.ads import over_ads
from simulator.delay import LAGS, arrival_shares
from simulator.ledger import Day, small_enough
from simulator.noise import counts, mean_one, occurring
from simulator.order_categories import ORDER_CATEGORIES, category_shares
from simulator.orders import value_minor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.conditions import Conditions
    from simulator.population import Population
    from simulator.scenario import Scenario
    from simulator.streams import Streams

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Places = NDArray[np.intp]

_OTHERS = len(ORDER_CATEGORIES) - LAGS


@dataclass(frozen=True, eq=False, slots=True)
class Luck:
    """Draws of one day: normals (W, A) for ad sets, (W, A, C) for ads, and by order category (K, W, A, C)."""

    delivery: Floats
    price: Floats
    click_level: Floats
    click_count: Floats
    order_level: Floats
    orders: Floats
    """Uniforms."""
    worth: Callable[[Sequence[Places]], Floats]
    """Normals (n,) at flat places of (W, A, C) for each of the K categories, one category after the other."""


def draw_luck(day: date, ad_sets: int, ads: int, streams: Streams, *, plainly_reported: bool) -> Luck:
    """The luck of a day; without `plainly_reported` for all order categories, otherwise for the clicks' own."""
    ordinal = day.toordinal()
    delivery, price = streams.normals("delivery", ordinal, 2, ad_sets)
    click_level, click_count, order_level = streams.normals("clicks", ordinal, 3, ad_sets, ads)
    categories = LAGS if plainly_reported else LAGS + _OTHERS
    orders = np.empty((categories + categories % 2, len(streams), ad_sets, ads))
    streams.uniforms("orders", ordinal, LAGS, ad_sets, ads, out=orders[:LAGS])
    if plainly_reported and ads == 1:
        every = streams.normals("order values", ordinal, LAGS, ad_sets, ads).reshape(LAGS, -1)

        def at_hand(places: Sequence[Places]) -> Floats:
            return np.concatenate([normals.take(some) for normals, some in zip(every, places, strict=True)])

        return Luck(delivery, price, click_level, click_count, order_level, orders, at_hand)
    if not plainly_reported:
        streams.uniforms("other orders", ordinal, _OTHERS, ad_sets, ads, out=orders[LAGS:])
        orders = orders[:categories]

    # Few of so many cells have orders: only there the worth is drawn.
    def worth(places: Sequence[Places]) -> Floats:
        parts = ("order values", LAGS, places[:LAGS]), ("other order values", _OTHERS, places[LAGS:])
        drawn = []
        for purpose, draws, some in parts:
            if some:
                category = np.repeat(np.arange(len(some)), [cells.size for cells in some])
                cells = np.unravel_index(np.concatenate(some), orders.shape[1:])
                drawn.append(streams.normals_at(purpose, ordinal, draws, category, cells))
        return np.concatenate(drawn)

    return Luck(delivery, price, click_level, click_count, order_level, orders, worth)


def happen(spend_minor: Ints, population: Population, conditions: Conditions, scenario: Scenario, luck: Luck) -> Day:
    """The day that `spend_minor` (W, A) makes."""
    expected = response.impressions(spend_minor.astype(np.float64), population, conditions)
    expected *= mean_one(luck.price, scenario.price_noise)[..., None]
    return of_impressions(spend_minor, expected, population, conditions, scenario, luck)


def of_impressions(
    spend_minor: Ints,
    expected: Floats,
    population: Population,
    conditions: Conditions,
    scenario: Scenario,
    luck: Luck,
) -> Day:
    """The day on which `spend_minor` (W, A) bought `expected` impressions (W, A, C)."""
    shown = np.rint(expected)
    expected_clicks = response.clicks(shown, population, conditions, scenario.concentration)
    expected_clicks *= mean_one(luck.click_level, scenario.click_noise)
    readiness = response.readiness(spend_minor.astype(np.float64), population)
    if readiness is not None:
        expected_clicks /= readiness
    seen = shown.astype(np.int64)
    clicked = np.minimum(counts(expected_clicks, luck.click_count), seen)
    expected_orders = response.orders_per_click(population, conditions) * clicked
    expected_orders *= mean_one(luck.order_level, conditions.conversion_noise)
    if readiness is not None:
        expected_orders *= readiness
    mean_worth = population.order_value_minor[..., None] * conditions.order_value
    shares = _shares(conditions, scenario)
    orders, worth = drawn_orders(expected_orders, shares, mean_worth, scenario.order_variation, luck)
    return Day(
        spend_minor=split_spend(spend_minor, conditions.share),
        impressions=seen,
        clicks=clicked,
        orders=orders,
        worth_minor=worth,
    )


def drawn_orders(
    expected: Floats, shares: Floats, mean_worth: Floats, variation: float, luck: Luck
) -> tuple[Ints, Ints]:
    """Orders and their worth (K, W, A, C) as the luck has it. Most cells have none: only the others are worked on.

    Args:
        expected: (W, A, C) expected orders.
        shares: (K, 1, 1, 1) or (K, W, A, C) share of each category.
        mean_worth: mean value of an order, minor units; broadcasts to (W, A, C).
        variation: coefficient of variation of one order.
        luck: of the day.
    """
    places, number = occurring(expected, luck.orders, shares)
    means = np.broadcast_to(mean_worth, expected.shape).reshape(-1)
    mean = np.concatenate([means.take(some) for some in places])
    value = value_minor(number, mean, variation, luck.worth(places))
    largest = max(int(values.max(initial=0)) for values in (number, value))
    kind = small_enough(largest, expected.shape[-1])
    orders, worth = (np.zeros((len(places), expected.size), dtype=kind) for _ in range(2))
    before = 0
    for some, by_place, worth_by_place in zip(places, orders, worth, strict=True):
        these = slice(before, before + some.size)
        by_place[some], worth_by_place[some] = number[these], value[these]
        before += some.size
    shape = len(places), *expected.shape
    return orders.reshape(shape), worth.reshape(shape)


def split_spend(spend_minor: Ints, share: Floats | None) -> Ints:
    """Money (W, A) by ad (W, A, C): whole minor units that sum exactly, rounded along the running sum of shares."""
    if share is None:
        return spend_minor[..., None]
    running = np.rint(np.cumsum(share, axis=-1) * spend_minor[..., None]).astype(np.int64)
    running[..., -1] = np.where(over_ads(share) > 0.0, spend_minor, 0)
    return np.diff(running, axis=-1, prepend=0)


def _shares(conditions: Conditions, scenario: Scenario) -> Floats:
    """Expected orders of each category per order through a click, (K, 1, 1, 1) or (K, W, A, C)."""
    if conditions.plainly_reported:
        return arrival_shares(scenario.same_day_share, scenario.later_shares)[:, None, None, None]
    return category_shares(
        scenario.same_day_share,
        scenario.later_shares,
        tracked=conditions.tracked,
        recorded=conditions.recorded,
        late_share=conditions.late_share,
        view_orders=conditions.view_orders,
    )

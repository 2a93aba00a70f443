from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import auction
from simulator.hourly import Day, Market, at_one_bid, chunks, pressure, spend_by_hour, total
from simulator.traffic import hour_shares, price_by_hour

SCALE = 10_000.0


def a_market(worlds=3, ad_sets=4, *, prices=1.0, seed=0) -> Market:
    draws = np.random.default_rng(seed).standard_normal((3, worlds, ad_sets))
    shares = hour_shares(0)
    return Market(
        rate=2.0 * np.exp(0.2 * draws[0]),
        depth=300.0 * np.exp(0.5 * draws[1]),
        exponent=np.clip(0.65 + 0.1 * draws[2], 0.4, 0.9),
        capacity_minor=np.full((worlds, ad_sets), 12.0 * SCALE),
        supply=shares,
        price=price_by_hour(shares, prices),
    )


def landscape(market: Market) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return market.rate, market.depth, market.exponent


def in_hour(hour: int, market: Market) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return market.rate / market.price[hour], market.depth * market.supply[hour], market.exponent


def same(one: Day, other: Day) -> bool:
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Day))


@given(st.floats(0.01, 11.0 * SCALE))
@settings(max_examples=50, deadline=None)
def test_hours_that_are_all_alike_are_the_day_of_the_closed_form(budget: float) -> None:
    market = a_market(prices=0.0)
    day = at_one_bid(np.full(market.rate.shape, budget), market)

    np.testing.assert_allclose(day.spend_minor, budget, rtol=1e-9)
    np.testing.assert_allclose(day.impressions, auction.impressions(budget, *landscape(market)), rtol=1e-9)
    np.testing.assert_allclose(day.marginal_price_minor, auction.marginal_price(budget, *landscape(market)), rtol=1e-9)


@given(st.floats(1.0, 8.0 * SCALE), st.floats(-2.0, 2.0))
@settings(max_examples=50, deadline=None)
def test_a_day_is_what_its_bid_buys_in_every_hour(budget: float, prices: float) -> None:
    market = replace(a_market(prices=prices), capacity_minor=np.full((3, 4), 1e6 * SCALE))
    day = at_one_bid(np.full(market.rate.shape, budget), market)
    spend = sum(auction.spend_at_bid(day.marginal_price_minor, *in_hour(hour, market)) for hour in range(24))
    shown = sum(auction.impressions_at_bid(day.marginal_price_minor, *in_hour(hour, market)) for hour in range(24))

    # Below one impression's price the sums cancel; the absolute part is a millionth of a minor unit.
    np.testing.assert_allclose(spend, budget, rtol=1e-8, atol=1e-6)
    np.testing.assert_allclose(day.impressions, shown, rtol=1e-8, atol=1e-6)


def test_one_more_impression_costs_the_bid() -> None:
    market, step = a_market(), 0.01
    budgets = np.array([50.0, 500.0, SCALE, 5 * SCALE])[:, None, None] * np.ones(market.rate.shape)
    more, less = (at_one_bid(budgets + by, market).impressions for by in (step, -step))

    # Not at a kink: an hour that begins to spend within the step changes the slope by parts in a thousand at most.
    np.testing.assert_allclose(2 * step / (more - less), at_one_bid(budgets, market).marginal_price_minor, rtol=1e-3)


def test_impressions_are_concave_in_the_budget() -> None:
    market = a_market(prices=2.0)
    budgets = np.linspace(0.0, 20.0 * SCALE, 400)[:, None, None] * np.ones(market.rate.shape)
    bends = np.diff(at_one_bid(budgets, market).impressions, n=2, axis=0)

    assert bends.max() < 1e-6


def test_no_other_way_to_spend_the_money_buys_more() -> None:
    market, rng = a_market(worlds=1, ad_sets=1), np.random.default_rng(2)
    best = at_one_bid(np.full((1, 1), SCALE), market).impressions.item()
    for _ in range(200):
        spend = SCALE * rng.dirichlet(200.0 * market.supply + 0.1)
        bought = sum(auction.impressions(spend[hour], *in_hour(hour, market)).item() for hour in range(24))
        assert bought < best


def test_when_every_auction_is_won_more_money_buys_nothing() -> None:
    market = replace(a_market(), capacity_minor=np.full((3, 4), SCALE))
    once, twice = (at_one_bid(np.full((3, 4), budget), market) for budget in (1.5 * SCALE, 3.0 * SCALE))

    np.testing.assert_allclose(once.spend_minor, SCALE, rtol=1e-9)
    np.testing.assert_allclose(twice.impressions, once.impressions, rtol=1e-12)
    assert np.isinf(once.marginal_price_minor).all()


def test_the_bid_spends_the_budget_where_some_hours_have_run_out_or_not_begun() -> None:
    market = replace(a_market(prices=2.0), capacity_minor=np.full((3, 4), SCALE))
    (some, cells), *rest = chunks(market, 80)
    assert not rest
    budgets = np.concatenate([np.linspace(0.5, 0.999, 40), np.geomspace(1e-6, 1e-2, 40)])[:, None] * np.full(12, SCALE)
    spent = spend_by_hour(pressure(budgets, cells), cells)

    assert some == slice(0, 12)
    assert (np.isclose(spent[:, :40], cells.supply[:, None] * SCALE).any(axis=0)).any()
    assert (spent[:, 40:] == 0.0).any()
    np.testing.assert_allclose(total(spent), budgets, rtol=1e-9)


@pytest.mark.filterwarnings("error")
def test_nothing_is_bought_without_money_or_without_hours() -> None:
    market = a_market()
    shut = replace(market, supply=np.zeros((24, 3, 4)))

    assert not at_one_bid(np.zeros((3, 4)), market).impressions.any()
    assert not at_one_bid(np.full((3, 4), SCALE), shut).spend_minor.any()
    assert not at_one_bid(np.full((3, 4), SCALE), shut).impressions.any()


def test_shut_hours_make_the_others_dearer() -> None:
    market = a_market()
    supply = np.repeat(hour_shares(0)[:, None], 12, axis=1).reshape(24, 3, 4)
    supply[:12, :, 1] = 0.0
    usual, half = (at_one_bid(np.full((3, 4), SCALE), m) for m in (market, replace(market, supply=supply)))

    np.testing.assert_allclose(half.spend_minor, SCALE, rtol=1e-9)
    assert (half.impressions[:, 1] < usual.impressions[:, 1]).all()
    assert np.array_equal(half.impressions[:, 2:], usual.impressions[:, 2:])


def test_a_world_is_the_same_alone_and_among_many() -> None:
    many = a_market(worlds=700, ad_sets=5)
    budgets = SCALE * np.exp(np.random.default_rng(3).normal(0.0, 2.0, (3, 700, 5)))
    together = at_one_bid(budgets, many)
    for world in (0, 411, 699):
        own = (getattr(many, name)[world : world + 1] for name in ("rate", "depth", "exponent", "capacity_minor"))
        alone = at_one_bid(budgets[:, world : world + 1], Market(*own, many.supply, many.price))
        cut = Day(*(getattr(together, f.name)[:, world : world + 1] for f in fields(Day)))
        assert same(alone, cut)


def test_hours_are_added_in_their_order() -> None:
    hours = np.random.default_rng(4).random((24, 1, 1))

    assert total(hours).item() == sum(hours.ravel().tolist(), 0.0)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.auction import (
    impressions,
    impressions_at_bid,
    marginal_impressions,
    marginal_price,
    spend_at_bid,
)

Landscape = tuple[np.ndarray, np.ndarray, np.ndarray]
RATE, DEPTH, EXPONENT = np.array(0.8), np.array(500.0), np.array(0.65)


def test_no_money_buys_nothing_and_the_first_unit_is_the_cheapest() -> None:
    spend = np.linspace(0.0, 1e5, 400)
    bought = impressions(spend, RATE, DEPTH, EXPONENT)

    assert bought[0] == 0.0
    assert (np.diff(bought) > 0).all()
    assert (np.diff(bought, 2) < 0).all()


def test_at_the_cheap_end_impressions_are_in_proportion_to_spend() -> None:
    assert impressions(np.array(1.0), RATE, DEPTH, EXPONENT) == pytest.approx(0.8, rel=1e-3)


def test_far_out_impressions_grow_with_the_calibrated_exponent() -> None:
    far = impressions(np.array([1e9, 1e10]), RATE, DEPTH, EXPONENT)

    assert np.log10(far[1] / far[0]) == pytest.approx(0.65, abs=1e-3)


def test_the_marginal_is_the_derivative() -> None:
    spend = np.array([10.0, 1e3, 1e5])
    step = 1e-3
    slope = (impressions(spend + step, RATE, DEPTH, EXPONENT) - impressions(spend - step, RATE, DEPTH, EXPONENT)) / (
        2 * step
    )

    assert marginal_impressions(spend, RATE, DEPTH, EXPONENT) == pytest.approx(slope, rel=1e-5)


MONEY = st.floats(1e-2, 1e7)
LANDSCAPES = st.tuples(st.floats(1e-3, 10.0), st.floats(1.0, 1e5), st.floats(0.4, 0.9)).map(
    lambda three: tuple(np.array(number) for number in three)
)


@given(MONEY, LANDSCAPES)
def test_the_bid_that_spends_an_amount_wins_what_the_amount_buys(spend: float, landscape: Landscape) -> None:
    bid = marginal_price(np.array(spend), *landscape)

    assert spend_at_bid(bid, *landscape) == pytest.approx(spend, rel=1e-6, abs=1e-9 * landscape[1])
    assert impressions_at_bid(bid, *landscape) == pytest.approx(
        impressions(np.array(spend), *landscape), rel=1e-6, abs=1e-9 * landscape[0] * landscape[1]
    )


@given(MONEY, LANDSCAPES)
def test_one_more_impression_costs_one_by_the_slope(spend: float, landscape: Landscape) -> None:
    slope = marginal_impressions(np.array(spend), *landscape)

    assert marginal_price(np.array(spend), *landscape) == pytest.approx(1.0 / slope, rel=1e-9)


@given(st.floats(1.01, 30.0), LANDSCAPES)
def test_a_day_costs_the_second_price_of_every_impression_won(times: float, landscape: Landscape) -> None:
    """The integral of price over impressions won, by the trapezium rule on 4,000 prices: error of order 1e-7."""
    prices = np.linspace(1.0, times, 4_000) / landscape[0]
    won = impressions_at_bid(prices, *landscape)
    paid = np.sum(np.diff(won) * (prices[1:] + prices[:-1]) / 2.0)

    assert spend_at_bid(prices[-1], *landscape) == pytest.approx(paid, rel=1e-4)


def test_a_bid_below_the_cheapest_price_wins_nothing() -> None:
    bids = np.array([0.0, 0.5, 1.0]) / RATE

    assert (impressions_at_bid(bids, RATE, DEPTH, EXPONENT) == 0.0).all()
    assert (spend_at_bid(bids, RATE, DEPTH, EXPONENT) == 0.0).all()

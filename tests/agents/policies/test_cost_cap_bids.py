"""Caps from what the next order costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.policies.cost_cap_bids import CostCapBids
from agents.randomness import decision_rng
from agents.vocabulary import Bids, BidStrategy


def account(
    make_account: Any, costs: list[int], caps: list[int], *, strategy: BidStrategy = BidStrategy.COST_CAP
) -> Any:
    """Ad sets that spend 200.00 of 400.00 a day on orders worth 60.00, which cost `costs` on average."""
    made = make_account(len(costs), days=42)
    rng = np.random.default_rng(6)
    made.budgets_minor[...] = 40_000
    spend = np.rint(20_000 * rng.lognormal(0, 0.1, made.metrics["spend_minor"].shape)).astype(np.int64)
    made.metrics["spend_minor"][...] = spend
    usual = (spend / 20_000) ** 0.6
    made.metrics["impressions"][...] = np.rint(60_000 * usual)
    made.metrics["clicks"][...] = np.rint(600 * usual)
    made.metrics["conversions"][...] = np.rint(20_000 / np.array(costs)[:, None] * usual)
    made.metrics["value_minor"][...] = made.metrics["conversions"] * 6_000
    made.sets["bid_strategies"] = np.full(len(costs), strategy)
    made.sets["bids_minor"] = np.array(caps)
    return made


def decide(made: Any, **params: Any) -> Bids:
    return CostCapBids(**params).decide(made.observed(), decision_rng((1,)))


def test_caps_are_raised_where_the_next_order_is_cheap_and_lowered_where_it_is_dear(make_account: Any) -> None:
    answer = decide(account(make_account, [1_000, 4_000], [1_000, 4_000]))

    assert answer.bids_minor[0] > 1_000
    assert answer.bids_minor[1] < 4_000


def test_a_cap_moves_a_step_a_day_at_most(make_account: Any) -> None:
    answer = decide(account(make_account, [1_000, 4_000], [1_000, 4_000]), max_change=0.05, doubt=0.0)

    assert answer.bids_minor.tolist() == [1_050, 3_800]


def test_caps_of_ad_sets_that_are_all_alike_stay(make_account: Any) -> None:
    made = account(make_account, [2_000] * 4, [2_000] * 4)

    assert decide(made).bids_minor.tolist() == [2_000] * 4


def test_a_cap_is_not_raised_before_results_are_mature(make_account: Any) -> None:
    made = account(make_account, [1_000, 4_000], [1_000, 4_000])
    for array in made.metrics.values():
        array[..., :-4] = 0

    answer = decide(made)

    assert (answer.bids_minor <= [1_000, 4_000]).all()
    assert "mature results" in CostCapBids().explain(made.observed(), answer)[0]


def test_the_owners_limits_bind_caps(make_account: Any) -> None:
    made = account(make_account, [1_000, 4_000], [1_000, 4_000])
    made.sets["cpa_ceilings_minor"] = np.array([950, 0])

    assert decide(made).bids_minor[0] == 950

    made.sets["cpa_ceilings_minor"], made.sets["roas_floors"] = np.array([0, 0]), np.array([6_000 / 970, 0.0])
    assert decide(made).bids_minor[0] == pytest.approx(970, abs=1)


def test_a_target_is_aimed_at_whatever_the_account_returns(make_account: Any) -> None:
    made = account(make_account, [2_000, 2_000], [2_000, 2_000])

    dear, cheap = decide(made, target_minor=9_000), decide(made, target_minor=1_500)

    assert (dear.bids_minor > 2_000).all()
    assert (cheap.bids_minor < 2_000).all()
    assert dear.targets_minor.tolist() == [9_000, 9_000]


def test_a_bid_cap_stands_nearer_to_the_next_orders_worth_than_a_cost_cap(make_account: Any) -> None:
    cost, bid = (
        decide(account(make_account, [2_000], [cap], strategy=strategy), max_change=1.0, target_minor=4_000, doubt=0.0)
        for cap, strategy in ((2_000, BidStrategy.COST_CAP), (3_600, BidStrategy.BID_CAP))
    )

    assert bid.bids_minor[0] == pytest.approx(0.95 * 4_000, rel=0.01)
    assert cost.bids_minor[0] < 0.75 * bid.bids_minor[0]


def test_ad_sets_at_lowest_cost_get_no_cap(make_account: Any) -> None:
    made = account(make_account, [2_000, 2_000], [2_000, 0])
    made.sets["bid_strategies"][1] = BidStrategy.LOWEST_COST

    answer = decide(made)

    assert answer.bids_minor[1] == 0
    assert CostCapBids().explain(made.observed(), answer)[1].startswith("no cap")


def test_a_sentence_says_what_the_next_order_costs_and_may_cost(make_account: Any) -> None:
    made = account(make_account, [1_000, 4_000], [1_000, 4_000])

    words = CostCapBids().explain(made.observed(), decide(made))

    assert words[0].startswith("raise the cap 10.00 → ")
    assert "USD: the next order costs " in words[0]
    assert " and may cost " in words[0]

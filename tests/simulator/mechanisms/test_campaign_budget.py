from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import auction
from simulator.mechanism import Morning, Outcome
from simulator.mechanisms.campaign_budget import CampaignBudget, Counted
from simulator.world import World

Make = Callable[..., World]
AT_ONCE = {"momentum": 0.0, "minimum_share": 0.0}


def shared(make_world: Make, seeds: tuple[int, ...] = (1, 2, 3), **parameters: Any) -> World:
    return make_world(seeds, ad_sets=8, history_days=0, campaign_budget=parameters)


def sums(values: np.ndarray, size: int = 4) -> np.ndarray:
    return np.stack([values[..., i : i + size].sum(axis=-1) for i in range(0, values.shape[-1], size)], axis=-1)


def seen(world: World, impressions: float, rates: np.ndarray) -> Counted:
    """A state in which every ad set had so many impressions, with these conversions per impression."""
    ones = np.ones(world.budgets_minor.shape)
    return Counted(impressions * ones, impressions * ones * rates, ones / 4.0)


def allotted(world: World, times: float = 1.0) -> np.ndarray:
    """What is set out to be spent of budgets of so many times the scale."""
    return world._allotted(times * world._population.scale_minor)


@pytest.mark.parametrize("size", [1, 3, 4, 100])
def test_every_campaign_keeps_its_sum(make_world: Make, size: int) -> None:
    world = make_world((1, 2), campaign_budget={"ad_sets_per_campaign": size})
    budgets = np.random.default_rng(1).lognormal(9.0, 1.0, (5, *world.budgets_minor.shape))
    found = world._allotted(budgets)

    assert sums(found, size) == pytest.approx(sums(budgets, size), rel=1e-9)
    assert (found >= 0.0).all()
    assert size != 1 or found == pytest.approx(budgets)


def test_the_campaigns_money_goes_to_those_that_may_deliver(make_world: Make) -> None:
    world = shared(make_world)
    world.set_active(0, 1, active=False)
    budgets = np.full(world.budgets_minor.shape, 1000.0)
    budgets[1, 2] = 0.0
    found = world._allotted(budgets)

    assert (found[0, 1], found[1, 2]) == (0.0, 0.0)
    assert sums(found)[:, 0] == pytest.approx([3000.0, 3000.0, 4000.0])


def test_a_campaign_of_paused_ad_sets_spends_nothing(make_world: Make) -> None:
    world = shared(make_world)
    for ad_set in range(world.scenario.ad_sets):
        world.set_active(0, ad_set, active=False)
    found = world._allotted(np.full(world.budgets_minor.shape, 1000.0))

    assert (found[0] == 0.0).all()
    assert found[1:].sum() == pytest.approx(1000.0 * found[1:].size)


def test_the_next_result_costs_the_same_in_every_ad_set_that_gets_money(make_world: Make) -> None:
    world = shared(make_world, **AT_ONCE)
    world.replace_mechanism_state("campaign_budget", seen(world, 1e5, np.array([2e-4, 3e-4, 4e-4, 5e-4] * 2)))
    mechanism, state = world.scenario.mechanisms["campaign_budget"], world.mechanism_state("campaign_budget")
    people, found = world._population, allotted(world)
    price = auction.marginal_price(found, people.rate, people.depth, people.exponent)
    cost = price / mechanism.worth_of_impression(state, world._setting)

    for campaign in (slice(0, 4), slice(4, 8)):
        for world_cost, got in zip(cost[:, campaign], found[:, campaign] > 0, strict=True):
            assert world_cost[got] == pytest.approx(world_cost[got].min(), rel=1e-4)
            assert (world_cost[~got] >= world_cost[got].min() * (1 - 1e-6)).all()


def test_the_best_average_cost_need_not_get_the_most_money(make_world: Make) -> None:
    """The breakdown effect: the first ad set's market is cheap but shallow, so its next results are dear."""
    world = shared(make_world, (1,), ad_sets_per_campaign=2, **AT_ONCE)
    people = world._population
    depth, ones = people.depth.copy(), np.ones_like(people.depth)
    depth[:, ::2], depth[:, 1::2] = 100.0, 10_000.0
    rate = np.where(np.arange(8) % 2 == 0, 1.0, 0.25) * ones
    world._setting = replace(
        world._setting, population=replace(people, depth=depth, rate=rate, exponent=0.6 * ones, scale_minor=5e3 * ones)
    )
    world.replace_mechanism_state("campaign_budget", seen(world, 1e6, np.array([1e-3])))
    found = world._allotted(np.full(people.depth.shape, 20_000.0))[0]
    average = found / auction.impressions(found, rate[0], depth[0], 0.6 * ones[0])

    assert average[0] < average[1]
    assert found[0] < found[1]


def test_early_luck_steers_later_money(make_world: Make) -> None:
    """Equal ad sets: a better rate than its siblings' in the first week goes with more money in the second."""
    world = make_world(tuple(range(60)), "all_equal", history_days=0, campaign_budget={})
    world.set_budgets(np.full(world.budgets_minor.shape, 2_000))
    for _ in range(7):
        world.step()
    luck = world.caused(7)["conversions"].sum(axis=-1) / world.report(7)["impressions"].sum(axis=-1)
    for _ in range(7):
        world.step()
    money = world.report(7)["spend_minor"].sum(axis=-1)
    within = [x.reshape(60, -1, 4) - x.reshape(60, -1, 4).mean(axis=-1, keepdims=True) for x in (luck, money)]

    assert np.corrcoef(within[0].ravel(), within[1].ravel())[0, 1] > 0.3


def test_a_few_results_move_less_money_than_many_at_the_same_rate(make_world: Make) -> None:
    world = shared(make_world, **AT_ONCE)
    rates = np.array([1.0, 2.0, 3.0, 4.0] * 2) * 1e-4
    worths = [
        world.scenario.mechanisms["campaign_budget"].worth_of_impression(seen(world, shown, rates), world._setting)
        for shown in (1e3, 1e6)
    ]

    assert (np.ptp(worths[0][:, :4], axis=1) < 0.5 * np.ptp(worths[1][:, :4], axis=1)).all()
    assert worths[1] == pytest.approx(np.broadcast_to(rates, worths[1].shape), rel=0.1)


def test_a_day_is_counted_in_the_evening_and_older_ones_fade() -> None:
    mechanism, old = CampaignBudget(ad_sets_per_campaign=2, memory=0.5), np.array([[10.0, 20.0, 30.0, 40.0]])
    zero, day = np.zeros((1, 4, 2), dtype=np.int64), np.array([[[1, 1], [3, 3], [0, 0], [0, 0]]])
    outcome = Outcome(day, 100 * day, zero, day, zero)
    state = Counted(impressions=old, results=old, share=np.array([[0.5, 0.5, 0.1, 0.9]]))
    after = mechanism.evening(state, Morning(None, None, zero[..., 0], zero[..., 0] == 0), outcome)  # type: ignore[arg-type]

    assert after.impressions.tolist() == [[205.0, 610.0, 15.0, 20.0]]
    assert after.results.tolist() == [[7.0, 16.0, 15.0, 20.0]]
    assert after.share.tolist() == [[0.25, 0.75, 0.1, 0.9]]


def test_no_day_spends_more_than_the_campaigns_allowance(make_world: Make) -> None:
    world = shared(make_world, tuple(range(20)))
    for _ in range(7):
        world.step()
        assert (sums(world.report(1)["spend_minor"][..., 0]) <= 1.75 * sums(world.budgets_minor)).all()


@given(st.integers(0, 10_000))
def test_a_campaigns_week_is_charged_no_more_than_it_allows(seed: int) -> None:
    """Six days with money that moves between ad sets, and luck of up to 75 % on each."""
    mechanism, draws = CampaignBudget(ad_sets_per_campaign=3), np.random.default_rng(seed)
    whole, spent = np.zeros((4, 6), dtype=np.int64), np.zeros((4, 6), dtype=np.int64)
    for days_left in range(5, -1, -1):
        set_out = (1000 * draws.dirichlet(np.ones(3), (4, 2)).reshape(4, 6)).astype(np.int64)
        luck = np.minimum(draws.lognormal(0.0, 0.4, (4, 6)), 1.75)
        left = whole + (1 + days_left) * set_out - spent
        would = np.minimum((set_out * luck).astype(np.int64), np.maximum(left, 0))
        charged = mechanism.charge(None, None, would, left)  # type: ignore[arg-type]
        assert ((charged >= 0) & (charged <= would)).all()
        whole, spent = whole + set_out, spent + charged

    assert (sums(spent, 3) <= 6 * 1000).all()


def test_a_day_within_the_week_is_charged_as_it_is() -> None:
    spend, left = np.array([[30, 50, 20]]), np.array([[-10, 100, 10]])
    mechanism = CampaignBudget(ad_sets_per_campaign=3)

    assert (mechanism.charge(None, None, spend, left) == spend).all()  # type: ignore[arg-type]
    assert mechanism.charge(None, None, 2 * spend, left).tolist() == [[30, 50, 20]]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"ad_sets_per_campaign": 2},
        {"goal": "value"},
        {"memory": 0.0},
        {"prior_results": 50.0},
        {"momentum": 0.9},
        {"minimum_share": 0.5},
    ],
)
def test_every_parameter_moves_money(make_world: Make, change: dict[str, Any]) -> None:
    usual, other = (make_world((1,), history_days=5, campaign_budget=section) for section in ({}, change))

    assert (allotted(usual) != allotted(other)).any()


def test_a_minimum_share_is_kept(make_world: Make) -> None:
    world = shared(make_world, minimum_share=0.4, momentum=0.0)
    world.replace_mechanism_state("campaign_budget", seen(world, 1e6, np.array([1e-5, 1e-5, 1e-5, 1e-2] * 2)))
    found = world._allotted(np.full(world.budgets_minor.shape, 1000.0))

    assert (found >= 0.1 * 4000.0 * (1 - 1e-9)).all()


def test_a_world_is_the_same_alone_and_in_a_batch(make_world: Make) -> None:
    batch, alone = (make_world(seeds, history_days=5, campaign_budget={}) for seeds in ((7, 8, 9), (8,)))

    assert (allotted(batch)[1] == allotted(alone)[0]).all()
    assert (batch.report(5)["spend_minor"][1] == alone.report(5)["spend_minor"][0]).all()

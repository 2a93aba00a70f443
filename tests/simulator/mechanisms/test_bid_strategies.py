from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.conditions import Conditions
from simulator.mechanism import Outlook
from simulator.mechanisms.bid_strategies import BID_CAP, COST_CAP, LOWEST_COST, MINIMUM_ROAS, Bids, with_levels
from simulator.world import World

Make = Callable[..., World]
PROMISES = ("cost_cap", "bid_cap", "minimum_roas")


def bidding(make_world: Make, seeds: tuple[int, ...] = (1, 2, 3), **parameters: Any) -> World:
    return make_world(seeds, history_days=0, bid_strategies=parameters)


def on_a_usual_day(world: World) -> World:
    one = np.ones((1, 1, 1))
    world._conditions = Conditions(impressions=one, clicks=one, conversions=one)
    return world


def allotted(world: World, times: float) -> np.ndarray:
    """What is set out to be spent of budgets of so many times the scale."""
    return world._allotted(times * world._population.scale_minor)


def promise_kept(strategy: str, spend: np.ndarray, level: np.ndarray, outlook: Outlook) -> np.ndarray:
    brought = outlook.brings(spend)
    if strategy == "cost_cap":
        return spend / brought.conversions <= level
    if strategy == "bid_cap":
        return outlook.marginal_price_minor(spend) <= level * brought.conversions / brought.impressions
    return brought.value_minor / spend >= level


@pytest.mark.parametrize("strategy", PROMISES)
def test_the_promise_is_kept_with_as_much_money_as_keeps_it(make_world: Make, strategy: str) -> None:
    world = bidding(make_world, strategy=strategy, level=0.9 if strategy != "minimum_roas" else 1.1)
    budgets = 3.0 * world._population.scale_minor
    spend, level, outlook = allotted(world, 3.0), world.mechanism_state("bid_strategies").level, world._outlook()
    bound = (spend < budgets) & (spend > 1e-6 * budgets)

    assert bound.any()
    assert promise_kept(strategy, spend, level * (1.0 + np.where(strategy == "minimum_roas", -1, 1) * 1e-9), outlook)[
        bound
    ].all()
    assert not promise_kept(strategy, spend * 1.001, level, outlook)[bound].any()


@pytest.mark.parametrize("strategy", PROMISES)
def test_the_usual_level_lets_an_ad_set_spend_its_scale_on_a_usual_day(make_world: Make, strategy: str) -> None:
    world = on_a_usual_day(bidding(make_world, strategy=strategy, level_spread=0.0))

    assert allotted(world, 5.0) == pytest.approx(world._population.scale_minor, rel=1e-5)


@pytest.mark.parametrize("strategy", PROMISES)
def test_a_promise_that_cannot_be_kept_spends_next_to_nothing(make_world: Make, strategy: str) -> None:
    level = 100.0 if strategy == "minimum_roas" else 0.01
    world = bidding(make_world, strategy=strategy, level=level, level_spread=0.0)

    assert (allotted(world, 1.0) < 1e-3 * world._population.scale_minor).all()


@pytest.mark.parametrize("strategy", PROMISES)
def test_spend_never_passes_the_budget_and_a_loose_promise_spends_it_all(make_world: Make, strategy: str) -> None:
    loose = 0.01 if strategy == "minimum_roas" else 100.0

    for level in (0.5, 1.0, 2.0):
        world = bidding(make_world, strategy=strategy, level=level)
        assert (allotted(world, 0.7) <= 0.7 * world._population.scale_minor).all()
    world = bidding(make_world, strategy=strategy, level=loose)
    assert (allotted(world, 0.7) == 0.7 * world._population.scale_minor).all()


def test_lowest_cost_spends_the_budget(make_world: Make) -> None:
    world = bidding(make_world, share=0.0, level=0.01)

    assert (world.mechanism_state("bid_strategies").strategy == LOWEST_COST).all()
    assert (allotted(world, 5.0) == 5.0 * world._population.scale_minor).all()


def test_the_share_of_ad_sets_with_a_promise_is_the_share(make_world: Make) -> None:
    strategy = bidding(make_world, tuple(range(300)), share=0.3).mechanism_state("bid_strategies").strategy
    error = np.sqrt(0.3 * 0.7 / strategy.size)

    assert (strategy != LOWEST_COST).mean() == pytest.approx(0.3, abs=4 * error)


def test_mixed_gives_every_promise_to_some(make_world: Make) -> None:
    world = bidding(make_world, tuple(range(20)), strategy="mixed", share=0.8)
    found = set(np.unique(world.mechanism_state("bid_strategies").strategy).tolist())

    assert found == {LOWEST_COST, COST_CAP, BID_CAP, MINIMUM_ROAS}


def test_the_spread_sets_levels_apart(make_world: Make) -> None:
    even, uneven = (allotted(on_a_usual_day(bidding(make_world, level_spread=spread)), 1.0) for spread in (0.0, 0.4))

    assert (even != uneven).any()


def test_levels_can_be_changed_every_day(make_world: Make) -> None:
    world = bidding(make_world, level=0.9)
    state = world.mechanism_state("bid_strategies")
    before = allotted(world, 3.0)
    world.replace_mechanism_state("bid_strategies", with_levels(state, 0.8 * state.level))
    lower = allotted(world, 3.0)
    world.replace_mechanism_state("bid_strategies", with_levels(state, state.level, np.zeros_like(state.strategy)))

    assert (lower < before).all()
    assert (allotted(world, 3.0) == 3.0 * world._population.scale_minor).all()


@pytest.mark.parametrize(
    ("levels", "strategies", "words"),
    [
        ([[1.0]], None, r"levels must have shape .* \(1, 2\), got \(1, 1\)"),
        ([[1.0, 0.0]], None, r"levels must be finite and positive: world 0, ad set 1 has 0\.0"),
        ([[np.nan, 1.0]], None, "levels must be finite and positive: world 0, ad set 0"),
        ([[1.0, 1.0]], [[0, 7]], "strategies must be codes from 0 to 3: world 0, ad set 1 has 7"),
    ],
)
def test_levels_that_make_no_sense_are_refused_with_their_place(levels: Any, strategies: Any, words: str) -> None:
    state = Bids(np.array([[COST_CAP, LOWEST_COST]]), np.array([[10.0, 1.0]]))

    with pytest.raises(ValueError, match=words):
        with_levels(state, levels, strategies)


def test_a_cost_cap_is_kept_on_average_over_days_as_they_happen(make_world: Make) -> None:
    """Luck of one ad set's day is about 40 %; over 40 worlds x 8 ad sets x 14 days the mean's error is below 2 %."""
    world = make_world(tuple(range(40)), history_days=0, bid_strategies={"level": 0.8, "level_spread": 0.0})
    level = world.mechanism_state("bid_strategies").level
    world.set_budgets(np.rint(4 * world._population.scale_minor).astype(np.int64))
    for _ in range(14):
        world.step()
    spend, worth = world.report(14)["spend_minor"], world.caused(14)["conversions"] * level[..., None]

    assert spend.sum() / worth.sum() == pytest.approx(1.0, abs=0.06)


def test_several_budgets_at_once_are_those_of_each(make_world: Make) -> None:
    world = bidding(make_world, strategy="mixed")
    several = np.stack([times * world._population.scale_minor for times in (0.5, 1.0, 4.0)])
    together = world._allotted(several)

    for one, found in zip(several, together, strict=True):
        assert (found == world._allotted(one)).all()


def test_a_world_is_the_same_alone_and_in_a_batch(make_world: Make) -> None:
    batch, alone = (bidding(make_world, seeds, strategy="mixed", share=0.6) for seeds in ((7, 8, 9), (8,)))

    assert (allotted(batch, 3.0)[1] == allotted(alone, 3.0)[0]).all()


def test_an_account_whose_ad_sets_overlap_keeps_its_promises_too(make_world: Make) -> None:
    world = make_world((1, 2), history_days=0, bid_strategies={"level": 0.9}, overlap={"share": 0.6})
    spend, level = allotted(world, 3.0), world.mechanism_state("bid_strategies").level
    some = spend > 1.0

    assert some.any()
    assert (spend / world._outlook().brings(np.maximum(spend, 1e-9)).conversions <= 1.01 * level)[some].all()

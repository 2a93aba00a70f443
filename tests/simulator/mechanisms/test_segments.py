from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from simulator.breakdown import split
from simulator.mechanism import Factors, Morning, Setting
from simulator.mechanisms.segments import (
    DEMOGRAPHICS,
    PLACEMENTS,
    Audiences,
    Cells,
    probabilities,
    with_excluded,
    with_money,
)
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams
from simulator.world import World

KINDS = {"demographics": DEMOGRAPHICS, "placements": PLACEMENTS}


def a_setting(seeds=(1, 2, 3), **parameters: float) -> Setting:
    scenario = load_scenario("medium").having(segments=parameters)
    streams = Streams(list(seeds))
    return Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)


def audiences(setting: Setting) -> Audiences:
    return setting.scenario.mechanisms["segments"].begin(setting)


def factors_of(setting: Setting, state: Audiences) -> Factors:
    nothing = np.zeros(setting.shape, dtype=np.int64)
    morning = Morning(setting, setting.scenario.start_day, nothing, nothing == 0)
    return setting.scenario.mechanisms["segments"].morning(state, morning)


def excluding(state: Audiences, kind: str, *segments: int) -> Audiences:
    where = np.zeros(getattr(state, kind).mix.shape, dtype=np.bool_)
    where[..., segments] = True
    return with_excluded(state, kind, where)


def test_with_nothing_excluded_ad_sets_are_as_they_were() -> None:
    setting = a_setting()
    factors = factors_of(setting, audiences(setting))

    for values in (factors.supply, factors.price, factors.clicks, factors.conversions):
        assert values.shape == (3, 20, 1)
        assert values == pytest.approx(1.0)


def test_cells_differ_as_much_as_in_a_real_account() -> None:
    cells = audiences(a_setting(range(50))).demographics
    eight = slice(0, 8)
    cost = (cells.price / cells.clicks / cells.conversions)[..., eight]
    rate = cells.conversions[..., eight]

    # KAG, eight cells: conversion rates 1.2 to 6.8 %, costs per conversion 25 to 120.
    assert np.median(rate.max(axis=-1) / rate.min(axis=-1)) == pytest.approx(6.8 / 1.2, rel=0.15)
    assert np.median(cost.max(axis=-1) / cost.min(axis=-1)) == pytest.approx(120 / 25, rel=0.15)


def test_excluding_dear_cells_makes_results_cheaper_and_supply_smaller() -> None:
    setting = a_setting()
    state = audiences(setting)
    cells = state.demographics
    cost = cells.price / cells.clicks / cells.conversions
    dear = cost > np.median(cost, axis=-1, keepdims=True)
    factors = factors_of(setting, with_excluded(state, "demographics", dear))

    assert (factors.price / factors.clicks / factors.conversions < 1.0).all()
    assert factors.supply[..., 0] == pytest.approx((cells.mix * ~dear).sum(axis=-1))


def test_a_single_cell_left_brings_what_it_is() -> None:
    setting = a_setting()
    state = audiences(setting)
    alone = excluding(state, "placements", 0, 1, 2, 4)
    factors = factors_of(setting, alone)

    for name in ("price", "clicks", "conversions"):
        assert getattr(factors, name)[..., 0] == pytest.approx(getattr(state.placements, name)[..., 3])
    assert factors.supply[..., 0] == pytest.approx(state.placements.mix[..., 3])


def test_excluding_people_makes_the_same_money_buy_less() -> None:
    world, other = (World(load_scenario("small").having(segments={"leaning": 0.0}), range(5)) for _ in range(2))
    other.replace_mechanism_state("segments", excluding(other.mechanism_state("segments"), "demographics", *range(9)))
    world.step()
    other.step()

    assert np.array_equal(world.report(1)["spend_minor"], other.report(1)["spend_minor"])
    assert other.report(1)["impressions"].sum() < 0.9 * world.report(1)["impressions"].sum()


def test_exclusions_of_both_kinds_multiply() -> None:
    setting = a_setting()
    state = audiences(setting)
    both = factors_of(setting, excluding(excluding(state, "demographics", 0, 1), "placements", 4))
    ages = factors_of(setting, excluding(state, "demographics", 0, 1))
    places = factors_of(setting, excluding(state, "placements", 4))

    for name in ("supply", "price", "clicks", "conversions"):
        assert getattr(both, name) == pytest.approx(getattr(ages, name) * getattr(places, name))


def test_placements_have_their_usual_mix_and_prices() -> None:
    placements = audiences(a_setting(range(50), leaning=0.0)).placements
    mix, price = placements.mix.mean(axis=(0, 1)), np.exp(np.log(placements.price).mean(axis=(0, 1)))

    assert mix.argmax() == PLACEMENTS.index("feed")
    assert price.argmin() == PLACEMENTS.index("audience_network")
    assert price[4] / price[0] == pytest.approx(0.35, rel=0.1)


def test_delivery_leans_to_cells_with_cheap_results() -> None:
    leaning, even = (audiences(a_setting(range(20), leaning=power)).demographics for power in (1.0, 0.0))
    cheap = np.log(even.clicks * even.conversions / even.price)

    assert np.corrcoef(np.log(leaning.mix / even.mix).ravel(), cheap.ravel())[0, 1] > 0.8
    assert abs(np.corrcoef(np.log(even.mix).ravel(), cheap.ravel())[0, 1]) < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_sum_to_one_and_excluded_cells_get_nothing(kind: str) -> None:
    state = excluding(audiences(a_setting()), kind, 1, 3)
    cells: Cells = getattr(state, kind)

    for quantity in ("impressions", "spend", "clicks", "conversions"):
        chance = probabilities(cells, quantity)
        assert chance.shape == (3, 20, len(KINDS[kind]))
        assert chance.sum(axis=-1) == pytest.approx(1.0)
        assert (chance[..., [1, 3]] == 0.0).all()


def test_a_breakdown_shows_the_rates_of_the_cells() -> None:
    setting = a_setting((5,))
    cells = audiences(setting).demographics
    shown = np.full((1, 20, 1), 10**9)
    impressions, clicks = (
        split(count, probabilities(cells, quantity), setting.streams, f"{quantity} by age", [1], 0)[..., 0]
        for count, quantity in ((shown, "impressions"), (shown // 50, "clicks"))
    )

    # The rarest cells have some ten thousand clicks: one per cent.
    assert clicks / impressions * 50 == pytest.approx(cells.clicks, rel=0.1)


def test_what_makes_no_sense_is_refused() -> None:
    state = audiences(a_setting())

    with pytest.raises(ValueError, match="all placements are excluded in world 0, ad set 0: leave at least one"):
        excluding(state, "placements", *range(5))
    with pytest.raises(ValueError, match="segments are demographics or placements, not 'cities'"):
        with_excluded(state, "cities", np.zeros(1, dtype=np.bool_))
    with pytest.raises(ValueError, match=r"must have shape \(3, 20, 12\), got \(3, 20, 5\)"):
        with_excluded(state, "demographics", np.zeros((3, 20, 5), dtype=np.bool_))
    with pytest.raises(
        ValueError, match="quantity must be one of impressions, spend, clicks, conversions, got 'reach'"
    ):
        probabilities(state.placements, "reach")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mix_spread", 0.1),
        ("conversion_spread", 0.1),
        ("click_spread", 0.1),
        ("click_trade", 0.0),
        ("price_spread", 0.5),
        ("placement_spread", 0.6),
        ("leaning", 0.0),
    ],
)
def test_every_parameter_has_an_effect(name: str, value: float) -> None:
    usual, other = (
        factors_of(setting, excluding(excluding(audiences(setting), "demographics", 0, 1, 2), "placements", 1))
        for setting in (a_setting(), a_setting(**{name: value}))
    )

    assert not np.allclose(usual.price / usual.clicks, other.price / other.clicks) or not np.allclose(
        usual.conversions, other.conversions
    )


def test_a_world_is_bitwise_the_same_alone_and_in_a_batch() -> None:
    together, alone = (audiences(a_setting(seeds)) for seeds in ((3, 8, 5), (8,)))

    for kind in KINDS:
        for entry in fields(Cells):
            many, single = (getattr(getattr(state, kind), entry.name) for state in (together, alone))
            assert single is None if many is None else np.array_equal(many[1:2], single), (kind, entry.name)


def test_money_of_one_and_none_is_an_exclusion() -> None:
    setting = a_setting((3, 8))
    state = audiences(setting)
    shut = np.zeros(state.demographics.mix.shape, dtype=np.bool_)
    shut[..., :3] = True

    excluded = with_excluded(state, "demographics", shut).demographics
    moved = with_money(state.demographics, np.where(shut, 0.0, 2.0))

    for one, other in zip(excluded.remaining, moved.remaining, strict=True):
        assert one == pytest.approx(other)
    for quantity in ("impressions", "spend", "clicks", "conversions"):
        assert probabilities(excluded, quantity) == pytest.approx(probabilities(moved, quantity))


def test_the_same_money_in_every_segment_changes_nothing() -> None:
    state = audiences(a_setting((3, 8)))

    moved = with_money(state.demographics, np.full(state.demographics.mix.shape, 0.7))

    assert all(figure == pytest.approx(1.0) for figure in moved.remaining)


def test_more_money_in_a_segment_buys_more_there_at_a_higher_price() -> None:
    state = audiences(a_setting((3, 8)))
    money = np.ones(state.demographics.mix.shape)
    money[..., 0] = 3.0

    before, after = state.demographics, with_money(state.demographics, money)

    for quantity in ("impressions", "spend"):
        assert (probabilities(after, quantity)[..., 0] > probabilities(before, quantity)[..., 0]).all()
    dear = after.paid[..., 0] / before.paid[..., 0]
    assert ((dear > 1.0) & (dear < 3.0)).all()
    assert (after.remaining[0] < 1.0).all()


def test_money_that_makes_no_sense_is_refused() -> None:
    cells = audiences(a_setting((3,))).demographics
    money = np.ones(cells.mix.shape)

    with pytest.raises(ValueError, match="must have shape"):
        with_money(cells, money[..., 1:])
    with pytest.raises(ValueError, match="finite and not negative"):
        with_money(cells, -money)
    with pytest.raises(ValueError, match="world 0, ad set 0: leave at least one"):
        with_money(cells, 0.0 * money)

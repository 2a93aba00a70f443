from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from simulator import auction, fatigue
from simulator.concentration import concentration_figures, lives_in
from simulator.mechanism import Morning, Outcome, Setting, build_mechanism
from simulator.mechanisms.creatives import Creatives, launch, launched, with_active
from simulator.noise import counts
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams
from simulator.world import World


def a_setting(seeds=(1, 2, 3), name="small", **sections: Any) -> Setting:
    scenario = load_scenario(name).having(**{"creatives": {}, **sections})
    streams = Streams(list(seeds))
    setting = Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)
    for mechanism in scenario.mechanisms.values():
        setting = replace(setting, population=mechanism.settle(setting))
    return setting


def morning_of(setting: Setting, state: Creatives, day: int = 0) -> Morning:
    date = setting.scenario.start_day + timedelta(days=day)
    active = np.ones(setting.shape, dtype=np.bool_)
    return Morning(setting, date, np.rint(setting.population.scale_minor).astype(np.int64), active, state.generation)


def lived(setting: Setting, days: int) -> list[tuple[Creatives, Outcome]]:
    """States of so many mornings, each with what the day brought at the ad sets' own scale."""
    creatives, tired = (setting.scenario.mechanisms.get(name) for name in ("creatives", "creative_fatigue"))
    state, stock = creatives.begin(setting), tired and tired.begin(setting)
    people = setting.population
    bought = auction.impressions(people.scale_minor, people.rate, people.depth, people.exponent)
    past = []
    for day in range(days):
        morning = morning_of(setting, state, day)
        factors = creatives.morning(state, morning)
        shown = np.rint(bought[..., None] * factors.share / factors.price)
        worn = tired.morning(stock, morning).stock if tired else None
        fresh = fatigue.effective_impressions(shown, people.audience[..., None], setting.scenario.concentration, worn)
        luck = setting.streams.normals("test", day, 1, *shown.shape[1:])[0]
        clicks = counts(fresh * people.click_rate[..., None] * factors.clicks, luck)
        spend = np.rint(factors.share * morning.budgets_minor[..., None]).astype(np.int64)
        outcome = Outcome(spend, shown.astype(np.int64), clicks, clicks, clicks)
        past.append((state, outcome))
        state = creatives.evening(state, morning, outcome)
        stock = tired and tired.evening(stock, morning, outcome)
    return past


@pytest.mark.parametrize("name", ["small", "medium"])
def test_money_is_spread_as_unevenly_as_real_advertisers_spread_it(name: str) -> None:
    scenario = load_scenario(name).having(history_days=0, creatives={}, creative_fatigue={})
    found = concentration_figures(lives_in(World(scenario, range(12)), 150))

    # Between KAG (25 and 58 %) and the IRA's ads (71 %); Motion: 4-8 % winners, 50-53 % losers, money 55 / 28 / 17.
    assert 0.25 < found.top_6 < 0.71
    assert found.top_20 > 0.58
    assert 0.04 <= found.winners <= 0.11
    assert found.losers == pytest.approx(0.515, abs=0.06)
    assert found.winners_spend == pytest.approx(0.55, abs=0.08)
    assert found.mid_spend == pytest.approx(0.28, abs=0.08)
    assert found.losers_spend == pytest.approx(0.17, abs=0.05)


def test_first_ads_are_on_average_and_for_equal_money_what_their_ad_set_is() -> None:
    setting = a_setting()
    factors = (mechanism := setting.scenario.mechanisms["creatives"]).morning(
        state := mechanism.begin(setting), morning_of(setting, state)
    )

    assert state.on.sum(axis=-1).tolist() == [[3] * 5] * 3
    for values in (factors.clicks, factors.conversions, 1.0 / factors.price):
        assert (values * state.on).sum(axis=-1) / 3 == pytest.approx(np.ones((3, 5)))


def test_better_ads_are_cheaper_as_much_as_was_measured() -> None:
    setting = a_setting(range(400), creatives={"ads": 20, "first_ads": 20, "click_spread": 0.36})
    traits = setting.scenario.mechanisms["creatives"].begin(setting).traits
    clicks, price = np.log(traits[..., 0]).ravel(), -np.log(traits[..., 2]).ravel()

    # 40,000 ads: a slope is known to 0.005; the mean that is taken out of each ad set leaves it as it is. Across the
    # IRA's ads it is -0.45 (a correlation of -0.33, standard deviations of 1.42 and 1.04), across KAG's -0.3.
    assert np.polyfit(clicks, price, 1)[0] == pytest.approx(-0.45, abs=0.03)
    assert clicks.std() == pytest.approx(0.36, abs=0.02)


def test_an_early_winner_keeps_its_money_though_it_is_no_better() -> None:
    equal = {"click_spread": 0.0, "price_spread": 0.0, "launches_per_week": 0.0}
    past = lived(a_setting(range(60), creatives=equal), 8)
    first_day = (past[1][0].clicks / np.maximum(past[1][0].impressions, 1))[..., :3]
    luck = first_day - first_day.mean(axis=-1, keepdims=True)
    week_later = past[7][1].spend_minor[..., :3]
    share = week_later / week_later.sum(axis=-1, keepdims=True)

    # 900 ads of equal quality: were luck forgotten at once, the correlation would be within 0.1 of zero.
    assert np.corrcoef(luck.ravel(), share.ravel())[0, 1] > 0.13


def test_better_ads_get_more_money_in_the_end() -> None:
    past = lived(a_setting(range(20), creatives={"launches_per_week": 0.0, "cut_share": 0.0}), 21)
    state, outcome = past[-1]
    best = state.traits[..., :3, 0].argmax(axis=-1)[..., None]
    share = np.take_along_axis(outcome.spend_minor, best, axis=-1)[..., 0] / outcome.spend_minor.sum(axis=-1)

    assert share.mean() > 0.5


def test_the_platform_sees_only_what_was_counted() -> None:
    setting = a_setting()
    mechanism = setting.scenario.mechanisms["creatives"]
    state = mechanism.begin(setting)
    other = replace(state, traits=state.traits * 2.0)

    assert np.array_equal(
        mechanism.morning(other, morning_of(setting, other)).share,
        mechanism.shares(state, setting.population.click_rate),
    )
    assert mechanism.morning(state, morning_of(setting, state)).share[..., :3] == pytest.approx(1 / 3)


def test_shares_sum_to_one_over_ads_that_are_on_and_to_zero_where_none_is() -> None:
    setting = a_setting()
    mechanism = setting.scenario.mechanisms["creatives"]
    state = lived(setting, 20)[-1][0]
    some = np.zeros(state.on.shape, dtype=np.bool_)
    some[0, :, 0] = True
    few = with_active(state, some & state.on)
    share = mechanism.shares(few, setting.population.click_rate)

    assert share.sum(axis=-1) == pytest.approx(few.on.any(axis=-1).astype(float))
    assert (share[~few.on] == 0.0).all()
    assert mechanism.shares(state, setting.population.click_rate).sum(axis=-1) == pytest.approx(1.0)


def test_a_new_ad_gets_money_for_trying() -> None:
    setting = a_setting(creatives={"power": 12.0, "prior_impressions": 1000.0, "exploration": 0.2})
    mechanism = setting.scenario.mechanisms["creatives"]
    state = mechanism.begin(setting)
    known = replace(state, impressions=np.where(state.on, 1e6, 0.0), clicks=np.where(state.on, 1e6 * 0.03, 0.0))
    share = mechanism.shares(launch(known, 0, 0, 3), setting.population.click_rate)

    assert share[0, 0, 3] > 0.19
    assert share[0, 0, 3] < 0.5


def test_a_launch_puts_an_unknown_creative_of_its_own_draws_in_place() -> None:
    setting = a_setting()
    mechanism = setting.scenario.mechanisms["creatives"]
    state = lived(setting, 10)[-1][0]
    new = launch(state, 1, 2, 0)
    factors = mechanism.morning(new, morning_of(setting, new))

    assert new.generation[1, 2, 0] == state.generation[1, 2, 0] + 1
    assert new.impressions[1, 2, 0] == new.clicks[1, 2, 0] == new.days[1, 2, 0] == new.spend_minor[1, 2, 0] == 0
    assert new.on[1, 2, 0]
    assert factors.clicks[1, 2, 0] != state.traits[1, 2, 0, 0]
    same = np.ones(state.on.shape, dtype=np.bool_)
    same[1, 2, 0] = False
    assert np.array_equal(factors.clicks[same], mechanism.morning(state, morning_of(setting, state)).clicks[same])


def test_the_next_creative_of_a_place_is_the_same_whenever_it_is_launched() -> None:
    setting = a_setting(creatives={"launches_per_week": 0.0})
    mechanism = setting.scenario.mechanisms["creatives"]
    early, late = (lived(setting, days)[-1][0] for days in (2, 9))
    everywhere = np.ones(early.on.shape, dtype=np.bool_)
    seen = [
        mechanism.morning(new, morning_of(setting, new)).clicks
        for new in (launched(early, everywhere), launched(late, everywhere))
    ]

    assert np.array_equal(seen[0], seen[1])


def test_a_place_without_a_creative_cannot_be_switched_on() -> None:
    state = (setting := a_setting()).scenario.mechanisms["creatives"].begin(setting)

    assert not with_active(state, np.ones(state.on.shape, dtype=np.bool_)).on[..., 3:].any()


def test_people_launch_as_often_as_they_are_said_to() -> None:
    setting = a_setting(range(40), creatives={"launches_per_week": 2.0})
    state = lived(setting, 36)[-1][0]
    mean = 2.0 * 35 / 7

    # 200 ad sets, a binomial count each: the mean is known to 0.2.
    assert state.generation.sum(axis=-1).mean() == pytest.approx(mean, abs=0.7)


def test_people_switch_off_ads_without_money_but_never_all() -> None:
    setting = a_setting(range(20), creatives={"launches_per_week": 0.0, "cut_share": 0.9, "patience_days": 5})
    early, late = (lived(setting, days)[-1][0].on.sum(axis=-1) for days in (5, 30))

    assert (early == 3).all()
    assert late.min() >= 1
    assert late.mean() < 2.0


def test_people_fill_empty_places_first_then_those_of_ads_that_are_off() -> None:
    setting = a_setting(creatives={"launches_per_week": 7.0})
    off = np.array([True, False, True, False, False])
    for days, places in ((2, [0, 0, 0, 1, 0]), (3, [0, 0, 0, 1, 1])):
        assert (lived(setting, days)[-1][0].generation == places).all()
    mechanism = setting.scenario.mechanisms["creatives"]
    state, outcome = lived(setting, 3)[-1]
    after = mechanism.evening(with_active(state, ~off), morning_of(setting, state, 3), outcome)

    assert (after.generation == [1, 0, 0, 1, 1]).all()


def test_people_replace_the_old_ad_with_the_least_money_where_all_are_on() -> None:
    setting = a_setting(creatives={"ads": 3, "launches_per_week": 7.0, "cut_share": 0.0, "patience_days": 2})
    mechanism = setting.scenario.mechanisms["creatives"]
    state, outcome = lived(a_setting(creatives={"ads": 3, "launches_per_week": 0.0, "cut_share": 0.0}), 5)[-1]
    spend = np.broadcast_to([500, 300, 400], state.on.shape)
    young = replace(state, days=np.broadcast_to([9, 0, 9], state.on.shape))
    after = [
        mechanism.evening(one, morning_of(setting, one, 5), replace(outcome, spend_minor=spend))
        for one in (state, young)
    ]

    assert (after[0].generation == [0, 1, 0]).all()
    assert (after[1].generation == [0, 0, 1]).all()


def test_ads_of_an_ad_set_that_spends_nothing_stay_on() -> None:
    setting = a_setting(creatives={"launches_per_week": 0.0, "cut_share": 1.0, "patience_days": 1})
    state, outcome = lived(setting, 1)[-1]
    idle = replace(outcome, spend_minor=np.zeros_like(outcome.spend_minor))
    after = setting.scenario.mechanisms["creatives"].evening(state, morning_of(setting, state), idle)

    assert np.array_equal(after.on, state.on)


def test_people_leave_the_ads_alone_after_the_start_where_a_policy_does_that() -> None:
    setting = a_setting(creatives={"keep_launching": False, "launches_per_week": 7.0})

    assert lived(setting, 10)[-1][0].generation.sum() == 0


def test_a_world_is_bitwise_the_same_alone_and_in_a_batch() -> None:
    together, alone = (lived(a_setting(seeds, creative_fatigue={}), 40) for seeds in ((4, 9, 7), (9,)))

    for (many, shown), (single, seen) in zip(together, alone, strict=True):
        for entry in fields(Creatives):
            assert np.array_equal(getattr(many, entry.name)[1:2], getattr(single, entry.name)), entry.name
        assert np.array_equal(shown.impressions[1:2], seen.impressions)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_ads", 2),
        ("click_spread", 0.9),
        ("conversion_spread", 0.9),
        ("price_power", 0.9),
        ("price_spread", 0.9),
        ("launches_per_week", 5.0),
        ("patience_days", 2),
        ("cut_share", 0.9),
        ("power", 9.0),
        ("prior_impressions", 10.0),
        ("exploration", 0.9),
        ("memory_days", 1.0),
        ("ads", 7),
    ],
)
def test_every_parameter_has_an_effect(name: str, value: float) -> None:
    usual, other = (lived(a_setting(creatives=values), 25) for values in ({}, {name: value}))
    traits = [past[0][0].traits for past in (usual, other)]
    money = [past[-1][1].spend_minor for past in (usual, other)]

    assert not all(np.array_equal(*pair) for pair in (traits, money))


def test_a_launch_on_the_morning_is_fresh_and_delivers_today() -> None:
    world = World(load_scenario("small").having(creatives={"launches_per_week": 0.0}, creative_fatigue={}), [1])
    world.replace_mechanism_state("creatives", launch(world.mechanism_state("creatives"), 0, 0, 3))
    world.step()
    shown = world.report_ads(1)["impressions"][0, :, :, 0]
    stock = world.mechanism_state("creative_fatigue").stock[0]

    assert (shown[:, 3] > 0).tolist() == [True, False, False, False, False]
    assert 0 < stock[0, 3] < stock[0, :3].max()


def test_a_launch_waits_for_its_review_where_ads_are_reviewed() -> None:
    sections = {"creatives": {"launches_per_week": 0.0}, "ad_review": {"first_rejected": 0.0}}
    world = World(load_scenario("small").having(**sections), [1])
    world.replace_mechanism_state("creatives", launch(world.mechanism_state("creatives"), 0, 0, 3))
    for _ in range(2):
        world.step()

    assert (world.report_ads(2)["impressions"][0, 0, 3] > 0).tolist() == [False, True]


def test_an_ad_set_whose_ads_are_all_off_spends_nothing() -> None:
    world = World(load_scenario("small").having(creatives={}), [1])
    state = world.mechanism_state("creatives")
    on = state.on.copy()
    on[0, 2] = False
    world.replace_mechanism_state("creatives", with_active(state, on))
    world.step()

    assert (world.report(1)["spend_minor"][0, :, 0] > 0).tolist() == [True, True, False, True, True]


def test_worlds_with_ads_are_bitwise_the_same_alone_and_in_a_batch() -> None:
    scenario = load_scenario("small").having(creatives={}, creative_fatigue={}, ad_review={}, segments={})
    together, alone = (World(scenario, seeds).report_ads() for seeds in ((4, 9, 7), (9,)))

    assert all(np.array_equal(together[name][1:2], alone[name]) for name in alone)


def test_more_first_ads_than_places_are_refused() -> None:
    with pytest.raises(ValueError, match=r"creatives\.first_ads must be at most creatives\.ads \(2\), got 3"):
        build_mechanism("creatives", {"ads": 2})

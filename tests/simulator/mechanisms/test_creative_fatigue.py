from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from simulator import auction, fatigue
from simulator.mechanism import Morning, Outcome, Setting
from simulator.mechanisms.creative_fatigue import CREATIVE_FATIGUE, CREATIVE_LIMITED, Exposures, fatigue_state
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams


def a_setting(seeds=(1, 2), creatives: dict | None = None, **parameters: float) -> Setting:
    scenario = load_scenario("small").having(creatives=creatives, creative_fatigue=parameters)
    streams = Streams(list(seeds))
    return Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)


def morning_of(setting: Setting, generation=0, day: int = 0) -> Morning:
    nothing = np.zeros(setting.shape, dtype=np.int64)
    return Morning(setting, setting.scenario.start_day + timedelta(days=day), nothing, nothing == 0, generation)


def shown(impressions: np.ndarray) -> Outcome:
    none = np.zeros_like(impressions)
    return Outcome(none, impressions, none, none, none)


def after(setting: Setting, impressions: np.ndarray, days: int) -> Exposures:
    mechanism = setting.scenario.mechanisms["creative_fatigue"]
    state = mechanism.begin(setting)
    for day in range(days):
        state = mechanism.evening(state, morning_of(setting, day=day), shown(impressions))
    return state


def test_nobody_is_tired_at_first() -> None:
    setting = a_setting()
    mechanism = setting.scenario.mechanisms["creative_fatigue"]

    assert (mechanism.morning(mechanism.begin(setting), morning_of(setting)).stock == 0.0).all()


def test_exposures_add_up_and_half_of_them_is_forgotten_in_a_half_life() -> None:
    setting = a_setting(half_life_days=2.0)
    mechanism = setting.scenario.mechanisms["creative_fatigue"]
    people = np.rint(setting.population.audience[..., None]).astype(np.int64)
    once = after(setting, people, 1)
    rested = mechanism.evening(once, morning_of(setting, day=1), shown(0 * people))
    exposures = people / setting.population.audience[..., None]

    assert rested.stock == pytest.approx(exposures / 2.0)
    assert after(setting, people, 2).stock == pytest.approx(exposures * (0.5**0.5 + 0.5))


def test_stock_settles_at_what_memory_holds() -> None:
    setting = a_setting()
    people = np.rint(setting.population.audience[..., None]).astype(np.int64)
    memory = setting.scenario.mechanisms["creative_fatigue"].memory

    assert after(setting, people, 60).stock == pytest.approx(memory / (1 - memory), rel=1e-3)


def test_a_new_creative_in_an_ads_place_is_fresh_and_its_neighbour_is_not() -> None:
    setting = a_setting(creatives={"ads": 2, "first_ads": 2})
    mechanism = setting.scenario.mechanisms["creative_fatigue"]
    impressions = np.full((2, 5, 2), 10_000)
    state = after(setting, impressions, 5)
    generation = np.zeros((2, 5, 2), dtype=np.int64)
    generation[0, 1, 0] = 1
    morning = morning_of(setting, generation, day=5)
    stock = mechanism.morning(state, morning).stock

    assert stock[0, 1, 0] == 0.0
    assert np.array_equal(stock[0, 1, 1], state.stock[0, 1, 1])
    next_day = mechanism.evening(state, morning, shown(impressions))
    assert next_day.stock[0, 1, 0] == pytest.approx(mechanism.memory * 10_000 / setting.population.audience[0, 1])
    assert np.array_equal(mechanism.morning(next_day, replace(morning)).stock, next_day.stock)


@pytest.mark.parametrize("creatives", [None, {"ads": 4, "first_ads": 4}])
def test_ads_long_in_use_click_as_the_scenario_says(creatives: dict | None) -> None:
    setting = a_setting(creatives=creatives)
    scenario, plain = setting.scenario, setting.population
    mechanism = scenario.mechanisms["creative_fatigue"]
    settled = mechanism.settle(setting)
    impressions = auction.impressions(plain.scale_minor, plain.rate, plain.depth, plain.exponent)
    each = np.repeat(impressions[..., None] / scenario.ads, scenario.ads, axis=-1)
    stock = after(setting, np.rint(each).astype(np.int64), 80).stock
    tired = fatigue.effective_impressions(each, plain.audience[..., None], scenario.concentration, stock)
    usual = fatigue.effective_impressions(impressions, plain.audience, scenario.concentration)

    assert (tired.sum(axis=-1) * settled.click_rate) == pytest.approx(usual * plain.click_rate, rel=1e-3)
    assert (settled.click_rate > plain.click_rate).all() or creatives


def test_a_longer_memory_tires_more() -> None:
    impressions = np.full((2, 5, 1), 10_000)

    assert (after(a_setting(half_life_days=9.0), impressions, 9).stock > after(a_setting(), impressions, 9).stock).all()


def test_a_world_is_bitwise_the_same_alone_and_in_a_batch() -> None:
    impressions = np.arange(10).reshape(2, 5, 1) * 1000
    together, alone = after(a_setting((1, 2)), impressions, 5), after(a_setting((2,)), impressions[1:], 5)

    assert np.array_equal(together.stock[1:], alone.stock)


def test_words_are_those_of_ads_manager() -> None:
    costs = np.array([0.9, 1.0, 1.5, 1.999, 2.0, 7.0, np.nan])

    assert fatigue_state(costs, np.ones(7)).tolist() == ["", "", *[CREATIVE_LIMITED] * 2, *[CREATIVE_FATIGUE] * 2, ""]
    assert fatigue_state(costs, np.full(7, np.nan)).tolist() == [""] * 7

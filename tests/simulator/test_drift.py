from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from simulator.drift import Levels, conditions_on, draw_shocks, first_levels, next_levels
from simulator.population import draw_population
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario
from simulator.streams import Streams


def walk(scenario: Scenario, worlds: int, days: int) -> list[np.ndarray]:
    """Levels of clicks, conversions and the common shock, (3, W, A), for each day."""
    streams = Streams(range(worlds))
    shocks = draw_shocks(scenario, streams)
    day = scenario.start_day
    levels = first_levels(scenario, streams, day)
    seen = []
    for _ in range(days):
        day += timedelta(days=1)
        levels = next_levels(levels, shocks, scenario, streams, day)
        seen.append(np.stack([levels.click, levels.conversion, np.broadcast_to(levels.common, levels.click.shape)]))
    return seen


def test_levels_wander_with_the_stated_daily_spread() -> None:
    scenario = replace(load_scenario("medium"), drift_spread=0.02)
    last = walk(scenario, worlds=100, days=50)[-1]

    assert (last[0] + last[1]).std() == pytest.approx(0.02 * np.sqrt(50), rel=0.06)


def test_the_common_shock_is_stationary_and_remembers() -> None:
    scenario = replace(load_scenario("small"), common_spread=0.1, common_memory=0.6)
    common = np.stack([levels[2][:, 0] for levels in walk(scenario, worlds=300, days=40)])

    assert common.std() == pytest.approx(0.1, rel=0.05)
    assert np.corrcoef(common[:-1].ravel(), common[1:].ravel())[0, 1] == pytest.approx(0.6, abs=0.04)


def test_each_shocked_ad_set_jumps_once_within_its_window() -> None:
    scenario = replace(load_scenario("volatile"), shock_share=1.0, drift_spread=0.0, shock_first_day=5)
    steps = np.diff(np.stack([levels[:2] for levels in walk(scenario, worlds=40, days=60)]), axis=0)
    jumps = steps.sum(axis=1) != 0

    assert (jumps.sum(axis=0) == 1).all()
    assert ((steps != 0).sum(axis=(0, 1)) == 1).all()
    assert jumps[:3].sum() == 0
    assert jumps[40:].sum() == 0


def test_about_half_of_the_shocks_show_in_clicks() -> None:
    shocks = draw_shocks(load_scenario("volatile"), Streams(range(200)))

    assert shocks.seen_in_clicks.mean() == pytest.approx(0.5, abs=0.04)
    assert (shocks.ordinal > 0).mean() == pytest.approx(0.5, abs=0.04)


def test_a_days_factors_are_level_weekday_and_common_shock() -> None:
    scenario = load_scenario("small")
    population = draw_population(scenario, Streams([1, 2]))
    click, conversion = np.full((2, 5), 0.1), np.full((2, 5), -0.2)
    levels = Levels(click, conversion, common=np.array([[0.3], [-0.3]]))
    monday = date(2026, 6, 1)
    for weekday, measured in enumerate((0.00, 0.09, 0.14, 0.11, 0.04, -0.17, -0.21)):
        today = conditions_on(monday + timedelta(days=weekday), levels, population, scenario)
        own = population.weekday[..., weekday]

        assert np.log(today.clicks[..., 0]) == pytest.approx(click)
        assert np.log(today.conversions[..., 0]) == pytest.approx(conversion + levels.common + own + 0.8 * measured)


def test_dear_months_buy_fewer_impressions() -> None:
    scenario = load_scenario("small")
    streams = Streams([1])
    population, levels = draw_population(scenario, streams), first_levels(scenario, streams, scenario.start_day)
    tuesdays = date(2026, 12, 15), date(2026, 6, 16)
    december, june = (conditions_on(day, levels, population, scenario) for day in tuesdays)

    assert december.impressions / june.impressions == pytest.approx(np.exp(-0.30))

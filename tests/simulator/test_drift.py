from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from simulator.drift import draw_shocks, first_levels, next_levels
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
    assert jumps[:3].sum() == 0
    assert jumps[40:].sum() == 0


def test_about_half_of_the_shocks_show_in_clicks() -> None:
    shocks = draw_shocks(load_scenario("volatile"), Streams(range(200)))

    assert shocks.seen_in_clicks.mean() == pytest.approx(0.5, abs=0.04)
    assert (shocks.ordinal > 0).mean() == pytest.approx(0.5, abs=0.04)

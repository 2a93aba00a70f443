"""What moves by itself: ad set levels wander, some jump once, and the account has common good and bad days.

Levels are split between clicks and conversions, because half of what happens to an ad set cannot be seen in its clicks.
Nothing here depends on budgets: two policies on one seed meet the same weather.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from simulator import seasonality
from simulator.conditions import Conditions
from simulator.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.population import Population
    from simulator.scenario import Scenario

_SHOCK_DAYS = 35


@dataclass(frozen=True, eq=False, slots=True)
class Shocks:
    """One jump per shocked ad set, (W, A): on which day, how far (log), and whether clicks show it."""

    ordinal: NDArray[np.int64]
    jump: NDArray[np.float64]
    seen_in_clicks: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Levels:
    """Where levels stand on a day, as logs: `click` and `conversion` (W, A), the account's `common` shock (W, 1)."""

    click: NDArray[np.float64]
    conversion: NDArray[np.float64]
    common: NDArray[np.float64]


def draw_shocks(scenario: Scenario, streams: Streams) -> Shocks:
    """Who jumps, when and how far."""
    draws = streams.normals("shocks", 0, 4, scenario.ad_sets)
    uniforms = special.ndtr(draws)
    first = scenario.start_day.toordinal() + scenario.shock_first_day
    shocked = uniforms[0] < scenario.shock_share
    day = first + np.floor(uniforms[1] * _SHOCK_DAYS).astype(np.int64)
    return Shocks(
        ordinal=np.where(shocked, day, -1),
        jump=scenario.shock_mean + scenario.shock_spread * draws[2],
        seen_in_clicks=uniforms[3] < 0.5,  # noqa: PLR2004 - a half
    )


def first_levels(scenario: Scenario, streams: Streams, day: date) -> Levels:
    """Levels on the world's first day: ad sets at zero, the common shock in its stationary distribution."""
    zero = np.zeros((len(streams), scenario.ad_sets))
    common = streams.normals("common", day.toordinal(), 1, 1)[0]
    return Levels(click=zero, conversion=zero, common=scenario.common_spread * common)


def next_levels(levels: Levels, shocks: Shocks, scenario: Scenario, streams: Streams, day: date) -> Levels:
    """Levels on `day`, given those of the day before."""
    draws = streams.normals("drift", day.toordinal(), 2, scenario.ad_sets)
    common = streams.normals("common", day.toordinal(), 1, 1)[0]
    step = scenario.drift_spread / np.sqrt(2.0)
    memory = scenario.common_memory
    draws *= step
    click, conversion = np.add(draws[0], levels.click, out=draws[0]), np.add(draws[1], levels.conversion, out=draws[1])
    today = shocks.ordinal == day.toordinal()
    if today.any():
        click += np.where(today & shocks.seen_in_clicks, shocks.jump, 0.0)
        conversion += np.where(today & ~shocks.seen_in_clicks, shocks.jump, 0.0)
    return replace(
        levels,
        click=click,
        conversion=conversion,
        common=memory * levels.common + scenario.common_spread * np.sqrt(1.0 - memory**2) * common,
    )


def conditions_on(day: date, levels: Levels, population: Population, scenario: Scenario) -> Conditions:
    """The day's factors: level, weekday, common shock; prices by weekday and month."""
    demand = seasonality.log_demand(day, scenario.weekday_strength) + population.weekday[..., day.weekday()]
    conversions = levels.conversion + levels.common
    conversions += demand
    return Conditions(
        impressions=np.full((1, 1, 1), np.exp(-seasonality.log_price(day))),
        clicks=np.exp(levels.click)[..., None],
        conversions=np.exp(conversions, out=conversions)[..., None],
        conversion_noise=population.conversion_noise,
    )

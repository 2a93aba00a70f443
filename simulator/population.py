"""The ad sets of W worlds: what each is like for good, drawn once per world from the scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator import auction, fatigue
from simulator.calibration import spend_exponent
from simulator.streams import Streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.curves import Curves
    from simulator.scenario import Scenario

_WHO = ("women", "men", "all", "parents", "students")
_WHERE = ("prospecting", "lookalike", "retargeting", "interests", "broad")
_PER_MILLE = 1000.0
_EXPONENTS = (0.4, 0.9)
_TRAITS = 7
_WEEK = 7


@dataclass(frozen=True, eq=False, slots=True)
class Population:
    """Arrays (W, A) unless said otherwise; money in minor units, as floats.

    `rate`, `depth` and `exponent` are the bid landscape of `simulator.auction`; `audience` is people in a day;
    `click_rate` and `conversion_rate` are per first exposure and per click; `weekday` (W, A, 7) is the ad set's own log
    effect of each weekday on demand. `conversion_noise` (W, A, 1) is the daily luck of orders beyond counting, one
    number where all ad sets have the same. With `curves` impressions follow those, and nothing tires within a day.
    """

    scale_minor: NDArray[np.float64]
    rate: NDArray[np.float64]
    depth: NDArray[np.float64]
    exponent: NDArray[np.float64]
    audience: NDArray[np.float64]
    click_rate: NDArray[np.float64]
    conversion_rate: NDArray[np.float64]
    order_value_minor: NDArray[np.float64]
    weekday: NDArray[np.float64]
    conversion_noise: NDArray[np.float64] | float
    curves: Curves | None = None


def ad_set_names(count: int) -> tuple[str, ...]:
    """Names as people give them, (A,); index order is alphabetical order.

    >>> ad_set_names(2)
    ('01 prospecting women', '02 lookalike men')
    """
    width = max(2, len(str(count)))
    return tuple(f"{i + 1:0{width}d} {_WHERE[i % 5]} {_WHO[(i + i // 5) % 5]}" for i in range(count))


def draw_population(scenario: Scenario, streams: Streams) -> Population:
    """The ad sets of every world."""
    draws = streams.normals("population", 0, _TRAITS + _WEEK, scenario.ad_sets)
    scale = scenario.scale * scenario.minor_per_major * np.exp(scenario.scale_spread * draws[0])
    price = scenario.price * scenario.minor_per_major / _PER_MILLE * np.exp(scenario.price_spread * draws[1])
    exponent = np.clip(spend_exponent() + scenario.exponent_spread * draws[6], *_EXPONENTS)
    depth = scenario.cheap_end * scale
    bought = scale / price
    rate = bought / auction.impressions(scale, np.ones_like(scale), depth, exponent)
    audience = bought / (scenario.frequency * np.exp(scenario.frequency_spread * draws[5]))
    freshness = fatigue.effective_impressions(bought, audience, scenario.concentration) / bought
    return Population(
        scale_minor=scale,
        rate=rate,
        depth=depth,
        exponent=exponent,
        audience=audience,
        click_rate=scenario.click_rate * np.exp(scenario.click_spread * draws[2]) / freshness,
        conversion_rate=scenario.conversion_rate * np.exp(scenario.conversion_spread * draws[3]),
        order_value_minor=scenario.order_value * scenario.minor_per_major * np.exp(scenario.order_spread * draws[4]),
        weekday=scenario.weekday_spread * np.moveaxis(draws[_TRAITS:], 0, -1),
        conversion_noise=_conversion_noise(scenario, streams),
    )


def _conversion_noise(scenario: Scenario, streams: Streams) -> NDArray[np.float64] | float:
    if scenario.conversion_noise_spread == 0.0:
        return scenario.conversion_noise
    draws = streams.normals("conversion noise", 0, 1, scenario.ad_sets)[0]
    noise: NDArray[np.float64] = scenario.conversion_noise * np.exp(scenario.conversion_noise_spread * draws)
    return noise[..., None]

from __future__ import annotations

import numpy as np
import pytest

from simulator import fatigue
from simulator.auction import impressions
from simulator.population import ad_set_names, draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams


@pytest.mark.parametrize("count", [1, 5, 120])
def test_names_are_distinct_and_in_order(count: int) -> None:
    names = ad_set_names(count)

    assert len(set(names)) == count
    assert list(names) == sorted(names)


def test_at_its_scale_an_ad_set_has_the_stated_medians() -> None:
    scenario = load_scenario("medium")
    p = draw_population(scenario, Streams(range(200)))
    bought = impressions(p.scale_minor, p.rate, p.depth, p.exponent)
    fresh = fatigue.effective_impressions(bought, p.audience, scenario.concentration)

    assert np.median(p.scale_minor) == pytest.approx(scenario.scale * 100, rel=0.05)
    assert np.median(p.scale_minor / bought * 10) == pytest.approx(scenario.price, rel=0.03)
    assert np.median(bought / p.audience) == pytest.approx(scenario.frequency, rel=0.05)
    assert np.median(p.click_rate * fresh / bought) == pytest.approx(scenario.click_rate, rel=0.03)
    assert np.median(p.conversion_rate) == pytest.approx(scenario.conversion_rate, rel=0.03)
    assert np.median(p.order_value_minor) == pytest.approx(scenario.order_value * 100, rel=0.03)
    assert p.exponent.mean() == pytest.approx(0.65, abs=0.01)

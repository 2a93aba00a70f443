from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from simulator.scenario import Scenario
from simulator.scenarios import load_scenario, scenarios


@pytest.mark.parametrize("name", scenarios())
def test_a_scenario_survives_being_written_down(name: str) -> None:
    scenario = load_scenario(name)

    assert Scenario.from_mapping(scenario.to_mapping()) == scenario
    assert Scenario.from_mapping(scenario.to_mapping()).digest == scenario.digest


def test_any_change_changes_the_digest() -> None:
    small = load_scenario("small")
    digests = {
        small.digest,
        small.having(price=13.1).digest,
        small.having(ad_sets=6).digest,
        small.having(start_day=date(2026, 3, 3)).digest,
    }

    assert len(digests) == 4


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(ValueError, match="did you mean 'click_rate'"):
        Scenario.from_mapping({**load_scenario("small").to_mapping(), "clik_rate": 0.1})
    with pytest.raises(ValueError, match="did you mean 'click_rate'"):
        load_scenario("small").having(clik_rate=0.1)


def test_a_missing_value_is_named() -> None:
    values = load_scenario("small").to_mapping()
    del values["ad_sets"]

    with pytest.raises(ValueError, match="ad_sets"):
        Scenario.from_mapping(values)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ad_sets", 0),
        ("ad_sets", 2.0),
        ("ad_sets", True),
        ("ad_sets", 10_001),
        ("price", 0.0),
        ("price", float("nan")),
        ("price", "12"),
        ("click_spread", -0.1),
        ("history_days", -1),
        ("delivery_share", 1.1),
        ("time_zone", "Mars/Olympus"),
        ("currency", "euro"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=key):
        load_scenario("small").having(**{key: value})

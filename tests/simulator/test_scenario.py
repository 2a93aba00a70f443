from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pytest

from simulator.scenario import Scenario
from simulator.scenarios import load_scenario, scenarios
from simulator.world import World


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


def test_a_whole_number_is_the_same_scenario_as_the_number_it_equals() -> None:
    small = load_scenario("small")

    assert small.having(price=22).digest == small.having(price=22.0).digest
    assert small.having(competition={"share": 1}).digest == small.having(competition={"share": 1.0}).digest
    ones = [small.having(audiences={"people": [one] * 5}).digest for one in (1, 1.0)]
    assert ones[0] == ones[1]


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


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("time_zone", "Europe"),
        ("time_zone", 5),
        ("currency", None),
        ("description", 3),
        ("start_day", 20260302),
        ("start_day", "2026-02-30"),
        ("start_day", date(1, 1, 5)),
        ("history_days", 10_000_000),
        ("cheap_end", 0.0),
        ("frequency", 1e-300),
        ("concentration", 1e-300),
        ("concentration", 1e300),
        ("click_rate", 5.0),
        ("price", 1e-300),
        ("price_spread", 300.0),
        ("drift_spread", 100.0),
        ("scale", 1e300),
        ("order_value", 1e18),
        ("shock_mean", -9.0),
        ("floor_share", 1.5),
        ("ceiling_share", 0.5),
        ("ceiling_share", -1.0),
        ("later_shares", 0.5),
        ("later_shares", [1.0, 2.0]),
        ("later_shares[6]", [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0]),
        ("later_shares[0]", ["a", 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        ("later_shares", [0.0] * 7),
    ],
)
def test_a_value_that_no_world_could_be_made_of_is_named(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=re.escape(key)):
        Scenario.from_mapping({**load_scenario("small").to_mapping(), key.partition("[")[0]: value})


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("scale", {"scale": 1e9, "scale_spread": 3.0}),
        ("price", {"scale": 1e6, "price": 1e-6, "price_spread": 3.0}),
        ("order_value", {"order_value": 1e9, "order_spread": 3.0}),
    ],
)
def test_values_that_together_go_beyond_whole_numbers_are_refused(key: str, changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"^{key}, with"):
        load_scenario("small").having(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"cheap_end": 1e-6},
        {"cheap_end": 10.0},
        {"concentration": 1e-3},
        {"concentration": 1e3},
        {"frequency": 1e-6},
        {"frequency": 1e3},
        {"scale_spread": 3.0, "price_spread": 3.0, "frequency_spread": 3.0, "order_spread": 3.0},
        {"conversion_noise": 2.0, "click_noise": 2.0, "price_noise": 2.0, "delivery_spread": 2.0},
        {"drift_spread": 0.5, "common_spread": 2.0, "weekday_strength": 5.0, "weekday_spread": 2.0},
        {"exponent_spread": 1.0, "human_error": 3.0, "order_variation": 50.0},
        {"shock_share": 1.0, "shock_mean": 5.0, "shock_spread": 3.0, "shock_first_day": 0},
        {"ad_sets": 1, "history_days": 0},
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_world_at_the_ends_of_the_bounds_has_finite_figures(changes: dict[str, Any]) -> None:
    world = World(load_scenario("small").having(**{"history_days": 3, **changes}), [1, 2, 3])
    world.step()

    assert all((figure >= 0).all() for figure in world.report(4).values())
    assert np.isfinite(world.expected_value_minor(world.budgets_minor)).all()

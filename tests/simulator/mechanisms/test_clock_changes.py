from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from simulator.mechanism import Factors, Morning, Setting
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams
from simulator.traffic import hour_shares
from simulator.world import World

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def factors(day: date, zone: str = "Europe/Madrid", **sections: object) -> Factors | None:
    scenario = load_scenario("small").having(time_zone=zone, clock_changes={}, **sections)
    streams = Streams([1, 2])
    setting = Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)
    mechanism = scenario.mechanisms["clock_changes"]
    nothing = np.zeros(setting.shape, dtype=np.int64)
    return mechanism.morning(mechanism.begin(setting), Morning(setting, day, nothing, nothing == 0))


def test_a_skipped_hour_has_no_traffic_and_a_repeated_one_twice_as_much() -> None:
    shares = hour_shares(6)

    np.testing.assert_allclose(factors(SPRING).supply, 1.0 - shares[2], rtol=1e-12)
    np.testing.assert_allclose(factors(AUTUMN).supply, 1.0 + shares[2], rtol=1e-12)


def test_on_lord_howe_island_it_is_half_an_hour() -> None:
    shares = hour_shares(6)

    np.testing.assert_allclose(factors(date(2026, 10, 4), "Australia/Lord_Howe").supply, 1.0 - shares[2] / 2)
    np.testing.assert_allclose(factors(date(2026, 4, 5), "Australia/Lord_Howe").supply, 1.0 + shares[1] / 2)


@pytest.mark.parametrize(
    ("zone", "changes"),
    [("Europe/Madrid", 2), ("America/New_York", 2), ("Asia/Tokyo", 0), ("Australia/Lord_Howe", 2)],
)
def test_a_year_has_as_many_such_days_as_its_zone_has_changes(zone: str, changes: int) -> None:
    days = [date(2026, 1, 1) + timedelta(days=i) for i in range(365)]

    assert sum(factors(day, zone) is not None for day in days) == changes


def test_hours_lost_at_night_are_cheap_and_bad_ones() -> None:
    found = factors(SPRING, hour_of_day={})

    assert (found.conversions > 1.0).all()
    assert (found.supply < 1.0 - hour_shares(6)[2]).all()


def test_supply_is_left_to_pacing() -> None:
    assert factors(SPRING, pacing={}).supply == 1.0


@pytest.mark.filterwarnings("error")
def test_on_a_day_that_the_calendar_leaves_out_nothing_is_delivered() -> None:
    left_out = date(2011, 12, 30)

    assert not factors(left_out, "Pacific/Apia").delivers.any()
    scenario = load_scenario("small").having(
        time_zone="Pacific/Apia", start_day=left_out, history_days=0, clock_changes={}, dayparting={"share": 1.0}
    )
    world = World(scenario, [1, 2])
    world.step()
    assert world.report(1)["spend_minor"].sum() == 0

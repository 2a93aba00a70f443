from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simulator import auction
from simulator.hourly import Market, at_one_bid
from simulator.mechanism import Factors, Morning, Setting
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams

MONDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 7)


def a_setting(seeds=(1, 2), **sections: object) -> Setting:
    scenario = load_scenario("small").having(**{"hour_of_day": {}, **sections})
    streams = Streams(list(seeds))
    return Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)


def factors(setting: Setting, day: date = MONDAY) -> Factors:
    mechanism = setting.scenario.mechanisms["hour_of_day"]
    nothing = np.zeros(setting.shape, dtype=np.int64)
    found = mechanism.morning(mechanism.begin(setting), Morning(setting, day, nothing, nothing == 0))
    assert found is not None
    return found


@pytest.mark.parametrize("weekday", range(7))
def test_hours_have_mean_one_over_traffic(weekday: int) -> None:
    hours = a_setting().scenario.mechanisms["hour_of_day"].hours(weekday)

    assert hours.supply.sum() == pytest.approx(1.0)
    assert (hours.supply * hours.price).sum() == pytest.approx(1.0)
    assert (hours.supply * hours.conversions).sum() == pytest.approx(1.0)


def test_evenings_are_dearer_and_nights_convert_worse() -> None:
    hours = a_setting().scenario.mechanisms["hour_of_day"].hours(0)

    assert hours.price.argmax() == 20
    assert hours.conversions[3] < 0.8 * hours.conversions[14]
    assert hours.supply[11] > 1.5 * hours.supply.mean()


def test_the_day_is_that_of_its_hours_at_one_bid() -> None:
    setting = a_setting(seeds=range(20))
    people, hours = setting.population, setting.scenario.mechanisms["hour_of_day"].hours(0)
    budgets = people.scale_minor
    market = Market(people.rate, people.depth, people.exponent, 1e6 * budgets, hours.supply, hours.price)
    supply = factors(setting).supply[..., 0]
    in_closed_form = supply * auction.impressions(budgets / supply, people.rate, people.depth, people.exponent)

    assert (supply > 1.0).all()
    # The closed form is that of a market without a cheap end, which is 3 % of a usual budget here.
    np.testing.assert_allclose(at_one_bid(budgets, market).impressions, in_closed_form, rtol=5e-3)


def test_money_spent_by_the_hour_meets_conversions_by_the_hour() -> None:
    setting = a_setting(seeds=range(20))
    people, hours = setting.population, setting.scenario.mechanisms["hour_of_day"].hours(0)
    weights = hours.supply[:, None, None] * hours.price[:, None, None] ** (-1.0 / (1.0 - people.exponent))
    expected = (weights * hours.conversions[:, None, None]).sum(axis=0) / weights.sum(axis=0)

    np.testing.assert_allclose(factors(setting).conversions[..., 0], expected, rtol=1e-12)


def test_supply_is_left_to_pacing() -> None:
    paced, plain = factors(a_setting(pacing={})), factors(a_setting())

    assert paced.supply == 1.0
    assert np.array_equal(paced.conversions, plain.conversions)


def test_a_saturday_is_not_a_monday() -> None:
    setting = a_setting()

    assert not np.array_equal(factors(setting, MONDAY).supply, factors(setting, SATURDAY).supply)
    assert np.array_equal(factors(setting, MONDAY).supply, factors(setting, date(2026, 3, 3)).supply)


@pytest.mark.parametrize("name", ["traffic", "price", "conversions"])
def test_every_parameter_has_an_effect(name: str) -> None:
    usual, other = factors(a_setting()), factors(a_setting(hour_of_day={name: 0.0}))

    assert not np.allclose(usual.conversions, other.conversions, rtol=1e-4)


def test_without_strength_nothing_happens() -> None:
    plain = factors(a_setting(hour_of_day={"price": 0.0, "conversions": 0.0}))

    np.testing.assert_allclose(plain.supply, 1.0, rtol=1e-12)
    np.testing.assert_allclose(plain.conversions, 1.0, rtol=1e-12)


def test_a_world_is_the_same_alone_and_among_many() -> None:
    many, alone = factors(a_setting(seeds=range(9))), factors(a_setting(seeds=[4]))

    assert np.array_equal(many.supply[4:5], alone.supply)
    assert np.array_equal(many.conversions[4:5], alone.conversions)

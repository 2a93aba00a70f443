from __future__ import annotations

import math
from calendar import monthrange
from datetime import date, timedelta

import numpy as np
import pytest

from simulator.mechanism import Factors, Morning, Setting, build_mechanism
from simulator.mechanisms.holidays import OCCASIONS, black_friday, logs_on
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.seasonality import log_price
from simulator.streams import Streams

YEARS = range(2021, 2031)
CYBER_MONDAY = date(2026, 11, 30)


def factors(day: date, **parameters: object) -> Factors:
    scenario = load_scenario("small").having(holidays=parameters)
    streams = Streams([1])
    setting = Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)
    mechanism = scenario.mechanisms["holidays"]
    nothing = np.zeros(setting.shape, dtype=np.int64)
    found = mechanism.morning(mechanism.begin(setting), Morning(setting, day, nothing, nothing == 0))
    assert found is not None
    return found


def month_price(day: date) -> float:
    """Without its weekday."""
    week = [log_price(day.replace(day=i)) for i in range(8, 15)]
    return sum(week) / 7


def year_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=i) for i in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2021, 11, 26), (2022, 11, 25), (2024, 11, 29), (2025, 11, 28), (2026, 11, 27)]
)
def test_black_friday_follows_the_fourth_thursday_of_november(year: int, month: int, day: int) -> None:
    assert black_friday(year) == date(year, month, day)


@pytest.mark.parametrize(("name", "apex"), [("mothers_day", date(2026, 5, 10)), ("fathers_day", date(2026, 6, 21))])
def test_gifts_are_bought_in_the_days_before_a_movable_feast(name: str, apex: date) -> None:
    last_full_day = OCCASIONS[name].first(2026) + timedelta(days=OCCASIONS[name].stay_days - 1)

    assert last_full_day == apex - timedelta(days=2)


@pytest.mark.parametrize("year", YEARS)
def test_prices_are_neutral_over_two_months_and_demand_over_the_year(year: int) -> None:
    for month in range(1, 12, 2):
        days = [date(year, m, i + 1) for m in (month, month + 1) for i in range(monthrange(year, m)[1])]
        assert sum(logs_on(day)[1] for day in days) == pytest.approx(0.0, abs=1e-9)
    assert sum(logs_on(day)[0] for day in year_of(year)) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("year", YEARS)
def test_from_black_friday_to_christmas_impressions_cost_about_forty_per_cent_more(year: int) -> None:
    days = [day for day in year_of(year) if black_friday(year) <= day < date(year, 12, 25)]
    level = [np.mean([month_price(day) + logs_on(day)[1] for day in some]) for some in (days, year_of(year))]

    assert math.exp(level[0] - level[1]) == pytest.approx(1.4, abs=0.05)


@pytest.mark.parametrize("year", YEARS)
def test_january_and_february_are_about_a_fifth_cheaper(year: int) -> None:
    days = [day for day in year_of(year) if day.month in {1, 2}]
    level = [np.mean([month_price(day) + logs_on(day)[1] for day in some]) for some in (days, year_of(year))]

    assert math.exp(level[0] - level[1]) == pytest.approx(0.8, abs=0.02)


def test_from_the_first_of_november_to_cyber_monday_prices_rise_by_seventy_and_clicks_by_twenty_six_per_cent() -> None:
    before, there = factors(date(2026, 11, 1)), factors(CYBER_MONDAY)

    assert there.price / before.price == pytest.approx(1.70, abs=0.01)
    # Fewer exposures on dear days make up for the rest of +26 %.
    assert there.clicks / before.clicks == pytest.approx(1.19, abs=0.01)


def test_an_occasion_rises_stays_and_falls() -> None:
    first = black_friday(2026)
    demand = [logs_on(first + timedelta(days=i))[0] for i in range(-8, 7)]

    assert all(np.diff(demand[:9]) > 0)
    assert demand[8:12] == [demand[8]] * 4
    assert all(np.diff(demand[11:13]) < 0)


def test_the_turn_of_the_year_has_no_step_in_demand_but_that_of_the_yearly_mean() -> None:
    before, after = logs_on(date(2026, 12, 31))[0], logs_on(date(2027, 1, 1))[0]

    assert abs(before - after) < 0.03


def test_a_country_may_know_no_singles_day() -> None:
    day = date(2026, 11, 11)

    assert factors(day, without=("singles_day",)).conversions < factors(day).conversions


def test_extra_days_come_on_top_as_they_are() -> None:
    day = date(2026, 7, 14)
    usual, extra = factors(day), factors(day, extra=(("2026-07-14", 0.5, 0.2),), demand=1.0)

    assert extra.price == pytest.approx(usual.price * math.exp(0.2))
    assert extra.clicks * extra.conversions == pytest.approx(usual.clicks * usual.conversions * math.exp(0.5))
    assert factors(day + timedelta(days=1), extra=(("2026-07-14", 0.5, 0.2),)).price == pytest.approx(usual.price)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"without": ("chrismas",)}, "did you mean 'christmas'"),
        ({"extra": (("14 July", 0.5, 0.2),)}, "ISO date"),
        ({"extra": (("2026-07-14", 0.5),)}, r"extra\[0\]"),
        ({"extra": (("2026-07-14", "much", 0.2),)}, "two numbers"),
        ({"extra": (("2026-07-14", math.nan, 0.2),)}, "finite"),
    ],
)
def test_what_means_nothing_is_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        build_mechanism("holidays", values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("demand", 0.0),
        ("price", 0.0),
        ("click_share", 0.9),
        ("basket", 0.5),
        ("without", ("black_friday",)),
        ("extra", (("2026-11-30", 0.1, 0.1),)),
    ],
)
def test_every_parameter_has_an_effect(name: str, value: object) -> None:
    usual, other = factors(CYBER_MONDAY), factors(CYBER_MONDAY, **{name: value})

    assert any(getattr(usual, f) != getattr(other, f) for f in ("price", "clicks", "conversions", "order_value"))


def test_without_strength_every_day_is_usual() -> None:
    found = factors(CYBER_MONDAY, demand=0.0, price=0.0)

    assert (found.price, found.clicks, found.conversions, found.order_value) == (1.0, 1.0, 1.0, 1.0)

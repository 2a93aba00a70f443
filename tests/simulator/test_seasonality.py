from __future__ import annotations

from datetime import date, timedelta

import pytest

from simulator.seasonality import log_demand, log_price

MONDAY = date(2026, 3, 2)


def test_a_week_as_a_whole_is_neutral() -> None:
    assert sum(log_demand(MONDAY + timedelta(days=i), 1.0) for i in range(7)) == pytest.approx(0.0, abs=1e-12)


def test_without_strength_every_day_is_alike() -> None:
    assert log_demand(MONDAY, 0.0) == 0.0


def test_impressions_are_dear_before_christmas_and_cheap_in_january() -> None:
    assert log_price(date(2026, 12, 15)) > 0.2
    assert log_price(date(2026, 1, 15)) < -0.15


def test_mondays_are_cheaper_than_saturdays() -> None:
    assert log_price(MONDAY) < log_price(MONDAY + timedelta(days=5))

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from simulator.calibration import hour_profiles
from simulator.traffic import conversions_by_hour, hour_lengths, hour_shares, price_by_hour


@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, 2.0])
def test_the_hours_of_a_day_sum_to_one(weekday: int, strength: float) -> None:
    shares = hour_shares(weekday, strength)

    assert shares.shape == (24,)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares > 0).all()


def test_a_weekend_is_not_a_working_day() -> None:
    assert np.array_equal(hour_shares(5), hour_shares(6))
    assert not np.array_equal(hour_shares(4), hour_shares(5))
    assert not np.array_equal(hour_shares(4, 0.5), hour_shares(5, 0.5))


@pytest.mark.parametrize("weekday", [-1, 7])
def test_an_eighth_day_is_refused(weekday: int) -> None:
    with pytest.raises(ValueError, match="weekday"):
        hour_shares(weekday)


def test_traffic_is_as_measured_or_flatter_or_steeper() -> None:
    assert np.array_equal(hour_shares(0), hour_profiles()[0])
    np.testing.assert_allclose(hour_shares(0, 0.0), 1 / 24)
    assert hour_shares(0, 2.0).max() > hour_shares(0).max() > hour_shares(0, 0.5).max()


@pytest.mark.parametrize("profile", [price_by_hour, conversions_by_hour])
def test_profiles_have_mean_one_over_any_traffic(profile) -> None:
    for shares in (hour_shares(0), hour_shares(6), np.full(24, 1 / 24)):
        assert (shares * profile(shares, 1.7)).sum() == pytest.approx(1.0)
        np.testing.assert_allclose(profile(shares, 0.0), 1.0)


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 28), "Europe/Madrid", {}),
        (date(2026, 3, 29), "Europe/Madrid", {2: 0.0}),
        (date(2026, 10, 25), "Europe/Madrid", {2: 2.0}),
        (date(2026, 3, 8), "America/New_York", {2: 0.0}),
        (date(2026, 11, 1), "America/New_York", {1: 2.0}),
        (date(2026, 10, 4), "Australia/Lord_Howe", {2: 0.5}),
        (date(2026, 4, 5), "Australia/Lord_Howe", {1: 1.5}),
        # Midnight itself is skipped, and comes twice.
        (date(2026, 3, 8), "America/Havana", {0: 0.0}),
        (date(2026, 11, 1), "America/Havana", {0: 2.0}),
    ],
)
def test_a_day_is_as_long_as_its_clock_says(day: date, zone: str, hours: dict[int, float]) -> None:
    assert hour_lengths(day, zone) == pytest.approx([hours.get(hour, 1.0) for hour in range(24)])


def test_tokyo_never_changes_its_clock() -> None:
    days = [date(2026, 1, 1) + timedelta(days=i) for i in range(365)]

    assert {hour_lengths(day, "Asia/Tokyo") for day in days} == {(1.0,) * 24}


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Australia/Lord_Howe", "America/Havana", "Africa/Cairo"])
def test_a_year_has_all_its_hours(zone: str) -> None:
    days = [date(2026, 1, 1) + timedelta(days=i) for i in range(365)]

    assert sum(sum(hour_lengths(day, zone)) for day in days) == pytest.approx(365 * 24)

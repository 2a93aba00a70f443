from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from simulator.mechanism import Factors, Morning, Setting, build_mechanism
from simulator.mechanisms.dayparting import Schedule, by_hour, week_of, with_money, with_schedule
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams
from simulator.traffic import hour_shares

MONDAY = date(2026, 3, 2)
OFFICE = tuple((weekday, 9, 17) for weekday in range(5))


def a_setting(seeds=(1, 2), *, others: dict[str, object] | None = None, **parameters: object) -> Setting:
    scenario = load_scenario("small").having(dayparting=parameters, **(others or {}))
    streams = Streams(list(seeds))
    return Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day)


def begun(setting: Setting) -> Schedule:
    return setting.scenario.mechanisms["dayparting"].begin(setting)


def factors(setting: Setting, day: date = MONDAY, state: Schedule | None = None) -> Factors:
    nothing = np.zeros(setting.shape, dtype=np.int64)
    mechanism = setting.scenario.mechanisms["dayparting"]
    return mechanism.morning(state or begun(setting), Morning(setting, day, nothing, nothing == 0))


def test_rows_are_hours_of_the_week_with_both_ends() -> None:
    week = week_of(((0, 9, 16), (6, 23, 23)))

    assert week.sum() == 9
    assert week[0, 9:17].all()
    assert week[6, 23]


def test_supply_is_the_traffic_of_the_allowed_hours() -> None:
    found = factors(a_setting(share=1.0, rows=OFFICE))

    np.testing.assert_allclose(found.supply, hour_shares(0)[9:18].sum(), rtol=1e-12)
    np.testing.assert_allclose(found.conversions, 1.0, rtol=1e-12)


def test_a_day_without_allowed_hours_does_not_deliver() -> None:
    found = factors(a_setting(share=1.0, rows=OFFICE), date(2026, 3, 7))

    assert not found.delivers.any()
    assert (found.supply == 1.0).all()
    assert (found.conversions == 1.0).all()


def test_who_runs_all_day_long_notices_nothing() -> None:
    found = factors(a_setting(share=0.0, others={"hour_of_day": {}}))

    assert (found.supply == 1.0).all()
    assert (found.conversions == 1.0).all()
    assert found.delivers.all()


def test_evening_hours_are_dear_and_convert_well() -> None:
    evenings = tuple((weekday, 19, 22) for weekday in range(7))
    plain = factors(a_setting(share=1.0, rows=evenings))
    priced = factors(a_setting(share=1.0, rows=evenings, others={"hour_of_day": {}}))

    assert (priced.supply < plain.supply).all()
    assert (priced.conversions > 1.0).all()


def test_conversions_are_means_over_the_hours_where_prices_are_alike() -> None:
    setting = a_setting(share=1.0, rows=OFFICE, others={"hour_of_day": {"price": 0.0}})
    hours = setting.scenario.mechanisms["hour_of_day"].hours(0)
    mean = np.average(hours.conversions[9:18], weights=hours.supply[9:18])

    np.testing.assert_allclose(factors(setting).conversions, mean, rtol=1e-12)


def test_a_clock_change_shortens_a_schedule_that_has_the_hour() -> None:
    night = tuple((weekday, 1, 3) for weekday in range(7))
    spring = date(2026, 3, 29)
    zone = {"time_zone": "Europe/Madrid", "clock_changes": {}}
    with_night, with_office = (
        factors(a_setting(share=1.0, rows=rows, others=zone), spring).supply
        for rows in (night, tuple((weekday, 9, 17) for weekday in range(7)))
    )
    shares = hour_shares(6)
    rest = 1.0 - shares[2]

    # On top of the clock change's own factor, which is that of the whole day.
    np.testing.assert_allclose(with_night, (shares[1] + shares[3]) / rest, rtol=1e-12)
    np.testing.assert_allclose(with_office, shares[9:18].sum() / rest, rtol=1e-12)


def test_supply_is_left_to_pacing() -> None:
    assert factors(a_setting(share=1.0, rows=OFFICE, others={"pacing": {}})).supply == 1.0


def test_so_many_ad_sets_have_a_schedule() -> None:
    allowed = begun(a_setting(seeds=range(1000), share=0.3)).allowed
    scheduled = ~allowed.all(axis=(2, 3))

    # 5000 ad sets: five standard errors.
    assert scheduled.mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / scheduled.size))
    assert len({week.tobytes() for week in allowed.reshape(-1, 7, 24)}) == 5


def test_a_schedule_is_an_ad_sets_own_and_the_old_one_stays() -> None:
    before = begun(a_setting(share=0.0))
    after = with_schedule(before, 1, 2, week_of(OFFICE))

    assert before.allowed.all()
    assert np.array_equal(after.allowed[1, 2], week_of(OFFICE))
    assert after.allowed.sum() == before.allowed.sum() - 168 + 45


@pytest.mark.parametrize(("place", "shape"), [((2, 0), (7, 24)), ((0, -1), (7, 24)), ((0, 0), (24, 7))])
def test_a_schedule_of_nobody_or_of_another_week_is_refused(place: tuple[int, int], shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"ad set|shape"):
        with_schedule(begun(a_setting()), *place, np.ones(shape, dtype=np.bool_))


@pytest.mark.parametrize("rows", [((0, 9),), ((0, 17, 9),), ((7, 0, 1),), ((0, 9.5, 17),), ("monday",), ((0, 9, 24),)])
def test_rows_that_are_no_hours_are_refused(rows: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=r"dayparting\.rows\[0\]"):
        build_mechanism("dayparting", {"rows": rows})


@pytest.mark.parametrize(("name", "value"), [("share", 0.0), ("rows", OFFICE)])
def test_every_parameter_has_an_effect(name: str, value: object) -> None:
    usual, other = begun(a_setting(share=0.9)), begun(a_setting(**{"share": 0.9, name: value}))

    assert not np.array_equal(usual.allowed, other.allowed)


def test_a_world_is_the_same_alone_and_among_many() -> None:
    hours = {"hour_of_day": {}}
    day = MONDAY + timedelta(days=4)
    many, alone = (a_setting(seeds=seeds, share=0.7, others=hours) for seeds in (range(9), [4]))

    assert np.array_equal(factors(many, day).supply[4:5], factors(alone, day).supply)
    assert np.array_equal(factors(many, day).conversions[4:5], factors(alone, day).conversions)


def test_worlds_with_hours_live_and_are_the_same_alone_and_among_many(make_world) -> None:
    sections = {"hour_of_day": {}, "holidays": {}, "clock_changes": {}, "dayparting": {"share": 1.0, "rows": OFFICE}}
    many, alone = (make_world(seeds, time_zone="Europe/Madrid", **sections) for seeds in ((1, 2, 3), (2,)))
    for _ in range(8):
        many.step()
        alone.step()
    together, single = many.report(8), alone.report(8)
    weekend = [(alone.today - timedelta(days=8 - i)).weekday() >= 5 for i in range(8)]

    assert not single["spend_minor"][..., weekend].any()
    assert single["spend_minor"][..., np.logical_not(weekend)].all()
    for name, figures in single.items():
        assert np.array_equal(figures, together[name][1:2])


def test_money_of_one_and_none_is_a_schedule() -> None:
    setting = a_setting(share=1.0, rows=OFFICE, others={"hour_of_day": {}})
    scheduled = begun(setting)

    moved = with_money(scheduled, np.where(scheduled.allowed, 2.0, 0.0))

    one, other = (factors(setting, state=state) for state in (scheduled, moved))
    np.testing.assert_allclose(one.supply, other.supply)
    np.testing.assert_allclose(one.conversions, other.conversions)


def test_money_moved_to_hours_that_convert_well_brings_more_of_fewer_impressions() -> None:
    setting = a_setting(share=0.0, others={"hour_of_day": {"conversions": 2.0}})
    state = begun(setting)
    money = np.ones(state.allowed.shape)
    money[..., 18:23] = 1.5

    found = factors(setting, state=with_money(state, money))

    assert (found.supply < 1.0).all()
    assert (found.conversions > 1.0).all()


def test_parts_by_hour_follow_the_money() -> None:
    setting = a_setting(share=0.0)
    state = begun(setting)
    money = np.ones(state.allowed.shape)
    money[..., 12] = 2.0

    before, after = (by_hour(one, setting.scenario, MONDAY) for one in (state, with_money(state, money)))

    np.testing.assert_allclose((after["spend"] / before["spend"])[..., 12], 2.0)
    np.testing.assert_allclose(
        (after["impressions"] / before["impressions"])[..., 12], 2.0**setting.population.exponent
    )
    np.testing.assert_allclose(before["spend"][0, 0], hour_shares(0))


def test_where_pacing_delivers_money_by_the_hour_is_only_a_schedule() -> None:
    setting = a_setting(share=0.0, others={"hour_of_day": {}, "pacing": {}})
    state = begun(setting)
    money = np.ones(state.allowed.shape)
    money[..., 12] = 2.0

    found = factors(setting, state=with_money(state, money))

    np.testing.assert_allclose(found.conversions, 1.0)


def test_money_by_hour_that_makes_no_sense_is_refused() -> None:
    state = begun(a_setting())

    with pytest.raises(ValueError, match="must have shape"):
        with_money(state, np.ones((1, 1, 7, 24)))
    with pytest.raises(ValueError, match="finite and not negative"):
        with_money(state, np.where(state.allowed, np.nan, 1.0))

from datetime import timedelta

import numpy as np
import pytest

from simulator.audience_types import audience_types
from simulator.mechanism import Factors, Morning, Setting, build_mechanism
from simulator.mechanisms.attribution import WINDOWS, windows
from simulator.order_categories import CLICKS, ORDER_CATEGORIES, as_known, category_shares
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams


def factors(seeds=(1, 2), ad_sets=10, **parameters) -> Factors:
    scenario = load_scenario("small").having(ad_sets=ad_sets)
    streams = Streams(seeds)
    setting = Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day - timedelta(days=28))
    mechanism = build_mechanism("attribution", parameters)
    nothing = np.zeros(setting.shape, dtype=np.int64)
    morning = Morning(setting, scenario.start_day, nothing, nothing == 0)
    found = mechanism.morning(mechanism.begin(setting), morning)
    assert found is not None
    return found


def test_retargetings_people_come_back_without_a_click_more_often():
    views = factors(view_orders=0.1, retargeting=3.0).view_orders
    expected = [0.3 if kind == "retargeting" else 0.1 for kind in audience_types(10)]
    np.testing.assert_allclose(np.asarray(views)[0, :, 0], expected)


@pytest.mark.parametrize("name", ["late_share", "view_orders", "retargeting"])
def test_every_parameter_has_an_effect(name):
    usual, other = factors(), factors(**{name: 0.3})
    assert usual.late_share != other.late_share or not np.array_equal(usual.view_orders, other.view_orders)


def test_clicks_of_a_week_tell_of_about_fifteen_per_cent_less_than_was_caused():
    day = factors(ad_sets=5)
    parts = category_shares(0.55, late_share=day.late_share, view_orders=day.view_orders)
    reported = parts[CLICKS].sum() / parts.sum()
    assert reported == pytest.approx(0.85, abs=0.01)


def test_windows_contain_each_other():
    orders = np.random.default_rng(1).poisson(5.0, (len(ORDER_CATEGORIES), 3, 4))
    seen = windows(orders)
    assert tuple(seen) == WINDOWS
    assert (seen["1d_click"] <= seen["7d_click"]).all()
    np.testing.assert_array_equal(seen["default"], seen["7d_click"] + seen["1d_view"])
    assert (seen["default"] <= orders.sum(axis=0)).all()


@pytest.mark.parametrize(
    ("category", "shown_in"),
    [
        ("click 0", {"1d_click", "7d_click", "default"}),
        ("click 7", {"7d_click", "default"}),
        ("view 0", {"1d_view", "default"}),
        ("view 1", {"1d_view", "default"}),
        ("late", set()),
        ("untracked", set()),
        ("lost", set()),
    ],
)
def test_an_order_shows_in_the_windows_it_lies_in(category, shown_in):
    orders = np.array([int(name == category) for name in ORDER_CATEGORIES])
    assert {name for name, seen in windows(orders).items() if seen} == shown_in


def test_windows_grow_until_the_click_is_a_week_old():
    orders = np.random.default_rng(2).poisson(50.0, len(ORDER_CATEGORIES))
    reports = [int(windows(as_known(orders, days))["default"]) for days in range(9)]
    assert reports == sorted(reports)
    assert reports[6] < reports[7] == reports[8] == windows(orders)["default"]


def test_every_reported_figure_is_what_was_caused_less_what_is_never_reported_or_still_to_come(make_world):
    world = make_world((1, 2, 3), attribution={}, tracking={}, tracking_outage={"chance": 0.1})
    days = 20
    orders = world.caused_by_category(days)
    caused, reported = world.caused(days)["conversions"], world.report(days)["conversions"]
    np.testing.assert_array_equal(orders.sum(axis=0), caused)
    never = orders[-3:].sum(axis=0)
    assert (orders[-3:].sum(axis=(1, 2, 3)) > 0).all()
    for day in range(days):
        age = days - 1 - day
        to_come = (orders[..., day] - as_known(orders[..., day], age))[:-3].sum(axis=0)
        np.testing.assert_array_equal(reported[..., day], caused[..., day] - never[..., day] - to_come)


def test_what_is_caused_grows_by_view_through_orders_and_not_by_when_orders_come(make_world):
    plain, late = make_world(), make_world(attribution={"late_share": 0.4, "view_orders": 0.0})
    views = make_world(attribution={"late_share": 0.0, "view_orders": 0.5, "retargeting": 1.0})
    budgets = plain.budgets_minor
    usual = plain.expected_value_minor(budgets)
    np.testing.assert_allclose(late.expected_value_minor(budgets), usual, rtol=1e-12)
    np.testing.assert_allclose(views.expected_value_minor(budgets), 1.5 * usual, rtol=1e-12)

from datetime import timedelta

import numpy as np
import pytest

from simulator.delay import LAGS
from simulator.mechanism import Morning, Outcome, Setting, build_mechanism
from simulator.order_categories import ORDER_CATEGORIES
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams

HISTORY = 3


def recorded(seeds=(1, 2, 3), days=30, **parameters) -> np.ndarray:
    """Shares that survive, (days, 8, W)."""
    scenario = load_scenario("small").having(ad_sets=2, history_days=HISTORY)
    streams = Streams(seeds)
    first = scenario.start_day - timedelta(days=HISTORY)
    setting = Setting(scenario, streams, draw_population(scenario, streams), first)
    mechanism = build_mechanism("tracking_outage", parameters)
    state, rows = mechanism.begin(setting), []
    budgets = np.full(setting.shape, 100)
    nothing = np.zeros((*setting.shape, 1), dtype=np.int64)
    for day in range(days):
        morning = Morning(setting, first + timedelta(days=day), budgets, budgets > 0)
        found = mechanism.morning(state, morning)
        assert found is not None
        rows.append(np.asarray(found.recorded))
        state = mechanism.evening(state, morning, Outcome(*[nothing] * 5))
    assert rows[0].shape == (LAGS, len(seeds), 1, 1)
    return np.array(rows)[..., 0, 0]


def test_an_order_is_lost_by_the_day_it_happens_whenever_the_click_was():
    shares = recorded(range(50), chance=0.2)
    assert 0.0 < (shares == 0.0).mean() < 1.0
    for lag in range(LAGS):
        np.testing.assert_array_equal(shares[: 30 - lag, lag], shares[lag:, 0])


def test_outages_are_as_frequent_and_as_long_as_stated():
    chance, mean, days, worlds = 0.1, 3.0, 60, 1000
    down = recorded(range(worlds), days, chance=chance, mean_days=mean)[20:, 0] == 0.0
    expected = mean / (mean + (1.0 - chance) / chance)
    # Days of one world hang together for about as long as an outage; worlds do not.
    error = down.mean(axis=0).std() / np.sqrt(worlds)
    assert down.mean() == pytest.approx(expected, abs=4 * error)
    # An outage that ends may be followed at once by the next one.
    stays = down[1:][down[:-1]]
    again = 1.0 - 1.0 / mean * (1.0 - chance)
    assert stays.mean() == pytest.approx(again, abs=4 * np.sqrt(again * (1 - again) / stays.size))


def test_outages_of_one_day_are_one_day_long():
    down = recorded(range(300), 40, chance=0.1, mean_days=1.0)[:, 0] == 0.0
    stays = down[1:][down[:-1]]
    assert stays.mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / stays.size))


def test_fixed_days_are_counted_from_the_start_and_hold_in_every_world():
    down = recorded(days=20, chance=0.0, fixed_days=[-2, 4, 5])[:, 0] == 0.0
    expected = np.isin(np.arange(20) - HISTORY, [-2, 4, 5])
    np.testing.assert_array_equal(down, np.repeat(expected[:, None], 3, axis=1))


def test_a_partial_outage_loses_its_share():
    shares = recorded(days=10, chance=0.0, fixed_days=[2], share_lost=0.4)[:, 0]
    assert set(shares[2 + HISTORY]) == {0.6}
    assert (np.delete(shares, 2 + HISTORY, axis=0) == 1.0).all()


@pytest.mark.parametrize(
    ("name", "value"), [("chance", 0.5), ("mean_days", 6.0), ("fixed_days", (1, 9)), ("share_lost", 0.5)]
)
def test_every_parameter_has_an_effect(name, value):
    usual = {"chance": 0.2, "mean_days": 2.0}
    assert not np.array_equal(recorded(**usual), recorded(**{**usual, name: value}))


def test_a_world_alone_is_the_same_as_in_a_batch():
    together = recorded((4, 5, 6), chance=0.2)
    np.testing.assert_array_equal(together[..., 1:2], recorded((5,), chance=0.2))
    assert not np.array_equal(together[..., 0], together[..., 1])


def test_no_chance_and_no_fixed_day_is_no_outage():
    assert (recorded(chance=0.0) == 1.0).all()


def test_an_outage_takes_orders_from_the_days_of_their_clicks_and_leaves_what_was_caused(make_world):
    plain = make_world(range(20), attribution={})
    broken = make_world(range(20), attribution={}, tracking_outage={"chance": 0.0, "fixed_days": [-9]})
    lost = broken.caused_by_category(28)[ORDER_CATEGORIES.index("lost")].sum(axis=(0, 1))
    days = np.arange(28) - 28
    assert (lost[(days < -16) | (days > -9)] == 0).all()
    assert lost[days == -9] == lost.max()
    assert (lost[(days >= -16) & (days <= -9)] > 0).all()
    reported = [world.report(28)["conversions"].sum(axis=(0, 1))[days == -9] for world in (plain, broken)]
    same_day = plain.scenario.same_day_share
    assert reported[1] / reported[0] == pytest.approx(1.0 - same_day, abs=4 * np.sqrt(0.25 / reported[0].item()))
    budgets = plain.budgets_minor
    np.testing.assert_array_equal(broken.expected_value_minor(budgets), plain.expected_value_minor(budgets))

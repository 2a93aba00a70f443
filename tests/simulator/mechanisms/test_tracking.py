from datetime import timedelta

import numpy as np
import pytest

from simulator.mechanism import Morning, Setting, build_mechanism
from simulator.population import draw_population
from simulator.scenarios import load_scenario
from simulator.streams import Streams


def tracked(seeds=(1, 2, 3), days=0, **parameters) -> np.ndarray:
    scenario = load_scenario("small")
    streams = Streams(seeds)
    setting = Setting(scenario, streams, draw_population(scenario, streams), scenario.start_day - timedelta(days=28))
    mechanism = build_mechanism("tracking", parameters)
    budgets = np.full(setting.shape, 10_000 * (1 + days))
    morning = Morning(setting, scenario.start_day + timedelta(days=days), budgets, budgets > 0)
    found = mechanism.morning(mechanism.begin(setting), morning)
    assert found is not None
    shares = np.asarray(found.tracked)
    assert shares.shape == (1, *setting.shape, 1)
    return shares[0, ..., 0]


def test_the_median_ad_set_misses_the_stated_share():
    missing = 1.0 - tracked(range(2000), untracked=0.2, spread=0.4)
    # The median of n draws has a standard error of 1.25 standard deviations over root n, here in log odds.
    error = 1.25 * 0.4 / np.sqrt(missing.size) * 0.2 * 0.8
    assert np.median(missing) == pytest.approx(0.2, abs=4 * error)


def test_most_ad_sets_miss_between_a_twentieth_and_a_fifth():
    missing = 1.0 - tracked(range(2000))
    assert np.mean((missing > 0.05) & (missing < 0.2)) > 0.9


def test_ad_sets_differ_by_the_spread_and_a_day_changes_nothing():
    assert tracked().std() > 0.0
    np.testing.assert_array_equal(tracked(spread=0.0), np.full((3, 5), tracked(spread=0.0)[0, 0]))
    np.testing.assert_array_equal(tracked(), tracked(days=9))


@pytest.mark.parametrize(("untracked", "left"), [(0.0, 1.0), (1.0, 0.0)])
def test_everybody_or_nobody_may_be_followed(untracked, left):
    assert (tracked(untracked=untracked) == left).all()


@pytest.mark.parametrize("name", ["untracked", "spread"])
def test_every_parameter_has_an_effect(name):
    assert not np.array_equal(tracked(), tracked(**{name: 0.6}))


def test_a_world_alone_is_the_same_as_in_a_batch():
    np.testing.assert_array_equal(tracked((7, 8, 9))[1:2], tracked((8,)))


def test_a_share_above_one_is_refused_by_name():
    with pytest.raises(ValueError, match=r"tracking\.untracked must be between 0 and 1"):
        build_mechanism("tracking", {"untracked": 1.2})


def test_what_is_not_tracked_is_caused_and_never_reported(make_world):
    plain, private = make_world((1, 2)), make_world((1, 2), tracking={"untracked": 0.4, "spread": 0.0})
    budgets = plain.budgets_minor
    np.testing.assert_array_equal(private.expected_value_minor(budgets), plain.expected_value_minor(budgets))
    caused, reported = private.caused(20)["conversions"][..., :12], private.report(20)["conversions"][..., :12]
    missing = 1.0 - reported.sum() / caused.sum()
    assert missing == pytest.approx(0.4, abs=4 * np.sqrt(0.24 / caused.sum()))

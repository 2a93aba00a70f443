"""Every scenario that exists passes the same examination."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.oracle import best_budgets
from simulator.scenarios import load_scenario, scenarios
from simulator.world import World


def test_a_name_that_is_not_there_is_met_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'small'"):
        load_scenario("smoll")


def test_the_list_cannot_be_spoilt_by_who_reads_it() -> None:
    scenarios().clear()

    assert {"small", "medium", "volatile"} <= set(scenarios())


@pytest.mark.parametrize("name", scenarios())
def test_figures_lie_at_published_levels(name: str) -> None:
    """Shop benchmarks: CPM 8-20 USD (yen at 130), CTR 1-2 %, conversion rate 2-4 % (furniture 1-2 %), ROAS 1-4."""
    scenario = load_scenario(name)
    total = {k: v.sum() for k, v in World(scenario, range(60)).report(20).items()}
    spend = total["spend_minor"] / scenario.minor_per_major
    usd = 130 if scenario.currency == "JPY" else 1

    assert 8 < spend / total["impressions"] * 1000 / usd < 20
    assert 0.01 < total["clicks"] / total["impressions"] < 0.02
    assert (0.01 if name == "sparse" else 0.02) < total["conversions"] / total["clicks"] < 0.04
    assert 1.0 < total["value_minor"] / total["spend_minor"] < 4.0
    assert 1.0 < total["impressions"] / total["reach"] < 3.0


@pytest.mark.parametrize("name", sorted(set(scenarios()) - {"all_equal"}))
def test_people_leave_something_to_gain_and_returns_diminish(name: str) -> None:
    world = World(load_scenario(name), range(100))
    budgets = world.budgets_minor
    total = budgets.sum(axis=1)
    hi = np.broadcast_to(total[:, None], budgets.shape)
    best = world.expected_value_minor(best_budgets(world, total, np.zeros_like(budgets), hi)).sum(axis=1)
    value = world.expected_value_minor(budgets)
    elasticity = world.marginal_value(budgets.astype(float)) * budgets / value

    assert 0.88 < (value.sum(axis=1) / best).mean() < 0.94
    assert np.quantile(elasticity, 0.02) > 0.4
    assert np.quantile(elasticity, 0.98) < 0.88
    assert 0.55 < np.median(elasticity) < 0.7


def test_where_all_ad_sets_are_equal_there_is_nothing_to_gain() -> None:
    world = World(load_scenario("all_equal"), range(5))
    budgets = world.budgets_minor
    total = budgets.sum(axis=1)
    best = best_budgets(world, total, np.zeros_like(budgets), np.broadcast_to(total[:, None], budgets.shape))

    assert (np.ptp(budgets, axis=1) == 0).all()
    assert np.abs(best - budgets).max() <= 0.02 * budgets.min()

"""Every scenario that exists passes the same examination, and makes the point that it is for."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.oracle import best_budgets
from simulator.scenario import Scenario
from simulator.scenarios import fleets, load_fleet, load_scenario, scenarios
from simulator.world import World

DIGESTS = {
    "all_equal": "b29faad0b046c53556716caf4ca5aaeb96e91d68413ea4c0d72407325f6b228a",
    "medium": "e2385f99057da3f08d56573a9c7b16e64539d10d08c5b9327109da69602ca31e",
    "small": "01ab6ecdbe7c0966da993e90ba7c2f60262f8cb0930067dc3319b5fc55eed620",
    "sparse": "0b23c8fb84f8c1c84f7a9d46d015e24f64fc925aaff27e529860d730240db894",
    "volatile": "615fc10b198a469e244e0b5e16f46de1bf88a3273ae41fc5f0019c5e244434bd",
}
"""Of the scenarios that were Python once: the same values, to the last bit."""
USD = {"AUD": 1.5, "CAD": 1.35, "CHF": 0.9, "EUR": 0.9, "GBP": 0.8, "JPY": 130.0, "KRW": 1300.0, "USD": 1.0}
"""Units of each currency in a US dollar, roughly."""
DEAR = {"sparse", "one_winner"}
NO_SHOP = {"leads", "hopeless"}
UNUSUAL = {"all_equal", "one_winner", "hopeless"}
"""Made to have nothing to gain, or very much."""


def best_of(world: World) -> tuple[np.ndarray, np.ndarray]:
    """The best budgets (W, A) for today with people's money, and their value (W,)."""
    budgets = world.budgets_minor
    total = budgets.sum(axis=1)
    hi = np.broadcast_to(total[:, None], budgets.shape)
    best = best_budgets(world, total, np.zeros_like(budgets), hi)
    return best, world.expected_value_minor(best).sum(axis=1)


def figures(scenario: Scenario, worlds: int = 40) -> dict[str, float]:
    """Levels over twenty days of many worlds; money in US dollars."""
    total = {k: v.sum() for k, v in World(scenario, range(worlds)).report(20).items()}
    spend = total["spend_minor"] / scenario.minor_per_major / USD[scenario.currency]
    return {
        "price": spend / total["impressions"] * 1000,
        "click_rate": total["clicks"] / total["impressions"],
        "conversion_rate": total["conversions"] / total["clicks"],
        "cost_per_order": spend / total["conversions"],
        "roas": total["value_minor"] / total["spend_minor"],
        "frequency": total["impressions"] / total["reach"],
    }


def test_a_name_that_is_not_there_is_met_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'small'"):
        load_scenario("smoll")


def test_the_list_cannot_be_spoilt_by_who_reads_it() -> None:
    scenarios().clear()

    assert {"small", "medium", "volatile"} <= set(scenarios())


@pytest.mark.parametrize(("name", "digest"), DIGESTS.items())
def test_being_a_file_has_changed_no_value(name: str, digest: str) -> None:
    assert load_scenario(name).digest == digest


@pytest.mark.parametrize("name", scenarios())
def test_a_description_is_one_sentence(name: str) -> None:
    description = load_scenario(name).description

    assert description[0].isupper()
    assert description.endswith(".")
    assert 40 < len(description) < 130


def test_the_family_lives_in_many_currencies_and_time_zones() -> None:
    family = scenarios().values()

    assert len({scenario.currency for scenario in family}) >= 6
    assert len({scenario.time_zone for scenario in family}) >= 8


@pytest.mark.parametrize("name", sorted(set(scenarios()) - NO_SHOP))
def test_figures_of_shops_lie_at_published_levels(name: str) -> None:
    """Shop benchmarks in US dollars: CPM 8-20, CTR 1-2 %, conversion rate 2-4 % (dear things 1-2 %), ROAS 1-4."""
    found = figures(load_scenario(name))

    assert 8 < found["price"] < 20
    assert 0.01 < found["click_rate"] < 0.02
    assert (0.01 if name in DEAR else 0.02) < found["conversion_rate"] < 0.04
    assert 1.0 < found["roas"] < 4.0
    assert 1.0 < found["frequency"] < 3.0


@pytest.mark.parametrize("name", sorted(set(scenarios()) - UNUSUAL))
def test_people_leave_something_to_gain_and_returns_diminish(name: str) -> None:
    world = World(load_scenario(name), range(60))
    budgets = world.budgets_minor
    value = world.expected_value_minor(budgets)
    elasticity = world.marginal_value(budgets.astype(float)) * budgets / value

    assert 0.86 < (value.sum(axis=1) / best_of(world)[1]).mean() < 0.96
    assert np.quantile(elasticity, 0.02) > 0.4
    assert np.quantile(elasticity, 0.98) < 0.88
    assert 0.55 < np.median(elasticity) < 0.7


def test_where_all_ad_sets_are_equal_there_is_nothing_to_gain() -> None:
    world = World(load_scenario("all_equal"), range(5))
    budgets = world.budgets_minor
    best, value = best_of(world)

    assert (np.ptp(budgets, axis=1) == 0).all()
    assert np.abs(best - budgets).max() <= 0.02 * budgets.min()
    assert (value / world.expected_value_minor(budgets).sum(axis=1) < 1.001).all()


def test_where_one_ad_set_wins_it_deserves_more_than_half_of_the_money_and_gets_a_sixth() -> None:
    world = World(load_scenario("one_winner"), range(100))
    budgets = world.budgets_minor
    best, value = best_of(world)
    winner = best.argmax(axis=1)[:, None]
    deserved = np.take_along_axis(best, winner, 1)[:, 0] / best.sum(axis=1)
    given = np.take_along_axis(budgets, winner, 1)[:, 0] / budgets.sum(axis=1)

    # About four in five worlds have one; 100 worlds tell a share apart from another to a tenth.
    assert (deserved > 0.5).mean() > 0.7
    assert np.median(deserved) > 0.6
    assert abs(given.mean() - 1 / 6) < 0.03
    assert (value / world.expected_value_minor(budgets).sum(axis=1)).mean() > 1.3


def test_where_it_is_hopeless_every_coin_is_lost() -> None:
    world = World(load_scenario("hopeless"), range(60))
    budgets = world.budgets_minor
    least = np.full(budgets.shape, float(world.scenario.minimum_budget_minor))

    assert (world.expected_value_minor(budgets) < 0.5 * budgets).all()
    assert (world.marginal_value(least) < 1.0).all()


def test_leads_cost_what_they_cost() -> None:
    """US lead campaigns in 2024 and 2025: CTR 2.5-2.6 %, 7.7-8.8 % of clicks, 22-28 USD (WordStream/LocaliQ)."""
    found = figures(load_scenario("leads"))

    assert 0.025 < found["click_rate"] < 0.028
    assert 0.075 < found["conversion_rate"] < 0.09
    assert 17 < found["cost_per_order"] < 28


def test_a_large_account_is_large() -> None:
    world = World(load_scenario("large"), range(3))

    assert world.budgets_minor.shape == (3, 100)
    assert (world.budgets_minor.max(axis=1) > 20 * world.budgets_minor.min(axis=1)).all()


def known_at_first(name: str) -> float:
    """Share of the orders caused on yesterday that are known this morning."""
    world = World(load_scenario(name), range(100))
    known = world.report(1)["conversions"].sum()
    return float(known / world.caused(1)["conversions"].sum())


def test_where_orders_come_late_the_morning_knows_one_in_six() -> None:
    assert known_at_first("long_delay") == pytest.approx(0.16, abs=0.03)
    assert known_at_first("small") > 0.5


def levels_after(name: str, days: int) -> np.ndarray:
    """Log change (W, A) over some days of what the same budgets bring, against the account's own."""
    world = World(load_scenario(name), range(40))
    budgets = world.budgets_minor
    before = np.log(world.expected_value_minor(budgets))
    for _ in range(days):
        world.step()
    change = np.log(world.expected_value_minor(budgets)) - before
    return change - change.mean(axis=1, keepdims=True)


def test_where_drift_is_heavy_last_months_winners_are_no_advice() -> None:
    assert levels_after("heavy_drift", 28).std() > 2 * levels_after("medium", 28).std()
    assert levels_after("volatile", 28).std() < levels_after("heavy_drift", 28).std()


@pytest.mark.parametrize("name", fleets())
def test_accounts_of_a_fleet_can_be_served_together(name: str) -> None:
    members = load_fleet(name).members

    assert len({member.scenario.start_day for member in members}) == 1
    assert len({member.scenario.currency for member in members}) >= 5
    assert all(member.scenario == load_scenario(member.scenario.name) for member in members)

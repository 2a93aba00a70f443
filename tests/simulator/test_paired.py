from __future__ import annotations

import numpy as np
import pytest

from simulator.paired import Budget, Without, effect, estimate, interaction
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario, scenarios
from simulator.world import World

pytestmark = pytest.mark.slow

SMALL = load_scenario("small")
OVERLAPPING = SMALL.having(overlap={"share": 0.6}, history_days=7)


def coupled(scenario: Scenario) -> bool:
    return bool({"overlap", "campaign_budget"} & set(scenario.mechanisms))


@pytest.mark.parametrize("name", scenarios())
def test_one_ad_sets_money_does_not_change_anothers_luck(name: str) -> None:
    scenario = load_scenario(name).having(history_days=7)
    worlds = World(scenario, (1, 2)), World(scenario, (1, 2))
    for _ in range(8):
        for world, times in zip(worlds, (1, 2), strict=True):
            budgets = world.budgets_minor
            budgets[:, 0] = times * 4_000
            world.set_budgets(budgets)
            world.step()
    (first, second), (truth, other_truth) = (w.report(8) for w in worlds), (w.caused(8) for w in worlds)
    # The platform moves money between siblings, or spends less of it where siblings make it dear.
    divided = bool({"campaign_budget", "bid_strategies", "saturated_audience"} & set(scenario.mechanisms))

    assert not np.array_equal(first["spend_minor"][:, 0], second["spend_minor"][:, 0])
    if not divided:
        # What siblings do to each other goes through prices: the same money, fewer impressions.
        assert np.array_equal(first["spend_minor"][:, 1:], second["spend_minor"][:, 1:])
    if not coupled(scenario):
        for figures, others in ((first, second), (truth, other_truth)):
            for metric, figure in figures.items():
                assert np.array_equal(figure[:, 1:], others[metric][:, 1:]), metric


def test_money_takes_from_siblings_through_prices_alone() -> None:
    found = effect(OVERLAPPING, range(40), 5, Budget(0, times=4.0))

    assert (found.spend_minor[:, 1:] == 0).all()
    own, *others = found.by_ad_set("value_minor")
    assert own.mean > 5 * own.standard_error
    assert sum(sibling.mean for sibling in others) < 0
    assert found.total("value_minor").mean == pytest.approx(own.mean + sum(sibling.mean for sibling in others))


def test_what_an_ad_set_causes_is_all_it_brought_where_nothing_is_shared() -> None:
    found = effect(SMALL, (3, 4), 4, Budget(2, times=0.0))
    world = World(SMALL, (3, 4))
    budgets = world.budgets_minor
    for _ in range(4):
        world.set_budgets(budgets)
        world.step()

    assert np.array_equal(found.value_minor[:, 2], -world.caused(4)["value_minor"][:, 2])
    assert (np.delete(found.conversions, 2, axis=1) == 0).all()


def test_a_mechanism_that_is_switched_off_gives_back_what_it_takes() -> None:
    scenario = SMALL.having(tracking={"untracked": 0.5}, competition={"share": 1.0, "first_day": 0, "window_days": 1})

    unseen = effect(scenario, range(30), 6, Without("tracking")).total("conversions")
    assert abs(unseen.mean) < 4 * unseen.standard_error
    assert effect(scenario, range(30), 6, Without("competition")).total("value_minor").mean > 0


def test_separate_ad_sets_do_not_interact_and_siblings_do() -> None:
    apart = interaction(SMALL, range(4), 3, Budget(0), Budget(1))
    together = interaction(OVERLAPPING, range(30), 4, Budget(0), Budget(1))

    assert not apart.value_minor.any()
    assert not apart.conversions.any()
    assert together.value_minor.any()


def test_standard_errors_shrink_with_seeds() -> None:
    few, many = (effect(SMALL, range(n), 2, Budget(0)).total("value_minor") for n in (10, 160))

    # Four times smaller; the estimate of a standard error from ten seeds is itself off by up to 60 %.
    assert 0.2 < many.standard_error * 4 / few.standard_error < 4
    assert np.isnan(estimate(np.array([1.0])).standard_error)


def test_days_sum_to_the_total() -> None:
    found = effect(SMALL, range(6), 3, Budget(0, times=1.5))

    assert sum(day.mean for day in found.by_day("value_minor")) == pytest.approx(found.total("value_minor").mean)


@pytest.mark.parametrize(
    ("change", "words"),
    [(Budget(5), "no ad set 5"), (Budget(-1), "no ad set -1"), (Without("overlap"), "no overlap")],
)
def test_what_does_not_exist_is_refused(change: Budget | Without, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        effect(SMALL, (1,), 2, change)


def test_unknown_quantities_and_no_days_are_refused() -> None:
    found = effect(SMALL, (1,), 1, Budget(0))

    with pytest.raises(ValueError, match="quantity must be one of"):
        found.total("clicks")
    with pytest.raises(ValueError, match="days must be at least 1"):
        effect(SMALL, (1,), 0, Budget(0))

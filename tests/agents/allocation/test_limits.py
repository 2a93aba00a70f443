"""What may be moved: floors, ceilings, change caps, learning protection, and wishes about averages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import Limits, Returns, bounds, leeway
from agents.vocabulary import Bound, LearningStage, Observation, Reason


def test_a_fifth_is_counted_in_whole_cents_rounded_towards_no_change(make_account: Any) -> None:
    account = make_account(4)
    account.budgets_minor[...] = [0, 4, 15, 10**15 + 1]

    low, high = bounds(account.observed(), 0.2)

    assert low.tolist() == [0, 4, 12, 8 * 10**14 + 1]
    assert high.tolist() == [0, 4, 18, 12 * 10**14 + 1]


def test_a_budget_outside_its_bounds_moves_towards_them_as_fast_as_the_cap_allows(make_account: Any) -> None:
    account = make_account(4)
    account.budgets_minor[...] = 1_000
    account.floors_minor[...] = [1_100, 5_000, 0, 0]
    account.ceilings_minor[...] = [9_999, 9_999, 900, 100]

    low, high = bounds(account.observed(), 0.2)

    assert low.tolist() == [1_100, 1_200, 800, 800]
    assert high.tolist() == [1_200, 1_200, 900, 800]


def test_protected_ad_sets_count_in_the_total_and_paused_ones_do_not(make_account: Any) -> None:
    account = make_account(3)
    account.budgets_minor[...] = [1_000, 2_000, 3_000]
    account.protected[0], account.active[1] = True, False
    account.budget_minor = np.asarray(4_000)

    room = leeway(account.observed(), 0.2)

    assert room.total_minor == 3_000
    assert room.lo_minor.tolist() == [0, 0, 2_400]
    assert room.hi_minor.tolist() == [0, 0, 3_000]  # the cap allows 3,600, the money does not


def test_absent_ceilings_of_many_ad_sets_do_not_overflow(make_account: Any) -> None:
    observation = make_account(3_000, days=1).observed()

    room = leeway(observation, None)

    assert room.hi_minor.sum() > 0
    assert room.total_minor == observation.budget_minor


def having(observation: Observation, **arrays: Any) -> Observation:
    return replace(observation, ad_sets=replace(observation.ad_sets, **{k: np.array(v) for k, v in arrays.items()}))


def test_an_ad_set_that_learns_is_moved_less_than_the_others(make_account: Any) -> None:
    account = make_account(3)
    account.budgets_minor[...] = 1_000
    stages = [LearningStage.LEARNING, LearningStage.SUCCESS, LearningStage.UNKNOWN]
    observation = having(account.observed(), learning_stages=stages)

    low, high = bounds(observation, Limits(max_change=0.2, learning_max_change=0.05))

    assert low.tolist() == [950, 800, 800]
    assert high.tolist() == [1_050, 1_200, 1_200]


@pytest.mark.parametrize("max_change", [None, 0.2])
def test_an_ad_set_that_learns_is_not_moved_at_all_if_so_asked(make_account: Any, max_change: float | None) -> None:
    account = make_account(2)
    account.budgets_minor[...] = 1_000
    observation = having(account.observed(), learning_stages=[LearningStage.LEARNING, LearningStage.FAIL])

    low, high = bounds(observation, Limits(max_change=max_change, learning_max_change=0.0))

    assert (low[0], high[0]) == (1_000, 1_000)
    assert low[1] < 1_000 < high[1]


def test_learning_protection_never_loosens_the_change_cap(make_account: Any) -> None:
    account = make_account(1)
    account.budgets_minor[...] = 1_000
    observation = having(account.observed(), learning_stages=[LearningStage.LEARNING])

    low, high = bounds(observation, Limits(max_change=0.1, learning_max_change=0.5))

    assert (low.tolist(), high.tolist()) == ([900], [1_100])


def test_a_minimum_is_a_floor_for_everyone(make_account: Any) -> None:
    account = make_account(3)
    account.budgets_minor[...] = [1_000, 1_000, 100]
    account.floors_minor[...] = [0, 950, 0]

    low, _ = bounds(account.observed(), Limits(max_change=0.2, minimum_minor=900))

    assert low.tolist() == [900, 950, 120]  # the cap comes before the minimum


def curves(observation: Observation, roas: list[float], curvature: float = 0.12) -> Returns:
    now = np.log(observation.ad_sets.budgets_minor)
    return Returns(now, now + np.log(roas), np.full(len(roas), 0.5), curvature, conversions_each=1 / 5_000)


@pytest.mark.parametrize("curvature", [0.0, 0.12])
def test_a_least_roas_of_an_ad_set_is_an_upper_bound_on_its_budget(make_account: Any, curvature: float) -> None:
    account = make_account(3)
    account.budgets_minor[...] = 100_000
    observation = having(account.observed(), roas_floors=[2.0, 0.0, 1.9])
    returns = curves(observation, [2.0, 2.0, 2.0], curvature)

    room = leeway(observation, 0.2, returns)

    assert room.hi_minor.tolist()[:2] == [100_000, 120_000]
    roas = returns.value(room.hi_minor) / room.hi_minor
    assert roas[2] >= 1.9
    assert (returns.value(room.hi_minor + 1) / (room.hi_minor + 1))[2] < 1.9
    assert room.hi_bounds is not None
    assert room.hi_bounds.tolist() == [Bound.ROAS_FLOOR, Bound.CHANGE_CAP, Bound.ROAS_FLOOR]
    assert room.reasons == Reason.NONE


def test_a_highest_cpa_is_a_least_return_per_conversion(make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = 100_000
    observation = having(account.observed(), cpa_ceilings_minor=[2_600, 0])
    returns = curves(observation, [2.0, 2.0])  # 40 conversions for 100,000: 2,500 each

    room = leeway(observation, 0.2, returns)

    orders = returns.value(room.hi_minor) / 5_000
    assert room.hi_minor[0] / orders[0] == pytest.approx(2_600, rel=1e-4)
    assert room.hi_minor[1] == 120_000
    assert room.hi_bounds is not None
    assert room.hi_bounds[0] == Bound.CPA_CEILING


def test_a_wish_that_not_even_the_lowest_budget_keeps_leaves_the_ad_set_there_and_is_said(make_account: Any) -> None:
    account = make_account(2)
    account.budgets_minor[...] = 100_000
    observation = having(account.observed(), roas_floors=[5.0, 0.0])

    room = leeway(observation, 0.2, curves(observation, [2.0, 2.0]))

    assert (room.lo_minor[0], room.hi_minor[0]) == (80_000, 80_000)
    assert room.reasons == Reason.AD_SET_LIMIT_OUT_OF_REACH


def test_bounds_are_named_after_what_they_are(make_account: Any) -> None:
    account = make_account(4)
    account.budgets_minor[...] = 1_000
    account.floors_minor[...] = [900, 0, 0, 0]
    account.ceilings_minor[...] = [1_100, 5_000, 5_000, 5_000]
    observation = having(account.observed(), learning_stages=[0, 0, LearningStage.LEARNING, 0])

    room = leeway(observation, Limits(max_change=0.2, learning_max_change=0.1))

    assert room.lo_bounds is not None
    assert room.hi_bounds is not None
    assert room.lo_bounds.tolist() == [Bound.FLOOR, Bound.CHANGE_CAP, Bound.LEARNING, Bound.CHANGE_CAP]
    assert room.hi_bounds.tolist() == [Bound.CEILING, Bound.CHANGE_CAP, Bound.LEARNING, Bound.CHANGE_CAP]


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("max_change", 0.0),
        ("max_change", True),
        ("learning_max_change", 1.5),
        ("minimum_minor", 0.5),
        ("spend_at_most", 1),
        ("least_return", -1.0),
        ("roas_floor", float("nan")),
        ("cpa_ceiling_minor", 0),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_by_name(name: str, nonsense: Any) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: nonsense})


def spending(make_account: Any, yesterday: list[int], week: list[int]) -> Observation:
    account = make_account(len(yesterday), days=10)
    account.budgets_minor[...] = 10_000
    account.budget_minor = np.asarray(10_000 * len(yesterday))
    account.metrics["spend_minor"][...] = np.array(week)[:, None]
    account.metrics["spend_minor"][:, -1] = yesterday
    observation: Observation = account.observed()
    return observation


WATCHED = Limits(max_change=0.5, least_delivery=0.8)


def test_an_ad_set_that_leaves_money_unspent_gets_no_more_than_a_fifth_above_what_it_spent(make_account: Any) -> None:
    room = leeway(spending(make_account, [9_900, 7_000, 6_000], [9_900, 7_500, 9_500]), WATCHED)

    assert room.hi_minor.tolist() == [15_000, 9_000, 10_000]  # the third had a bad day, and is not raised
    assert room.hi_bounds is not None
    assert room.hi_bounds.tolist() == [Bound.CHANGE_CAP, Bound.DELIVERY, Bound.DELIVERY]


def test_what_spends_nothing_goes_back_by_a_fifth_a_day_to_a_tenth_and_what_never_spent_is_free(
    make_account: Any,
) -> None:
    observation = spending(make_account, [9_900, 0, 0], [9_900, 0, 0])
    observation.history.spend_minor.flags.writeable = True
    observation.history.spend_minor[1, 0] = 9_000
    days = []

    for _ in range(20):
        room = leeway(observation, Limits(least_delivery=0.8))
        days.append(room.hi_minor.tolist())
        observation = having(observation, budgets_minor=[10_000, room.hi_minor[1], 10_000])

    assert days[0] == [30_000, 8_000, 30_000]
    assert days[1][1] == 6_400
    assert days[-1][1] == 900


def test_money_that_nobody_can_spend_stays_where_it_is(make_account: Any) -> None:
    limits = Limits(max_change=0.2, least_delivery=0.8)

    room = leeway(spending(make_account, [2_000, 2_000, 9_900], [2_000, 2_000, 9_900]), limits)

    assert room.hi_minor.sum() == room.total_minor == 30_000
    assert room.hi_minor.tolist() == [9_000, 9_000, 12_000]


def test_an_account_that_spends_nothing_anywhere_keeps_its_budgets(make_account: Any) -> None:
    room = leeway(spending(make_account, [0, 0, 0], [9_900, 9_900, 9_900]), WATCHED)

    assert room.hi_minor.tolist() == [10_000, 10_000, 10_000]


def test_without_the_wish_delivery_is_not_looked_at(make_account: Any) -> None:
    room = leeway(spending(make_account, [0, 5_000], [9_900, 5_000]), Limits(max_change=0.5))

    assert room.hi_minor.tolist() == [15_000, 15_000]

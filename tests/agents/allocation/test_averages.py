"""Account-wide wishes: spend at most, a least ROAS, a highest CPA."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import Limits, Returns, allocate, verify
from agents.vocabulary import Allocation, Certificate, Observation, Reason

Made = Callable[..., tuple[Observation, Returns, Limits]]


def answered(observation: Observation, returns: Returns, limits: Limits) -> tuple[Allocation, Certificate]:
    allocation = allocate(observation, returns, limits)
    assert allocation.certificate is not None
    assert not any(bad.any() for bad in verify(observation, allocation, returns, limits).values())
    return allocation, allocation.certificate


def roas(returns: Returns, allocation: Allocation) -> float:
    return float(returns.value(allocation.budgets_minor).sum() / allocation.budgets_minor.sum())


def test_money_whose_margin_is_below_the_least_return_stays_unspent(make_problem: Made) -> None:
    observation, returns, _ = make_problem(1, plain=True)
    limits = Limits(spend_at_most=True, least_return=1.5)

    allocation, certificate = answered(observation, returns, limits)

    assert certificate.dual_value == pytest.approx(1.5)
    assert certificate.gap_minor > 0
    assert certificate.reasons == Reason.RETURN_TOO_LOW
    spent = allocation.budgets_minor
    assert returns.marginal(np.maximum(spent, 1))[spent > 1_000] == pytest.approx(1.5, rel=1e-3)


def test_where_money_returns_enough_spend_at_most_spends_all(make_problem: Made) -> None:
    observation, returns, limits = make_problem(1, plain=True)
    modest = replace(limits, spend_at_most=True, least_return=0.01)

    assert (
        allocate(observation, returns, modest).budgets_minor == allocate(observation, returns, limits).budgets_minor
    ).all()


def test_without_a_least_return_money_has_to_come_back(make_problem: Made) -> None:
    observation, returns, _ = make_problem(1, plain=True)

    _, certificate = answered(observation, returns.weighted(np.asarray(-2.0)), Limits(spend_at_most=True))

    assert certificate.dual_value == pytest.approx(1.0)


def test_a_least_return_is_nothing_where_all_is_to_be_spent(make_problem: Made) -> None:
    observation, returns, _ = make_problem(1, plain=True)

    _, certificate = answered(observation, returns, Limits(least_return=100.0))

    assert certificate.gap_minor == 0


@pytest.mark.parametrize("seed", range(5))
def test_a_roas_floor_is_met_exactly_by_spending_less(make_problem: Made, seed: int) -> None:
    observation, returns, _ = make_problem(seed, plain=True)
    floor = 1.1 * roas(returns, allocate(observation, returns))

    allocation, certificate = answered(observation, returns, Limits(roas_floor=floor))

    assert roas(returns, allocation) == pytest.approx(floor, rel=1e-5)
    assert certificate.reasons == Reason.ROAS_FLOOR_HOLDS_BACK
    assert 0 < certificate.gap_minor < observation.budget_minor


def test_a_roas_floor_only_raises_the_price_of_money(make_problem: Made) -> None:
    observation, returns, _ = make_problem(2, plain=True)
    free = allocate(observation, returns).certificate
    assert free is not None
    floor = 1.1 * roas(returns, allocate(observation, returns))

    allocation, certificate = answered(observation, returns, Limits(roas_floor=floor))

    assert certificate.dual_value > free.dual_value
    assert certificate.tilt is None
    spent = allocation.budgets_minor
    margins = returns.marginal(np.maximum(spent, 1))[spent > 1_000]
    assert margins == pytest.approx(float(certificate.dual_value), rel=1e-3)


def test_a_floor_that_holds_anyway_changes_nothing(make_problem: Made) -> None:
    observation, returns, limits = make_problem(3, plain=True)

    assert (
        allocate(observation, returns, replace(limits, roas_floor=0.1)).budgets_minor
        == allocate(observation, returns, limits).budgets_minor
    ).all()


def test_a_floor_out_of_reach_leaves_everyone_at_the_lower_bound_and_says_so(make_problem: Made) -> None:
    observation, returns, _ = make_problem(4, plain=True)

    allocation, certificate = answered(observation, returns, Limits(max_change=0.2, roas_floor=500.0))

    assert (certificate.binding == -1).all()
    assert certificate.reasons & Reason.ROAS_FLOOR_OUT_OF_REACH
    assert allocation.budgets_minor.sum() < observation.budget_minor


def test_a_floor_out_of_reach_is_missed_by_as_little_money_as_can_be(make_problem: Made) -> None:
    observation, returns, _ = make_problem(4, plain=True)
    best = roas(returns, allocate(observation, returns))
    limits = Limits(max_change=0.2, roas_floor=1.3 * best)

    allocation, certificate = answered(observation, returns, limits)

    assert certificate.reasons & Reason.ROAS_FLOOR_OUT_OF_REACH
    lacking = _lacking(returns, allocation.budgets_minor, 1.3 * best)
    now = observation.ad_sets.budgets_minor
    for seed in range(50):
        other = np.random.default_rng(seed).uniform(0.8, 1.2, len(now)) * now
        assert lacking <= _lacking(returns, other, 1.3 * best) + 1


def _lacking(returns: Returns, budgets: Any, floor: float) -> float:
    return float((floor * budgets - returns.value(budgets)).sum())


@pytest.mark.parametrize("seed", range(6))
def test_a_highest_cpa_is_kept_though_value_is_what_is_wanted(make_problem: Made, seed: int) -> None:
    observation, returns, _ = make_problem(seed, plain=True)
    rng = np.random.default_rng(seed)
    order_value = np.exp(rng.normal(8.7, 0.5, returns.level.shape))
    returns = replace(returns, conversions_each=1 / order_value)
    free = allocate(observation, returns).budgets_minor
    ceiling = int(0.9 * free.sum() / (returns.value(free) / order_value).sum())

    allocation, certificate = answered(observation, returns, Limits(cpa_ceiling_minor=ceiling))

    spent = allocation.budgets_minor
    assert spent.sum() / (returns.value(spent) / order_value).sum() <= ceiling * (1 + 1e-5)
    assert certificate.reasons & Reason.CPA_CEILING_HOLDS_BACK
    assert certificate.tilt is not None
    # No change of a budget, with another one paying for it, keeps the ceiling and brings more.
    assert certificate.relative_gap < 1e-3


def test_a_floor_and_a_ceiling_are_kept_together(make_problem: Made) -> None:
    observation, returns, _ = make_problem(5, plain=True)
    order_value = np.exp(np.random.default_rng(1).normal(8.7, 0.5, returns.level.shape))
    returns = replace(returns, conversions_each=1 / order_value)
    free = allocate(observation, returns).budgets_minor
    ceiling = int(0.95 * free.sum() / (returns.value(free) / order_value).sum())
    floor = 1.08 * roas(returns, allocate(observation, returns))

    allocation, _ = answered(observation, returns, Limits(roas_floor=floor, cpa_ceiling_minor=ceiling))

    spent = allocation.budgets_minor
    assert roas(returns, allocation) >= floor * (1 - 1e-5)
    assert spent.sum() / (returns.value(spent) / order_value).sum() <= ceiling * (1 + 1e-5)


def test_what_is_held_counts_in_the_accounts_average(make_problem: Made) -> None:
    observation, returns, _ = make_problem(6, plain=True)
    sets = observation.ad_sets
    protected = np.arange(len(sets)) == 0
    observation = replace(observation, ad_sets=replace(sets, protected=protected))
    floor = 1.05 * roas(returns, allocate(observation, returns))

    allocation, certificate = answered(observation, returns, Limits(roas_floor=floor))

    assert certificate.reasons & Reason.ROAS_FLOOR_HOLDS_BACK
    assert roas(returns, allocation) == pytest.approx(floor, rel=1e-5)


def test_a_cpa_ceiling_needs_to_know_what_a_conversion_is(make_problem: Made) -> None:
    observation, returns, _ = make_problem(7, plain=True)

    with pytest.raises(ValueError, match="how many conversions"):
        allocate(observation, replace(returns, conversions_each=None), Limits(cpa_ceiling_minor=100))


def test_conversions_as_return_are_the_same_problem_in_other_units(make_problem: Made) -> None:
    observation, returns, _ = make_problem(8, plain=True)
    conversions = replace(returns.weighted(np.asarray(-np.log(6_000.0))), value_each=6_000.0, conversions_each=1.0)
    value = replace(returns, conversions_each=1 / 6_000.0)
    floor = 1.1 * roas(value, allocate(observation, value))

    by_value = allocate(observation, value, Limits(roas_floor=floor)).budgets_minor
    by_count = allocate(observation, conversions, Limits(roas_floor=floor)).budgets_minor

    assert by_count == pytest.approx(by_value, abs=2)

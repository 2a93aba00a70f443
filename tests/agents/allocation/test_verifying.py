"""A checker that lets nothing pass: every claim of a certificate, made false, is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import Limits, Returns, allocate, verify
from agents.vocabulary import Allocation, Certificate, Observation, Reason

Made = Callable[..., tuple[Observation, Returns, Limits]]


def found(problem: tuple[Observation, Returns, Limits], allocation: Allocation) -> list[str]:
    observation, returns, limits = problem
    return [name for name, bad in verify(observation, allocation, returns, limits).items() if bad.any()]


def claiming(allocation: Allocation, **claims: Any) -> Allocation:
    assert isinstance(allocation.certificate, Certificate)
    return replace(allocation, certificate=replace(allocation.certificate, **claims))


def test_a_sound_allocation_passes(make_problem: Made) -> None:
    problem = make_problem(1, 8, plain=True)

    assert found(problem, allocate(*problem)) == []


def test_a_cent_too_many_is_found(make_problem: Made) -> None:
    problem = make_problem(1, 8, plain=True)
    allocation = allocate(*problem)
    budgets = allocation.budgets_minor + (np.arange(8) == 3)

    assert "money" in found(problem, replace(allocation, budgets_minor=budgets))


def test_a_budget_beyond_its_cap_is_found(make_problem: Made) -> None:
    problem = make_problem(1, 8, plain=True)
    allocation = allocate(*problem)
    order = np.argsort(allocation.budgets_minor / problem[0].ad_sets.budgets_minor)
    budgets = allocation.budgets_minor.copy()
    budgets[order[0]] -= 200_000
    budgets[order[-1]] += 200_000

    assert "bounds" in found(problem, replace(allocation, budgets_minor=budgets))


def test_a_moved_protected_ad_set_is_found(make_problem: Made) -> None:
    observation, returns, limits = make_problem(1, 8, plain=True)
    allocation = allocate(observation, returns, limits)
    kept = replace(observation, ad_sets=replace(observation.ad_sets, protected=np.arange(8) == 0))

    assert "bounds" in found((kept, returns, limits), allocation)


def test_money_moved_from_where_it_returns_more_is_found(make_problem: Made) -> None:
    observation, returns, _ = make_problem(1, 8, plain=True)
    problem = observation, returns, Limits()
    allocation = allocate(*problem)
    budgets = allocation.budgets_minor.copy()
    most, least = np.argsort(budgets)[[-1, 0]]
    budgets[most] -= 1_000
    budgets[least] += 1_000

    assert {"price", "gap"} <= set(found(problem, replace(allocation, budgets_minor=budgets)))


def test_a_price_that_is_not_the_price_is_found(make_problem: Made) -> None:
    problem = make_problem(1, 8, plain=True)
    allocation = allocate(*problem)
    assert allocation.certificate is not None

    wrong = claiming(allocation, dual_value=allocation.certificate.dual_value * 1.01)

    assert {"price", "gap"} <= set(found(problem, wrong))


def test_a_gap_that_is_played_down_is_found(make_problem: Made) -> None:
    observation, returns, limits = make_problem(1, 8, plain=True)
    # Where a cent is a thousandth of a budget, rounding costs something.
    small = replace(observation.ad_sets, budgets_minor=observation.ad_sets.budgets_minor // 300)
    observation = replace(observation, ad_sets=small, budget_minor=small.budgets_minor.sum())
    fewer = np.log(300)
    returns = replace(returns, log_anchor=returns.log_anchor - fewer, level=returns.level - fewer)
    problem = observation, returns, limits
    allocation = allocate(*problem)
    assert found(problem, allocation) == []

    assert found(problem, claiming(allocation, missed=np.asarray(0.0))) == ["gap"]


def test_money_left_without_a_reason_is_found(make_problem: Made) -> None:
    observation, returns, _ = make_problem(1, 8, plain=True)
    problem = observation, returns, Limits(spend_at_most=True, least_return=1.5)
    allocation = allocate(*problem)

    assert found(problem, claiming(allocation, reasons=np.asarray(int(Reason.NONE)))) == ["reasons"]


def test_a_floor_under_the_accounts_average_that_does_not_hold_is_found(make_problem: Made) -> None:
    observation, returns, limits = make_problem(1, 8, plain=True)
    allocation = allocate(observation, returns, limits)

    assert found((observation, returns, replace(limits, roas_floor=50.0)), allocation) == ["averages"]
    assert found((observation, returns, replace(limits, cpa_ceiling_minor=1)), allocation) == ["averages"]


def test_one_bad_row_of_a_batch_is_pointed_at(make_problem: Made) -> None:
    observation, returns, limits = make_problem(1, 8, 3, plain=True)
    allocation = allocate(observation, returns, limits)
    budgets = allocation.budgets_minor.copy()
    budgets[1, 0] += 1

    broken = verify(observation, replace(allocation, budgets_minor=budgets), returns, limits)

    assert broken["money"].tolist() == [False, True, False]


def test_what_has_no_certificate_cannot_be_verified(make_problem: Made) -> None:
    observation, returns, limits = make_problem(1, plain=True)

    with pytest.raises(ValueError, match="no certificate"):
        verify(observation, replace(allocate(observation, returns, limits), certificate=None))

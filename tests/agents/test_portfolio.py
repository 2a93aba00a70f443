"""Several accounts as one pot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.allocation import Limits, Returns, allocate
from agents.portfolio import Division, Member, divide


@pytest.fixture(name="make_member")
def _make_member(make_account: Any) -> Any:
    def made(seed: int, ad_sets: int = 5, minor_per_major: int = 100, **asked: Any) -> Member:
        account = make_account(ad_sets, days=1, seed=seed)
        account.budgets_minor = account.budgets_minor * 10 * minor_per_major // 100
        account.minor_per_major = minor_per_major
        rng = np.random.default_rng(seed)
        now = np.log(account.budgets_minor)
        curves = Returns(now, now + rng.normal(0.8, 0.4, ad_sets), rng.normal(0.55, 0.1, ad_sets), 0.12)
        return Member(account.observed(), curves, **asked)

    return made


def spent(division: Division, members: list[Member], minor_per_major: int = 100) -> float:
    return sum(
        budget * m.exchange_rate * minor_per_major / m.observation.minor_per_major
        for budget, m in zip(division.budgets_minor, members, strict=True)
    )


def price(member: Member, budget_minor: int) -> float:
    """What the last unit of money returns in an account that gets this much."""
    observation = replace(member.observation, budget_minor=np.asarray(budget_minor))
    certificate = allocate(observation, member.returns, member.limits).certificate
    assert certificate is not None
    return float(certificate.dual_value)


@pytest.mark.parametrize("seed", range(5))
def test_a_pot_of_one_currency_is_given_out_to_the_cent_where_margins_meet(make_member: Any, seed: int) -> None:
    members = [make_member(seed + 10 * i) for i in range(4)]
    total = sum(int(m.observation.budget_minor) for m in members)

    division = divide(members, total, 100)

    assert sum(division.budgets_minor) == total
    assert division.left_minor == 0
    for member, budget in zip(members, division.budgets_minor, strict=True):
        assert price(member, budget) == pytest.approx(division.price, rel=1e-4)


def test_the_pot_brings_more_divided_than_kept_as_it_was(make_member: Any) -> None:
    members = [make_member(i) for i in range(4)]
    before = [int(m.observation.budget_minor) for m in members]

    division = divide(members, sum(before), 100)

    def brought(budgets: Any) -> float:
        total = 0.0
        for member, budget in zip(members, budgets, strict=True):
            observation = replace(member.observation, budget_minor=np.asarray(budget))
            total += float(member.returns.value(allocate(observation, member.returns).budgets_minor).sum())
        return total

    assert brought(division.budgets_minor) > brought(before)


def test_currencies_are_added_at_their_rates_and_margins_need_none(make_member: Any) -> None:
    yen, dinar = (
        make_member(1, minor_per_major=1, exchange_rate=0.0067),
        make_member(2, minor_per_major=1000, exchange_rate=3.25),
    )
    members = [make_member(0), yen, dinar]
    total = int(
        sum(
            spent(Division((0,) * i + (int(m.observation.budget_minor),) + (0,) * (2 - i), 0.0, 0, False), members)
            for i, m in enumerate(members)
        )
    )

    division = divide(members, total, 100)

    assert total - 1.0 <= spent(division, members) <= total
    for member, budget in zip(members, division.budgets_minor, strict=True):
        assert price(member, budget) == pytest.approx(division.price, rel=1e-3)


def test_an_accounts_bounds_hold_and_the_others_get_the_rest(make_member: Any) -> None:
    free = [make_member(i) for i in range(3)]
    total = sum(int(m.observation.budget_minor) for m in free)
    most = divide(free, total, 100).budgets_minor[0] // 2
    members = [replace(free[0], most_minor=most), *free[1:]]

    division = divide(members, total, 100)

    assert division.budgets_minor[0] == most
    assert sum(division.budgets_minor) == total
    assert price(members[0], most) > division.price


def test_change_caps_and_account_wide_floors_say_what_an_account_can_spend(make_member: Any) -> None:
    capped = make_member(0, limits=Limits(max_change=0.2))
    choosy = make_member(1, limits=Limits(roas_floor=100.0))
    present = int(capped.observation.budget_minor)

    division = divide([capped, choosy], 10**9, 100)

    assert division.budgets_minor[0] == pytest.approx(1.2 * present, abs=10)
    assert division.budgets_minor[1] <= 1
    assert division.left_minor == 10**9 - sum(division.budgets_minor)
    assert np.isnan(division.price)


def test_a_pot_too_small_for_what_must_be_spent_is_scaled_down_and_says_so(make_member: Any) -> None:
    members = [make_member(i, limits=Limits(max_change=0.1)) for i in range(3)]
    total = sum(int(m.observation.budget_minor) for m in members) // 2

    division = divide(members, total, 100)

    assert division.squeezed
    assert sum(division.budgets_minor) == total


def test_what_makes_no_sense_is_refused_with_the_account(make_member: Any) -> None:
    with pytest.raises(ValueError, match="exchange_rate of account act_1"):
        make_member(0, exchange_rate=0.0)
    with pytest.raises(ValueError, match="at least 5 and at most 4"):
        make_member(0, least_minor=5, most_minor=4)
    with pytest.raises(ValueError, match="at least one account"):
        divide([], 100, 100)
    with pytest.raises(ValueError, match="cannot be negative"):
        divide([make_member(0)], -1, 100)


def test_a_portfolio_takes_single_accounts(make_account: Any) -> None:
    batch = make_account(3, worlds=2).observed()

    with pytest.raises(ValueError, match="is a batch"):
        Member(batch, Returns(*np.ones((3, 2, 3))))

"""Several accounts as one pot: a total is divided so that the last unit of money returns the same everywhere.

For one price of money each account spends what its ad sets would spend at that price, inside its own limits; the price
at which that adds up to the total is the best division, whatever the currencies: value and spend of an account are in
the same one, so marginal returns need no exchange rate, only the sum does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from agents.allocation import NOTHING, Limits, Returns, leeway, solve
from agents.allocation.solving import Box, box_of, stand
from agents.vocabulary import NO_CEILING_MINOR, Observation

_STEPS = 60
_LOWEST, _HIGHEST = -30.0, 30.0
_AS_MUCH = 2**50
"""More than any account can be asked to spend, and exact as a float."""


@dataclass(frozen=True, eq=False, slots=True)
class Member:
    """One account of a portfolio.

    Attributes:
        observation: of the account alone, as it is this morning; its own day's total is not looked at.
        returns: its ad sets' curves (A,).
        limits: what is asked of it; its account-wide limits say what it may spend at most.
        exchange_rate: what one major unit of its currency is worth in major units of the pot's.
        least_minor: the least that it is to get, in its own minor units.
        most_minor: the most.
    """

    observation: Observation
    returns: Returns
    limits: Limits = NOTHING
    exchange_rate: float = 1.0
    least_minor: int = 0
    most_minor: int = NO_CEILING_MINOR

    def __post_init__(self) -> None:
        if not (math.isfinite(self.exchange_rate) and self.exchange_rate > 0):
            raise ValueError(
                f"exchange_rate of account {self.observation.account_id} must be a number above zero, "
                f"got {self.exchange_rate!r}"
            )
        if not 0 <= self.least_minor <= self.most_minor:
            raise ValueError(
                f"account {self.observation.account_id} cannot get at least {self.least_minor} "
                f"and at most {self.most_minor} minor units"
            )
        if self.observation.budget_minor.ndim:
            raise ValueError(f"account {self.observation.account_id} is a batch; a portfolio takes single accounts")


@dataclass(frozen=True, slots=True)
class Division:
    """A pot divided: each account's total in its own minor units, in the order given.

    `price` is what the last unit of money returns where an account is inside its bounds; `left_minor` of the pot is
    not given out. `squeezed` says that the pot is smaller than what the accounts must have, which is then scaled down.
    """

    budgets_minor: tuple[int, ...]
    price: float
    left_minor: int
    squeezed: bool


def divide(members: Sequence[Member], total_minor: int, minor_per_major: int) -> Division:
    """The pot's total among its accounts so that marginal returns meet; never more than there is.

    An account gets at least what its floors, change caps and protected ad sets need, and at most what its upper bounds
    and account-wide limits let it spend; `least_minor` and `most_minor` hold inside of that.

    Args:
        members: the accounts.
        total_minor: what there is for the day, in minor units of the pot's currency.
        minor_per_major: of the pot's currency.

    Raises:
        ValueError: there are no accounts, or the total is negative.
    """
    if not members:
        raise ValueError("a portfolio needs at least one account")
    if total_minor < 0:
        raise ValueError(f"a portfolio's total cannot be negative, got {total_minor}")
    rates = np.array([m.exchange_rate * minor_per_major / m.observation.minor_per_major for m in members])
    pots = [_Account.of(member) for member in members]
    least, most = (np.array([getattr(pot, end) for pot in pots]) for end in ("least", "most"))
    if (least * rates).sum() > total_minor:
        budgets = _whole(least * (total_minor / (least * rates).sum()), rates, total_minor, most)
        return Division(budgets, math.nan, _left(budgets, rates, total_minor), squeezed=True)

    def wanted(level: float) -> np.ndarray:
        return np.array([pot.wanted(level) for pot in pots])

    left, right = _LOWEST, _HIGHEST
    for _ in range(_STEPS):
        level = 0.5 * (left + right)
        if (wanted(level) * rates).sum() > total_minor:
            left = level
        else:
            right = level
    budgets = _whole(wanted(right), rates, total_minor, most)
    spendable = (most * rates).sum() > total_minor
    price = math.exp(right) if spendable else math.nan
    return Division(budgets, price, _left(budgets, rates, total_minor), squeezed=False)


@dataclass(frozen=True, eq=False, slots=True)
class _Account:
    """What an account spends at a price, and what it has to and may spend, in its own minor units."""

    returns: Returns
    box: Box
    held: float
    least: float
    most: float

    @classmethod
    def of(cls, member: Member) -> _Account:
        observation, returns = member.observation, member.returns
        endless = replace(observation, budget_minor=np.asarray(_AS_MUCH))
        room = leeway(endless, member.limits, returns)
        held = 0.0 if room.held_minor is None else float(room.held_minor.sum())
        free = solve(returns, room, member.limits, observation.ad_sets.budgets_minor)
        low, high = held + float(room.lo_minor.sum()), held + float(np.floor(free.shares.sum()))
        least = min(max(float(member.least_minor), low), max(high, low))
        most = max(min(float(member.most_minor), max(high, low)), least)
        return cls(returns.as_rows(room.lo_minor.shape), box_of(room), held, least, most)

    def wanted(self, level: float) -> float:
        """Its spend at a log price, inside what it has to and may spend."""
        there = stand(self.returns, self.box, np.array([level]), self.box.lo)
        return min(max(self.held + float(there.sum()), self.least), self.most)


def _whole(wanted: np.ndarray, rates: np.ndarray, total_minor: int, most: np.ndarray) -> tuple[int, ...]:
    """Whole minor units of each currency, together never more than the total; largest remainders go up first."""
    budgets = np.floor(wanted + 1e-6).astype(np.int64)
    while (over := (budgets * rates).sum() - total_minor) > 0:
        budgets[int(np.argmax(budgets * rates))] -= max(1, int(over / rates.max()))
    for i in np.argsort(budgets - wanted, kind="stable"):
        if budgets[i] + 1 <= most[i] and ((budgets * rates).sum() + rates[i]) <= total_minor:
            budgets[i] += 1
    return tuple(int(budget) for budget in budgets)


def _left(budgets: tuple[int, ...], rates: np.ndarray, total_minor: int) -> int:
    return total_minor - math.ceil(float((np.array(budgets) * rates).sum()) - 1e-6)

"""Sentences for people: one per ad set, with amounts in major units and the currency's code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.vocabulary import Allocation, Observation


def money(amount_minor: int, observation: Observation) -> str:
    """An amount in major units, with the decimals the currency has: 1200 of 100 is 12.00, 1200 of 1 is 1200."""
    decimals = len(str(observation.minor_per_major)) - 1
    return f"{amount_minor / observation.minor_per_major:.{decimals}f}"


def check_single(observation: Observation) -> None:
    """Refuse a batch: people read one account at a time.

    Raises:
        ValueError: the observation has leading dimensions.
    """
    if observation.budget_minor.ndim:
        raise ValueError(f"explain takes a single account, got a batch of shape {observation.budget_minor.shape}")


def sentences(
    observation: Observation, allocation: Allocation, max_change: float | None, because: Callable[[int], str]
) -> tuple[str, ...]:
    """One sentence per ad set (A,): what moves, why (`because(index)`), and what limited it.

    Raises:
        ValueError: the observation is a batch of accounts.
    """
    check_single(observation)
    return tuple(_sentence(observation, allocation, max_change, because, i) for i in range(len(observation.ad_sets)))


def _sentence(
    observation: Observation, allocation: Allocation, max_change: float | None, because: Callable[[int], str], i: int
) -> str:
    sets = observation.ad_sets
    now, then = int(sets.budgets_minor[i]), int(allocation.budgets_minor[i])
    if not sets.active[i]:
        return f"held at {money(now, observation)} {observation.currency}: paused"
    if sets.protected[i]:
        return f"held at {money(now, observation)} {observation.currency}: protected"
    verb = "raise" if then > now else "cut" if then < now else "hold"
    moved = money(now, observation) + (f" → {money(then, observation)}" if then != now else "")
    return f"{verb} {moved} {observation.currency}: {because(i)}{_limit(observation, allocation, max_change, i)}"


def _limit(observation: Observation, allocation: Allocation, max_change: float | None, i: int) -> str:
    """What stopped the budget from going further, if anything did."""
    certificate = allocation.certificate
    side = int(certificate.binding[i]) if certificate else 0
    if not side:
        return ""
    sets = observation.ad_sets
    now, then = int(sets.budgets_minor[i]), int(allocation.budgets_minor[i])
    if side > 0 and then >= int(sets.ceilings_minor[i]):
        return f"; limited by its ceiling of {money(int(sets.ceilings_minor[i]), observation)}"
    if side < 0 and then == int(sets.floors_minor[i]):
        return f"; limited by its floor of {money(then, observation)}"
    if max_change is not None and abs(then - now) <= max_change * now:
        return f"; limited by the {100 * max_change:g} % a day cap"
    total = f"{money(int(observation.budget_minor), observation)} {observation.currency}"
    return f"; the account's {total} a day leave no more"

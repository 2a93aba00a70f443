"""Sentences for people: one per ad set, with amounts in major units and the currency's code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.explanation.limits import limit_of
from agents.explanation.values import Estimate, Limit
from agents.explanation.words import LIMITS, money, rate

if TYPE_CHECKING:
    from agents.vocabulary import Allocation, Beliefs, Observation


def check_single(observation: Observation) -> None:
    """Refuse a batch: people read one account at a time.

    Raises:
        ValueError: the observation has leading dimensions.
    """
    if observation.budget_minor.ndim:
        raise ValueError(f"explain takes a single account, got a batch of shape {observation.budget_minor.shape}")


def next_unit_words(observation: Observation, beliefs: Beliefs, i: int) -> str:
    """What the next unit of money is believed to return at ad set `i`, with its interval."""
    here, low, high = (float(a[i]) for a in (beliefs.marginal_roas, beliefs.low, beliefs.high))
    return f"the next {observation.currency} here returns {rate(Estimate(low, here, high))}"


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
    sets, limit = observation.ad_sets, limit_of(allocation, i)
    if limit is None:
        return ""
    if limit is Limit.CEILING:
        return f"; limited by its ceiling of {money(int(sets.ceilings_minor[i]), observation)}"
    if limit is Limit.FLOOR:
        least = int(allocation.budgets_minor[i])
        return f"; limited by its floor of {money(least, observation)}" if least else "; there is no less"
    if limit is Limit.CHANGE_CAP and max_change is not None:
        return f"; limited by the {100 * max_change:g} % a day cap"
    if limit is Limit.TOTAL:
        total = f"{money(int(observation.budget_minor), observation)} {observation.currency}"
        return f"; the account's {total} a day leave no more"
    return f"; limited by {LIMITS[limit]}"

"""What kept each budget from going further, read from the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.explanation.values import Limit

if TYPE_CHECKING:
    from agents.vocabulary import Allocation, Observation


def limit_of(observation: Observation, allocation: Allocation, max_change: float | None, index: int) -> Limit | None:
    """What stopped the budget of one ad set of a single account; None where nothing did."""
    certificate = allocation.certificate
    side = int(certificate.binding[index]) if certificate else 0
    if not side:
        return None
    sets = observation.ad_sets
    now, then = int(sets.budgets_minor[index]), int(allocation.budgets_minor[index])
    if side > 0 and then >= int(sets.ceilings_minor[index]):
        return Limit.CEILING
    if side < 0 and then == int(sets.floors_minor[index]):
        return Limit.FLOOR
    if max_change is not None and abs(then - now) <= max_change * now:
        return Limit.CHANGE_CAP
    return Limit.TOTAL

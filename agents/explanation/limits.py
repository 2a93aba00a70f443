"""What kept budgets from going further, and money from being spent, read from the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.explanation.values import Limit
from agents.vocabulary import Bound, Reason

if TYPE_CHECKING:
    from agents.vocabulary import Allocation

LIMITS = {
    Bound.FLOOR: Limit.FLOOR,
    Bound.CEILING: Limit.CEILING,
    Bound.CHANGE_CAP: Limit.CHANGE_CAP,
    Bound.LEARNING: Limit.LEARNING,
    Bound.ROAS_FLOOR: Limit.RETURN_FLOOR,
    Bound.CPA_CEILING: Limit.COST_CEILING,
    Bound.TOTAL: Limit.TOTAL,
    Bound.DELIVERY: Limit.DELIVERY,
}
"""What a bound is called; ad sets that are held have no limit, they are not moved."""
UNSPENT = {
    Reason.RETURN_TOO_LOW: "the next unit would return less than is asked of it",
    Reason.ROAS_FLOOR_HOLDS_BACK: "spending it would take the account below its least return",
    Reason.CPA_CEILING_HOLDS_BACK: "spending it would take the account above its highest cost of an order",
    Reason.ROAS_FLOOR_OUT_OF_REACH: "the account's least return is out of reach today",
    Reason.CPA_CEILING_OUT_OF_REACH: "the account's highest cost of an order is out of reach today",
    Reason.NO_ROOM: "no ad set may take more today",
}
"""Why money of the day is left, the first that applies."""


def limit_of(allocation: Allocation, index: int) -> Limit | None:
    """What stopped the budget of one ad set of a single account; None where nothing did."""
    certificate = allocation.certificate
    if certificate is None or not certificate.binding[index]:
        return None
    return LIMITS.get(Bound(int(certificate.bounds[index])))


def unspent_because(allocation: Allocation) -> str:
    """Why money of a single account's day is left by the policy; empty where it does not say."""
    given = 0 if allocation.certificate is None else int(allocation.certificate.reasons)
    return next((words for reason, words in UNSPENT.items() if given & reason), "")

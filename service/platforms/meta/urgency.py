"""Who goes first: writes that lower money, then reads, then writes that raise it. Pure.

Reads do not starve: one that eight later calls have passed goes next. Raises may wait as long as anything else wants to
go; whoever asked for one gives up in time (`retrying.Patience`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

PASSED_AT_MOST = 8


class Urgency(IntEnum):
    """Smaller goes first."""

    LOWER = 0
    READ = 1
    RAISE = 2


@dataclass(frozen=True, slots=True)
class Ticket:
    """A call that waits: `number` counts arrivals, `passed` how many later arrivals went before it."""

    number: int
    urgency: Urgency
    passed: int = 0


def next_ticket(waiting: Sequence[Ticket]) -> Ticket:
    """The one that goes next.

    >>> next_ticket([Ticket(1, Urgency.RAISE), Ticket(2, Urgency.READ), Ticket(3, Urgency.LOWER)]).number
    3

    Raises:
        ValueError: nobody waits.
    """
    return min(waiting, key=_rank)


def _rank(ticket: Ticket) -> tuple[int, int]:
    overdue = ticket.urgency is Urgency.READ and ticket.passed >= PASSED_AT_MOST
    return (-1 if overdue else int(ticket.urgency), ticket.number)

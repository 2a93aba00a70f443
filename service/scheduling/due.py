"""Whose morning is it? Pure: an instant and what is known of the accounts in, accounts and their local days out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from service.decision import AccountState


def local_day(now: datetime, time_zone: str) -> date:
    """The calendar day that people in this IANA time zone have at this instant."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def due(now: datetime, accounts: Iterable[AccountState], morning_hour: int) -> list[tuple[str, date]]:
    """Accounts whose morning has come and is not finished, with their local day, in the order given.

    A morning is finished when it was decided and none of the account's changes is open. Only today's morning is ever
    due: one that was missed while nothing ran is gone, because budgets for a day that is over help nobody. The hour is
    compared on the local wall clock, so a day on which the clocks skip that hour has its morning right afterwards, and
    a day that has the hour twice has one morning all the same.

    Args:
        now: an aware instant.
        accounts: what the ledger knows.
        morning_hour: local hour, 0 to 23, from which on the day may be decided.
    """
    found = []
    for account in accounts:
        local = now.astimezone(ZoneInfo(account.facts.time_zone))
        decided = account.last_decided is not None and account.last_decided >= local.date()
        if local.hour >= morning_hour and (not decided or account.unsettled_changes):
            found.append((account.facts.id, local.date()))
    return found

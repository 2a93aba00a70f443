"""The port behind which an ad platform lives. One package a platform; the simulator is an account like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from agents.vocabulary import AdSet, DailyRow


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What an account is: `minor_per_major` is the platform's currency offset, `time_zone` an IANA name."""

    id: str
    name: str
    currency: str
    minor_per_major: int
    time_zone: str
    active: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Daily rows of all ad sets, and the last day the platform had any data for (None where it had none)."""

    rows: tuple[DailyRow, ...]
    collected_through: date | None


class AdAccount(Protocol):
    """One ad account. Reads raise `PlatformError`; a write returns nothing, because only reading back proves it."""

    @property
    def id(self) -> str:
        """The platform's id, for instance act_42."""

    def facts(self) -> AccountFacts:
        """Currency, time zone, status."""

    def ad_sets(self) -> tuple[AdSet, ...]:
        """Every ad set that is not archived or deleted, read now: its budget is the only proof of what a write did."""

    def report(self, since: date, until: date) -> Report:
        """Daily rows from `since` to `until`, both included, as the platform reports them now."""

    def budgets_minor(self) -> Mapping[str, int]:
        """Daily budgets by ad set id, read now, and nothing else about them."""

    def set_daily_budget(self, ad_set_id: str, budget_minor: int) -> None:
        """Ask for an absolute daily budget.

        Raises:
            Refused: the platform said no, or was not asked as it would have; nothing changed.
            HeldBack: it was not sent, to stay within the platform's limits; nothing changed.
            Throttled, Unauthorised: the platform did not look at it; nothing changed, and the next call fails as well.
            OutcomeUnknown: it may or may not have been applied (timeout, 5xx, malformed answer).
        """

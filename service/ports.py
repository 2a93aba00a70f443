"""The ports through which the pure core meets the world. Adapters live at the edge; `service/app.py` joins them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date, datetime

    from agents.vocabulary import Observation, PolicySpec
    from service.decision import BudgetChange, ChangeState, Decision, Receipt


class Clock(Protocol):
    """Time as the ad platform lives it (real, or simulated)."""

    def now(self) -> datetime:
        """An aware UTC instant."""


class PolicyStore(Protocol):
    """Where the promoted policy comes from."""

    def promoted(self) -> tuple[PolicySpec, str]:
        """The spec behind the alias, and its version.

        Raises:
            PolicyUnavailable: no such alias, or an artifact that fails its digest.
        """


class Ledger(Protocol):
    """What was seen, decided, intended and done; durable when a call returns."""

    def decision(self, account_id: str, day: date) -> Decision | None:
        """The decision of that morning, if it was made."""

    def record_decision(self, decision: Decision, observation: Observation, at: datetime) -> bool:
        """Write down observation, decision and its planned changes in one transaction; False where one exists."""

    def unsettled(self, account_id: str) -> tuple[PendingChange, ...]:
        """Changes of the account that are not in a final state, oldest first, decreases before increases."""

    def reserve(self, change_id: int, *, deadline: datetime, exposure_cap_minor: int | None) -> bool:
        """planned → reserved, with the exposure check in the same transaction; False where it may not be."""

    def mark_sent(self, change_id: int, *, now: datetime) -> bool:
        """reserved → sent by one compare-and-set that also checks deadline and mode; False means: do not send."""

    def settle(self, change_id: int, receipt: Receipt) -> None:
        """Record how a change ended (or, with state SENT, that it is still unknown)."""

    def confirm(self, account_id: str, budgets_minor: dict[str, int], at: datetime) -> None:
        """Remember budgets as last read from the platform."""


class PendingChange(Protocol):
    """A change as the ledger remembers it."""

    id: int
    change: BudgetChange
    state: ChangeState
    sent_at: datetime | None

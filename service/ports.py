"""The ports through which the pure core meets the world. Adapters live at the edge; `service/app.py` joins them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from agents.vocabulary import Observation, PolicySpec
    from service.decision import (
        AccountState,
        BudgetPoint,
        Decision,
        DecisionRecord,
        Mode,
        PendingChange,
        Receipt,
    )
    from service.platforms import AccountFacts


class Clock(Protocol):
    """Time as the ad platform lives it (real, or simulated)."""

    def now(self) -> datetime:
        """An aware UTC instant."""


class Scheduler(Protocol):
    """Calls mornings when they are due, once each, across crashes; returns from both methods within seconds."""

    def start(self) -> None:
        """Recover what a crash left open, then begin."""

    def stop(self) -> None:
        """Let what runs finish its step; the rest is recovered by the next start."""


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
        """Planned → reserved, with the exposure check in the same transaction; False where it may not be.

        The cap is the account's daily budget as that transaction reads it, or `exposure_cap_minor` where that is less.
        """

    def mark_sent(self, change_id: int, *, now: Callable[[], datetime]) -> bool:
        """Reserved → sent by one compare-and-set that also checks deadline and mode; False means: do not send.

        Time is asked for only when no other writer has to be waited for any more.
        """

    def take_back(self, change_id: int) -> None:
        """Sent → reserved by compare-and-set: only for the caller that marked it, and provably did not send it."""

    def settle(self, change_id: int, receipt: Receipt) -> None:
        """Record how a change ended (or, with state SENT, that it is still unknown)."""

    def onboard(self, facts: AccountFacts, *, mode: Mode, daily_budget_minor: int, at: datetime) -> AccountState:
        """Remember an account the first time it is seen; later calls refresh its facts and keep mode and budget."""

    def note_problem(self, account_id: str, message: str | None, at: datetime) -> None:
        """What kept the account's last morning from finishing, in words for people; None clears it."""

    def confirm(self, account_id: str, budgets_minor: dict[str, int], at: datetime) -> None:
        """Remember budgets as last read from the platform."""


class Books(Protocol):
    """The reading side of the ledger and what a person may change: the REST door and the pages stand on it."""

    def accounts(self) -> tuple[AccountState, ...]:
        """Every onboarded account, by id."""

    def account(self, account_id: str) -> AccountState:
        """One account.

        Raises:
            NotFound: no such account is onboarded.
        """

    def decisions(self, account_id: str, *, limit: int, before: date | None = None) -> tuple[DecisionRecord, ...]:
        """The newest decisions with their receipts, newest first; `before` pages backwards."""

    def budget_points(self, account_id: str, since: date) -> tuple[BudgetPoint, ...]:
        """The budget of every ad set after each morning since then, oldest first."""

    def update_account(
        self, account_id: str, *, mode: Mode | None = None, daily_budget_minor: int | None = None
    ) -> AccountState:
        """Change what a person may change; None leaves a field alone."""

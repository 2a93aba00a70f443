"""The words for acting: what changes, what a guardrail said, what became of it.

Light and pure: this module loads no web, database or registry library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.explanation import Explanation, Summary
    from agents.vocabulary import PolicySpec
    from service.platforms import AccountFacts


class Mode(StrEnum):
    """What an account allows: decide only, or decide and act."""

    SHADOW = "shadow"
    LIVE = "live"


class ChangeState(StrEnum):
    """A change's life: planned → reserved → sent (unknown) → applied | void | superseded; or refused, abandoned.

    `sent` means that the outcome is unknown until it is read back; nothing but reading settles it.
    """

    PLANNED = "planned"
    RESERVED = "reserved"
    SENT = "sent"
    APPLIED = "applied"
    VOID = "void"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    ABANDONED = "abandoned"


SETTLED = frozenset(
    {ChangeState.APPLIED, ChangeState.VOID, ChangeState.SUPERSEDED, ChangeState.REFUSED, ChangeState.ABANDONED}
)
"""States that nothing leaves."""


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """One intended write: an absolute daily budget, and the budget it was decided against."""

    ad_set_id: str
    from_minor: int
    to_minor: int
    reason: str = ""

    @property
    def raises(self) -> bool:
        """Whether more money could be spent afterwards."""
        return self.to_minor > self.from_minor


@dataclass(frozen=True, slots=True)
class Finding:
    """What a guardrail changed or noticed; `ad_set_id` is None where it concerns the account."""

    guardrail: str
    ad_set_id: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one change: the state it ended in, the budget last read, and when."""

    ad_set_id: str
    state: ChangeState
    verified_minor: int | None
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One ad set of a decision: where it stood, what the policy asked, what is left after the guardrails, and why.

    `marginal_roas` is low, expected and high; an ad set that is not `active` keeps its budget and spends nothing.
    `explanation` is None where the policy's answer was not used, and in decisions older than explanations.
    """

    ad_set_id: str
    name: str
    from_minor: int
    asked_minor: int
    to_minor: int
    reason: str
    marginal_roas: tuple[float, float, float] | None = None
    active: bool = True
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One morning of one account: enough to act on, to explain, and to decide again bit for bit.

    `entropy` seeds the policy's generator; `observation_digest` names the stored observation. `lines` has one entry per
    ad set, in the observation's order; `changes` are those lines that differ, decreases first. `summary` explains the
    whole; None where the lines have no explanation.
    """

    account_id: str
    day: date
    mode: Mode
    policy: PolicySpec
    policy_version: str
    entropy: tuple[int, ...]
    observation_digest: str
    guardrails: Mapping[str, Mapping[str, Any]]
    lines: tuple[Line, ...]
    changes: tuple[BudgetChange, ...]
    findings: tuple[Finding, ...]
    summary: Summary | None = None


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change as the ledger remembers it; `sent_at` starts the quarantine of an unknown outcome."""

    id: int
    account_id: str
    day: date
    change: BudgetChange
    state: ChangeState
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountState:
    """An onboarded account: the platform's facts, what its owner allows, and how its last morning went."""

    facts: AccountFacts
    mode: Mode
    daily_budget_minor: int
    onboarded_at: datetime
    last_decided: date | None
    unsettled_changes: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision with what became of it."""

    decision: Decision
    decided_at: datetime
    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class BudgetPoint:
    """The budget of one ad set after the morning of `day`, as last verified."""

    day: date
    ad_set_id: str
    name: str
    budget_minor: int

"""What the page says, worked out before any HTML: pure functions of what the ports answered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.api.convert import budgets as columns
from service.api.convert import today_of
from service.dashboard import words
from service.dashboard.evidence import Evidence, Whole, evidence_of, whole_of
from service.decision import AccountState, BudgetPoint, ChangeState, Decision, DecisionRecord, Line, Mode, Receipt

TABLE_DAYS = 28
AMOUNTS = re.compile(r"^(raise|cut|hold) [\d.,]+( → [\d.,]+)? [A-Z]{3}: ")
"""How policies begin their sentences: the amounts stand in columns of their own."""


@dataclass(frozen=True, slots=True)
class PolicyCard:
    """The promoted policy, or why there is none (`problem`)."""

    name: str = ""
    version: str = ""
    summary: str = ""
    params: tuple[tuple[str, str], ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One ad set of a decision. `direction`: up, down or same; `tone`: good, bad, wait or quiet."""

    ad_set_id: str
    name: str
    before: str
    asked: str
    after: str
    change: str
    direction: str
    reason: str
    findings: tuple[tuple[str, str], ...]
    belief: str
    outcome: str
    tone: str
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One morning."""

    key: str
    day: date
    decided: str
    mode: str
    policy: str
    version: str
    summary: str
    rows: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...]
    whole: Whole | None = None


@dataclass(frozen=True, slots=True)
class BudgetTable:
    """Budgets over time as a table: newest day first; the last column is the sum."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account."""

    id: str
    name: str
    mode: str
    active: bool
    currency: str
    time_zone: str
    today: date
    given_label: str
    given: str
    total: str
    share: int | None
    decided: str
    policy: str
    unsettled: str
    failed: str
    problem: str
    awaits_policy: bool
    waits: bool
    decisions: tuple[DecisionView, ...]
    budgets: BudgetTable


@dataclass(frozen=True, slots=True)
class PageView:
    """The whole page; equal views have equal digests, and an equal digest needs no new HTML."""

    policy: PolicyCard
    accounts: tuple[AccountView, ...]
    shown: tuple[str, ...]
    mlflow_url: str | None
    unread: tuple[tuple[str, str], ...] = ()
    only: str | None = None

    @property
    def stranger(self) -> bool:
        """Whether `only` one account was asked for and nobody knows it."""
        return self.only is not None and not self.shown and self.only not in dict(self.unread)

    @property
    def digest(self) -> str:
        """The first half of a SHA-256 over everything that is shown."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:32]


def account_view(
    state: AccountState,
    records: Sequence[DecisionRecord],
    points: Sequence[BudgetPoint],
    now: datetime,
    *,
    no_policy: str = "",
) -> AccountView:
    """An account with its newest decisions (newest first) and budgets (oldest first).

    `no_policy` is why none is promoted: the page says it once, so an account that only waits for one has no problem.
    """
    problem = state.problem or ""
    awaits_policy = bool(no_policy) and problem.startswith(no_policy)
    facts = state.facts
    per = facts.minor_per_major
    latest = records[0] if records else None
    given = None if latest is None else given_out_minor(latest)
    return AccountView(
        id=facts.id,
        name=facts.name or facts.id,
        mode=state.mode.value,
        active=facts.active,
        currency=facts.currency,
        time_zone=facts.time_zone,
        today=today_of(facts, now),
        given_label="would be given out" if latest and latest.decision.mode is Mode.SHADOW else "given out",
        given="" if given is None else words.money(given, per),
        total=words.money(state.daily_budget_minor, per),
        share=None if given is None else round(100 * given / max(state.daily_budget_minor, 1)),
        decided=""
        if latest is None
        else f"{words.short_day(latest.decision.day)}, {words.local_time(latest.decided_at, facts.time_zone)}",
        policy="" if latest is None else f"{latest.decision.policy.name}, version {latest.decision.policy_version}",
        unsettled=words.count(state.unsettled_changes, "change") if state.unsettled_changes else "",
        failed="" if latest is None else _failed(latest),
        problem="" if awaits_policy else problem,
        awaits_policy=awaits_policy,
        waits=latest is None or latest.decision.day < today_of(facts, now),
        decisions=tuple(_decision(record, state) for record in records),
        budgets=_budget_table(state, points),
    )


def given_out_minor(record: DecisionRecord) -> int:
    """Money in force after the morning among active ad sets; for a shadow decision, what would be in force.

    A live change counts only as it was read back: until then the budget before it is what is known.
    """
    decision = record.decision
    verified = {r.ad_set_id: r.verified_minor for r in record.receipts if r.verified_minor is not None}
    shadow = decision.mode is Mode.SHADOW
    return sum(
        line.to_minor if shadow or line.to_minor == line.from_minor else verified.get(line.ad_set_id, line.from_minor)
        for line in decision.lines
        if line.active
    )


def _failed(record: DecisionRecord) -> str:
    """How many changes of the morning ended without having been made, in words; empty where none did."""
    if record.decision.mode is Mode.SHADOW:
        return ""  # its changes end as abandoned, which is what shadow is for
    bad = sum(OUTCOMES[receipt.state][1] == "bad" for receipt in record.receipts)
    return words.count(bad, "change") if bad else ""


def _decision(record: DecisionRecord, state: AccountState) -> DecisionView:
    decision, per = record.decision, state.facts.minor_per_major
    receipts = {receipt.ad_set_id: receipt for receipt in record.receipts}
    findings: dict[str | None, list[tuple[str, str]]] = {}
    for finding in decision.findings:
        findings.setdefault(finding.ad_set_id, []).append((finding.guardrail.replace("_", " "), finding.message))
    moved = sum(max(line.to_minor - line.from_minor, 0) for line in decision.lines)
    return DecisionView(
        key=f"{decision.account_id}-{decision.day}",
        day=decision.day,
        decided=words.local_time(record.decided_at, state.facts.time_zone),
        mode=decision.mode.value,
        policy=decision.policy.name,
        version=decision.policy_version,
        summary=_summary(len(decision.changes), words.money(moved, per), state.facts.currency),
        rows=tuple(
            _row(line, receipts.get(line.ad_set_id), tuple(findings.get(line.ad_set_id, ())), decision, state)
            for line in decision.lines
        ),
        notes=tuple(findings.get(None, ())),
        whole=whole_of(decision, state.facts),
    )


def _summary(changes: int, moved: str, currency: str) -> str:
    return f"{words.count(changes, 'change')}, {moved} {currency} raised" if changes else "no changes"


def _row(
    line: Line, receipt: Receipt | None, findings: tuple[tuple[str, str], ...], decision: Decision, state: AccountState
) -> Row:
    per = state.facts.minor_per_major
    reason = _reason(line, findings)
    outcome, tone = _outcome(line, receipt, decision.mode, per)
    return Row(
        ad_set_id=line.ad_set_id,
        name=line.name or line.ad_set_id,
        before=words.money(line.from_minor, per),
        asked=words.money(line.asked_minor, per),
        after=words.money(line.to_minor, per),
        change=words.change(line.from_minor, line.to_minor),
        direction="up" if line.to_minor > line.from_minor else "down" if line.to_minor < line.from_minor else "same",
        reason=reason,
        findings=findings,
        belief=_belief(line, state.facts.currency, reason),
        outcome=outcome,
        tone=tone,
        evidence=evidence_of(decision, line, state.facts),
    )


def _reason(line: Line, findings: Sequence[tuple[str, str]]) -> str:
    """The line's sentence without what the page says elsewhere: the amounts, and what guardrails said."""
    reason = AMOUNTS.sub("", line.reason, count=1)
    for _, message in findings:
        reason = reason.replace(f"; {message}", "")
    return reason


def _belief(line: Line, currency: str, reason: str) -> str:
    """The belief with its interval, unless the reason tells it already."""
    if line.marginal_roas is None:
        return ""
    low, middle, high = line.marginal_roas
    if f"{low:.2f} to {high:.2f}" in reason:
        return ""
    return f"the next {currency} is believed to return {middle:.2f} (80 %: {low:.2f} to {high:.2f})"


OUTCOMES = {
    ChangeState.PLANNED: ("waiting to be sent", "wait"),
    ChangeState.RESERVED: ("about to be sent", "wait"),
    ChangeState.SENT: ("unknown: sent, not yet read back", "wait"),
    ChangeState.APPLIED: ("applied and read back", "good"),
    ChangeState.VOID: ("did not arrive; nothing changed", "bad"),
    ChangeState.SUPERSEDED: ("overtaken by another change", "quiet"),
    ChangeState.REFUSED: ("refused by the platform", "bad"),
    ChangeState.ABANDONED: ("given up before it was sent", "bad"),
}


def _outcome(line: Line, receipt: Receipt | None, mode: Mode, per: int) -> tuple[str, str]:
    if line.to_minor == line.from_minor:
        return "unchanged", "quiet"
    if mode is Mode.SHADOW:
        return "not sent: shadow", "quiet"
    if receipt is None:
        return OUTCOMES[ChangeState.PLANNED]
    said, tone = OUTCOMES[receipt.state]
    if receipt.verified_minor is not None and receipt.verified_minor != line.to_minor:
        said += f"; it stands at {words.money(receipt.verified_minor, per)}"
    if tone == "bad" and receipt.message:
        said += f": {receipt.message}"
    return said, tone


def _budget_table(state: AccountState, points: Sequence[BudgetPoint]) -> BudgetTable:
    table, per = columns(state.facts, points), state.facts.minor_per_major
    series = [ad_set.budgets_minor for ad_set in table.ad_sets]
    rows = [
        (
            words.short_day(day),
            (
                *(words.NOTHING if row[i] is None else words.money(row[i] or 0, per) for row in series),
                words.money(sum(row[i] or 0 for row in series), per),
            ),
        )
        for i, day in enumerate(table.days)
    ]
    names = tuple(ad_set.name or ad_set.ad_set_id for ad_set in table.ad_sets)
    return BudgetTable(names, tuple(rows[::-1][:TABLE_DAYS]))

"""From the service's words to the wire's: pure functions, one a word."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from agents.vocabulary import PolicySpec
from service.api import explanations, schemas
from service.decision import AccountState, BudgetPoint, DecisionRecord, Finding, Line, Receipt
from service.platforms import AccountFacts


def today_of(facts: AccountFacts, now: datetime) -> date:
    """The day it is for the account."""
    return now.astimezone(ZoneInfo(facts.time_zone)).date()


def account(state: AccountState, now: datetime) -> schemas.Account:
    """An account and its day."""
    facts = state.facts
    return schemas.Account(
        id=facts.id,
        name=facts.name,
        currency=facts.currency,
        minor_per_major=facts.minor_per_major,
        time_zone=facts.time_zone,
        active=facts.active,
        mode=state.mode,
        daily_budget_minor=state.daily_budget_minor,
        onboarded_at=state.onboarded_at,
        today=today_of(facts, now),
        last_decided=state.last_decided,
        unsettled_changes=state.unsettled_changes,
        problem=state.problem,
    )


def decision(record: DecisionRecord, facts: AccountFacts) -> schemas.Decision:
    """A decision with what became of it."""
    made = record.decision
    receipts = {receipt.ad_set_id: receipt for receipt in record.receipts}
    return schemas.Decision(
        account_id=made.account_id,
        day=made.day,
        decided_at=record.decided_at,
        mode=made.mode,
        currency=facts.currency,
        minor_per_major=facts.minor_per_major,
        policy=_policy_reference(made.policy, made.policy_version),
        observation_digest=made.observation_digest,
        guardrails={name: dict(limits) for name, limits in made.guardrails.items()},
        summary=explanations.summary(made.summary),
        lines=[_line(line, receipts.get(line.ad_set_id)) for line in made.lines],
        findings=[_finding(finding) for finding in made.findings],
    )


def _policy_reference(spec: PolicySpec, version: str) -> schemas.PolicyReference:
    return schemas.PolicyReference(
        name=spec.name,
        version=version,
        params=dict(spec.params),
        priors_digest=spec.priors_digest,
        digest=spec.digest,
    )


def _line(line: Line, receipt: Receipt | None) -> schemas.Line:
    return schemas.Line(
        ad_set_id=line.ad_set_id,
        name=line.name,
        active=line.active,
        from_minor=line.from_minor,
        asked_minor=line.asked_minor,
        to_minor=line.to_minor,
        reason=line.reason,
        marginal_roas=None
        if line.marginal_roas is None
        else schemas.MarginalRoas(**dict(zip(("low", "expected", "high"), line.marginal_roas, strict=True))),
        explanation=explanations.explanation(line.explanation),
        receipt=None if receipt is None else _receipt(receipt),
    )


def _receipt(receipt: Receipt) -> schemas.Receipt:
    return schemas.Receipt(
        state=receipt.state, verified_minor=receipt.verified_minor, message=receipt.message, at=receipt.at
    )


def _finding(finding: Finding) -> schemas.Finding:
    return schemas.Finding(guardrail=finding.guardrail, ad_set_id=finding.ad_set_id, message=finding.message)


def budgets(facts: AccountFacts, points: Iterable[BudgetPoint]) -> schemas.Budgets:
    """Points as columns: one row of budgets an ad set (the name is its newest), aligned with the days."""
    points = tuple(points)
    days = sorted({point.day for point in points})
    at = {(point.ad_set_id, point.day): point.budget_minor for point in points}
    names = {point.ad_set_id: point.name for point in sorted(points, key=lambda point: point.day)}
    return schemas.Budgets(
        account_id=facts.id,
        currency=facts.currency,
        minor_per_major=facts.minor_per_major,
        days=days,
        ad_sets=[
            schemas.AdSetBudgets(
                ad_set_id=ad_set_id,
                name=names[ad_set_id],
                budgets_minor=[at.get((ad_set_id, day)) for day in days],
            )
            for ad_set_id in sorted(names)
        ],
    )

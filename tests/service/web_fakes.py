"""A small world behind the web ports: books in memory, a policy store that may be empty, a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from agents.explanation import Cause, Direction, Estimate, Explanation, Flip, Limit, Summary
from agents.vocabulary import PolicySpec
from service.decision import (
    AccountState,
    BudgetChange,
    BudgetPoint,
    ChangeState,
    Decision,
    DecisionRecord,
    Finding,
    Line,
    Mode,
    Receipt,
)
from service.errors import NotFound, PolicyUnavailable
from service.platforms import AccountFacts

NOW = datetime(2026, 3, 2, 8, 40, tzinfo=UTC)
TODAY = date(2026, 3, 2)
SPEC = PolicySpec("hold", {}, None)
AD_SETS = (
    ("120200000000001", "Prospecting, broad"),
    ("120200000000002", "Lookalike 1 %, purchasers"),
    ("120200000000003", "Retargeting, 14 days"),
    ("120200000000004", "Catalogue <b>all</b>"),
)


class StillClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class FakeStore:
    spec: PolicySpec = SPEC
    problem: Exception | None = None

    def promoted(self) -> tuple[PolicySpec, str]:
        if self.problem:
            raise self.problem
        return self.spec, "3"


@dataclass
class FakeBooks:
    states: dict[str, AccountState] = field(default_factory=dict)
    records: dict[str, list[DecisionRecord]] = field(default_factory=dict)
    points: dict[str, list[BudgetPoint]] = field(default_factory=dict)
    problem: Exception | None = None

    def accounts(self) -> tuple[AccountState, ...]:
        if self.problem:
            raise self.problem
        return tuple(self.states[key] for key in sorted(self.states))

    def account(self, account_id: str) -> AccountState:
        if self.problem:
            raise self.problem
        if account_id not in self.states:
            raise NotFound("no such account")
        return self.states[account_id]

    def decisions(self, account_id: str, *, limit: int, before: date | None = None) -> tuple[DecisionRecord, ...]:
        newest = sorted(self.records.get(account_id, ()), key=lambda record: record.decision.day, reverse=True)
        return tuple(r for r in newest if before is None or r.decision.day < before)[:limit]

    def budget_points(self, account_id: str, since: date) -> tuple[BudgetPoint, ...]:
        return tuple(point for point in self.points.get(account_id, ()) if point.day >= since)

    def update_account(
        self, account_id: str, *, mode: Mode | None = None, daily_budget_minor: int | None = None
    ) -> AccountState:
        state = self.account(account_id)
        state = replace(
            state, mode=mode or state.mode, daily_budget_minor=daily_budget_minor or state.daily_budget_minor
        )
        self.states[account_id] = state
        return state


def account(account_id: str = "act_42", **changes: object) -> AccountState:
    facts = AccountFacts(
        id=account_id,
        name=str(changes.pop("name", "Caudal Outdoor")),
        currency=str(changes.pop("currency", "EUR")),
        minor_per_major=int(str(changes.pop("minor_per_major", 100))),
        time_zone=str(changes.pop("time_zone", "Europe/Madrid")),
        active=bool(changes.pop("active", True)),
    )
    state = AccountState(
        facts=facts,
        mode=Mode.LIVE,
        daily_budget_minor=100_000,
        onboarded_at=NOW - timedelta(days=60),
        last_decided=TODAY,
        unsettled_changes=0,
        problem=None,
    )
    return replace(state, **changes)  # type: ignore[arg-type]  # tests name the fields


def budgets_on(day: date, ad_sets: int = len(AD_SETS)) -> list[int]:
    """Budgets that wander but add up to 1,000.00 (of 100 minor units)."""
    weights = [3 + (day.toordinal() * (i + 2)) % (5 + i) for i in range(ad_sets)]
    shares = [100_000 * weight // sum(weights) for weight in weights]
    return [*shares[:-1], 100_000 - sum(shares[:-1])]


def explanation(ad_set_id: str, i: int, before: int, after: int) -> Explanation:
    """What a policy with curves says of one ad set; the third has no curve."""
    direction = Direction.RAISE if after > before else Direction.CUT if after < before else Direction.HOLD
    limit = Limit.GUARDRAIL if i == 0 else None
    if i == 2:
        return Explanation(ad_set_id, direction, Cause.NO_DATA, "nothing spent in 28 days")
    worth = (after - before) * (1.8 + i / 10)
    here = f"the next EUR here returns {1.8 + i / 10:.2f} (80 %: {1.2 + i / 10:.2f} to {2.6 + i / 10:.2f})"
    return Explanation(
        ad_set_id=ad_set_id,
        direction=direction,
        reason=Cause.RETURNS_MORE if after > before else Cause.RETURNS_LESS,
        words=f"{here}, more than the account's margin of 1.70",
        limit=limit,
        marginal_roas=Estimate(1.2 + i / 10, 1.8 + i / 10, 2.6 + i / 10),
        marginal_cpa_minor=Estimate(2_300.0, 3_300.5, 5_000.0),
        p_best=0.25,
        p_below_target=0.4,
        spendable_minor=None if i == 1 else before * 2,
        value_now_minor=Estimate(before * 1.5, before * 2.0, before * 2.5),
        value_then_minor=Estimate(after * 1.5, before * 2.0 + worth, after * 2.5),
        gain_minor=Estimate(min(worth * 0.5, worth * 1.5), worth, max(worth * 0.5, worth * 1.5)),
        flip=Flip(Direction.CUT, 1.42, 1.8 + i / 10, 1.9 + i / 10, 0.12),
    )


SUMMARY = Summary(
    words="Moves 52.10 of 1000.00 EUR a day between ad sets: 2 raised, 2 cut, 0 as before. Expected to return 41.20 "
    "EUR (80 %: 12.10 to 70.30) a day more than holding every budget, which it beats with probability 96 %.",
    raised=2,
    cut=2,
    held=0,
    raised_minor=5_210,
    cut_minor=5_210,
    margin=1.7,
    target=1.7,
    gain_minor=Estimate(1_210.0, 4_120.0, 7_030.0),
    p_gain=0.96,
    trial_cost_minor=310.0,
    limits=((Limit.GUARDRAIL, 1),),
)


def decision(account_id: str, day: date, mode: Mode = Mode.LIVE) -> DecisionRecord:
    before, after = budgets_on(day - timedelta(days=1)), budgets_on(day)
    words = "returned 2.31 per EUR over 28 days, the account 1.94"
    lines = tuple(
        Line(
            ad_set_id=ad_set_id,
            name=name,
            from_minor=before[i],
            asked_minor=after[i] + (1500 if i == 0 else 0),
            to_minor=after[i],
            reason=words + ("; allowed at most 20 % a day" if i == 0 else ""),
            marginal_roas=(1.2 + i / 10, 1.8 + i / 10, 2.6 + i / 10) if i != 2 else None,
            explanation=explanation(ad_set_id, i, before[i], after[i]),
        )
        for i, (ad_set_id, name) in enumerate(AD_SETS)
    )
    changes = tuple(BudgetChange(x.ad_set_id, x.from_minor, x.to_minor) for x in lines if x.from_minor != x.to_minor)
    at = datetime(day.year, day.month, day.day, 1, 31, tzinfo=UTC)
    receipts = tuple(Receipt(c.ad_set_id, ChangeState.APPLIED, c.to_minor, "read back", at) for c in changes)
    made = Decision(
        account_id=account_id,
        day=day,
        mode=mode,
        policy=PolicySpec("thompson", {"window_days": 28}),
        policy_version="3",
        entropy=(1, 2, 3),
        observation_digest="0" * 64,
        guardrails={"max_daily_change": {"share": 0.2}},
        lines=lines,
        changes=changes,
        findings=(
            Finding("max_daily_change", AD_SETS[0][0], "allowed at most 20 % a day"),
            Finding("total_budget", None, "15.00 EUR of what was asked exceed the account's budget"),
        ),
        summary=SUMMARY,
    )
    return DecisionRecord(made, at, () if mode is Mode.SHADOW else receipts)


def books(*states: AccountState, days: int = 30) -> FakeBooks:
    """Books of these accounts, each with `days` mornings behind it, today's included."""
    made = FakeBooks({state.facts.id: state for state in states})
    for state in states:
        history = [TODAY - timedelta(days=back) for back in range(days - 1, -1, -1)]
        made.records[state.facts.id] = [decision(state.facts.id, day, state.mode) for day in history]
        made.points[state.facts.id] = [
            BudgetPoint(day, ad_set_id, name, budgets_on(day)[i])
            for day in history
            for i, (ad_set_id, name) in enumerate(AD_SETS)
        ]
    return made


def unavailable() -> FakeStore:
    return FakeStore(problem=PolicyUnavailable("no version of 'budget-policy' has the alias 'champion'"))

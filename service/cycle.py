"""One morning of one account: look, plan, carry out.

`look` and `plan` (in `service.planning`) decide; `carry_out` is the only code that moves money; `settle_unknown` finds
out what became of writes whose answer was lost; `run_morning` puts them in order and may be called again after a crash
at any point.

What is promised, in this order: an intention is durable before the platform is called; targets are absolute;
decreases go before increases; a write is sent at most once; an unknown outcome is settled by reading, after a
quarantine; a budget that somebody else changed meanwhile is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from agents.observation import HISTORY_DAYS, ad_sets_of, metrics_of, observe, window
from service.decision import BudgetChange, ChangeState, Decision, Mode, Receipt
from service.errors import Conflict, HeldBack, Inactive, OutcomeUnknown, PlatformError, Refused
from service.guardrails import DEFAULTS
from service.planning import plan

if TYPE_CHECKING:
    from agents.vocabulary import Observation
    from service.decision import AccountState, PendingChange
    from service.platforms import AdAccount
    from service.ports import Clock, Ledger, PolicyStore

__all__ = ["Rules", "carry_out", "look", "plan", "run_morning", "settle_unknown"]

_NOT_SENT = frozenset({ChangeState.PLANNED, ChangeState.RESERVED})


def look(account: AdAccount, *, day: date, budget_minor: int, history_days: int = HISTORY_DAYS) -> Observation:
    """What the account shows this morning.

    Args:
        account: the ad account to read; nothing is written.
        day: the day to decide, in the account's time zone.
        budget_minor: money to give out for `day` among active ad sets.
        history_days: D, how many days before `day` to read.

    Raises:
        PlatformError: the account cannot be read.
        ObservationError: what it shows cannot be made into an observation.
    """
    facts, ad_sets, days = account.facts(), account.ad_sets(), window(day, history_days)
    report = account.report(days[0], days[-1])
    return observe(
        account_id=facts.id,
        day=day,
        currency=facts.currency,
        minor_per_major=facts.minor_per_major,
        budget_minor=budget_minor,
        ad_sets=ad_sets_of(ad_sets),
        metrics=metrics_of(report.rows, [s.id for s in ad_sets], days),
        days=days,
        collected_through=report.collected_through,
    )


@dataclass(frozen=True, slots=True)
class Rules:
    """What a morning goes by, the same for every account unless the service says otherwise.

    Args:
        guardrails: limits by guardrail name, in order.
        root_seed: with account and day it seeds the policy's generator.
        history_days: D, how many days a policy sees.
        deadline_seconds: how old the reading that justifies a write may be when the write is sent.
        quarantine_seconds: how long a write whose answer was lost may still land; only then is it called void.

    Seconds pass on the `Clock` that is handed in; where simulated time runs fast, both must be scaled with it.
    """

    guardrails: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: DEFAULTS)
    root_seed: int = 0
    history_days: int = HISTORY_DAYS
    deadline_seconds: float = 5.0
    quarantine_seconds: float = 600.0


def run_morning(
    account: AdAccount,
    ledger: Ledger,
    store: PolicyStore,
    clock: Clock,
    *,
    state: AccountState,
    day: date,
    rules: Rules,
) -> Decision:
    """One account's morning from wherever it stands: safe to call again after a crash at any point.

    A morning that was decided is never decided again: what is unsettled of it is carried on. Changes of former days
    that were never sent are abandoned; while one that was sent is still unknown, nothing may rise.

    Args:
        account: the ad account; read and written.
        ledger: where everything is written down first.
        store: asked for the promoted policy, only if the morning is still to be decided.
        clock: the time as the platform lives it.
        state: what the account's owner allows: mode and daily budget.
        day: the account's present day.
        rules: limits and times.

    Raises:
        Conflict: it is another day in the account's time zone.
        Inactive: the platform has disabled the account; what was unknown is settled, nothing is decided or changed.
        PlatformError: the account cannot be read; nothing was decided, or the rest is carried on at the next call.
        PolicyUnavailable: there is no promoted policy.
    """
    local = clock.now().astimezone(ZoneInfo(state.facts.time_zone)).date()
    if local != day:
        raise Conflict(f"{state.facts.id}: asked for the morning of {day}, but there it is {local} now")
    settle_unknown(account, ledger, clock, quarantine_seconds=rules.quarantine_seconds)
    _abandon(ledger, account.id, clock, "never sent, and its day is over", before=day)
    if not account.facts().active:  # asked anew: what was remembered at the onboarding may be long over
        raise Inactive(
            f"the platform reports account {account.id} as not active (disabled, unsettled or closed): "
            "nothing is changed until it is active again"
        )
    decision = ledger.decision(account.id, day) or _decide(account, ledger, store, clock, state, day, rules)
    if state.mode is not Mode.LIVE:
        _abandon(ledger, account.id, clock, f"{state.mode}: decided, not sent")
    carry_out(decision, account, ledger, clock, deadline_seconds=rules.deadline_seconds)
    left = ledger.unsettled(account.id)
    ledger.note_problem(account.id, _left_over(left) if left else None, clock.now())
    return decision


def _decide(
    account: AdAccount,
    ledger: Ledger,
    store: PolicyStore,
    clock: Clock,
    state: AccountState,
    day: date,
    rules: Rules,
) -> Decision:
    spec, version = store.promoted()
    observation = look(account, day=day, budget_minor=state.daily_budget_minor, history_days=rules.history_days)
    guardrails = dict(rules.guardrails)
    if unknown := ledger.unsettled(account.id):
        # As a guardrail of this morning it is stored with the decision, which can then be made again from the books.
        guardrails["freeze"] = {"why": f"{len(unknown)} earlier change(s) are not settled, so nothing may rise"}
    decision = plan(observation, spec, version, guardrails, root_seed=rules.root_seed, mode=state.mode)
    if ledger.record_decision(decision, observation, clock.now()):
        return decision
    # Somebody else decided this morning between our look and our writing: theirs holds.
    return ledger.decision(account.id, day) or decision


def carry_out(
    decision: Decision,
    account: AdAccount,
    ledger: Ledger,
    clock: Clock,
    *,
    deadline_seconds: float = 5.0,
    exposure_cap_minor: int | None = None,
) -> None:
    """Bring the decision's unsettled changes to the platform: the only code that moves money.

    Decreases go first, and free nothing until they are read back. Each change is sent at most once, in the state
    `sent`, right after a reading that shows the budget it was decided against; the reading that proves one write is
    the reading that justifies the next. Changes of which the outcome is unknown are left to `settle_unknown`, and while
    there is one, raises wait.

    Args:
        decision: recorded in the ledger already.
        account: where budgets are set.
        ledger: holds the changes, and decides which may go.
        clock: the time as the platform lives it.
        deadline_seconds: from the start of a reading to the sending it justifies.
        exposure_cap_minor: a cap below those that hold anyway: what all active budgets together may come to in the
            worst case is at most the account's daily budget as it stands at each reservation, and at most the total
            that the decision was made under.

    Raises:
        PlatformError: the account cannot be read, or refuses everything (token, throttling); call again later.
    """
    if decision.mode is not Mode.LIVE:
        _abandon(ledger, decision.account_id, clock, f"{decision.mode}: decided, not sent", of=decision.day)
    eyes, cap = _Eyes(account, ledger, clock), _smallest(exposure_cap_minor, _decided_cap(decision))
    for pending in _to_send(ledger, decision):
        # The reading that proved the last write justifies the next one, while it is young.
        reading = eyes.young(deadline_seconds / 2)
        if _still_wanted(pending, reading, ledger, clock) and not _waits_for_unknown(pending, ledger, clock):
            deadline = reading.began_at + timedelta(seconds=deadline_seconds)
            _carry_one(pending, deadline, cap, eyes, account, ledger, clock)


def settle_unknown(account: AdAccount, ledger: Ledger, clock: Clock, *, quarantine_seconds: float = 600.0) -> None:
    """Find out what became of changes whose answer was lost, by reading and by nothing else.

    What reads as asked was applied. Anything else stays unknown until the quarantine since its sending has passed,
    because the write may still land; then it is void if the old budget stands, and superseded if a third one does.

    Raises:
        PlatformError: the account cannot be read; nothing is concluded.
    """
    unknown = [p for p in ledger.unsettled(account.id) if p.state is ChangeState.SENT]
    if not unknown:
        return
    reading = _Eyes(account, ledger, clock).fresh()
    for pending in unknown:
        seen = reading.budgets_minor.get(pending.change.ad_set_id)
        landed_by = (pending.sent_at or reading.began_at) + timedelta(seconds=quarantine_seconds)
        state, words = _verdict(pending.change, seen, quarantined=reading.began_at < landed_by)
        _settle(ledger, pending, state, seen, words, clock)


def _verdict(change: BudgetChange, seen: int | None, *, quarantined: bool) -> tuple[ChangeState, str]:
    """What a reading says about a change that was sent, and in words."""
    if seen == change.to_minor:
        return ChangeState.APPLIED, "read back as asked"
    if quarantined:
        return ChangeState.SENT, "not read back as asked; it may still land, so it is unknown"
    if seen == change.from_minor:
        return ChangeState.VOID, "it did not land: the old budget stands after the quarantine"
    return ChangeState.SUPERSEDED, "neither old nor new budget stands: somebody else changed it"


@dataclass(frozen=True, slots=True)
class _Reading:
    """Budgets by ad set id, which ad sets are active, and when the reading began."""

    budgets_minor: Mapping[str, int]
    active: frozenset[str]
    began_at: datetime


class _Eyes:
    """Reads budgets; what is read is in the ledger before anything is concluded from it."""

    def __init__(self, account: AdAccount, ledger: Ledger, clock: Clock) -> None:
        self._account, self._ledger, self._clock = account, ledger, clock
        self._last: _Reading | None = None

    def young(self, seconds: float) -> _Reading:
        """The last reading if it began at most so many seconds ago, or a new one."""
        last = self._last
        if last and self._clock.now() - last.began_at <= timedelta(seconds=seconds):
            return last
        return self.fresh()

    def fresh(self) -> _Reading:
        """A reading that begins now."""
        self._last = self._read()
        return self._last

    def _read(self) -> _Reading:
        began_at = self._clock.now()
        ad_sets = self._account.ad_sets()  # budgets and status of the same instant, at every reading
        active = {s.id: s.budget_minor for s in ad_sets if s.active}
        self._ledger.confirm(self._account.id, active, began_at)
        return _Reading({s.id: s.budget_minor for s in ad_sets}, frozenset(active), began_at)


def _decided_cap(decision: Decision) -> int | None:
    """The total that was configured when the decision was made; it is stored with it."""
    cap: int | None = decision.guardrails.get("total_budget", {}).get("cap_minor")
    return cap


def _smallest(*caps: int | None) -> int | None:
    return min((cap for cap in caps if cap is not None), default=None)


def _to_send(ledger: Ledger, decision: Decision) -> list[PendingChange]:
    """The decision's changes that were not sent yet; ad sets of which an older change is unknown have to wait."""
    pending = ledger.unsettled(decision.account_id)
    unknown = {p.change.ad_set_id for p in pending if p.state is ChangeState.SENT}
    mine = [p for p in pending if p.day == decision.day and p.state in _NOT_SENT]
    return [p for p in mine if p.change.ad_set_id not in unknown]


def _still_wanted(pending: PendingChange, reading: _Reading, ledger: Ledger, clock: Clock) -> bool:
    """Whether the account is still as it was decided upon; if not, the change ends here."""
    change, seen = pending.change, reading.budgets_minor.get(pending.change.ad_set_id)
    if seen == change.to_minor:
        _settle(ledger, pending, ChangeState.APPLIED, seen, "the budget was there already", clock)
    elif seen != change.from_minor:
        words = "the ad set is gone" if seen is None else "somebody else changed the budget after it was decided"
        _settle(ledger, pending, ChangeState.SUPERSEDED, seen, words, clock)
    elif change.ad_set_id not in reading.active:
        _settle(ledger, pending, ChangeState.SUPERSEDED, seen, "the ad set was paused after it was decided", clock)
    else:
        return True
    return False


def _waits_for_unknown(pending: PendingChange, ledger: Ledger, clock: Clock) -> bool:
    """Whether a raise has to wait, because what became of another change of the account is not known."""
    unknown = [p for p in ledger.unsettled(pending.account_id) if p.state is ChangeState.SENT]
    if not unknown or not pending.change.raises:
        return False
    words = f"waits: nothing may rise while {len(unknown)} change(s) of the account are sent, outcome unknown"
    _settle(ledger, pending, pending.state, pending.change.from_minor, words, clock)
    return True


def _carry_one(
    pending: PendingChange,
    deadline: datetime,
    exposure_cap_minor: int | None,
    eyes: _Eyes,
    account: AdAccount,
    ledger: Ledger,
    clock: Clock,
) -> None:
    """Reserve, send, read back: one change, at most once."""
    change = pending.change
    if not ledger.reserve(pending.id, deadline=deadline, exposure_cap_minor=exposure_cap_minor):
        _no_room(pending, ledger, clock)
        return
    if not _marked_in_time(pending, deadline, ledger, clock):
        words = "not sent: too long after the reading, or the account is not live; the next call reads again"
        _settle(ledger, pending, ChangeState.RESERVED, change.from_minor, words, clock)
        return
    try:
        account.set_daily_budget(change.ad_set_id, change.to_minor)
    except Refused as error:
        _settle(ledger, pending, ChangeState.VOID, change.from_minor, f"the platform refused: {error}", clock)
        return
    except HeldBack as error:
        ledger.take_back(pending.id)  # it provably was not sent
        _settle(ledger, pending, ChangeState.RESERVED, change.from_minor, str(error), clock)
        raise
    except OutcomeUnknown as error:
        _settle(ledger, pending, ChangeState.SENT, None, f"unknown whether it was applied: {error}", clock)
    except PlatformError as error:
        _settle(ledger, pending, ChangeState.SENT, None, f"unknown whether it was applied: {error}", clock)
        raise  # no token, or too many calls: whatever comes next would fail as well
    seen = eyes.fresh().budgets_minor.get(change.ad_set_id)
    state, words = _verdict(change, seen, quarantined=True)
    _settle(ledger, pending, state, seen, words, clock)


def _marked_in_time(pending: PendingChange, deadline: datetime, ledger: Ledger, clock: Clock) -> bool:
    """Whether the change may be sent now: it is marked as sent, and the reading that justifies it is still young."""
    if not ledger.mark_sent(pending.id, now=clock.now):
        return False
    if clock.now() <= deadline:
        return True
    # Making it durable took too long. Whoever marked it is the only one who could send it, and does not.
    ledger.take_back(pending.id)
    return False


def _no_room(pending: PendingChange, ledger: Ledger, clock: Clock) -> None:
    """A reservation was denied: the change waits while others may still make room, and is refused when none can."""
    others = [p for p in ledger.unsettled(pending.account_id) if p.id != pending.id]
    cap = "the worst case of all budgets would pass what the account may give out a day"
    if any(p.state is ChangeState.SENT or not p.change.raises for p in others):
        words = f"waits: {cap} until earlier changes are settled"
        _settle(ledger, pending, pending.state, pending.change.from_minor, words, clock)
    else:
        _settle(ledger, pending, ChangeState.REFUSED, pending.change.from_minor, f"not sent: {cap}", clock)


def _abandon(
    ledger: Ledger, account_id: str, clock: Clock, words: str, *, before: date | None = None, of: date | None = None
) -> None:
    """End changes that were never sent: of all days, of those before a day, or of one."""
    for pending in ledger.unsettled(account_id):
        chosen = (before is None or pending.day < before) and (of is None or pending.day == of)
        if chosen and pending.state in _NOT_SENT:
            _settle(ledger, pending, ChangeState.ABANDONED, None, words, clock)


def _settle(
    ledger: Ledger, pending: PendingChange, state: ChangeState, verified: int | None, words: str, clock: Clock
) -> None:
    ledger.settle(pending.id, Receipt(pending.change.ad_set_id, state, verified, words, clock.now()))


def _left_over(pending: Sequence[PendingChange]) -> str:
    """What is not settled, for people."""
    unknown = sum(p.state is ChangeState.SENT for p in pending)
    parts = [f"{unknown} sent, outcome unknown"] if unknown else []
    parts += [f"{len(pending) - unknown} not sent yet"] if len(pending) > unknown else []
    return f"{len(pending)} budget change(s) are not settled: {', '.join(parts)}"

"""The contract of the ledger: what may happen to a change, who wins a race, and what the books say."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from agents.vocabulary import PolicySpec
from service.decision import SETTLED, BudgetChange, ChangeState, Decision, Finding, Line, Mode, Receipt
from service.errors import CorruptRecord, NotFound, SettingsError
from service.persistence import SqlLedger, migrate, open_engine
from service.persistence.engine import writing

DAY = date(2026, 3, 5)
BUDGETS = {"12000000": 10_000, "12000001": 20_000, "12000002": 30_000}
A, B, C = BUDGETS

ON_FILE = pytest.mark.parametrize("ledger", ["file"], indirect=True)  # a database in memory is for one thread


@pytest.fixture(params=["memory", "file"])
def ledger(request, tmp_path, account_of, onboard):
    engine = open_engine("sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/ledger.db")
    migrate(engine)
    ledger = SqlLedger(engine)
    onboard(ledger, account_of(BUDGETS), budget=100_000)
    yield ledger
    engine.dispose()


@pytest.fixture
def record(ledger, observation_of, clock):
    """Write down a decision with these targets; says whether it was the first of its morning."""

    def do(targets, *, day=DAY, mode=Mode.LIVE, account_id="act_1"):
        seen = observation_of(tuple(BUDGETS.values()), day=day, account_id=account_id)
        lines = tuple(Line(i, i, b, targets.get(i, b), targets.get(i, b), "why") for i, b in BUDGETS.items())
        decision = Decision(
            account_id=account_id,
            day=day,
            mode=mode,
            policy=PolicySpec("hold"),
            policy_version="1",
            entropy=(1, 2, 3),
            observation_digest=seen.digest,
            guardrails={},
            lines=lines,
            changes=tuple(BudgetChange(i, BUDGETS[i], minor, "why") for i, minor in targets.items()),
            findings=(Finding("g", None, "words"),),
        )
        return ledger.record_decision(decision, seen, clock.now()), decision

    return do


@pytest.fixture
def at(clock):
    """An instant so many seconds after the clock's."""
    return lambda seconds: clock.now() + timedelta(seconds=seconds)


def only(ledger):
    (pending,) = ledger.unsettled("act_1")
    return pending


def receipt(state, minor=None, *, at, words="said"):
    return Receipt(A, state, minor, words, at)


def send(ledger, at, *, cap=None):
    """Bring the only open change to the state `sent`."""
    pending = only(ledger)
    assert ledger.reserve(pending.id, deadline=at(5), exposure_cap_minor=cap)
    assert ledger.mark_sent(pending.id, now=lambda: at(1))
    return pending


# Decisions.


def test_a_morning_is_decided_once(ledger, record):
    first, decision = record({A: 11_000})
    second, _ = record({A: 9_000})

    assert (first, second) == (True, False)
    assert ledger.decision("act_1", DAY) == decision
    assert only(ledger).change == BudgetChange(A, 10_000, 11_000, "why")
    assert ledger.decision("act_1", DAY + timedelta(days=1)) is None


@ON_FILE
def test_of_many_threads_that_decide_one_morning_one_wins(ledger, record):
    wins = []
    threads = [threading.Thread(target=lambda n=n: wins.append(record({A: 10_000 + n})[0])) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(wins) == [False] * 5 + [True]
    assert len(ledger.unsettled("act_1")) == 1


def test_an_account_must_be_onboarded_before_its_first_morning(record):
    with pytest.raises(NotFound, match="act_9"):
        record({}, account_id="act_9")


def test_a_decision_belongs_to_its_observation(ledger, record, observation_of, clock):
    _, decision = record({})
    seen = ledger.load_observation(decision.observation_digest)

    with pytest.raises(ValueError, match="not decided from this observation"):
        ledger.record_decision(decision, observation_of((1, 2, 3)), clock.now())
    with pytest.raises(ValueError, match="not decided from this observation"):
        ledger.record_decision(replace(decision, day=DAY + timedelta(days=1)), seen, clock.now())


def test_an_observation_is_stored_with_its_decision_and_comes_back(ledger, record):
    _, decision = record({})

    assert ledger.load_observation(decision.observation_digest).digest == decision.observation_digest


def test_an_altered_observation_is_found_out(ledger, record, observation_of, clock):
    from service.persistence.codec import observation_to_bytes  # noqa: PLC0415 - only here is something forged

    _, decision = record({})
    digest = decision.observation_digest
    for body, words in ((observation_to_bytes(observation_of((1, 2, 3))), "was altered"), (b"junk", "cannot be read")):
        with writing(ledger._engine) as connection:
            connection.execute(text("UPDATE observation SET body = :body"), {"body": body})
        with pytest.raises(CorruptRecord, match=words):
            ledger.load_observation(digest)
    with pytest.raises(NotFound):
        ledger.load_observation("0" * 64)


# The life of a change.


def test_changes_wait_in_order_decreases_first_oldest_morning_first(ledger, record):
    record({A: 11_000, B: 19_000})
    record({C: 31_000, A: 9_000}, day=DAY + timedelta(days=1))

    order = [(p.day, p.change.ad_set_id) for p in ledger.unsettled("act_1")]

    assert order == [(DAY, B), (DAY, A), (DAY + timedelta(days=1), A), (DAY + timedelta(days=1), C)]


def test_a_change_goes_from_planned_over_reserved_and_sent_to_applied(ledger, record, at):
    record({A: 11_000})
    assert only(ledger).state is ChangeState.PLANNED

    assert ledger.reserve(only(ledger).id, deadline=at(5), exposure_cap_minor=None)
    assert only(ledger).state is ChangeState.RESERVED
    assert ledger.mark_sent(only(ledger).id, now=lambda: at(1))
    assert (only(ledger).state, only(ledger).sent_at) == (ChangeState.SENT, at(1))
    ledger.settle(only(ledger).id, receipt(ChangeState.APPLIED, 11_000, at=at(2)))

    assert ledger.unsettled("act_1") == ()
    assert ledger.decisions("act_1", limit=1)[0].receipts == (receipt(ChangeState.APPLIED, 11_000, at=at(2)),)


def test_sending_needs_a_reservation_in_time_and_happens_once(ledger, record, at):
    record({A: 11_000})
    change_id = only(ledger).id

    assert not ledger.mark_sent(change_id, now=lambda: at(0)), "not reserved"
    ledger.reserve(change_id, deadline=at(5), exposure_cap_minor=None)
    assert not ledger.mark_sent(change_id, now=lambda: at(5.001)), "too late"
    assert ledger.mark_sent(change_id, now=lambda: at(5))
    assert not ledger.mark_sent(change_id, now=lambda: at(1)), "twice"
    assert not ledger.reserve(change_id, deadline=at(9), exposure_cap_minor=None), "sent already"


def test_a_reservation_can_be_renewed_after_a_crash(ledger, record, at):
    record({A: 11_000})
    ledger.reserve(only(ledger).id, deadline=at(5), exposure_cap_minor=None)

    assert ledger.reserve(only(ledger).id, deadline=at(65), exposure_cap_minor=None)
    assert ledger.mark_sent(only(ledger).id, now=lambda: at(61))


def test_nothing_is_sent_while_the_account_is_in_shadow(ledger, record, at):
    record({A: 11_000})
    ledger.reserve(only(ledger).id, deadline=at(5), exposure_cap_minor=None)
    ledger.update_account("act_1", mode=Mode.SHADOW)

    assert not ledger.mark_sent(only(ledger).id, now=lambda: at(1))
    ledger.update_account("act_1", mode=Mode.LIVE)
    assert ledger.mark_sent(only(ledger).id, now=lambda: at(1))


def test_nothing_is_sent_of_a_decision_made_in_shadow(ledger, record, at):
    record({A: 11_000}, mode=Mode.SHADOW)
    ledger.reserve(only(ledger).id, deadline=at(5), exposure_cap_minor=None)

    assert not ledger.mark_sent(only(ledger).id, now=lambda: at(1))


@pytest.mark.parametrize("final", sorted(SETTLED))
def test_what_is_final_stays_final(final, ledger, record, at):
    record({A: 11_000})
    pending = send(ledger, at) if final is ChangeState.VOID else only(ledger)
    ledger.settle(pending.id, receipt(final, 1, at=at(2), words="first"))

    for state in ChangeState:
        ledger.settle(pending.id, receipt(state, 2, at=at(3), words="second"))

    assert ledger.unsettled("act_1") == ()
    assert ledger.decisions("act_1", limit=1)[0].receipts[0].message == "first"
    assert not ledger.reserve(pending.id, deadline=at(9), exposure_cap_minor=None)
    assert not ledger.mark_sent(pending.id, now=lambda: at(1))


def test_what_may_have_been_sent_is_never_called_refused_or_abandoned(ledger, record, at):
    record({A: 11_000})
    pending = send(ledger, at)

    for state in (ChangeState.REFUSED, ChangeState.ABANDONED, ChangeState.PLANNED, ChangeState.RESERVED):
        ledger.settle(pending.id, receipt(state, at=at(2)))

    assert only(ledger).state is ChangeState.SENT


def test_what_was_not_sent_is_never_called_void_or_sent(ledger, record, at):
    record({A: 11_000})

    for state in (ChangeState.VOID, ChangeState.SENT, ChangeState.RESERVED):
        ledger.settle(only(ledger).id, receipt(state, at=at(2)))

    assert only(ledger).state is ChangeState.PLANNED


def test_a_remark_on_an_unknown_change_keeps_it_unknown(ledger, record, at):
    record({A: 11_000})
    pending = send(ledger, at)

    ledger.settle(pending.id, receipt(ChangeState.SENT, 10_000, at=at(2), words="still unknown"))

    assert only(ledger) == replace(pending, state=ChangeState.SENT, sent_at=at(1))
    assert ledger.decisions("act_1", limit=1)[0].receipts[0].message == "still unknown"


def test_a_change_that_was_marked_but_not_sent_can_be_taken_back_and_sent_later(ledger, record, at):
    record({A: 11_000})
    pending = send(ledger, at)

    ledger.take_back(pending.id)

    assert (only(ledger).state, only(ledger).sent_at) == (ChangeState.RESERVED, None)
    assert ledger.mark_sent(pending.id, now=lambda: at(2))
    ledger.settle(pending.id, receipt(ChangeState.VOID, 10_000, at=at(3)))
    ledger.take_back(pending.id)
    assert ledger.unsettled("act_1") == ()


@ON_FILE
def test_of_many_threads_one_sends(ledger, record, at):
    record({A: 11_000})
    change_id = only(ledger).id
    ledger.reserve(change_id, deadline=at(5), exposure_cap_minor=None)
    wins = []

    threads = [
        threading.Thread(target=lambda: wins.append(ledger.mark_sent(change_id, now=lambda: at(1)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(wins) == [False] * 7 + [True]


# Exposure.


def test_a_raise_fits_under_the_cap_to_the_cent(ledger, record, at):
    record({A: 11_000})
    ledger.confirm("act_1", BUDGETS, at(0))
    change_id = only(ledger).id

    assert not ledger.reserve(change_id, deadline=at(5), exposure_cap_minor=60_999)
    assert ledger.reserve(change_id, deadline=at(5), exposure_cap_minor=61_000)


def test_raises_that_may_still_land_count_fully(ledger, record, at):
    record({A: 11_000, B: 21_000})
    ledger.confirm("act_1", BUDGETS, at(0))
    first, second = ledger.unsettled("act_1")
    ledger.reserve(first.id, deadline=at(5), exposure_cap_minor=61_500)

    assert not ledger.reserve(second.id, deadline=at(5), exposure_cap_minor=61_999)
    ledger.mark_sent(first.id, now=lambda: at(1))
    assert not ledger.reserve(second.id, deadline=at(5), exposure_cap_minor=61_999)
    assert ledger.reserve(second.id, deadline=at(5), exposure_cap_minor=62_000)


def test_a_decrease_frees_nothing_until_it_is_read_back(ledger, record, at):
    record({A: 9_000, B: 21_000})
    ledger.confirm("act_1", BUDGETS, at(0))
    down, up = ledger.unsettled("act_1")

    def fits():
        return ledger.reserve(up.id, deadline=at(5), exposure_cap_minor=60_000)

    assert ledger.reserve(down.id, deadline=at(5), exposure_cap_minor=60_000)
    assert not fits()
    ledger.mark_sent(down.id, now=lambda: at(1))
    assert not fits()
    ledger.confirm("act_1", {**BUDGETS, A: 9_000}, at(2))
    assert fits()


def test_a_decrease_is_allowed_however_far_the_account_is_over_its_cap(ledger, record, at):
    record({A: 9_000})
    ledger.confirm("act_1", BUDGETS, at(0))

    assert ledger.reserve(only(ledger).id, deadline=at(5), exposure_cap_minor=1)


@ON_FILE
def test_two_raises_cannot_both_take_the_last_room(ledger, record, at):
    record({A: 11_000, B: 21_000, C: 31_000})
    ledger.confirm("act_1", BUDGETS, at(0))
    wins = []

    def reserve(change_id):
        wins.append(ledger.reserve(change_id, deadline=at(5), exposure_cap_minor=61_500))

    threads = [threading.Thread(target=reserve, args=(p.id,)) for p in ledger.unsettled("act_1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(wins) == [False, False, True]


@pytest.mark.parametrize(
    ("daily", "cap", "fits"), [(61_000, None, True), (60_999, None, False), (60_999, 99_999, False)]
)
def test_the_daily_budget_in_force_caps_every_raise(daily, cap, fits, ledger, record, at):
    record({A: 11_000})
    ledger.confirm("act_1", BUDGETS, at(0))
    ledger.update_account("act_1", daily_budget_minor=daily)

    assert ledger.reserve(only(ledger).id, deadline=at(5), exposure_cap_minor=cap) is fits


def test_a_reservation_is_renewed_only_while_it_still_fits(ledger, record, at):
    record({A: 11_000})
    ledger.confirm("act_1", BUDGETS, at(0))
    assert ledger.reserve(only(ledger).id, deadline=at(5), exposure_cap_minor=61_000)

    ledger.confirm("act_1", {**BUDGETS, C: 30_001}, at(1))

    assert not ledger.reserve(only(ledger).id, deadline=at(9), exposure_cap_minor=61_000)


def test_an_older_reading_does_not_replace_a_newer_one(ledger, record, at):
    record({A: 11_000})
    ledger.confirm("act_1", {**BUDGETS, C: 40_000}, at(2))
    ledger.confirm("act_1", BUDGETS, at(1))

    assert not ledger.reserve(only(ledger).id, deadline=at(5), exposure_cap_minor=70_999)
    ledger.confirm("act_1", BUDGETS, at(3))
    assert ledger.reserve(only(ledger).id, deadline=at(5), exposure_cap_minor=61_000)


def test_ad_sets_that_a_reading_no_longer_shows_count_no_longer(ledger, record, at):
    record({A: 11_000})
    ledger.confirm("act_1", BUDGETS, at(0))
    ledger.confirm("act_1", {A: 10_000}, at(1))

    assert ledger.reserve(only(ledger).id, deadline=at(5), exposure_cap_minor=11_000)


def test_a_change_that_does_not_exist_cannot_be_reserved(ledger, at):
    with pytest.raises(NotFound):
        ledger.reserve(77, deadline=at(5), exposure_cap_minor=None)


# Accounts.


def test_onboarding_again_refreshes_facts_and_keeps_what_the_owner_chose(ledger, account_of, clock):
    facts = replace(account_of(BUDGETS).facts(), name="New name", active=False)

    state = ledger.onboard(facts, mode=Mode.SHADOW, daily_budget_minor=1, at=clock.now() + timedelta(days=1))

    assert (state.facts, state.mode, state.daily_budget_minor) == (facts, Mode.LIVE, 100_000)
    assert state.onboarded_at == clock.now()
    assert ledger.accounts() == (state,)


def test_an_owner_may_change_mode_and_budget_each_alone(ledger):
    assert ledger.update_account("act_1", mode=Mode.SHADOW).mode is Mode.SHADOW
    state = ledger.update_account("act_1", daily_budget_minor=2**40)

    assert (state.mode, state.daily_budget_minor) == (Mode.SHADOW, 2**40)
    assert ledger.update_account("act_1") == state


def test_a_budget_below_zero_is_refused_in_words(ledger):
    with pytest.raises(SettingsError, match="not negative, got -5"):
        ledger.update_account("act_1", daily_budget_minor=-5)


def test_an_account_nobody_onboarded_is_not_found(ledger, clock):
    with pytest.raises(NotFound, match="act_9"):
        ledger.account("act_9")
    with pytest.raises(NotFound, match="act_9"):
        ledger.update_account("act_9", mode=Mode.LIVE)
    with pytest.raises(NotFound, match="act_9"):
        ledger.note_problem("act_9", "x", clock.now())
    with pytest.raises(NotFound, match="act_9"):
        ledger.confirm("act_9", {}, clock.now())


def test_an_account_tells_its_last_morning_its_open_changes_and_its_problem(ledger, record, clock):
    record({A: 11_000, B: 19_000})
    record({}, day=DAY + timedelta(days=1))
    ledger.note_problem("act_1", "the token expired", clock.now())

    state = ledger.account("act_1")
    assert (state.last_decided, state.unsettled_changes) == (DAY + timedelta(days=1), 2)
    assert state.problem == "the token expired"
    ledger.note_problem("act_1", None, clock.now())
    assert ledger.account("act_1").problem is None


# Looking back.


def test_decisions_come_newest_first_in_pages(ledger, record):
    for n in range(5):
        record({}, day=DAY + timedelta(days=n))

    first = ledger.decisions("act_1", limit=2)
    second = ledger.decisions("act_1", limit=2, before=first[-1].decision.day)

    assert [r.decision.day.day for r in (*first, *second)] == [9, 8, 7, 6]
    assert ledger.decisions("act_9", limit=2) == ()


def test_budget_points_are_what_was_read_back_and_otherwise_what_stood(ledger, record, at):
    record({A: 11_000, B: 19_000}, day=DAY)
    for pending, verified in zip(ledger.unsettled("act_1"), (19_000, None), strict=True):
        ledger.reserve(pending.id, deadline=at(5), exposure_cap_minor=None)
        ledger.mark_sent(pending.id, now=lambda: at(1))
        state = ChangeState.APPLIED if verified else ChangeState.SENT
        ledger.settle(pending.id, receipt(state, verified, at=at(2)))
    record({}, day=DAY + timedelta(days=1))

    points = ledger.budget_points("act_1", DAY)

    assert [(p.day.day, p.ad_set_id, p.budget_minor) for p in points[:3]] == [
        (5, A, 10_000),
        (5, B, 19_000),
        (5, C, 30_000),
    ]
    assert [p.day.day for p in points] == [5, 5, 5, 6, 6, 6]
    assert ledger.budget_points("act_1", DAY + timedelta(days=1)) == points[3:]

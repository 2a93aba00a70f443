"""A morning, told through an account in memory: what is sent, in which order, and what becomes of lost answers."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.cycle import Rules, carry_out, look, plan, run_morning, settle_unknown
from service.decision import Mode
from service.errors import Conflict, HeldBack, Inactive, Throttled, Unavailable
from service.persistence import SqlLedger, migrate, open_engine

DAY = date(2026, 3, 5)
BUDGETS = {"a": 1_000, "b": 2_000, "c": 3_000}
SWAP = {"a": 1_200, "b": 1_700, "c": 3_100}


@pytest.fixture
def morning(ledger, clock, store, onboard):
    """Run the account's morning, by default with what its owner allowed when it was onboarded."""

    def run(account, day=DAY, **rules):
        if not ledger.accounts():
            onboard(ledger, account)
        state = ledger.account(account.id)
        return run_morning(account, ledger, store, clock, state=state, day=day, rules=Rules(**rules))

    return run


def receipts(ledger, day=DAY):
    record = next(r for r in ledger.decisions("act_1", limit=9) if r.decision.day == day)
    return {r.ad_set_id: r for r in record.receipts}


def states(ledger, day=DAY):
    return {i: str(r.state) for i, r in receipts(ledger, day).items()}


def test_looking_writes_nothing_and_sees_budgets_and_history(account_of):
    account = account_of(BUDGETS, active={"c": False})

    observation = look(account, day=DAY, budget_minor=3_000, history_days=7)

    assert observation.ad_sets.ids == ("a", "b", "c")
    assert observation.ad_sets.active.tolist() == [True, True, False]
    assert observation.history.spend_minor[:, -1].tolist() == [1_000, 2_000, 3_000]
    assert observation.history.days[0] == DAY - timedelta(days=7)
    assert (int(observation.budget_minor), observation.collected_through) == (3_000, DAY - timedelta(days=1))
    assert account.posts == []


def test_a_morning_sets_budgets_decreases_first_and_leaves_receipts(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS)

    decision = morning(account)

    assert account.budgets == SWAP
    assert account.posts == [("b", 1_700), ("a", 1_200), ("c", 3_100)]
    assert ledger.decision("act_1", DAY) == decision
    assert {i: r.verified_minor for i, r in receipts(ledger).items()} == SWAP
    assert set(states(ledger).values()) == {"applied"}
    assert ledger.account("act_1").problem is None


def test_a_morning_that_is_done_does_nothing_more(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    first = morning(account)
    follow({"a": 1_001})

    assert morning(account) == first
    assert len(account.posts) == 3


def test_only_the_present_day_of_the_account_is_decided(morning, ledger, account_of, clock, follow):
    follow(SWAP)
    clock.at = clock.at.replace(hour=23, minute=30)  # half past midnight, the next day in Berlin

    with pytest.raises(Conflict, match="2026-03-06"):
        morning(account_of(BUDGETS), day=DAY)


def disable(account):
    """From now on the platform reports the account as not active."""
    facts = replace(account.facts(), active=False)
    account.facts = lambda: facts


def test_nothing_is_decided_or_changed_in_an_account_that_the_platform_disabled(
    morning, ledger, account_of, onboard, follow
):
    follow(SWAP)
    account = account_of(BUDGETS)
    onboard(ledger, account)
    disable(account)

    with pytest.raises(Inactive, match="nothing is changed until it is active again"):
        morning(account)
    assert account.posts == []
    assert ledger.decision("act_1", DAY) is None

    del account.facts
    morning(account)
    assert account.budgets == SWAP


def test_in_an_account_disabled_in_mid_morning_what_was_sent_is_settled_and_the_rest_is_not_sent(
    morning, ledger, account_of, follow
):
    follow(SWAP)
    account = account_of(BUDGETS, faults={0: "late"})
    morning(account)
    account.land()
    disable(account)

    with pytest.raises(Inactive):
        morning(account)

    assert account.posts == [("b", 1_700)]
    assert states(ledger) == {"b": "applied", "a": "planned", "c": "planned"}


def test_in_shadow_everything_is_decided_and_nothing_is_sent(morning, ledger, account_of, onboard, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    onboard(ledger, account, mode=Mode.SHADOW)

    decision = morning(account)

    assert len(decision.changes) == 3
    assert account.posts == []
    assert set(states(ledger).values()) == {"abandoned"}
    assert receipts(ledger)["a"].message == "shadow: decided, not sent"


def test_a_shadow_decision_is_not_sent_after_the_account_goes_live(morning, ledger, account_of, onboard, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    onboard(ledger, account, mode=Mode.SHADOW)
    morning(account)
    ledger.update_account("act_1", mode=Mode.LIVE)

    morning(account)

    assert account.posts == []


def test_a_decision_made_in_shadow_is_abandoned_whatever_the_account_allows_by_then(
    ledger, account_of, clock, store, onboard, follow
):
    follow(SWAP)
    account = account_of(BUDGETS)
    onboard(ledger, account)
    seen = look(account, day=DAY, budget_minor=6_000)
    decision = plan(seen, store.promoted()[0], "3", {}, root_seed=0, mode=Mode.SHADOW)
    ledger.record_decision(decision, seen, clock.now())

    carry_out(decision, account, ledger, clock)

    assert account.posts == []
    assert set(states(ledger).values()) == {"abandoned"}


def test_going_to_shadow_stops_what_was_not_sent(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    account.after_write = lambda: ledger.update_account("act_1", mode=Mode.SHADOW)

    morning(account)

    assert account.posts == [("b", 1_700)]
    assert states(ledger) == {"b": "applied", "a": "reserved", "c": "reserved"}
    assert "2 budget change(s) are not settled: 2 not sent yet" in ledger.account("act_1").problem
    morning(account)
    assert states(ledger) == {"b": "applied", "a": "abandoned", "c": "abandoned"}
    assert ledger.account("act_1").problem is None


def test_a_lost_answer_is_settled_by_reading_at_once(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS, faults={0: "lost", 2: "lost"})

    morning(account)

    assert account.budgets == SWAP
    assert set(states(ledger).values()) == {"applied"}
    assert len(account.posts) == 3


def test_success_without_effect_is_unknown_and_raises_wait_for_it(morning, ledger, account_of, clock, follow):
    follow(SWAP)
    account = account_of(BUDGETS, faults={0: "phantom"})

    morning(account)

    assert states(ledger) == {"b": "sent", "a": "planned", "c": "planned"}
    assert account.posts == [("b", 1_700)]
    assert "waits" in receipts(ledger)["a"].message
    assert "1 sent, outcome unknown, 2 not sent yet" in ledger.account("act_1").problem

    clock.advance(seconds=601)
    morning(account)

    assert states(ledger) == {"b": "void", "a": "refused", "c": "refused"}
    assert "worst case" in receipts(ledger)["a"].message
    assert account.budgets == BUDGETS
    assert account.posts == [("b", 1_700)]
    assert ledger.account("act_1").problem is None


def test_within_a_morning_raises_wait_for_an_unknown_change_and_cuts_go_on(
    morning, ledger, account_of, onboard, clock, follow
):
    follow({"a": 1_200, "b": 1_700, "c": 2_900})
    account = account_of(BUDGETS, faults={0: "dropped"})
    onboard(ledger, account, budget=9_000)  # there is room: it is not the cap that holds the raise

    morning(account)

    assert account.posts == [("b", 1_700), ("c", 2_900)]
    assert states(ledger) == {"b": "sent", "c": "applied", "a": "planned"}
    assert "nothing may rise while 1 change(s)" in receipts(ledger)["a"].message

    clock.advance(seconds=601)
    morning(account)
    assert states(ledger) == {"b": "void", "c": "applied", "a": "applied"}


def test_a_raise_of_unknown_outcome_keeps_the_next_raise_waiting(morning, ledger, account_of, onboard, follow):
    follow({"a": 1_200, "c": 3_100})
    account = account_of(BUDGETS, faults={0: "late"})
    onboard(ledger, account, budget=9_000)

    morning(account)
    assert states(ledger) == {"a": "sent", "c": "planned"}

    account.land()
    morning(account)
    assert states(ledger) == {"a": "applied", "c": "applied"}


def test_a_late_landing_within_the_quarantine_is_found(morning, ledger, account_of, clock, follow):
    follow(SWAP)
    account = account_of(BUDGETS, faults={0: "late"})
    morning(account)
    clock.advance(seconds=300)
    morning(account)
    assert states(ledger)["b"] == "sent"

    account.land()
    clock.advance(seconds=200)
    morning(account)

    assert account.budgets == SWAP
    assert set(states(ledger).values()) == {"applied"}
    assert [i for i, _ in account.posts] == ["b", "a", "c"]


def test_an_unknown_change_is_never_called_void_before_its_quarantine_has_passed(
    morning, ledger, account_of, clock, follow
):
    follow({"b": 1_700})
    account = account_of(BUDGETS, faults={0: "dropped"})
    morning(account)
    sent_at = ledger.unsettled("act_1")[0].sent_at

    for seconds, state in ((599, "sent"), (600, "void")):
        clock.at = sent_at + timedelta(seconds=seconds)
        settle_unknown(account, ledger, clock, quarantine_seconds=600)
        assert states(ledger) == {"b": state}


def test_an_edit_on_top_of_an_unknown_change_is_respected_after_the_quarantine(
    morning, ledger, account_of, clock, follow
):
    follow({"b": 1_700})
    account = account_of(BUDGETS, faults={0: "dropped"})
    morning(account)
    account.budgets["b"] = 5_555

    clock.advance(seconds=10)
    morning(account)
    assert states(ledger) == {"b": "sent"}
    clock.advance(seconds=700)
    morning(account)

    assert states(ledger) == {"b": "superseded"}
    assert receipts(ledger)["b"].verified_minor == 5_555
    assert account.budgets["b"] == 5_555


def test_a_refused_change_changed_nothing_and_the_others_go_on(morning, ledger, account_of, follow):
    follow({"a": 900, "b": 1_800, "c": 3_100})
    account = account_of(BUDGETS, faults={0: "refused"})

    morning(account)

    assert states(ledger) == {"a": "void", "b": "applied", "c": "applied"}
    assert "budget is too low" in receipts(ledger)["a"].message
    assert account.budgets == {"a": 1_000, "b": 1_800, "c": 3_100}


def test_raises_that_a_refused_decrease_should_have_paid_for_are_refused(morning, ledger, account_of, follow):
    follow({"a": 900, "c": 3_100})
    account = account_of(BUDGETS, faults={0: "refused"})

    morning(account)

    assert states(ledger) == {"a": "void", "c": "refused"}
    assert account.budgets == BUDGETS


def test_throttling_stops_the_morning_and_it_is_carried_on_later(morning, ledger, account_of, clock, follow):
    follow(SWAP)
    account = account_of(BUDGETS, faults={0: "throttled"})

    with pytest.raises(Throttled):
        morning(account)
    assert states(ledger) == {"b": "sent", "a": "planned", "c": "planned"}

    clock.advance(seconds=700)
    morning(account)
    assert states(ledger) == {"b": "void", "a": "refused", "c": "refused"}


def test_what_the_adapter_held_back_was_not_sent_and_goes_at_the_next_call(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS, faults={0: "held back"})

    with pytest.raises(HeldBack):
        morning(account)
    assert states(ledger) == {"b": "reserved", "a": "planned", "c": "planned"}
    assert account.budgets == BUDGETS

    morning(account)
    assert set(states(ledger).values()) == {"applied"}
    assert account.budgets == SWAP


def test_somebody_elses_edit_between_decision_and_sending_is_respected(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    account.after_write = lambda: account.budgets.update(c=2_500) if len(account.posts) == 1 else None

    morning(account)

    assert states(ledger) == {"b": "applied", "a": "applied", "c": "superseded"}
    assert account.budgets == {"a": 1_200, "b": 1_700, "c": 2_500}


def test_an_edit_that_is_what_was_wanted_needs_no_sending(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    account.after_write = lambda: account.budgets.update(c=3_100)

    morning(account)

    assert account.posts == [("b", 1_700), ("a", 1_200)]
    assert set(states(ledger).values()) == {"applied"}


def test_an_ad_set_that_is_gone_or_paused_is_left_alone(morning, ledger, account_of, clock, follow):
    follow(SWAP)
    account = account_of(BUDGETS, faults={0: "throttled"})
    with pytest.raises(Throttled):
        morning(account)
    account.active["a"] = False
    del account.budgets["c"]

    morning(account)

    assert states(ledger) == {"b": "sent", "a": "superseded", "c": "superseded"}
    assert "paused" in receipts(ledger)["a"].message
    assert "gone" in receipts(ledger)["c"].message


def test_a_reading_that_got_too_old_justifies_no_write(morning, ledger, account_of, clock, follow):
    follow({"b": 1_700})
    account = account_of(BUDGETS)
    reserve = ledger.reserve

    def slowly(*args, **kwargs):
        clock.advance(seconds=6)
        return reserve(*args, **kwargs)

    ledger.reserve = slowly
    morning(account)
    assert account.posts == []
    assert states(ledger) == {"b": "reserved"}

    ledger.reserve = reserve
    morning(account)
    assert account.posts == [("b", 1_700)]


def test_waiting_for_another_writer_past_the_deadline_sends_nothing(
    tmp_path, store, clock, account_of, onboard, follow
):
    follow({"b": 1_700})
    account = account_of(BUDGETS)
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    migrate(engine)
    ledger = SqlLedger(engine)
    state = onboard(ledger, account)
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None, check_same_thread=False)
    mark_sent, marked = ledger.mark_sent, []

    def let_go():
        clock.advance(seconds=6)
        other.execute("COMMIT")

    def busy(*args, **kwargs):
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.3, let_go).start()
        marked.append(mark_sent(*args, **kwargs))
        return marked[-1]

    ledger.mark_sent = busy
    run_morning(account, ledger, store, clock, state=state, day=DAY, rules=Rules())
    found = states(ledger)
    other.close()
    engine.dispose()

    assert account.posts == []
    assert marked == [False]  # never marked as sent, so that a crash here would leave nothing unknown
    assert found == {"b": "reserved"}


def test_a_commit_that_ends_past_the_deadline_is_taken_back_and_sent_by_the_next_call(
    morning, ledger, account_of, clock, follow
):
    follow({"b": 1_700})
    account = account_of(BUDGETS)
    mark_sent = ledger.mark_sent

    def slowly(*args, **kwargs):
        marked = mark_sent(*args, **kwargs)
        clock.advance(seconds=6)
        return marked

    ledger.mark_sent = slowly
    morning(account)
    assert account.posts == []
    assert states(ledger) == {"b": "reserved"}
    assert "too long after the reading" in receipts(ledger)["b"].message

    ledger.mark_sent = mark_sent
    morning(account)
    assert account.posts == [("b", 1_700)]
    assert states(ledger) == {"b": "applied"}


def test_the_deadline_counts_from_the_start_of_the_reading(morning, ledger, account_of, clock, follow):
    follow({"b": 1_700})
    account = account_of(BUDGETS)
    read = account.ad_sets

    def slow_read():
        ad_sets = read()
        clock.advance(seconds=6)
        return ad_sets

    account.ad_sets = slow_read
    morning(account)

    assert account.posts == []
    assert "too long after the reading" in receipts(ledger)["b"].message


def test_after_a_slow_refusal_the_account_is_read_again(morning, ledger, account_of, clock, follow):
    follow({"a": 900, "b": 1_900})
    account = account_of(BUDGETS, faults={0: "refused"})
    write = account.set_daily_budget

    def slow_write(*args):
        clock.advance(seconds=6)
        write(*args)

    account.set_daily_budget = slow_write
    morning(account)

    assert states(ledger) == {"a": "void", "b": "applied"}


def test_every_write_is_justified_by_a_reading_younger_than_the_deadline(morning, account_of, clock, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    read, began = account.ad_sets, []

    def slow_read():
        began.append(clock.now())
        clock.advance(seconds=1)
        return read()

    account.ad_sets = slow_read
    account.after_write = lambda: began.append(clock.now() - began[-1])

    morning(account)

    waits = [x for x in began if isinstance(x, timedelta)]
    assert len(waits) == 3
    assert max(waits) <= timedelta(seconds=5)


def test_a_broken_reading_ends_the_morning_with_nothing_concluded(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS)

    def fail():
        raise Unavailable("the platform is down")

    account.after_write = lambda: setattr(account, "ad_sets", fail)
    with pytest.raises(Unavailable):
        morning(account)
    assert states(ledger)["b"] == "sent"

    del account.ad_sets
    account.after_write = lambda: None
    morning(account)
    assert account.budgets == SWAP
    assert len(account.posts) == 3


def test_yesterdays_unsent_changes_are_abandoned(morning, ledger, account_of, clock, follow):
    follow(SWAP)
    account = account_of(BUDGETS, faults={0: "phantom"})
    morning(account)
    follow({})
    clock.advance(days=1)

    morning(account, day=DAY + timedelta(days=1))

    assert states(ledger) == {"b": "void", "a": "abandoned", "c": "abandoned"}
    assert "its day is over" in receipts(ledger)["a"].message


def test_while_a_former_change_is_unknown_nothing_may_rise_but_cuts_pass(morning, ledger, account_of, clock, follow):
    follow({"b": 1_700})
    account = account_of(BUDGETS, faults={0: "dropped"})
    morning(account)
    follow({"a": 1_100, "b": 1_900, "c": 2_700})
    clock.advance(days=1)
    tomorrow = DAY + timedelta(days=1)

    decision = morning(account, day=tomorrow, quarantine_seconds=2 * 86_400)

    assert [(x.ad_set_id, x.to_minor) for x in decision.lines] == [("a", 1_000), ("b", 1_900), ("c", 2_700)]
    assert "1 earlier change(s) are not settled" in next(f.message for f in decision.findings)
    assert "freeze" in decision.guardrails
    # The ad set whose fate is unknown is not written to; the other cut goes out.
    assert account.posts[1:] == [("c", 2_700)]
    assert states(ledger, tomorrow) == {"b": "planned", "c": "applied"}


def test_the_worst_case_of_all_budgets_never_passes_the_daily_budget(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    totals = []
    account.after_write = lambda: totals.append(sum(account.budgets.values()))

    morning(account)

    assert totals == [5_700, 5_900, 6_000]


def test_a_daily_budget_lowered_in_mid_morning_lets_nothing_rise_above_it(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    account.after_write = lambda: ledger.update_account("act_1", daily_budget_minor=5_950)

    morning(account)

    assert states(ledger) == {"b": "applied", "a": "applied", "c": "refused"}
    assert account.budgets == {"a": 1_200, "b": 1_700, "c": 3_000}


def test_the_total_a_decision_was_made_under_caps_its_raises(morning, ledger, account_of, onboard, follow):
    follow({"b": 1_700, "c": 3_300})
    account = account_of(BUDGETS)
    onboard(ledger, account, budget=9_000)
    account.after_write = lambda: account.budgets.update(a=1_001)  # a person takes one unit of the room

    morning(account, guardrails={"total_budget": {"cap_minor": 6_000}})

    assert states(ledger) == {"b": "applied", "c": "refused"}


def test_an_ad_set_paused_in_mid_morning_is_left_alone(morning, ledger, account_of, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    account.after_write = lambda: account.active.update(c=False)

    morning(account)

    assert states(ledger) == {"b": "applied", "a": "applied", "c": "superseded"}
    assert "paused" in receipts(ledger)["c"].message


def test_an_ad_set_activated_in_mid_morning_takes_its_room(morning, ledger, account_of, onboard, follow):
    follow(SWAP)
    account = account_of({**BUDGETS, "z": 500}, active={"z": False})
    onboard(ledger, account, budget=6_000)
    account.after_write = lambda: account.active.update(z=True)

    morning(account)

    assert states(ledger) == {"b": "applied", "a": "refused", "c": "refused"}


def test_budgets_of_paused_ad_sets_take_no_room(morning, ledger, account_of, onboard, follow):
    follow(SWAP)
    account = account_of({**BUDGETS, "z": 9_000}, active={"z": False})
    onboard(ledger, account, budget=6_000)

    morning(account)

    assert account.budgets == {**SWAP, "z": 9_000}


def test_two_processes_that_run_one_morning_send_each_change_once(ledger, store, clock, account_of, onboard, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    state = onboard(ledger, account)
    inner = ledger.mark_sent
    turns = []

    def interrupted(change_id, *, now):
        # Just before the first process sends, the second runs the whole morning.
        if not turns:
            turns.append(change_id)
            run_morning(account, ledger, store, clock, state=state, day=DAY, rules=Rules())
        return inner(change_id, now=now)

    ledger.mark_sent = interrupted
    run_morning(account, ledger, store, clock, state=state, day=DAY, rules=Rules())

    assert sorted(account.posts) == [("a", 1_200), ("b", 1_700), ("c", 3_100)]
    assert set(states(ledger).values()) == {"applied"}


def test_a_morning_decided_by_somebody_else_meanwhile_is_theirs(ledger, store, clock, account_of, onboard, follow):
    follow(SWAP)
    account = account_of(BUDGETS)
    state = onboard(ledger, account)
    record, turns = ledger.record_decision, []

    def beaten(decision, observation, at):
        if not turns:
            turns.append(1)
            follow({"b": 1_900})
            run_morning(account, ledger, store, clock, state=state, day=DAY, rules=Rules())
        return record(decision, observation, at)

    ledger.record_decision = beaten
    decision = run_morning(account, ledger, store, clock, state=state, day=DAY, rules=Rules())

    assert [(c.ad_set_id, c.to_minor) for c in decision.changes] == [("b", 1_900)]
    assert account.posts == [("b", 1_900)]


def test_the_store_is_not_asked_for_a_morning_that_was_decided(morning, account_of, store, follow, monkeypatch):
    follow(SWAP)
    account = account_of(BUDGETS)
    morning(account)
    monkeypatch.setattr(type(store), "promoted", lambda self: pytest.fail("asked"))

    assert morning(account).changes

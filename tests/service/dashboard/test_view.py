"""What the page says, before any HTML."""

from dataclasses import replace

import pytest

from service.dashboard.view import OUTCOMES, PageView, PolicyCard, account_view, given_out_minor
from service.decision import ChangeState, Mode


@pytest.fixture
def record(fakes):
    return fakes.decision("act_42", fakes.TODAY)


def seen(fakes, record, **state):
    return account_view(fakes.account(**state), (record,), (), fakes.NOW)


def with_receipt(record, index, **changes):
    receipts = list(record.receipts)
    receipts[index] = replace(receipts[index], **changes)
    return replace(record, receipts=tuple(receipts))


def row_of(view, receipt):
    return next(row for row in view.decisions[0].rows if row.ad_set_id == receipt.ad_set_id)


def test_a_live_morning_gives_out_what_was_read_back(fakes, record):
    assert given_out_minor(record) == 100_000
    view = seen(fakes, record)
    assert (view.given, view.total, view.share, view.given_label) == ("1,000.00", "1,000.00", 100, "given out")


def test_a_change_that_is_not_read_back_counts_as_before(record):
    line = next(line for line in record.decision.lines if line.ad_set_id == record.receipts[0].ad_set_id)

    unknown = with_receipt(record, 0, state=ChangeState.SENT, verified_minor=None)

    assert given_out_minor(unknown) == 100_000 - line.to_minor + line.from_minor


def test_a_budget_read_back_otherwise_counts_as_it_stands(record):
    line = next(line for line in record.decision.lines if line.ad_set_id == record.receipts[0].ad_set_id)

    other = with_receipt(record, 0, verified_minor=line.to_minor + 77)

    assert given_out_minor(other) == 100_000 + 77


def test_a_shadow_morning_says_what_it_would_give_out(fakes):
    shadow = fakes.decision("act_42", fakes.TODAY, Mode.SHADOW)

    view = seen(fakes, shadow, mode=Mode.SHADOW)

    assert (view.given, view.given_label) == ("1,000.00", "would be given out")
    assert {row.outcome for row in view.decisions[0].rows} == {"not sent: shadow"}


def test_changes_that_shadow_abandons_are_no_failures(fakes, record):
    given_up = tuple(replace(r, state=ChangeState.ABANDONED, verified_minor=None) for r in record.receipts)
    shadow = replace(record, decision=replace(record.decision, mode=Mode.SHADOW), receipts=given_up)

    view = seen(fakes, shadow, mode=Mode.SHADOW)

    assert view.failed == ""
    assert {row.tone for row in view.decisions[0].rows} == {"quiet"}


def test_an_ad_set_that_is_not_active_spends_nothing(record):
    lines = record.decision.lines
    paused = replace(lines[0], active=False)
    record = replace(record, decision=replace(record.decision, lines=(paused, *lines[1:])))

    assert given_out_minor(record) == 100_000 - paused.to_minor


def test_an_account_without_decision_says_so_and_gives_nothing_out(fakes):
    view = account_view(fakes.account(), (), (), fakes.NOW)

    assert (view.given, view.share, view.decided, view.policy, view.decisions) == ("", None, "", "", ())


def test_what_a_guardrail_said_stands_under_its_name_and_once(fakes, record):
    row = seen(fakes, record).decisions[0].rows[0]

    assert row.findings == (("max daily change", "allowed at most 20 % a day"),)
    assert "allowed at most" not in row.reason


def test_what_concerns_the_account_stands_above_the_table(fakes, record):
    ((guardrail, message),) = seen(fakes, record).decisions[0].notes

    assert guardrail == "total budget"
    assert message.startswith("15.00 EUR")


def test_a_belief_is_never_told_without_its_interval(fakes, record):
    rows = seen(fakes, record).decisions[0].rows

    assert rows[0].belief == "the next EUR is believed to return 1.80 (80 %: 1.20 to 2.60)"
    assert rows[2].belief == ""


def test_a_reason_does_not_repeat_the_columns_nor_the_belief(fakes, record):
    said = "raise 45.09 → 54.10 EUR: the next EUR here returns 1.80 (80 %: 1.20 to 2.60); limited by the 20 % a day cap"
    lines = (replace(record.decision.lines[0], reason=said), *record.decision.lines[1:])

    row = seen(fakes, replace(record, decision=replace(record.decision, lines=lines))).decisions[0].rows[0]

    assert row.reason == "the next EUR here returns 1.80 (80 %: 1.20 to 2.60); limited by the 20 % a day cap"
    assert row.belief == ""


def test_a_reason_in_other_words_is_told_whole(fakes, record):
    lines = (replace(record.decision.lines[0], reason="held at 5.00 EUR: paused"), *record.decision.lines[1:])

    row = seen(fakes, replace(record, decision=replace(record.decision, lines=lines))).decisions[0].rows[0]

    assert row.reason == "held at 5.00 EUR: paused"


@pytest.mark.parametrize("state", list(ChangeState))
def test_every_state_of_a_change_has_words(fakes, record, state):
    changed = with_receipt(record, 0, state=state, message="because")

    row = row_of(seen(fakes, changed), changed.receipts[0])

    assert row.outcome.startswith(OUTCOMES[state][0])
    assert ("because" in row.outcome) == (row.tone == "bad")


def test_a_refusal_is_counted_in_the_overview(fakes, record):
    refused = with_receipt(record, 0, state=ChangeState.REFUSED, message="too low")

    assert seen(fakes, refused).failed == "1 change"
    assert seen(fakes, record).failed == ""


def test_a_budget_that_stands_elsewhere_is_told(fakes, record):
    other = with_receipt(record, 0, verified_minor=12_345)

    assert row_of(seen(fakes, other), other.receipts[0]).outcome.endswith("it stands at 123.45")


def test_a_change_without_receipt_waits_and_an_unchanged_budget_is_unchanged(fakes, record):
    line = record.decision.lines[0]
    same = replace(record.decision, lines=(replace(line, to_minor=line.from_minor), *record.decision.lines[1:]))

    rows = seen(fakes, replace(record, decision=same, receipts=())).decisions[0].rows

    assert [row.outcome for row in rows] == ["unchanged"] + ["waiting to be sent"] * 3


def test_the_budget_table_shows_newest_days_first_with_their_sum(fakes):
    books = fakes.books(fakes.account(), days=40)

    table = account_view(fakes.account(), (), books.points["act_42"], fakes.NOW).budgets

    assert len(table.rows) == 28
    assert table.rows[0][0] == "Mon 2 Mar 2026"
    assert {cells[-1] for _, cells in table.rows} == {"1,000.00"}
    assert len(table.names) + 1 == len(table.rows[0][1])


def test_equal_pages_have_equal_digests_and_any_difference_shows(fakes, record):
    def digest(**state):
        return PageView(PolicyCard(name="hold"), (seen(fakes, record, **state),), ("act_42",), None).digest

    assert digest() == digest()
    assert len({digest(), digest(unsettled_changes=1), digest(problem="x"), digest(mode=Mode.SHADOW)}) == 4

"""A write is what is read back, whatever was answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InvalidRequest, OutcomeUnknown, Throttled, Unavailable
from service.platforms.meta.read_back import Outcome, proven


def run(readings, failure=None):
    left, waited = list(readings), []

    def write() -> None:
        if failure is not None:
            raise failure

    def read() -> int:
        reading = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reading, Exception):
            raise reading
        return reading

    return proven(write, read, 200, wait=waited.append), waited


@pytest.mark.parametrize("failure", [None, OutcomeUnknown("no answer in time")])
def test_what_is_read_as_asked_is_confirmed_whatever_was_answered(failure) -> None:
    assert run([200], failure)[0].outcome is Outcome.CONFIRMED


def test_stale_readings_are_waited_out_with_growing_waits() -> None:
    written, waited = run([100, 100, Unavailable("bad gateway"), 200])

    assert (written.outcome, written.seen) == (Outcome.CONFIRMED, 200)
    assert waited == [0.5, 1.0, 2.0]


def test_a_yes_that_is_never_read_back_is_unknown() -> None:
    written, _ = run([100])

    assert (written.outcome, written.seen) == (Outcome.UNKNOWN, 100)
    assert "Meta said yes" in written.why


def test_a_refusal_is_not_applied_and_needs_no_reading() -> None:
    written, waited = run([Unavailable("never asked")], InvalidRequest("the budget is too low"))

    assert (written.outcome, written.why, waited) == (Outcome.NOT_APPLIED, "the budget is too low", [])


def test_throttling_is_passed_on() -> None:
    with pytest.raises(Throttled):
        run([100], Throttled("later", 60.0))


@given(
    readings=st.lists(st.sampled_from([100, 200, Unavailable("no")]), min_size=1, max_size=8),
    failure=st.sampled_from([None, OutcomeUnknown("lost")]),
)
def test_confirmed_always_means_that_it_was_read(readings, failure) -> None:
    written, _ = run(readings, failure)

    assert (written.outcome is Outcome.CONFIRMED) == (written.seen == 200)
    assert written.outcome is not Outcome.NOT_APPLIED


def test_a_budget_is_written_and_read_back_over_the_wire(account, graph, answer) -> None:
    budgets = iter(["1000", "1000", "1200"])

    def script(asked):
        if asked.method == "POST":
            return answer(b"<html>", status=502)
        return answer({"id": "1", "daily_budget": next(budgets)})

    graph.script = script

    written = account.write_daily_budget("1", 1200)

    assert (written.outcome, written.seen) == (Outcome.CONFIRMED, 1200)
    assert [asked.method for asked in graph.asked] == ["POST", "GET", "GET", "GET"]


def test_a_pause_is_written_and_read_back_over_the_wire(account, graph, answer) -> None:
    graph.script = lambda asked: answer(
        {"success": True} if asked.method == "POST" else {"id": "1", "status": "PAUSED"}
    )

    written = account.write_status("1", active=False)

    assert (written.outcome, written.seen) == (Outcome.CONFIRMED, "PAUSED")
    assert graph.asked[0].params["status"] == "PAUSED"
    assert account.write_status("1", active=True).outcome is Outcome.UNKNOWN


def test_an_ad_set_that_meta_confuses_with_another_confirms_nothing(account, graph, answer) -> None:
    graph.script = lambda asked: answer(
        {"success": True} if asked.method == "POST" else {"id": "2", "daily_budget": "7"}
    )

    assert account.write_daily_budget("1", 7).outcome is Outcome.UNKNOWN

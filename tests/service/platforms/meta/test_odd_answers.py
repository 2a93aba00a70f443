"""Whatever arrives: a read fails as a platform error, a write is never taken for done, nothing hangs."""

from __future__ import annotations

import time
from datetime import date

import pytest

from service.errors import OutcomeUnknown, PlatformError, Refused, Unavailable
from service.platforms.meta.errors import Malformed

DAY = date(2026, 3, 1)
READS = {
    "facts": lambda account: account.facts(),
    "ad_sets": lambda account: account.ad_sets(),
    "budgets": lambda account: account.budgets_minor(),
    "report": lambda account: account.report(DAY, DAY),
}
ODD = {
    "500 with JSON that is no error": {"body": {"id": "1", "success": True}, "status": 500},
    "404 with JSON that is no error": {"body": {"success": True}, "status": 404},
    "200 with nothing": {"body": b""},
    "200 with blanks": {"body": b"  \n"},
    "204": {"body": b"", "status": 204},
    "304": {"body": b"", "status": 304},
    "500 with nothing": {"body": b"", "status": 500},
    "502 with HTML": {"body": b"<html>Bad Gateway</html>", "status": 502},
    "200 with HTML that says success": {"body": b"<html>success</html>"},
    "200 with HTML that says unavailable": {"body": b"<html>Service Unavailable error</html>"},
    "cut JSON": {"body": b'{"success": tr'},
    "cut connection": {"body": b'{"success": true}', "announced_bytes": 400},
    "a number": {"body": b"5"},
    "true": {"body": b"true"},
    "null": {"body": b"null"},
    "an empty list": {"body": b"[]"},
    "a list": {"body": b'[{"success": true}]'},
    "text": {"body": b'"success"'},
    "not a number": {"body": b'{"success": true, "id": "1", "spend": NaN}'},
    "nesting without end": {"body": b"[" * 100_000},
    "bytes that are no text": {"body": b'{"success": "\xff\xfe"}'},
    "success false": {"body": {"success": False}},
    "success as text": {"body": {"success": "true"}},
    "error text": {"body": {"error": "text"}},
    "error null": {"body": {"error": None}},
    "error empty": {"body": {"error": {}}},
    "error with bad error_data": {"body": {"error": {"code": 2, "error_data": "not json"}}},
    "error with empty error_data": {"body": {"error": {"code": 2, "error_data": ""}}},
    "error with a code that is text": {"body": {"error": {"code": "100"}}},
    "dropped connection": {"drop": True},
    "redirect": {"body": b"", "status": 302, "headers": {"Location": "/v26.0/elsewhere"}},
    "permanent redirect": {"body": b"", "status": 308, "headers": {"Location": "/v26.0/elsewhere"}},
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("read", READS)
def test_a_read_of_an_odd_answer_is_unavailable(read, name, account, graph, answer) -> None:
    graph.always(answer(**ODD[name]))

    with pytest.raises(Unavailable) as caught:
        READS[read](account)

    assert "act_42" in str(caught.value)


@pytest.mark.parametrize("name", ODD)
def test_a_write_with_an_odd_answer_is_sent_once_and_its_outcome_is_unknown(name, account, graph, answer) -> None:
    graph.always(answer(**ODD[name]))

    with pytest.raises(OutcomeUnknown) as caught:
        account.set_daily_budget("1", 1200)

    assert "ad set 1 to 1200" in str(caught.value)
    assert len(graph.asked) == 1


def test_an_answer_that_acknowledges_nothing_is_no_success_of_a_write(account, graph, answer) -> None:
    graph.always(answer({"data": []}))

    with pytest.raises(OutcomeUnknown, match="no acknowledgement"):
        account.set_daily_budget("1", 1200)


def test_an_acknowledged_write_returns_nothing(account, graph, answer) -> None:
    graph.always(answer({"success": True}))

    assert account.set_daily_budget("1", 1200) is None
    assert (graph.asked[0].method, graph.asked[0].path) == ("POST", "v26.0/1")
    assert graph.asked[0].params["daily_budget"] == "1200"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "misbehaviour"),
    [
        ({"timeout_seconds": 0.2}, {"silence_seconds": 3.0}),
        ({"timeout_seconds": 0.1}, {"body": b'{"success":true}' + b" " * 100, "drip_seconds": 0.03}),
        ({"timeout_seconds": 0.1}, {"drip_head": True, "drip_seconds": 0.03}),
        ({"max_answer_bytes": 1000}, {"body": b'{"success":true}' + b" " * 2000}),
    ],
    ids=["silence", "drip", "dripping head", "flood"],
)
def test_patience_and_appetite_are_bounded(changes, misbehaviour, connect, graph, answer) -> None:
    account = connect(**changes)
    graph.always(answer(**misbehaviour))
    began = time.monotonic()

    with pytest.raises(OutcomeUnknown):
        account.set_daily_budget("1", 1200)
    assert time.monotonic() - began < 2.0
    with pytest.raises(Unavailable):
        account.facts()


def test_nobody_listening_is_unavailable_to_a_read_and_unknown_to_a_write(connect) -> None:
    account = connect(graph_url="http://127.0.0.1:9")

    with pytest.raises(Unavailable):
        account.facts()
    with pytest.raises(OutcomeUnknown):
        account.set_daily_budget("1", 1200)


def test_a_redirect_is_not_followed(account, graph, answer, healthy) -> None:
    elsewhere = answer(b"", status=302, headers={"Location": f"{graph.url}/v26.0/elsewhere"})
    graph.script = lambda asked: healthy(asked) if "elsewhere" in asked.path else elsewhere

    with pytest.raises(Unavailable):
        account.facts()

    assert not any("elsewhere" in asked.path for asked in graph.asked)


@pytest.mark.parametrize("bad", ["0", 0, -5, True, 12.5, 2**60])
def test_a_budget_that_is_none_is_refused_unsent(bad, account, graph) -> None:
    with pytest.raises(Refused):
        account.set_daily_budget("1", bad)

    assert graph.asked == []


def test_an_id_that_is_no_ad_set_is_refused_unsent(account, graph) -> None:
    for bad in ("", "act_42", "1/../2", "me"):
        with pytest.raises(Refused, match="no ad set id"):
            account.set_daily_budget(bad, 100)

    assert graph.asked == []


def test_a_passing_failure_of_a_read_is_tried_again_after_a_jittered_wait(
    account, graph, answer, healthy, waits
) -> None:
    failures = [answer(b"<html>", status=502), answer(drop=True)]
    graph.script = lambda asked: failures.pop() if failures else healthy(asked)

    assert account.facts().currency == "EUR"
    assert len(waits) == 2
    assert all(0 < wait < 2 for wait in waits)
    assert waits[0] != waits[1]


def test_a_throttled_read_is_not_tried_again(account, graph, answer, waits) -> None:
    graph.always(answer({"error": {"code": 17, "message": "slow down"}}, status=400))

    with pytest.raises(PlatformError, match="slow down"):
        account.facts()

    assert (len(graph.asked), waits) == (1, [])


def test_an_answer_for_another_account_is_not_taken(account, graph, answer, healthy) -> None:
    graph.script = lambda asked: answer({**healthy(asked).body, "id": "act_43"})

    with pytest.raises(Malformed, match="act_43"):
        account.facts()

"""What is held back, for how long, and what may go all the same: over the wire, with time handed in."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from datetime import date

import pytest

from service.errors import HeldBack, InvalidRequest, OutcomeUnknown, Throttled, Unavailable
from service.platforms.meta.account import AppShare
from service.platforms.meta.error_table import row_of
from service.platforms.meta.retrying import Patience

DAY = date(2026, 3, 1)
FULL = {"X-Ad-Account-Usage": json.dumps({"acc_id_util_pct": 1.0, "ads_api_access_tier": "standard_access"})}


def told(header, **body):
    return {header: json.dumps(body)}


def business(kind, **numbers):
    return told("X-Business-Use-Case-Usage", **{"42": [{"type": kind, "call_count": 0, **numbers}]})


def spoken(healthy, answer, headers):
    return lambda asked: answer(healthy(asked).body, headers=headers)


@pytest.fixture
def known(connect, graph, healthy, answer):
    """An account of the Full tier whose budgets have been read: 1000 and 2500."""
    graph.script = spoken(healthy, answer, FULL)
    account = connect()
    account.budgets_minor()
    return account


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (told("X-App-Usage", call_count=80, total_time=1, total_cputime=1), "both"),
        (told("X-Ad-Account-Usage", acc_id_util_pct=80.5, reset_time_duration=0), "both"),
        (business("ads_management", total_cputime=80), "management"),
        (business("ads_insights", call_count=80), "insights"),
        (told("X-FB-Ads-Insights-Throttle", app_id_util_pct=10, acc_id_util_pct=80), "insights"),
        (told("X-FB-Ads-Insights-Throttle", app_id_util_pct=80, acc_id_util_pct=10), "insights"),
        (told("x-Fb-Ads-Insights-Reach-Throttle", acc_id_util_pct=80), "none"),
        (business("custom_audience", call_count=100), "none"),
    ],
)
def test_an_allowance_beyond_75_percent_holds_back_the_calls_that_use_it(
    headers, kind, connect, graph, healthy, answer
) -> None:
    impatient = Patience(attempts=1, total_seconds=0.0)
    account = connect({"reads": impatient, "writes": impatient})
    graph.script = spoken(healthy, answer, FULL)
    account.budgets_minor()
    graph.script = spoken(healthy, answer, headers)
    for read in (account.facts, lambda: account.report(DAY, DAY)):
        with contextlib.suppress(HeldBack):
            read()
    graph.script = healthy

    for act, uses in (
        (lambda: account.set_daily_budget("1", 1001), ("both", "management")),
        (account.facts, ("both", "management")),
        (lambda: account.report(DAY, DAY), ("both", "insights")),
    ):
        if kind in uses:
            with pytest.raises(HeldBack, match="beyond 75 %"):
                act()
        else:
            act()
    account.set_daily_budget("1", 999)


def test_beyond_95_percent_lowering_waits_too(known, graph, healthy, answer) -> None:
    graph.script = spoken(healthy, answer, business("ads_management", call_count=97))
    known.budgets_minor()
    sent = len(graph.asked)

    with pytest.raises(HeldBack, match="95 %"):
        known.set_daily_budget("1", 999)

    assert len(graph.asked) == sent


def test_accounts_of_one_app_share_its_allowance(connect, graph, healthy, answer) -> None:
    graph.script = spoken(healthy, answer, told("X-App-Usage", call_count=90, total_time=0, total_cputime=0))
    share = AppShare()
    connect({"share": share}).facts()

    with pytest.raises(HeldBack):
        connect({"share": share}).facts()
    connect().facts()


def test_the_limited_tier_is_left_a_quarter_of_its_score_and_then_waits(connect, graph, healthy, answer, waits) -> None:
    limited = told("X-Ad-Account-Usage", acc_id_util_pct=1.0, ads_api_access_tier="development_access")
    graph.script = spoken(healthy, answer, limited)
    account = connect({"reads": Patience(attempts=1, total_seconds=400.0)})

    for _ in range(47):  # what was asked before the platform's time was known is not counted
        account.facts()

    assert [290.0 <= wait <= 320.0 for wait in waits] == [True]


def test_a_block_of_known_length_holds_everything_and_then_lets_go(known, graph, healthy, answer, waits) -> None:
    error = answer({"error": {"code": 80004, "error_subcode": 2446079, "message": "slow"}}, status=400)
    graph.always(error)
    with pytest.raises(Throttled):
        known.set_daily_budget("1", 1001)
    graph.script = spoken(healthy, answer, FULL)
    sent = len(graph.asked)

    with pytest.raises(HeldBack, match="throttled"):
        known.set_daily_budget("1", 999)
    assert len(graph.asked) == sent
    known.report(DAY, DAY)  # insights have their own allowance
    waits.wait(61.0)
    known.set_daily_budget("1", 999)


def test_a_block_of_unknown_length_does_not_hold_what_lowers_money(known, graph, healthy, answer) -> None:
    graph.always(answer({"error": {"code": 17, "message": "slow"}}, status=400))
    with pytest.raises(Throttled):
        known.facts()
    graph.script = healthy

    with pytest.raises(HeldBack):
        known.set_daily_budget("1", 1001)
    known.set_daily_budget("1", 999)


def test_one_ad_sets_throttle_holds_nobody_else(known, graph, healthy, answer) -> None:
    graph.always(answer({"error": {"code": 613, "error_subcode": 1487632, "message": "slow"}}, status=400))
    with pytest.raises(Throttled):
        known.set_daily_budget("1", 1001)
    graph.script = healthy

    known.set_daily_budget("2", 2501)


def test_a_write_that_was_throttled_for_a_second_is_sent_again(known, graph, healthy, answer) -> None:
    errors = [answer({"error": {"code": 613, "error_subcode": 5044001, "message": "slow"}}, status=400)]
    graph.script = lambda asked: errors.pop() if errors else healthy(asked)

    known.set_daily_budget("1", 1001)

    assert [asked.method for asked in graph.asked].count("POST") == 2


def test_five_failures_open_the_breaker_and_one_probe_closes_it(known, graph, healthy, answer, waits) -> None:
    graph.always(answer(b"<html>", status=502))
    for _ in range(5):
        with pytest.raises(Unavailable):
            known.facts()
    sent = len(graph.asked)

    with pytest.raises(HeldBack, match="5 calls in a row have failed"):
        known.facts()
    with pytest.raises(HeldBack):
        known.set_daily_budget("1", 1001)
    assert len(graph.asked) == sent
    with pytest.raises(OutcomeUnknown):
        known.set_daily_budget("1", 999)
    waits.wait(61.0)
    graph.script = healthy
    known.facts()
    known.set_daily_budget("1", 1001)


def test_refusals_do_not_open_the_breaker(known, graph, answer) -> None:
    graph.always(answer({"error": {"code": 100, "message": "no"}}, status=400))

    for _ in range(12):
        with pytest.raises(InvalidRequest):
            known.facts()


def test_retries_end_with_their_budget(connect, graph, answer, waits) -> None:
    graph.always(answer(b"<html>", status=502))
    account = connect({"reads": Patience(attempts=50, total_seconds=10.0)})

    with pytest.raises(Unavailable):
        account.facts()

    assert sum(waits) <= 10.0
    assert 3 < len(graph.asked) < 50


def test_calls_of_one_account_go_one_at_a_time(connect, graph, healthy, answer) -> None:
    inside, most = [], []

    def script(asked):
        inside.append(1)
        most.append(len(inside))
        found = healthy(asked)
        inside.pop()
        return found

    graph.script = script
    account = connect()
    threads = [threading.Thread(target=account.facts) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (max(most), len(most)) == (1, 12)


def test_an_odd_date_header_does_no_harm(known, graph, healthy, answer) -> None:
    for odd in ("soon", "", "Thu, 32 Foo 9999 99:99:99 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"):
        graph.script = spoken(healthy, answer, {"Date": odd})
        known.facts()
        known.set_daily_budget("2", 1)
        known._edits._edits_at.clear()


def test_an_operation_of_many_calls_ends_with_its_deadline(connect, graph, answer, waits) -> None:
    too_much = {"error": {"code": 100, "error_subcode": 1487534, "message": "too much"}}

    def script(asked):
        if asked.path.endswith("insights"):
            return answer({"report_run_id": "7"}) if asked.method == "POST" else answer(too_much, status=400)
        waits.wait(100.0)  # every answer takes its time
        return answer({"id": "7", "async_status": "Job Running", "async_percent_completion": 5}, headers=FULL)

    account = connect()
    account._minor_per_major = 100
    graph.script = script

    with pytest.raises(Unavailable, match="too long"):
        account.report(DAY, DAY)

    assert sum(waits) < 900.0 + 100.0


def test_what_lowers_money_overtakes_readings_and_raises_that_wait(known, graph, healthy, answer) -> None:
    begun, go = threading.Event(), threading.Event()

    def script(asked):
        begun.set()
        go.wait(5.0)
        return answer(healthy(asked).body, headers=FULL)

    graph.asked, graph.script = [], script
    acts = [
        known.facts,
        lambda: known.set_daily_budget("1", 1001),
        known.budgets_minor,
        lambda: known.set_daily_budget("2", 2499),
        lambda: known.set_status("1", active=False),
    ]
    threads = []
    for act in acts:
        threads.append(threading.Thread(target=act))
        threads[-1].start()
        assert begun.wait(5.0)
        for _ in range(5_000):
            if len(known._calls.gate._turns._waiting) == len(threads) - 1:
                break
            time.sleep(0.001)
    go.set()
    for thread in threads:
        thread.join(5.0)

    order = [asked.params.get("daily_budget") or asked.params.get("status") or "read" for asked in graph.asked]
    assert order == ["read", "2499", "PAUSED", "read", "1001"]


def test_a_block_of_the_app_ends_for_an_account_that_has_not_heard_the_platforms_time(
    connect, graph, healthy, answer, waits
) -> None:
    share = AppShare()
    graph.always(answer({"error": {"code": 4, "message": "slow"}}, status=400))
    with pytest.raises(Throttled):
        connect({"share": share}).facts()
    graph.script = healthy
    newcomer = connect({"share": share, "reads": Patience(attempts=1, total_seconds=0.0)})

    with pytest.raises(HeldBack) as held:
        newcomer.facts()
    assert held.value.retry_after_seconds <= 60.0
    waits.wait(61.0)
    newcomer.facts()


def test_an_apps_allowance_fades_for_an_account_that_has_not_heard_the_platforms_time(
    connect, graph, healthy, answer, waits
) -> None:
    share = AppShare()
    graph.script = spoken(healthy, answer, told("X-App-Usage", call_count=100, total_time=0, total_cputime=0))
    connect({"share": share}).facts()
    graph.script = healthy
    newcomer = connect({"share": share})

    with pytest.raises(HeldBack):
        newcomer.facts()
    waits.wait(901.0)
    newcomer.facts()


@pytest.mark.parametrize("trouble", ["block", "allowance", "score"])
def test_platform_time_that_is_put_back_a_day_holds_nobody_for_a_day(
    trouble, connect, graph, healthy, answer, waits
) -> None:
    account = connect({"reads": Patience(attempts=1, total_seconds=0.0)})
    graph.ahead_seconds = 0.0
    limited = told("X-Ad-Account-Usage", acc_id_util_pct=1.0, ads_api_access_tier="development_access")
    graph.script = spoken(healthy, answer, limited)
    account.facts()
    if trouble == "score":
        for _ in range(45):
            account.facts()
    elif trouble == "block":
        graph.always(answer({"error": {"code": 17, "message": "slow"}}, status=400))
        with pytest.raises(Throttled):
            account.facts()
    else:
        graph.script = spoken(healthy, answer, told("X-Ad-Account-Usage", acc_id_util_pct=90.0))
        account.facts()
    graph.script = healthy
    account._calls.gate.time._offset -= 86_400.0
    with pytest.raises(HeldBack):
        account.facts()

    waits.wait(320.0)

    account.facts()


def test_a_guessed_block_does_not_shorten_one_that_was_told(known, graph, healthy, answer) -> None:
    gate = known._calls.gate
    gate.throttled(row_of(613, 1996), 3600.0)

    gate.throttled(row_of(17, None), None)

    with pytest.raises(HeldBack) as held:
        known.set_daily_budget("1", 999)
    assert held.value.retry_after_seconds > 3500.0


def test_a_raise_after_a_lowering_is_no_lowering(known, graph, healthy, answer) -> None:
    graph.script = healthy
    known.set_daily_budget("1", 500)
    graph.script = spoken(healthy, answer, business("ads_management", call_count=80))
    with contextlib.suppress(HeldBack):
        known.facts()

    with pytest.raises(HeldBack):
        known.set_daily_budget("1", 900)
    known.set_daily_budget("1", 400)


def test_a_header_that_tells_of_months_blocks_for_an_hour(known, graph, healthy, answer, waits) -> None:
    blocked = business("ads_management", call_count=100, estimated_time_to_regain_access=100_000)
    graph.script = spoken(healthy, answer, blocked)
    known.budgets_minor()
    graph.script = spoken(healthy, answer, FULL)

    with pytest.raises(HeldBack) as held:
        known.set_daily_budget("1", 999)
    assert held.value.retry_after_seconds <= 3600.0
    waits.wait(3601.0)
    known.set_daily_budget("1", 999)


def test_what_queued_behind_a_call_that_was_throttled_is_not_sent(known, graph, healthy, answer) -> None:
    begun, go = threading.Event(), threading.Event()

    def script(asked):
        begun.set()
        go.wait(5.0)
        return answer({"error": {"code": 613, "error_subcode": 1996, "message": "slow"}}, status=400)

    graph.asked, graph.script, ends = [], script, []

    def read() -> None:
        try:
            known.facts()
        except Throttled as error:
            ends.append(type(error))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(5.0)
    for _ in range(5_000):
        if len(known._calls.gate._turns._waiting) == 2:
            break
        time.sleep(0.001)
    go.set()
    for thread in threads:
        thread.join(5.0)

    assert len(graph.asked) == 1
    assert sorted(end.__name__ for end in ends) == ["HeldBack", "HeldBack", "Throttled"]

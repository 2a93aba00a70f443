"""The account behind the port, through the unmodified SDK."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading

import pytest
from facebook_business.api import FacebookAdsApi

import service.platforms
from agents.registry import discover
from service.errors import Unavailable
from service.platforms import AdAccount
from service.platforms.meta.account import open_account

FACTS = {"id": "act_42", "name": "Shop", "currency": "EUR", "timezone_name": "Europe/Berlin", "account_status": 1}


def test_a_healthy_account_is_read_as_it_stands(account, graph, healthy) -> None:
    graph.script = healthy
    port: AdAccount = account

    assert port.id == "act_42"
    assert port.facts().currency == "EUR"
    assert [(s.id, s.budget_minor) for s in port.ad_sets()] == [("1", 1000), ("2", 2500)]
    assert port.budgets_minor() == {"1": 1000, "2": 2500}


def test_the_platform_is_found_by_looking() -> None:
    assert discover(service.platforms, "PLATFORM") == {"meta": open_account}


def test_naming_the_platform_does_not_load_the_sdk() -> None:
    code = "import sys, service.platforms.meta.connection; sys.exit('facebook_business' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ad_sets_that_are_gone_are_left_out(account, graph, answer) -> None:
    rows = [
        {"id": str(n), "effective_status": status, "daily_budget": "100"}
        for n, status in enumerate(("ACTIVE", "ARCHIVED", "DELETED", "PAUSED"))
    ]
    graph.script = lambda asked: answer({"data": rows} if asked.path.endswith("adsets") else FACTS)

    assert [s.id for s in account.ad_sets()] == ["0", "3"]


def test_the_configured_floor_is_every_ad_sets_floor(connect, graph, healthy) -> None:
    graph.script = healthy

    assert {s.floor_minor for s in connect(floor_minor=300).ad_sets()} == {300}


@pytest.mark.parametrize(("configured", "floor"), [(300, 500), (700, 700)])
def test_no_floor_is_below_what_the_platform_accepts(connect, graph, answer, configured, floor) -> None:
    row = {"id": "7", "effective_status": "ACTIVE", "daily_budget": "1000"}
    facts = {**FACTS, "min_daily_budget": 500}
    graph.script = lambda asked: answer({"data": [row]} if asked.path.endswith("adsets") else facts)

    assert [s.floor_minor for s in connect(floor_minor=configured).ad_sets()] == [floor]


def test_nothing_global_is_set(connect, graph, healthy, monkeypatch) -> None:
    # Other libraries of this process may have hooked in before; the SDK must not.
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    graph.script = healthy
    connect().facts()

    assert FacebookAdsApi.get_default_api() is None
    assert sys.excepthook is sys.__excepthook__


def test_two_accounts_in_one_process_speak_with_their_own_tokens(connect, graph, healthy) -> None:
    graph.script = healthy
    name = "access_token"
    first, second = connect(**{name: "one"}), connect(**{name: "two"}, api_version="v25.0")

    first.facts()
    second.facts()
    first.facts()

    assert [asked.headers["Authorization"] for asked in graph.asked] == ["Bearer one", "Bearer two", "Bearer one"]
    assert [asked.path.split("/")[0] for asked in graph.asked] == ["v26.0", "v25.0", "v26.0"]


def test_the_machines_proxies_are_not_used(connect, graph, healthy, monkeypatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    graph.script = healthy

    assert connect().facts().id == "act_42"


def test_usage_headers_are_kept_from_every_answer(account, graph, answer, healthy) -> None:
    case = {"type": "ads_insights", "call_count": 30, "total_cputime": 5, "total_time": 10}
    headers = {
        "X-App-Usage": json.dumps({"call_count": 28, "total_time": 25, "total_cputime": 25}),
        "X-Ad-Account-Usage": json.dumps({"acc_id_util_pct": 9.67, "reset_time_duration": 100}),
        "X-Business-Use-Case-Usage": json.dumps({"9": [case, {**case, "call_count": 50}]}),
    }
    assert account.usage() is None
    graph.script = lambda asked: answer(healthy(asked).body, headers=headers)
    account.facts()
    graph.script = healthy
    account.facts()

    usage = account.usage()
    assert usage.percentages["app.call_count"] == 28
    assert usage.percentages["ad_account.acc_id_util_pct"] == 9.67
    assert usage.percentages["ads_insights.call_count"] == 50
    assert usage.regain_seconds is None


def test_a_compressed_answer_is_read(account, graph, answer, healthy) -> None:
    def script(asked):
        body = gzip.compress(json.dumps(healthy(asked).body).encode())
        return answer(body, headers={"Content-Encoding": "gzip"})

    graph.script = script

    assert account.facts().name == "Shop"


def test_a_compressed_flood_is_bounded_as_it_unfolds(connect, graph, answer) -> None:
    bomb = gzip.compress(b'{"id":"' + b"0" * 5_000_000 + b'"}')
    graph.always(answer(bomb, headers={"Content-Encoding": "gzip"}))

    with pytest.raises(Unavailable, match="more than"):
        connect(max_answer_bytes=100_000).facts()


def test_many_threads_may_use_one_account(account, graph, healthy) -> None:
    graph.script = healthy
    seen: list[dict[str, int]] = []

    def work() -> None:
        seen.extend(dict(account.budgets_minor()) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [{"1": 1000, "2": 2500}] * 40

"""Over real HTTP: Meta's unmodified SDK, other clients, and connections that break."""

from __future__ import annotations

import json
import socket

import pytest
import requests
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.user import User
from facebook_business.exceptions import FacebookRequestError

from simulator.graph_api import EmulatorConfig, EmulatorError, accounts_of, run_in_thread

AD_SET = "1202000000000120000"
ACCOUNT, YEN = "act_1000000000000001", "act_1000000000000002"


@pytest.fixture
def web(running):
    """A plain HTTP client with the token in its header."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {running.facts['access_token']}"
        yield session


def test_the_sdk_reads_the_whole_tree(sdk) -> None:
    accounts = list(User("me", api=sdk).get_ad_accounts(fields=["currency", "timezone_name"]))
    account = AdAccount(accounts[0]["id"], api=sdk).api_get(fields=["name", "account_status", "business"])
    campaigns = list(account.get_campaigns(fields=["name", "objective"]))
    ad_sets = list(Campaign(campaigns[0]["id"], api=sdk).get_ad_sets(fields=["name", "daily_budget"]))
    ads = list(AdSet(ad_sets[0]["id"], api=sdk).get_ads(fields=["adset_id"]))

    assert [row["currency"] for row in accounts] == ["EUR", "JPY"]
    assert (account["id"], account["account_status"]) == (ACCOUNT, 1)
    assert campaigns[0]["objective"] == "OUTCOME_SALES"
    assert len(ad_sets) == 5
    assert ads[0]["adset_id"] == ad_sets[0]["id"]
    assert Ad(ads[0]["id"], api=sdk).api_get(fields=["effective_status"])["effective_status"] == "ACTIVE"


def test_the_sdk_pages_through_a_report_and_counts_an_edge(sdk) -> None:
    asked = {"level": "adset", "time_increment": 1, "time_range": {"since": "2026-02-10", "until": "2026-03-01"}}
    rows = list(AdAccount(YEN, api=sdk).get_insights(fields=["adset_id", "spend"], params={**asked, "limit": 50}))
    cursor = AdAccount(YEN, api=sdk).get_ad_sets(params={"limit": 5})

    assert len({(row["adset_id"], row["date_start"]) for row in rows}) == len(rows) == 20 * 12
    assert cursor.total() == 12
    assert len(list(cursor)) == 12


def test_the_sdk_gets_the_same_rows_from_an_asynchronous_report(sdk) -> None:
    account = AdAccount(ACCOUNT, api=sdk)
    fields, params = ["adset_id", "spend", "actions"], {"level": "adset", "time_increment": 1, "limit": 500}
    run = account.get_insights_async(fields=fields, params=params)
    for _ in range(10):
        run = run.api_get()
        if run["async_status"] == "Job Completed":
            break

    asynchronous = [row.export_all_data() for row in run.get_result(params={"limit": 500})]
    assert asynchronous == [row.export_all_data() for row in account.get_insights(fields=fields, params=params)]
    assert len(asynchronous) == 5 * 28


def test_the_sdk_sets_a_budget_and_reads_it_back(sdk) -> None:
    AdSet(AD_SET, api=sdk).api_update(params={"daily_budget": 23456})

    assert AdSet(AD_SET, api=sdk).api_get(fields=["daily_budget"])["daily_budget"] == "23456"


def test_the_sdk_deletes(sdk) -> None:
    AdSet(AD_SET, api=sdk).api_delete()

    assert AdSet(AD_SET, api=sdk).api_get(fields=["status"])["status"] == "DELETED"


def test_the_sdk_raises_its_own_error_with_code_subcode_and_blame(sdk) -> None:
    with pytest.raises(FacebookRequestError) as caught:
        AdSet(AD_SET, api=sdk).api_update(params={"daily_budget": 1})

    error = caught.value
    assert (error.api_error_code(), error.api_error_subcode(), error.http_status()) == (100, 1885272, 400)
    assert error.api_blame_field_specs() == [["daily_budget"]]
    assert error.body()["error"]["error_user_title"] == "Your budget is too low"


def test_the_sdks_batch_calls_back_for_each_operation(sdk) -> None:
    batch, good, bad = sdk.new_batch(), [], []
    for change in ({"daily_budget": 23456}, {"daily_budget": 1}):
        AdSet(AD_SET, api=sdk).api_update(params=change, batch=batch, success=good.append, failure=bad.append)
    batch.execute()

    assert [json.loads(answer.body()) for answer in good] == [{"success": True}]
    assert [answer.error().api_error_code() for answer in bad] == [100]


def test_a_path_prefix_is_not_needed_and_the_next_url_works(running, web) -> None:
    first = web.get(f"{running.url}/v26.0/{YEN}/adsets", params={"limit": 5, "fields": "name"}).json()
    second = web.get(first["paging"]["next"]).json()

    assert len({row["id"] for row in first["data"] + second["data"]}) == 10
    assert set(second["data"][0]) == {"id", "name"}


def test_forms_multipart_and_json_say_the_same(running, web) -> None:
    url = f"{running.url}/v26.0/{AD_SET}"
    bodies = [
        {"data": {"daily_budget": "20001"}},
        {"files": {"daily_budget": (None, "20002")}},
        {"json": {"daily_budget": 20003}},
        {"params": {"daily_budget": "20004"}},
    ]

    for body, budget in zip(bodies, ("20001", "20002", "20003", "20004"), strict=True):
        assert web.post(url, **body).json() == {"success": True}
        assert web.get(url, params={"fields": "daily_budget"}).json()["daily_budget"] == budget


def test_an_object_may_repeat_its_own_id_in_an_update_as_the_sdk_for_node_does(running, web) -> None:
    answer = web.post(f"{running.url}/v26.0/{AD_SET}", json={"id": AD_SET, "daily_budget": 20005})

    assert answer.json() == {"success": True}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b"[" * 100_000),
        ("multipart/form-data; boundary=x", b"nonsense"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_a_400(running, web, kind: str, body: bytes) -> None:
    answer = web.post(f"{running.url}/v26.0/{AD_SET}", data=body, headers={"Content-Type": kind})

    assert answer.status_code == 400
    assert {"message", "type", "code", "fbtrace_id"} <= set(answer.json()["error"])


def test_a_body_that_cannot_be_read_at_the_admin_door_is_one_sentence(running, web) -> None:
    answer = web.post(
        f"{running.url}/_emulator/clock", data='{"advance_days": 1', headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the body cannot be read: ")


def test_a_dropped_request_changes_nothing_and_a_lost_answer_does(running, web) -> None:
    url = f"{running.url}/v26.0/{AD_SET}"
    for kind, budget in (("drop", "20001"), ("lost_answer", "20002")):
        web.post(f"{running.facts['admin_url']}/faults", json={"kind": kind, "match": "POST"})
        with pytest.raises(requests.ConnectionError):
            web.post(url, data={"daily_budget": budget})
        applied = web.get(url, params={"fields": "daily_budget"}).json()["daily_budget"] == budget
        assert applied == (kind == "lost_answer")


def test_the_date_of_an_answer_is_simulated(running, web) -> None:
    assert web.get(f"{running.url}/v26.0/me").headers["Date"] == "Mon, 02 Mar 2026 01:30:00 GMT"


def test_the_clock_is_moved_over_http(running, web) -> None:
    admin = running.facts["admin_url"]

    assert web.post(f"{admin}/clock", json={"advance_days": 2}).json()["now"] == "2026-03-04T01:30:00+00:00"
    assert web.get(f"{admin}/clock").json() == {"now": "2026-03-04T01:30:00+00:00", "speed": 0.0}
    assert web.post(f"{admin}/clock", json={"to": "2020-01-01T00:00:00Z"}).status_code == 400


def test_facts_name_everything_a_client_needs(running) -> None:
    assert set(running.facts) == {
        "url", "graph_version", "access_token", "app_id", "app_secret", "business_id",
        "page_id", "pixel_id", "ad_account_ids", "admin_url", "budget_bounds_minor",
    }  # fmt: skip
    assert running.facts["ad_account_ids"] == [ACCOUNT, YEN]
    assert {key: ceiling for key, (_, ceiling) in running.facts["budget_bounds_minor"].items()} == {
        ACCOUNT: None,
        YEN: None,
    }
    json.dumps(running.facts)


def test_an_occupied_port_is_one_sentence(running) -> None:
    port = int(running.url.rpartition(":")[2])
    config = EmulatorConfig(running_accounts(running), port=port)

    with pytest.raises(EmulatorError, match=rf"port {port} .* cannot be used .*--port"):
        run_in_thread(config)


def running_accounts(running):
    return tuple(account.config for account in running.emulator.state.accounts.values())


def test_a_closed_emulator_frees_its_port_and_its_state_file(running, tmp_path) -> None:
    accounts, file = running_accounts(running)[:1], tmp_path / "state.jsonl"
    with run_in_thread(EmulatorConfig(accounts, state_file=file)) as first:
        port = int(first.url.rpartition(":")[2])
    with run_in_thread(EmulatorConfig(accounts, port=port, state_file=file)) as second:
        assert second.url == first.url
    second.close()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_an_answer_names_the_version_that_was_called(client) -> None:
    versions = ("v24.0", "v25.0", "v26.0")
    for client.version in versions:
        assert client.call("GET", "me").headers["facebook-api-version"] == client.version


def test_the_app_of_the_token_can_be_read(client) -> None:
    app_id = client.running.facts["app_id"]

    assert client.get(app_id, fields="id,name") == {"id": app_id, "name": "Caudal emulator"}


def test_a_failure_of_the_emulator_itself_has_the_apis_shape(monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    with run_in_thread(EmulatorConfig(accounts_of(["small"], 1, 1))) as running:
        monkeypatch.setattr(running.emulator, "serve", broken)
        answer = requests.get(f"{running.url}/v26.0/me", timeout=10)

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == 1
    assert "GET /v26.0/me" in answer.json()["error"]["message"]

"""Many writes in one asynchronous set, through the SDK."""

from __future__ import annotations

from pathlib import Path

from facebook_business.adobjects.adasyncrequestset import AdAsyncRequestSet
from facebook_business.adobjects.adset import AdSet

from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread

from .objects import ad_set, campaign, creative


def hand_in(client) -> str:
    one, two = (row["id"] for row in client.account.get_ad_sets()[:2])
    operations = [
        {"name": "first", "relative_url": one, "body": "name=renamed"},
        {"name": "second", "relative_url": f"v26.0/{two}", "body": "daily_budget=1"},
        *({"name": f"n{i}", "relative_url": one, "body": f"name=renamed {i}"} for i in range(60)),
    ]
    return client.account.create_async_batch_request(params={"name": "many", "adbatch": operations})["id"]


def test_every_operation_of_a_set_has_its_own_outcome(client) -> None:
    found = client.of(AdAsyncRequestSet, hand_in(client))
    fields = ["success_count", "error_count", "total_count", "is_completed", "name"]
    state = found.api_get(fields=fields)

    assert [state[name] for name in fields] == [61, 1, 62, True, "many"]
    errors = client.raw("GET", f"{found['id']}/requests", status="ERROR")["data"]
    assert [one["result"]["error_subcode"] for one in errors] == [1885272]
    assert client.of(AdSet, client.account.get_ad_sets()[0]["id"]).api_get(fields=["name"])["name"] == "renamed 59"


def test_ads_are_made_in_a_set_of_their_own(client) -> None:
    shop = ad_set(client, campaign(client)["id"])["id"]
    good = {"name": "Shoe", "adset_id": shop, "creative": {"creative_id": creative(client)}, "status": "PAUSED"}
    params = {"name": "ads", "ad_specs": [good, {**good, "adset_id": "1"}]}
    made = client.account.create_async_ad_request_set(params=params)

    found = client.of(AdAsyncRequestSet, made["id"]).api_get(fields=["success_count", "error_count"])
    assert (found["success_count"], found["error_count"]) == (1, 1)
    assert [row["name"] for row in client.of(AdSet, shop).get_ads(fields=["name"])] == ["Shoe"]


def test_a_set_too_large_or_empty_is_refused(client, refused) -> None:
    for operations in ([], [{"relative_url": "x", "body": ""}] * 1001):
        params = {"name": "many", "adbatch": operations}
        error = refused(lambda params=params: client.account.create_async_batch_request(params=params))
        assert error.api_error_code() == 100


def test_a_set_is_done_once_again_after_a_restart(tmp_path: Path, client_of) -> None:
    config = EmulatorConfig((AccountConfig("small", 1),), state_file=tmp_path / "state.jsonl")
    with run_in_thread(config) as running:
        made = hand_in(client_of(running))
    with run_in_thread(config) as running:
        client = client_of(running)
        found = client.of(AdAsyncRequestSet, made).api_get(fields=["success_count", "error_count"])
        assert (found["success_count"], found["error_count"]) == (61, 1)
        assert client.account.get_ad_sets(fields=["name"])[0]["name"] == "renamed 59"
        assert client.account.create_ad_label(params={"name": "next"})["id"] == str(int(made) + 63)


def test_ads_of_a_set_are_there_after_a_restart_under_the_same_ids(tmp_path: Path, client_of) -> None:
    config = EmulatorConfig((AccountConfig("small", 1),), state_file=tmp_path / "state.jsonl")
    with run_in_thread(config) as running:
        client = client_of(running)
        shop = ad_set(client, campaign(client)["id"])["id"]
        spec = {"name": "Shoe", "adset_id": shop, "creative": {"creative_id": creative(client)}}
        client.account.create_async_ad_request_set(params={"name": "ads", "ad_specs": [spec], "_outcomes": []})
        before = [row["id"] for row in client.of(AdSet, shop).get_ads()]
    with run_in_thread(config) as running:
        assert [row["id"] for row in client_of(running).of(AdSet, shop).get_ads()] == before
    assert len(before) == 1

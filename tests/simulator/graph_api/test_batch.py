"""Batches: many calls in one, some of which need what others answered."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from facebook_business.adobjects.adset import AdSet

AD_SET, SECOND = "1202000000000120000", "1202000000000120001"
ACCOUNT = "act_1000000000000001"
GET_SETS = {"method": "GET", "relative_url": f"{ACCOUNT}/adsets?limit=2", "name": "sets"}


def run(client, *operations, **more):
    return client.post("", batch=json.dumps(operations), **more)


def body(entry):
    return json.loads(entry["body"])


def test_operations_are_answered_in_order_and_one_that_fails_stops_no_other(client) -> None:
    answers = run(
        client,
        {"method": "POST", "relative_url": AD_SET, "body": "name=first%20one"},
        {"method": "GET", "relative_url": "12345"},
        {"method": "GET", "relative_url": f"v25.0/{AD_SET}/?fields=name"},
    )

    assert [answer["code"] for answer in answers] == [200, 400, 200]
    assert body(answers[1])["error"]["error_subcode"] == 33
    assert body(answers[2])["name"] == "first one"
    assert {"name", "value"} == set(answers[0]["headers"][0])


def test_fifty_is_the_most(client) -> None:
    one = {"method": "GET", "relative_url": AD_SET}
    assert len(run(client, *[one] * 50)) == 50
    error = run(client, *[one] * 51)["error"]
    assert (error["code"], error["type"]) == (100, "GraphBatchException")
    assert "Maximum batch size is 50" in error["message"]


def test_what_one_answered_goes_into_the_next(client) -> None:
    first, second = run(
        client,
        {**GET_SETS, "omit_response_on_success": False},
        {"method": "POST", "relative_url": "{result=sets:$.data[1].id}", "body": "name={result=sets:$.data[0].id}"},
    )
    ids = [row["id"] for row in body(first)["data"]]

    assert body(second) == {"success": True}
    assert client.get(ids[1], fields="name")["name"] == ids[0]


def test_every_id_of_a_list_goes_into_the_next_joined_by_commas(client) -> None:
    everything = "{result=sets:$.data.*.id}"
    asked = quote(json.dumps([{"field": "id", "operator": "IN", "value": everything}]))
    run(client, GET_SETS, {"method": "POST", "relative_url": AD_SET, "body": f"name={quote(everything)}"})
    _, listed = run(client, GET_SETS, {"method": "GET", "relative_url": f"{ACCOUNT}/adsets?filtering={asked}"})

    assert client.get(AD_SET, fields="name")["name"] == f"{AD_SET},{SECOND}"
    assert listed["code"] == 200


def test_one_that_others_need_answers_null_unless_it_is_told_not_to(client) -> None:
    needs = {"method": "GET", "relative_url": "{result=sets:$.data[0].id}"}
    assert run(client, GET_SETS, needs)[0] is None
    assert run(client, {**GET_SETS, "omit_response_on_success": False}, needs)[0]["code"] == 200
    assert run(client, {**GET_SETS, "omit_response_on_success": True})[0] is None
    assert run(client, GET_SETS)[0]["code"] == 200


def test_what_needs_one_that_failed_is_not_tried(client) -> None:
    answers = run(
        client,
        {"method": "GET", "relative_url": "12345", "name": "gone"},
        {"method": "POST", "relative_url": AD_SET, "body": "name={result=gone:$.id}"},
        {"method": "POST", "relative_url": AD_SET, "body": "name=waited", "depends_on": "gone"},
        {"method": "POST", "relative_url": AD_SET, "body": "name=never", "depends_on": "nobody"},
        {"method": "GET", "relative_url": AD_SET},
    )

    assert [answer["code"] for answer in answers] == [400, 400, 400, 400, 200]
    assert {body(answer)["error"]["type"] for answer in answers[1:4]} == {"GraphBatchException"}
    assert client.get(AD_SET, fields="name")["name"] not in ("waited", "never")


def test_a_reference_to_nothing_is_an_error_of_that_operation(client) -> None:
    answers = run(client, GET_SETS, {"method": "GET", "relative_url": "{result=sets:$.data[9].id}"})

    assert "points to nothing" in body(answers[1])["error"]["message"]


def test_an_operation_may_bring_its_own_token(client) -> None:
    reader = client.admin("POST", "tokens", scopes=["ads_read"])["access_token"]
    write = {"method": "POST", "relative_url": AD_SET}
    answers = run(
        client,
        {**write, "body": f"name=a&access_token={reader}"},
        {**write, "body": "name=b", "access_token": reader},
        {**write, "body": "name=c", "headers": [{"name": "Authorization", "value": f"OAuth {reader}"}]},
        {**write, "body": "name=d", "headers": [f"Authorization: Bearer {reader}"]},
        {**write, "body": "name=e"},
    )

    codes = [body(answer).get("error", {}).get("code") for answer in answers]
    assert codes == [294, 294, 294, 294, None]


def test_headers_can_be_left_out(client) -> None:
    (answer,) = run(client, {"method": "GET", "relative_url": AD_SET}, include_headers="false")

    assert set(answer) == {"code", "body"}


def test_an_attached_file_goes_to_the_operation_that_names_it(client) -> None:
    pixel = (
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
        b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
    )
    operation = {"method": "POST", "relative_url": f"{ACCOUNT}/adimages", "attached_files": "cat"}
    answer = client.session.post(
        f"{client.running.facts['url']}/v26.0/",
        data={"batch": json.dumps([operation])},
        files={"cat": ("cat.gif", pixel, "image/gif")},
        timeout=10,
    ).json()[0]

    assert answer["code"] == 200, answer["body"]
    assert len(body(answer)["images"]) == 1


@pytest.mark.parametrize("batch", ["no list", "[1]", '{"method": "GET"}'])
def test_what_is_no_batch_is_refused(client, batch: str) -> None:
    assert client.post("", batch=batch)["error"]["code"] == 100


def test_a_batch_in_a_batch_is_refused(client) -> None:
    inner = quote(json.dumps([{"method": "GET", "relative_url": "me"}]))
    error = run(client, {"method": "POST", "relative_url": "", "body": f"batch={inner}"})["error"]

    assert error["type"] == "GraphBatchException"


def test_the_sdk_gets_back_what_was_null_to_try_again(sdk, running, client_of) -> None:
    client = client_of(running)
    client.fault(kind="partial_batch", share=1.0)
    batch, good, bad = sdk.new_batch(), [], []
    for number in range(6):
        params = {"name": f"name {number}"}
        AdSet(AD_SET, api=sdk).api_update(params=params, batch=batch, success=good.append, failure=bad.append)
    rest = batch.execute()
    fates = client.admin("GET", "faults")["history"][0]["operations"]

    assert len(good) == 0
    assert len(bad) == fates.count("failed")
    assert len(rest) == len(fates) - fates.count("failed")

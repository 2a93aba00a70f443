"""Audiences through the SDK: made, filled, changed, deleted."""

from __future__ import annotations

import hashlib
import json

import pytest
import requests
from facebook_business.adobjects.customaudience import CustomAudience

CREATE = {"name": "Customers", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
EMAIL = CustomAudience.Schema.email_hash


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rule_of(source: str, kind: str = "pixel", seconds: int = 30 * 86400, **more) -> str:
    part = {"event_sources": [{"type": kind, "id": source}], "retention_seconds": seconds, **more}
    return json.dumps({"inclusions": {"operator": "or", "rules": [part]}})


def control(client, object_id: str, **settings) -> dict:
    return requests.post(f"{client.facts['admin_url']}/controls", json={"id": object_id, **settings}, timeout=10).json()


def status(audience) -> tuple[int, int]:
    """Codes of operation and delivery."""
    found = audience.api_get(fields=["operation_status", "delivery_status"])
    return found["operation_status"]["code"], found["delivery_status"]["code"]


@pytest.fixture
def audience(client) -> CustomAudience:
    return client.account.create_custom_audience(params=CREATE)


def test_an_uploaded_audience_is_ready_within_a_day(client, audience) -> None:
    assert status(audience) == (410, 300)
    answer = audience.add_users(EMAIL, [f"p{number}@example.com" for number in range(3000)]).json()
    waiting = status(audience)
    client.pass_time(advance_days=1)

    assert answer["num_received"] == 3000
    assert (answer["num_invalid_entries"], answer["invalid_entry_samples"]) == (0, {})
    assert answer["audience_id"] == audience["id"]
    assert waiting == (441, 300)
    assert status(audience) == (200, 200)
    found = audience.api_get(
        fields=["approximate_count_lower_bound", "approximate_count_upper_bound", "time_content_updated", "data_source"]
    )
    assert 1000 < found["approximate_count_lower_bound"] < 3000 * 0.6 < found["approximate_count_upper_bound"] < 3000
    assert found["data_source"]["type"] == "FILE_IMPORTED"


def test_removing_takes_people_away_again(client, audience) -> None:
    people = [f"p{number}@example.com" for number in range(4000)]
    audience.add_users(EMAIL, people)
    removed = audience.remove_users(EMAIL, people[:3999]).json()
    client.pass_time(advance_days=3)

    assert removed["num_received"] == 3999
    assert status(audience) == (200, 300)


def test_several_keys_of_a_person_are_hashed_by_the_sdk_and_taken(client, audience) -> None:
    key = CustomAudience.Schema.MultiKeySchema
    rows = [["abc123", "fname", "lname", f"someone{number}@example.com"] for number in range(200)]
    answer = audience.add_users([key.extern_id, key.fn, key.ln, key.email], rows, is_raw=True).json()
    client.pass_time(advance_days=1)

    assert (answer["num_received"], answer["num_invalid_entries"]) == (200, 0)


def test_rows_that_are_not_hashed_are_counted_and_shown(audience) -> None:
    answer = audience.add_users(EMAIL, ["mary@example.com", sha("mary@example.com")], pre_hashed=True).json()

    assert (answer["num_received"], answer["num_invalid_entries"]) == (2, 1)
    assert answer["invalid_entry_samples"] == {"0": "mary@example.com"}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (None, 100),
        ("nonsense", 100),
        ({"data": [sha("a")]}, 100),
        ({"schema": "EMAIL_SHA256", "data": []}, 100),
        ({"schema": "SHOE_SIZE", "data": ["44"]}, 100),
        ({"schema": "UID", "data": ["1"]}, 100),
        ({"schema": "EMAIL_SHA256", "data": [sha("a")] * 10_001}, 105),
    ],
)
def test_a_payload_that_cannot_be_is_refused(client, audience, refused, payload, code: int) -> None:
    def upload() -> None:
        client.raw("POST", f"{audience['id']}/users", payload=payload)

    assert refused(upload).api_error_code() == code
    assert list(audience.get_sessions()) == []


def test_a_session_adds_up_over_its_batches(client, audience, refused) -> None:
    first = {"session_id": 77, "batch_seq": 1, "last_batch_flag": False, "estimated_num_total": 3}
    audience.add_users(EMAIL, ["a@example.com"], session=first)
    answer = audience.add_users(
        EMAIL, ["b@example.com", "c@example.com"], session={**first, "batch_seq": 2, "last_batch_flag": True}
    ).json()
    other = {"schema": "PHONE_SHA256", "data": [sha("1")]}

    assert (answer["session_id"], answer["num_received"]) == ("77", 3)
    (session,) = audience.get_sessions(params={"session_id": 77})
    assert (session["num_received"], session["stage"]) == ("3", "processing")
    assert audience.get_sessions().total() == 1
    error = refused(lambda: client.raw("POST", f"{audience['id']}/users", payload=other, session=first))
    assert "schema" in error.api_error_message()
    for wrong in ({}, {"session_id": -1}, {"session_id": 5, "batch_seq": 0}, "nonsense"):
        call = {"payload": {"schema": "EMAIL_SHA256", "data": [sha("a")]}, "session": wrong}
        assert refused(lambda call=call: client.raw("POST", f"{audience['id']}/users", **call)).api_error_code() == 100
    assert audience.get_health()[0]["health"][0]["metric"] == "match_rate"


def test_replacing_leaves_the_new_people_alone(client, audience, refused) -> None:
    def payload(*names: str) -> dict:
        return {"schema": "EMAIL_SHA256", "data": [sha(name) for name in names]}

    def batch(number: int, sequence: int, *, last: bool = False) -> dict:
        return {"session_id": number, "batch_seq": sequence, "last_batch_flag": last}

    def replace(session: dict, *names: str):
        return audience.create_users_replace(params={"payload": payload(*names), "session": session})

    def subcode(session: dict) -> tuple[int, int]:
        error = refused(lambda: replace(session, "x"))
        return error.api_error_code(), error.api_error_subcode()

    audience.add_users(EMAIL, [f"old{number}@example.com" for number in range(2000)])
    assert subcode(batch(1, 1)) == (2650, 1870145)
    client.pass_time(advance_days=1)
    assert status(audience) == (200, 200)
    assert subcode(batch(1, 2)) == (2650, 1870147)
    replace(batch(2, 1), "a", "b")
    assert status(audience)[0] == 414
    assert subcode(batch(3, 1)) == (2650, 1870145)
    assert refused(lambda: audience.add_users(EMAIL, ["c"])).api_error_subcode() == 1870145
    answer = replace(batch(2, 7, last=True), "c")
    assert answer["num_received"] == 3
    assert subcode(batch(2, 8)) == (2650, 1870159)
    client.pass_time(advance_days=1)
    assert status(audience) == (200, 300)

    replace(batch(4, 1), "d")
    client.pass_time(advance_seconds=91 * 60)
    assert status(audience)[0] == 415
    assert subcode(batch(4, 2)) == (2650, 1870158)
    assert refused(lambda: client.raw("POST", f"{audience['id']}/usersreplace", payload=payload("a"))).api_error_code()


def test_audiences_need_accepted_terms(client, audience, refused) -> None:
    def create():
        return client.account.create_custom_audience(params=CREATE)

    assert control(client, client.account.get_id(), terms_accepted=False) == {"success": True}
    for call in (create, lambda: audience.add_users(EMAIL, ["a"]), lambda: audience.api_update(params={"name": "x"})):
        error = refused(call)
        assert (error.api_error_code(), error.api_error_subcode()) == (200, 1870090)
    assert list(client.account.get_custom_audiences_tos()) == []
    assert client.account.api_get(fields=["tos_accepted"])["tos_accepted"] == {}
    control(client, client.account.get_id(), terms_accepted=True)
    assert create()["id"]
    assert "custom_audience_tos" in client.account.api_get(fields=["tos_accepted"])["tos_accepted"]
    assert "error" in control(client, client.account.get_id(), terms_accepted="perhaps")
    assert "error" in control(client, "7", flagged=True)
    assert "error" in control(client, audience["id"])


def test_an_audience_is_changed_listed_and_deleted(client, audience, refused) -> None:
    audience.api_update(params={"name": "Buyers", "description": "of shoes", "audience_labels": ["AT_RISK"]})
    found = audience.api_get(fields=["name", "description", "audience_labels", "customer_file_source", "account_id"])

    assert (found["name"], found["description"], found["audience_labels"]) == ("Buyers", "of shoes", ["AT_RISK"])
    assert found["customer_file_source"] == "USER_PROVIDED_ONLY"
    listed = client.account.get_custom_audiences(fields=["name", "subtype"])
    assert [(one["name"], one["subtype"]) for one in listed] == [("Buyers", "CUSTOM")]
    same = {**CREATE, "name": "Buyers", "enable_fetch_or_create": True}
    assert client.account.create_custom_audience(params=same)["id"] == audience["id"]
    assert refused(lambda: audience.api_update(params={"lookalike_spec": "{}"})).api_error_code() == 100
    audience.api_delete()
    assert refused(audience.api_get).api_error_subcode() == 33
    assert client.account.get_custom_audiences().total() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": ""},
        {"subtype": None},
        {"subtype": "NONSENSE"},
        {"subtype": "CLAIM"},
        {"customer_file_source": None},
        {"customer_file_source": "FOUND"},
        {"audience_labels": ["NICE"]},
        {"subtype": "WEBSITE"},
    ],
)
def test_an_audience_that_cannot_be_is_refused(client, refused, changes) -> None:
    params = {name: value for name, value in {**CREATE, **changes}.items() if value is not None}

    def create() -> None:
        client.raw("POST", f"{client.account.get_id()}/customaudiences", **params)

    assert refused(create).api_error_code() == 100
    assert client.account.get_custom_audiences().total() == 0


def test_a_website_audience_follows_the_shops_visitors(client, refused) -> None:
    pixel = client.facts["pixel_id"]
    made = client.account.create_custom_audience(params={"name": "Visitors", "rule": rule_of(pixel)})
    assert status(made) == (441, 300)
    client.pass_time(advance_days=1)
    found = made.api_get(fields=["subtype", "rule", "retention_days", "pixel_id", "approximate_count_lower_bound"])

    assert (found["subtype"], found["retention_days"], found["pixel_id"]) == ("WEBSITE", 30, pixel)
    assert json.loads(found["rule"]) == json.loads(rule_of(pixel))
    visitors = found["approximate_count_lower_bound"]
    buyers = {"filter": {"operator": "and", "filters": [{"field": "event", "operator": "eq", "value": "Purchase"}]}}
    made.api_update(params={"rule": rule_of(pixel, **buyers)})
    fewer = made.api_get(fields=["approximate_count_lower_bound"])["approximate_count_lower_bound"]
    assert 1000 <= fewer < visitors
    upload = {"payload": {"schema": "EMAIL_SHA256", "data": [sha("a")]}}
    assert refused(lambda: client.raw("POST", f"{made['id']}/users", **upload)).api_error_code() == 100


def test_an_engagement_audience_comes_from_its_source(client) -> None:
    rule = rule_of(client.facts["page_id"], "page", 365 * 86400)
    made = client.account.create_custom_audience(params={"name": "Fans", "subtype": "ENGAGEMENT", "rule": rule})

    assert made.api_get(fields=["retention_days"])["retention_days"] == 365


@pytest.mark.parametrize(
    "rule",
    [
        "nonsense",
        "[]",
        "{}",
        '{"inclusions": {"operator": "or", "rules": []}}',
        '{"inclusions": {"rules": [{"event_sources": [{"type": "pixel", "id": "1"}], "retention_seconds": 1}]}}',
        rule_of("1", seconds=181 * 86400),
        rule_of("1", seconds=0),
        rule_of(""),
    ],
)
def test_a_rule_that_cannot_be_is_refused(client, refused, rule: str) -> None:
    error = refused(lambda: client.account.create_custom_audience(params={"name": "n", "rule": rule}))

    assert (error.api_error_code(), error.api_error_subcode()) == (100, 1713098)


def test_a_rule_needs_a_pixel_that_is_there(client, refused) -> None:
    error = refused(lambda: client.account.create_custom_audience(params={"name": "n", "rule": rule_of("7")}))

    assert "does not exist" in error.api_error_message()


def test_a_flagged_audience_says_so(client, audience) -> None:
    control(client, audience["id"], flagged=True)

    assert status(audience) == (471, 400)


def test_a_name_that_suggests_an_illness_is_flagged_from_the_beginning(client) -> None:
    made = client.account.create_custom_audience(params={**CREATE, "name": "People with Diabetes"})

    assert status(made) == (471, 400)


def test_people_can_be_taken_out_of_every_audience_at_once(client, audience) -> None:
    other = client.account.create_custom_audience(params={**CREATE, "name": "Others"})
    people = [f"p{number}@example.com" for number in range(1000)]
    for one in (audience, other):
        one.add_users(EMAIL, people)
    payload = {"schema": "EMAIL_SHA256", "data": [sha(name) for name in people]}
    answer = client.raw("DELETE", f"{client.account.get_id()}/usersofanyaudience", payload=payload)
    client.pass_time(advance_days=2)

    assert answer["num_received"] == 1000
    assert [status(one)[1] for one in (audience, other)] == [300, 300]


def test_audiences_are_made_in_a_batch_and_read_inside_their_account(client) -> None:
    batch, made = client.api.new_batch(), []
    for name in ("A", "B", ""):
        client.account.create_custom_audience(params={**CREATE, "name": name}, batch=batch, success=made.append)
    batch.execute()

    assert len(made) == 2
    fields = "customaudiences{name,operation_status{code}},adspixels{name},customconversions{name}"
    found = client.raw("GET", client.account.get_id(), fields=fields)
    assert [one["name"] for one in found["customaudiences"]["data"]] == ["A", "B"]
    assert found["customaudiences"]["data"][0]["operation_status"] == {"code": 410}
    assert found["adspixels"]["data"][0]["name"] == "Caudal emulator pixel"
    assert "customconversions" not in found


def test_an_audience_is_shared_with_another_account(sdk, running) -> None:
    from facebook_business.adobjects.adaccount import AdAccount  # noqa: PLC0415 - of this test alone

    first, second = (AdAccount(one, api=sdk) for one in running.facts["ad_account_ids"])
    audience = first.create_custom_audience(params=CREATE)
    audience.share_audience([second.get_id()])

    assert [one["id"] for one in second.get_custom_audiences()] == [audience["id"]]
    assert [one["id"] for one in audience.get_ad_accounts()] == [second.get_id()]
    audience.unshare_audience([second.get_id()])
    assert second.get_custom_audiences().total() == 0


def test_audiences_survive_a_restart(open_desk, tmp_path) -> None:
    file = tmp_path / "state"
    desk = open_desk(state_file=file)
    account = desk.account.id
    audience = desk.post(f"{account}/customaudiences", **CREATE)["id"]
    people = [sha(str(number)) for number in range(3000)]
    desk.post(f"{audience}/users", payload={"schema": "EMAIL", "data": people})
    desk.pass_days(1)
    fields = "name,operation_status,approximate_count_lower_bound,time_content_updated,time_updated"
    before = desk.get(audience, fields=fields)
    desk.emulator.close()

    assert open_desk(state_file=file).get(audience, fields=fields) == before

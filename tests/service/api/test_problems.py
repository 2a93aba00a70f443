"""Whatever goes wrong is a problem document that says what to do, and never how we are built."""

import logging

import pytest

from service.api import problems
from service.errors import Conflict

ACCOUNT = "/api/v1/meta/accounts/act_42"


def problem(answer, status):
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "instance"} <= set(body)
    assert "Traceback" not in answer.text
    return body


def test_an_unknown_path_points_to_the_list_of_routes(client):
    body = problem(client.get("/api/v1/meta/acounts"), 404)

    assert body["detail"] == "there is nothing at /api/v1/meta/acounts: /docs lists every route"
    assert body["instance"] == "/api/v1/meta/acounts"
    assert body["type"] == "urn:caudal:not-found"


@pytest.mark.parametrize("path", ["", "/decisions", "/decisions/2026-03-02", "/budgets"])
def test_an_unknown_account_names_the_nearest_one(client, path):
    body = problem(client.get(f"/api/v1/meta/accounts/act_43{path}"), 404)

    assert body["detail"] == "there is no account 'act_43': did you mean 'act_42'?"


def test_an_unknown_account_cannot_be_changed(client):
    problem(client.patch("/api/v1/meta/accounts/nobody", json={"mode": "live"}), 404)


def test_where_no_account_is_onboarded_that_is_said(fakes, open_client):
    body = problem(open_client(fakes.FakeBooks()).get(ACCOUNT), 404)

    assert body["detail"] == "there is no account 'act_42': none is onboarded yet"


def test_a_wrong_method_is_answered_with_those_that_are_allowed(client):
    answer = client.delete(ACCOUNT)

    assert problem(answer, 405)["detail"] == f"{ACCOUNT} does not know DELETE: it allows GET, HEAD, OPTIONS, PATCH"
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, PATCH"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'{"mode": live}', "expecting value at line 1, column 10"),
        (b'{\n  "mode": "live",\n}', "line 3, column 1"),
        (b'{"mode": "live"', "line 1, column 16"),
        (b'{"mode": "\xff"}', "byte 10 is not UTF-8"),
    ],
)
def test_malformed_json_is_located(client, body, where):
    answer = client.patch(ACCOUNT, content=body, headers={"content-type": "application/json"})

    detail = problem(answer, 400)["detail"]
    assert detail.startswith("the body is not valid JSON: ")
    # Python 3.13 words a trailing comma in its own way, at the comma itself.
    assert where in detail or (b",\n}" in body and "line 2" in detail)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"daily_budget_minor": 0}, {"daily_budget_minor": "greater than or equal to 1"}),
        ({"daily_budget_minor": -5}, {"daily_budget_minor": "greater than or equal to 1"}),
        ({"daily_budget_minor": 2**53}, {"daily_budget_minor": "less than"}),
        ({"daily_budget_minor": "5"}, {"daily_budget_minor": "whole number of minor units, got '5'"}),
        ({"daily_budget_minor": True}, {"daily_budget_minor": "whole number of minor units"}),
        ({"daily_budget_minor": 10.5}, {"daily_budget_minor": "whole number of minor units"}),
        ({"mode": "LIVE"}, {"mode": "'shadow' or 'live'"}),
        ({"mode": "off", "daily_budget_minor": []}, {"mode": "'shadow' or 'live'", "daily_budget_minor": "whole"}),
        ({"mode": "live", "budget": 5}, {"budget": "no such field"}),
        ({}, {"": "nothing to change"}),
        ([], {"": "must be a JSON object"}),
        ("live", {"": "must be a JSON object"}),
    ],
)
def test_each_wrong_field_is_named(client, books, body, fields):
    before = books.account("act_42")

    answer = problem(client.patch(ACCOUNT, json=body), 400)

    assert {error["field"] for error in answer["errors"]} == set(fields)
    for error in answer["errors"]:
        assert fields[error["field"]] in error["message"]
        assert error["field"] in answer["detail"]
        assert error["source"] == "body"
    assert books.account("act_42") == before


def test_a_missing_body_is_asked_for(client):
    assert problem(client.patch(ACCOUNT), 400)["detail"] == "a JSON object is needed as the body"


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("decisions?limit=0", {"limit"}),
        ("decisions?limit=101", {"limit"}),
        ("decisions?limit=many&before=soon", {"limit", "before"}),
        ("budgets?days=0", {"days"}),
        ("budgets?days=367", {"days"}),
    ],
)
def test_query_parameters_out_of_range_are_named(client, query, fields):
    body = problem(client.get(f"{ACCOUNT}/{query}"), 400)

    assert {error["field"] for error in body["errors"]} == fields
    assert {error["source"] for error in body["errors"]} == {"query"}


def test_a_day_that_is_none_is_named_with_an_example(client):
    (error,) = problem(client.get(f"{ACCOUNT}/decisions/2026-02-30"), 400)["errors"]

    assert error == {"field": "day", "message": "must be a date, for instance 2026-03-02", "source": "path"}


def test_a_service_error_keeps_its_status_and_its_sentence(client, books, monkeypatch):
    def busy(*args, **kwargs):
        raise Conflict("another process is changing act_42: try again")

    monkeypatch.setattr(books, "update_account", busy)

    assert problem(client.patch(ACCOUNT, json={"mode": "live"}), 409)["detail"].endswith("try again")


def test_a_surprise_is_500_with_a_request_id_that_the_log_knows(client, books, monkeypatch, caplog):
    def break_down(*args, **kwargs):
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(books, "decisions", break_down)
    with caplog.at_level(logging.ERROR, logger="caudal.api"):
        answer = client.get(f"{ACCOUNT}/decisions")

    body = problem(answer, 500)
    assert "hunter2" not in answer.text
    assert body["request_id"] in caplog.text
    assert "hunter2" in caplog.text


def test_json_nested_beyond_reason_is_the_senders_mistake(client):
    answer = client.patch(ACCOUNT, content=b"[" * 200_000, headers={"content-type": "application/json"})

    assert problem(answer, 400)["detail"] == "the body is nested too deeply"


def test_json_that_only_the_stricter_parser_refuses_still_gets_a_sentence():
    assert problems.where_json_breaks(b"{}") == "the body is not valid JSON"


def test_a_body_that_is_too_large_is_told_the_limit_and_what_to_do(client):
    body = problem(client.patch(ACCOUNT, json={"mode": "x" * problems.MOST_BODY_BYTES}), 413)

    assert "more than 1,000,000 bytes" in body["detail"]
    assert "send only the fields to change" in body["detail"]

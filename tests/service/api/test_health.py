"""Liveness and readiness."""

import logging

from service.errors import Unavailable


def test_live_looks_at_nothing_else(fakes, open_client):
    broken = open_client(fakes.FakeBooks(problem=OSError("disk gone")), fakes.unavailable())

    assert broken.get("/health/live").json() == {"status": "live", "checks": []}


def test_ready_names_database_clock_policy_and_every_account(client):
    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": [
            {"name": "database", "ok": True, "message": "readable; accounts: 1"},
            {"name": "clock", "ok": True, "message": "2026-03-02 08:40 UTC"},
            {"name": "policy", "ok": True, "message": "hold, version 3"},
            {"name": "account act_42", "ok": True, "message": "last decided for 2026-03-02"},
        ],
    }


def test_a_service_without_accounts_is_ready(fakes, open_client):
    assert open_client(fakes.FakeBooks()).get("/health/ready").json()["status"] == "ready"


def test_an_unreadable_database_is_unready_without_telling_internals(fakes, open_client, caplog):
    client = open_client(fakes.FakeBooks(problem=OSError("/secret/path")))

    with caplog.at_level(logging.WARNING, logger="caudal.api"):
        answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["checks"][0]["message"].startswith("cannot be read (OSError)")
    assert "/secret/path" not in answer.text
    assert "/secret/path" in caplog.text


def test_a_platform_whose_clock_does_not_answer_is_unready(open_client, books, fakes, monkeypatch):
    def silent(self):
        raise Unavailable("the platform's clock does not answer")

    client = open_client(books)
    monkeypatch.setattr(fakes.StillClock, "now", silent)

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert {"name": "clock", "ok": False, "message": "the platform's clock does not answer"} in answer.json()["checks"]


def test_no_promoted_policy_is_unready_and_says_why(fakes, open_client, books):
    answer = open_client(books, fakes.unavailable()).get("/health/ready")

    assert (answer.status_code, answer.json()["status"]) == (503, "unready")
    assert "champion" in answer.json()["checks"][2]["message"]


def test_a_registry_that_breaks_is_unready(fakes, open_client, books):
    answer = open_client(books, fakes.FakeStore(problem=ValueError("corrupt"))).get("/health/ready")

    assert answer.status_code == 503
    assert "MLFLOW_TRACKING_URI" in answer.json()["checks"][2]["message"]


def test_one_account_with_a_problem_degrades(fakes, open_client):
    client = open_client(fakes.books(fakes.account(), fakes.account("act_7", problem="token expired")))

    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert {"name": "account act_7", "ok": False, "message": "token expired"} in answer.json()["checks"]


def test_a_platform_that_no_account_can_use_is_unready(fakes, open_client):
    client = open_client(fakes.books(fakes.account(problem="no answer"), fakes.account("act_7", problem="no answer")))

    assert client.get("/health/ready").status_code == 503

"""What strangers' pages may do with us: nothing."""

import pytest
from litestar.testing import TestClient

from service.api.application import web_app

EVERYWHERE = ["/", "/docs", "/health/ready", "/api/v1/meta/accounts", "/static/app.css", "/nothing/here"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_forbids_foreign_content_framing_and_sniffing(reader, path):
    headers = reader.get(path).headers

    assert headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", EVERYWHERE)
def test_inline_styles_are_allowed_on_the_openapi_page_alone(reader, path):
    policy = reader.get(path).headers["content-security-policy"]

    assert ("unsafe-inline" in policy) == (path == "/docs")
    assert "script-src" not in policy


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil"])
@pytest.mark.parametrize("path", ["/", "/api/v1/meta/accounts", "/docs", "/static/app.css"])
def test_a_page_that_rebinds_its_name_to_us_gets_nothing(reader, host, path):
    answer = reader.get(path, headers={"host": host})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "use localhost, 127.0.0.1, [::1]" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "LOCALHOST:80", "127.0.0.1:8000", "[::1]", "[::1]:8000"])
def test_this_machines_own_names_are_served_on_any_port(reader, host):
    assert reader.get("/health/live", headers={"host": host}).status_code == 200


def test_other_names_can_be_allowed(fakes, open_client):
    client = open_client(fakes.FakeBooks(), allowed_hosts=["caudal.internal"])

    assert client.get("/health/live", headers={"host": "caudal.internal:443"}).status_code == 200
    assert client.get("/health/live", headers={"host": "127.0.0.1"}).status_code == 400


def test_answers_with_figures_are_not_kept_and_files_are(reader):
    assert reader.get("/api/v1/meta/accounts").headers["cache-control"] == "no-store"
    assert reader.get("/").headers["cache-control"] == "no-store"
    assert "immutable" in reader.get("/static/app.css").headers["cache-control"]


def test_files_outside_the_static_folder_are_not_served(reader):
    assert reader.get("/static/%2e%2e/page.py").status_code == 404


def test_hooks_of_the_caller_run_in_their_order(fakes):
    told = []
    app = web_app(
        books=fakes.FakeBooks(),
        store=fakes.FakeStore(),
        clock=fakes.StillClock(),
        version="0",
        on_startup=[lambda: told.append("up")],
        on_shutdown=[lambda: told.append("first down"), lambda: told.append("then down")],
    )
    with TestClient(app):
        assert told == ["up"]

    assert told == ["up", "first down", "then down"]

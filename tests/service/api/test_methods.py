"""HEAD answers wherever GET does, and what is allowed is said alike everywhere."""

import pytest

ACCOUNT = "/api/v1/meta/accounts/act_42"
PATHS = (
    "/",
    "/dashboard/today",
    "/docs",
    "/docs/openapi.json",
    "/static/app.css",
    "/health/live",
    "/health/ready",
    "/api/v1/meta/accounts",
    ACCOUNT,
    f"{ACCOUNT}/decisions",
    f"{ACCOUNT}/decisions/2026-03-02",
    f"{ACCOUNT}/budgets",
    "/api/v1/meta/policies",
    "/api/v1/meta/policies/promoted",
)


@pytest.mark.parametrize("path", [*PATHS, f"{ACCOUNT}/decisions?limit=0", "/nowhere"])
def test_head_has_the_status_and_headers_of_get_and_no_body(reader, path):
    full, head = reader.get(path), reader.head(path)

    assert head.status_code == full.status_code
    assert dict(head.headers) == dict(full.headers)
    assert head.content == b""
    assert full.content != b""


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_method_and_options_allow_the_same(reader, path):
    refused, options = reader.delete(path), reader.options(path)

    assert refused.status_code == 405
    assert options.status_code == 204
    assert refused.headers["allow"] == options.headers["allow"]
    assert {"GET", "HEAD", "OPTIONS"} <= set(options.headers["allow"].split(", "))


@pytest.mark.slow
def test_an_unready_service_is_unready_to_head_too(fakes, open_client):
    client = open_client(fakes.FakeBooks(), fakes.unavailable())

    assert client.head("/health/ready").status_code == 503

"""The OpenAPI document says what is really answered."""

import re

import jsonschema
import pytest

ACCOUNT = "/api/v1/meta/accounts/act_42"
METHODS = {"get", "patch", "post", "put", "delete"}


@pytest.fixture(scope="module")
def document(reader):
    return reader.get("/docs/openapi.json").json()


def operations(document):
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_it_is_an_openapi_31_document_with_title_version_and_words(document):
    assert document["openapi"].startswith("3.1")
    assert (document["info"]["title"], document["info"]["version"]) == ("Caudal", "1.2.3")
    assert "minor units" in document["info"]["description"]


def test_every_reference_leads_somewhere_and_every_schema_is_a_schema(document):
    schemas = document["components"]["schemas"]

    assert {ref.removeprefix("#/components/schemas/") for ref in references(document)} <= set(schemas)
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_it_lists_every_route_of_the_contract(document):
    assert {(method, path) for path, method, _ in operations(document)} == {
        ("get", "/api/v1/meta/accounts"),
        ("get", "/api/v1/meta/accounts/{account_id}"),
        ("patch", "/api/v1/meta/accounts/{account_id}"),
        ("get", "/api/v1/meta/accounts/{account_id}/decisions"),
        ("get", "/api/v1/meta/accounts/{account_id}/decisions/{day}"),
        ("get", "/api/v1/meta/accounts/{account_id}/budgets"),
        ("get", "/api/v1/meta/policies"),
        ("get", "/api/v1/meta/policies/promoted"),
        ("get", "/health/live"),
        ("get", "/health/ready"),
    }


def test_operations_have_short_unique_ids_summaries_and_descriptions(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in ids)
    assert all(operation["summary"] and operation["description"] for _, _, operation in operations(document))


def test_path_parameters_are_declared(document):
    for path, _, operation in operations(document):
        declared = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path))


def test_every_refusal_is_declared_as_a_problem_with_an_example(document):
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith("2") or "Health" in str(response):
                continue
            (kind,) = response["content"]
            assert kind == "application/problem+json"
            for example in response["content"][kind]["examples"].values():
                validate(document, response["content"][kind]["schema"], example["value"])


def validate(document, schema, answer):
    jsonschema.validate(answer, {**schema, "components": document["components"]}, jsonschema.Draft202012Validator)


REQUESTS = [
    ("get", "/api/v1/meta/accounts", {}, 200),
    ("get", "/api/v1/meta/accounts/{account_id}", {}, 200),
    ("get", "/api/v1/meta/accounts/{account_id}", {"account_id": "nobody"}, 404),
    ("patch", "/api/v1/meta/accounts/{account_id}", {"json": {"mode": "shadow"}}, 200),
    ("patch", "/api/v1/meta/accounts/{account_id}", {"json": {"mode": "x"}}, 400),
    ("patch", "/api/v1/meta/accounts/{account_id}", {"account_id": "nobody", "json": {"mode": "live"}}, 404),
    ("get", "/api/v1/meta/accounts/{account_id}/decisions", {}, 200),
    ("get", "/api/v1/meta/accounts/{account_id}/decisions", {"params": {"limit": 0}}, 400),
    ("get", "/api/v1/meta/accounts/{account_id}/decisions/{day}", {}, 200),
    ("get", "/api/v1/meta/accounts/{account_id}/decisions/{day}", {"day": "soon"}, 400),
    ("get", "/api/v1/meta/accounts/{account_id}/decisions/{day}", {"day": "2020-01-01"}, 404),
    ("get", "/api/v1/meta/accounts/{account_id}/budgets", {}, 200),
    ("get", "/api/v1/meta/accounts/{account_id}/budgets", {"params": {"days": 0}}, 400),
    ("get", "/api/v1/meta/policies", {}, 200),
    ("get", "/api/v1/meta/policies/promoted", {}, 200),
    ("get", "/api/v1/meta/policies/promoted", {"broken": True}, 503),
    ("get", "/health/live", {}, 200),
    ("get", "/health/ready", {}, 200),
    ("get", "/health/ready", {"broken": True}, 503),
    ("get", "/api/v1/meta/accounts", {"broken": True}, 500),
]


@pytest.mark.parametrize(("method", "path", "more", "status"), REQUESTS)
def test_what_is_answered_is_what_is_declared(fakes, open_client, books, document, method, path, more, status):
    more = dict(more)
    if more.pop("broken", False):
        client = open_client(fakes.FakeBooks(problem=OSError("gone")), fakes.unavailable())
    else:
        client = open_client(books)
    url = path.format(account_id=more.pop("account_id", "act_42"), day=more.pop("day", "2026-03-02"))

    answer = client.request(method, url, **more)

    assert answer.status_code == status
    declared = document["paths"][path][method]["responses"][str(status)]["content"]
    validate(document, declared[answer.headers["content-type"]]["schema"], answer.json())


def test_an_answer_that_breaks_its_schema_would_be_noticed(reader, document):
    schema = document["paths"]["/api/v1/meta/accounts/{account_id}"]["get"]["responses"]["200"]["content"]
    answer = reader.get(ACCOUNT).json() | {"daily_budget_minor": "1000.00"}

    with pytest.raises(jsonschema.ValidationError):
        validate(document, schema["application/json"]["schema"], answer)


def test_the_page_is_made_of_our_own_files_only(reader):
    page = reader.get("/docs").text

    assert "http:" not in page
    assert "https:" not in page
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert reader.get(address).status_code == 200, address


def test_the_document_is_there_as_yaml_too(reader):
    assert reader.get("/docs/openapi.yaml").text.startswith("components:")

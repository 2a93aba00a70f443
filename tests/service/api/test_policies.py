"""Policies at the REST door; catalogue entries are read off classes, so tests bring their own."""

from dataclasses import dataclass, field

import pytest

from service.api import catalogue


@dataclass(frozen=True)
class Drift:
    """Follow the river, downhill.

    Nothing else is needed.

    Attributes:
        pace: the share that may move,
            at most 1: all of it.
        window_days: days that count.
    """

    pace: float
    window_days: int = 28
    limits: tuple[int, ...] = (1, 2)
    more: dict[str, int] = field(default_factory=dict)


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(catalogue, "policies", lambda: {"drift": Drift})


@pytest.mark.usefixtures("known")
def test_a_policy_is_told_with_its_parameters_and_defaults(client):
    (policy,) = client.get("/api/v1/meta/policies").json()["items"]

    assert policy["name"] == "drift"
    assert policy["summary"] == "Follow the river, downhill."
    assert policy["description"] == "Nothing else is needed."
    assert policy["parameters"] == [
        {
            "name": "pace",
            "type": "float",
            "default": None,
            "required": True,
            "description": "the share that may move, at most 1: all of it.",
        },
        {"name": "window_days", "type": "int", "default": 28, "required": False, "description": "days that count."},
        {"name": "limits", "type": "tuple[int, ...]", "default": [1, 2], "required": False, "description": ""},
        {"name": "more", "type": "dict[str, int]", "default": {}, "required": False, "description": ""},
    ]


@pytest.mark.usefixtures("known")
def test_the_promoted_policy_carries_what_it_means(fakes, open_client, books):
    spec = fakes.PolicySpec("drift", {"pace": 0.5}, "abc")

    answer = open_client(books, fakes.FakeStore(spec)).get("/api/v1/meta/policies/promoted").json()

    assert answer == {
        "name": "drift",
        "version": "3",
        "summary": "Follow the river, downhill.",
        "params": {"pace": 0.5},
        "priors_digest": "abc",
        "digest": spec.digest,
    }


@pytest.mark.usefixtures("known")
def test_a_promoted_policy_this_installation_does_not_know_is_still_told(fakes, open_client, books):
    answer = open_client(books, fakes.FakeStore(fakes.PolicySpec("rain"))).get("/api/v1/meta/policies/promoted").json()

    assert (answer["name"], answer["summary"]) == ("rain", "")


def test_without_a_promoted_policy_the_answer_is_503_and_says_why(fakes, open_client, books):
    answer = open_client(books, fakes.unavailable()).get("/api/v1/meta/policies/promoted")

    assert answer.status_code == 503
    assert "champion" in answer.json()["detail"]


def test_every_installed_policy_can_be_told(client):
    answer = client.get("/api/v1/meta/policies")

    assert answer.status_code == 200
    assert [item["name"] for item in answer.json()["items"]] == sorted(catalogue.policies())

"""People like those of a seed: which specifications are taken, when they are ready, how many people they find."""

from __future__ import annotations

import hashlib
import json

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.customaudience import CustomAudience
from facebook_business.exceptions import FacebookRequestError

SEED = {"name": "Customers", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}


@pytest.fixture
def account(running, sdk) -> AdAccount:
    return AdAccount(running.facts["ad_account_ids"][0], api=sdk)


@pytest.fixture
def door(running):
    """Posts to the admin door."""

    def post(name: str, **body) -> dict:
        return requests.post(f"{running.facts['admin_url']}/{name}", json=body, timeout=30).json()

    return post


@pytest.fixture
def seed(account, door) -> CustomAudience:
    """Some 600 people from everywhere, and some 100 who are known to live in Germany."""
    found = account.create_custom_audience(params=SEED)
    found.add_users(CustomAudience.Schema.email_hash, [f"p{number}@example.com" for number in range(1000)])
    door("clock", advance_days=1)
    return found


def like(account, seed, **spec) -> CustomAudience:
    origin = {"origin_audience_id": seed["id"]} if seed else {}
    return account.create_custom_audience(
        params={"name": "Like them", "subtype": "LOOKALIKE", "lookalike_spec": json.dumps(spec), **origin}
    )


def codes(action) -> tuple[int, int | None, str]:
    with pytest.raises(FacebookRequestError) as caught:
        action()
    error = caught.value
    text = error.body()["error"].get("error_user_msg") or error.api_error_message()
    return error.api_error_code(), error.api_error_subcode(), text


def shown(audience) -> tuple[int, int, int, int]:
    fields = ["operation_status", "delivery_status", "approximate_count_lower_bound", "approximate_count_upper_bound"]
    found = audience.api_get(fields=fields)
    return (
        found["operation_status"]["code"],
        found["delivery_status"]["code"],
        found["approximate_count_lower_bound"],
        found["approximate_count_upper_bound"],
    )


def test_a_lookalike_is_filled_within_six_hours_by_ratio_and_population(account, seed, door) -> None:
    made = like(account, seed, type="similarity", country="DE")
    assert shown(made) == (441, 300, -1, -1)
    door("clock", advance_seconds=6 * 3600)

    operation, delivery, lower, upper = shown(made)
    assert (operation, delivery) == (200, 200)
    assert lower < 0.01 * 31_000_000 < upper
    wide = like(account, seed, ratio=0.2, starting_ratio=0.1, country="DE")
    door("clock", advance_seconds=6 * 3600)
    assert shown(wide)[2] < 0.1 * 31_000_000 < shown(wide)[3]
    spec = wide.api_get(fields=["lookalike_spec"])["lookalike_spec"]
    assert (spec["type"], spec["ratio"], spec["starting_ratio"], spec["country"]) == ("custom_ratio", 0.2, 0.1, "DE")
    assert spec["origin"] == [{"id": seed["id"], "name": "Customers", "type": "custom_audience"}]
    assert seed.api_get(fields=["lookalike_audience_ids"])["lookalike_audience_ids"] == [made["id"], wide["id"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec",
    [
        {"country": "DE"},
        {"type": "similarity"},
        {"type": "nonsense", "country": "DE"},
        {"type": "custom_ratio", "country": "DE"},
        {"ratio": 0.005, "country": "DE"},
        {"ratio": 0.21, "country": "DE"},
        {"ratio": 0.015, "country": "DE"},
        {"ratio": "much", "country": "DE"},
        {"ratio": 0.05, "starting_ratio": 0.05, "country": "DE"},
        {"ratio": 0.05, "country": "Germany"},
        {"ratio": 0.05, "location_spec": {"geo_locations": {"country_groups": ["asia"]}}},
        {"ratio": 0.05, "country": "DE", "similar_to": "anyone"},
        {"ratio": 0.05, "country": "DE", "conversion_type": "nonsense"},
        {"ratio": 0.05, "country": "DE", "conversion_type": "campaign_conversions", "origin_ids": ["7"]},
        {"ratio": 0.05, "country": "DE", "conversion_type": "page_like", "page_id": "7"},
    ],
)
def test_a_specification_that_cannot_be_is_refused(account, seed, spec) -> None:
    code, _, text = codes(lambda: like(account, seed, **spec))

    assert (code, "lookalike_spec" in text) == (100, True)
    assert account.get_custom_audiences().total() == 1


def test_a_seed_must_be_there_and_large_enough_and_allowed(account, seed, door) -> None:
    spec = {"ratio": 0.05, "country": "DE"}
    small = account.create_custom_audience(params={**SEED, "name": "Few"})
    made = like(account, seed, **spec)

    assert codes(lambda: like(account, None, **spec))[0] == 100
    assert codes(lambda: like(account, {"id": "7"}, **spec))[0] == 100
    assert codes(lambda: like(account, made, **spec))[0] == 100
    assert "at least 100 people in DE" in codes(lambda: like(account, small, **spec))[2]
    door("controls", id=seed["id"], flagged=True)
    assert codes(lambda: like(account, seed, **spec))[:2] == (100, 1713232)


def test_a_seed_of_another_country_needs_leave_to_go_abroad(account, door) -> None:
    german = hashlib.sha256(b"de").hexdigest()
    seed = account.create_custom_audience(params=SEED)
    rows = [[hashlib.sha256(f"p{number}".encode()).hexdigest(), german] for number in range(1000)]
    seed.create_user(params={"payload": {"schema": ["EMAIL", "COUNTRY"], "data": rows}})
    door("clock", advance_days=1)

    assert like(account, seed, ratio=0.01, country="DE")["id"]
    assert codes(lambda: like(account, seed, ratio=0.01, country="FR"))[0] == 100
    assert like(account, seed, ratio=0.01, country="FR", allow_international_seeds=True)["id"]


def test_those_who_converted_and_fans_of_the_page_are_seeds_too(account, running) -> None:
    campaign = account.get_campaigns()[0]["id"]
    conversions = {"conversion_type": "campaign_conversions", "origin_ids": [campaign]}
    fans = {"conversion_type": "page_like", "page_id": running.facts["page_id"]}

    assert like(account, None, ratio=0.01, country="DE", **conversions)["id"]
    assert like(account, None, ratio=0.01, country="DE", **fans)["id"]


def test_a_seed_outlives_its_lookalikes(account, seed) -> None:
    made = like(account, seed, type="reach", country="DE")

    assert codes(seed.api_delete)[0] == 2656
    made.api_delete()
    seed.api_delete()
    assert account.get_custom_audiences().total() == 0


def test_a_lookalike_that_nobody_uses_becomes_inactive(account, seed, door) -> None:
    made = like(account, seed, type="reach", country="DE")
    door("clock", advance_days=91)

    assert shown(made) == (450, 200, -1, -1)

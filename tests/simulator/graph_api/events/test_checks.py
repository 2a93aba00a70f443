"""Which events are received, and what is said about the others."""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.graph_api.errors import GraphError
from simulator.graph_api.events.checks import amount, check_event
from simulator.graph_api.events.match_keys import TOO_BROAD, present, sufficient

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MARY = hashlib.sha256(b"mary@example.com").hexdigest()


def event(**changes):
    """A purchase on a website an hour ago, with changes; None takes a field away."""
    made = {
        "event_name": "Purchase",
        "event_time": int((NOW - timedelta(hours=1)).timestamp()),
        "action_source": "website",
        "event_source_url": "https://shop.example/thank-you",
        "user_data": {"em": [MARY], "client_user_agent": "Mozilla/5.0"},
        "custom_data": {"value": 12.5, "currency": "EUR"},
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def refusal(body) -> tuple[int | None, str]:
    """Subcode and text of the error that an event must end in."""
    with pytest.raises(GraphError) as caught:
        check_event(body, 3, NOW)
    said = caught.value.body("trace")["error"]
    assert said["code"] == 100
    assert said["error_data"]["blame_field_specs"][0][:2] == ["data", "3"]
    return caught.value.subcode, said["error_user_msg"]


def test_a_good_event_says_when_it_happened() -> None:
    assert check_event(event(), 0, NOW) == NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    "field", ["event_name", "event_time", "action_source", "user_data", "event_source_url", "custom_data.currency"]
)
def test_a_missing_field_is_named_with_the_place_of_its_event(field: str) -> None:
    outer, _, inner = field.partition(".")
    body = event(**({outer: {"value": 1}} if inner else {outer: None}))

    steps = "".join(f"['{part}']" for part in field.split("."))
    assert refusal(body) == (2804019, f"The parameter $['data'][3]{steps} is required")


@pytest.mark.parametrize(
    "changes",
    [
        {"event_name": "x" * 51},
        {"event_name": 7},
        {"event_time": "yesterday"},
        {"event_time": int(NOW.timestamp()) * 1000},
        {"event_time": int(NOW.timestamp()) + 3600},
        {"action_source": "shop"},
        {"user_data": "mary"},
        {"user_data": {"em": "mary@example.com"}},
        {"user_data": {"em": [MARY, "mary@example.com"]}},
        {"user_data": {"em": hashlib.md5(b"mary", usedforsecurity=False).hexdigest()}},
        {"user_data": {"em": MARY}},
        {"custom_data": {"value": "a", "currency": "EUR"}},
        {"custom_data": {"value": 1, "currency": "EURO"}},
        {"custom_data": {"value": 1, "currency": "EUR", "contents": {}}},
        {"custom_data": {"value": 1, "currency": "EUR", "contents": [{"quantity": 1}]}},
        {"custom_data": []} | {"event_name": "Purchase"},
        {"data_processing_options": ["OTHER"]},
        {"data_processing_options": ["LDU"], "data_processing_options_country": 7},
        {"data_processing_options": ["LDU"], "data_processing_options_state": 7},
        {"action_source": "business_messaging"},
    ],
)
def test_a_value_that_cannot_be_is_refused(changes) -> None:
    assert refusal(event(**changes))[0] == 2804019


def test_events_are_taken_for_seven_days_and_those_of_a_store_for_sixty_two() -> None:
    week = {"event_time": int((NOW - timedelta(days=7, seconds=1)).timestamp())}
    stores = {"action_source": "physical_store", "event_source_url": None}

    subcode, said = refusal(event(**week))
    assert subcode == 2804003
    assert "$['data'][3]['event_time']" in said
    assert check_event(event(**week, **stores), 0, NOW) < NOW - timedelta(days=7)
    assert refusal(event(event_time=int((NOW - timedelta(days=63)).timestamp()), **stores))[0] == 2804003


def test_apps_and_messages_have_rules_of_their_own() -> None:
    app = event(action_source="app", app_data={"extinfo": ["i2", "", "", "", "18.0", *[""] * 11]})
    message = {"action_source": "business_messaging", "messaging_channel": "whatsapp"}

    assert check_event(app, 0, NOW)
    assert refusal(event(action_source="app"))[0] == 2804043
    assert refusal({**app, "app_data": {"extinfo": ["i2", *[""] * 15]}})[0] == 2804043
    assert check_event(event(**message), 0, NOW)
    assert refusal(event(**message, event_name="Lead"))[0] == 2804066


@pytest.mark.parametrize("keys", [set(), *TOO_BROAD, {"fn"}, {"country", "zp"}, {"db"}])
def test_customer_information_that_fits_anyone_is_not_enough(keys: set[str]) -> None:
    data = {key: "Mozilla" if key == "client_user_agent" else MARY for key in keys}

    assert refusal(event(action_source="email", user_data=data))[0] == 2804050


@given(st.sets(st.sampled_from(sorted({*TOO_BROAD[0], *TOO_BROAD[1], "fn", "ln"}))))
def test_one_strong_key_makes_any_set_sufficient(keys: set[str]) -> None:
    assert sufficient(frozenset(keys | {"em"}))
    assert sufficient(frozenset(keys)) == (bool(keys) and not any(keys <= broad for broad in TOO_BROAD))


def test_malformed_click_ids_and_addresses_match_nobody() -> None:
    assert present({"fbc": "abc", "fbp": "fb.1.1.2", "client_ip_address": "300.1.1.1"}) == frozenset()
    assert present({"fbc": "fb.1.1700000000000.IwAR", "client_ip_address": "2001:db8::1"}) == {
        "fbc",
        "client_ip_address",
    }


@given(st.floats())
def test_an_amount_is_finite_or_none(number: float) -> None:
    assert amount(number) == (number if math.isfinite(number) else None)
    assert amount(str(number)) == amount(number)

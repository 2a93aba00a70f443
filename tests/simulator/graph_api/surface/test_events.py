"""The Conversions API as its clients use it: Meta's SDK in all its ways of sending, and plain HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import datetime

import pytest
import requests
from facebook_business.adobjects.adspixel import AdsPixel
from facebook_business.adobjects.serverside.action_source import ActionSource
from facebook_business.adobjects.serverside.batch_processor import BatchProcessor
from facebook_business.adobjects.serverside.custom_data import CustomData
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.event_request import EventRequest
from facebook_business.adobjects.serverside.event_request_async import EventRequestAsync
from facebook_business.adobjects.serverside.http_service_interface import HttpServiceInterface
from facebook_business.adobjects.serverside.user_data import UserData
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession


def texts(*events: dict) -> list[str]:
    """Events as the SDK wants them: JSON texts."""
    return [json.dumps(event) for event in events]


@pytest.fixture
def admin(running):
    """The admin door: GET where nothing is sent, POST otherwise."""

    def call(name: str, body: dict | None = None, **params):
        url = f"{running.facts['admin_url']}/{name}"
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(url, json=body) if body is not None else session.get(url, params=params)
            return answer.json()

    return call


@pytest.fixture
def web(running):
    """A plain HTTP client with the token in its header."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {running.facts['access_token']}"
        yield session


@pytest.fixture
def everywhere(running, sdk, monkeypatch):
    """The SDK's process-wide settings, which its event requests read, pointed at `running`."""
    monkeypatch.setattr(FacebookSession, "GRAPH", running.url)
    monkeypatch.setattr(FacebookAdsApi, "_default_api", sdk)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return sdk


@pytest.fixture
def now(admin) -> int:
    """The simulated Unix time in seconds."""
    return int(datetime.fromisoformat(admin("clock")["now"]).timestamp())


@pytest.fixture
def purchase(now):
    """Makes a purchase as plain values."""

    def make(number: int = 0, **changes):
        return {
            "event_name": "Purchase",
            "event_time": now - 60,
            "event_id": f"order-{number}",
            "action_source": "website",
            "event_source_url": "https://shop.example/thank-you",
            "user_data": {
                "em": [hashlib.sha256(f"p{number}@example.com".encode()).hexdigest()],
                "client_user_agent": "Mozilla/5.0 (iPhone)",
            },
            "custom_data": {"value": 12.5, "currency": "EUR"},
            **changes,
        }

    return make


@pytest.fixture
def event(now):
    """Makes a purchase as the SDK's own object."""

    def make(number: int = 0) -> Event:
        return Event(
            event_name="Purchase",
            event_time=now - 60,
            event_id=f"order-{number}",
            event_source_url="https://shop.example/thank-you",
            action_source=ActionSource.WEBSITE,
            user_data=UserData(email=f"p{number}@example.com", phone="16505551212", client_user_agent="Mozilla/5.0"),
            custom_data=CustomData(value=12.5, currency="eur"),
        )

    return make


def test_the_sdks_event_request_is_received(everywhere, running, event, admin) -> None:
    request = EventRequest(pixel_id=running.facts["pixel_id"], events=[event(1), event(2)], test_event_code="TEST1")

    answer = request.execute()

    assert (answer.events_received, answer.messages) == (2, [])
    assert answer.fbtrace_id.startswith("A")
    kept = admin("events")["events"]
    assert [one["event"]["event_id"] for one in kept] == ["order-1", "order-2"]
    assert kept[0]["match_keys"] == ["client_user_agent", "em", "ph"]
    assert kept[0]["test_event_code"] == "TEST1"


def test_the_sdks_asynchronous_event_request_is_received(everywhere, running, event) -> None:
    request = EventRequestAsync(pixel_id=running.facts["pixel_id"], events=[event(1)])

    assert asyncio.run(request.execute()).events_received == 1


def test_the_sdk_with_a_client_of_its_own_is_received(everywhere, running, event, web) -> None:
    class Client(HttpServiceInterface):
        def execute(self, url, method, request_options, headers, params):
            del web.headers["Authorization"]
            return web.request(method, url, headers=headers, json=params).json()

    facts = running.facts
    request = EventRequest(
        pixel_id=facts["pixel_id"],
        events=[event(1)],
        http_client=Client(),
        access_token=facts["access_token"],
        appsecret=facts["app_secret"],
    )

    assert request.execute()["events_received"] == 1


def test_the_sdks_batch_processor_sends_all_its_events(everywhere, running, event, admin) -> None:
    events = [event(number) for number in range(5)]
    request = EventRequestAsync(pixel_id=running.facts["pixel_id"], events=[])

    BatchProcessor(batch_size=2, concurrent_requests=2).process_events(request, events)

    assert admin("events")["total"] == 5


def test_the_sdks_pixel_creates_events_without_any_global_setting(sdk, running, purchase) -> None:
    pixel = AdsPixel(running.facts["pixel_id"], api=sdk)

    assert pixel.create_event(params={"data": texts(purchase(1))})["events_received"] == 1


def test_the_token_may_travel_in_the_body_and_events_as_objects_or_texts(running, web, purchase) -> None:
    facts = running.facts
    del web.headers["Authorization"]
    url, token = f"{facts['url']}/v24.0/{facts['pixel_id']}/events", {"access_token": facts["access_token"]}

    for data in ([purchase(1)], [json.dumps(purchase(2))]):
        assert web.post(url, data={**token, "data": json.dumps(data)}).json()["events_received"] == 1
    assert web.post(url, json={**token, "data": [purchase(3)]}).json()["events_received"] == 1
    wrong = {"access_token": "nobody", "data": [purchase(4)]}
    assert web.post(url, json=wrong).json()["error"]["code"] == 190


def test_one_invalid_event_refuses_the_whole_request(sdk, running, purchase, admin) -> None:
    pixel = AdsPixel(running.facts["pixel_id"], api=sdk)
    old = purchase(2, event_time=purchase()["event_time"] - 8 * 86400)

    with pytest.raises(FacebookRequestError) as caught:
        pixel.create_event(params={"data": texts(purchase(1), old)})

    error = caught.value
    assert (error.api_error_code(), error.api_error_subcode()) == (100, 2804003)
    assert error.api_blame_field_specs() == [["data", "1", "event_time"]]
    assert admin("events")["total"] == 0


def test_a_thousand_events_are_taken_and_one_more_is_not(running, web, purchase, admin) -> None:
    url = f"{running.url}/v26.0/{running.facts['pixel_id']}/events"
    events = [purchase(number) for number in range(1001)]

    refused = web.post(url, json={"data": events}).json()["error"]
    assert refused["code"] == 100
    assert "at most 1000 events" in refused["message"]
    assert web.post(url, json={"data": events[:1000]}).json()["events_received"] == 1000
    assert admin("events", after=998, limit=5)["total"] == 1000


@pytest.mark.parametrize("data", [None, [], "nonsense", {"event_name": "Purchase"}, ["{"], [3]])
def test_data_that_is_no_list_of_events_is_refused(running, web, data) -> None:
    url = f"{running.url}/v26.0/{running.facts['pixel_id']}/events"

    assert web.post(url, json={"data": data}).json()["error"]["code"] == 100


def test_an_event_that_is_sent_again_counts_twice_unless_the_first_is_to_be_kept(sdk, running, purchase, admin) -> None:
    pixel_id = running.facts["pixel_id"]
    for _ in range(2):
        AdsPixel(pixel_id, api=sdk).create_event(params={"data": texts(purchase(1), purchase(2, event_id=None))})

    def counted() -> list[bool]:
        return [one["counted"] for one in admin("events")["events"]]

    assert counted() == [True] * 4
    assert admin("controls", {"id": pixel_id, "resent_events": "first_kept"}) == {"success": True}
    assert counted() == [True, True, False, True]
    admin("clock", {"advance_days": 3})
    later = purchase(1, event_time=purchase()["event_time"] + 3 * 86400)
    AdsPixel(pixel_id, api=sdk).create_event(params={"data": texts(later)})
    assert counted() == [True, True, False, True, True]


def test_a_client_with_another_clock_is_heard_where_the_dataset_says_so(sdk, running, purchase, admin) -> None:
    pixel = AdsPixel(running.facts["pixel_id"], api=sdk)
    real = texts(purchase(1, event_time=purchase()["event_time"] + 300 * 86400))

    with pytest.raises(FacebookRequestError) as caught:
        pixel.create_event(params={"data": real})
    assert "must not lie in the future" in caught.value.body()["error"]["error_user_msg"]
    admin("controls", {"id": pixel["id"], "event_time": "as_received"})
    pixel.create_event(params={"data": real})

    found = pixel.api_get(fields=["event_time_max", "valid_entries", "duplicate_entries"])
    assert found["event_time_max"] == purchase()["event_time"] + 60
    assert (found["valid_entries"], found["duplicate_entries"]) == (1, 0)
    assert "error" in admin("controls", {"id": pixel["id"], "event_time": "never"})
    assert "error" in admin("controls", {"id": pixel["id"], "colour": "red"})


def test_received_events_do_not_change_the_world(running, web, purchase) -> None:
    facts = running.facts
    report = f"{facts['url']}/v26.0/{facts['ad_account_ids'][0]}/insights"
    asked = {"fields": "spend,actions", "date_preset": "today"}
    before = web.get(report, params=asked).json()
    web.post(f"{facts['url']}/v26.0/{facts['pixel_id']}/events", json={"data": [purchase(1)]})

    assert web.get(report, params=asked).json() == before


def test_events_survive_a_restart(open_desk, tmp_path) -> None:
    file = tmp_path / "state"
    desk = open_desk(state_file=file)
    now = int(datetime.fromisoformat(desk.admin("GET", "clock")["now"]).timestamp())
    pixel = desk.emulator.state.credentials.pixel_id
    sent = {
        "event_name": "Lead",
        "event_time": now,
        "action_source": "email",
        "user_data": {"external_id": "7"},
        "event_id": "a",
    }
    desk.post(f"{pixel}/events", data=[sent])
    desk.admin("POST", "controls", id=pixel, resent_events="first_kept")
    before = desk.admin("GET", "events")
    desk.emulator.close()

    assert open_desk(state_file=file).admin("GET", "events") == before

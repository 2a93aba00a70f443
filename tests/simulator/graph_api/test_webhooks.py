"""Webhooks over real HTTP: the handshake, signed posts, tries again."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.application import Application
from facebook_business.exceptions import FacebookRequestError

from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.graph_api.webhooks import postman
from simulator.scenarios import load_scenario

pytestmark = pytest.mark.slow

AD_SET = "1202000000000120000"
ACCOUNT, YEN = "act_1000000000000001", "act_1000000000000002"
PATIENCE_SECONDS = 20.0


@dataclass
class Callback:
    """A client's address: answers challenges with its verify token, collects posts, refuses while told to."""

    url: str = ""
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    refusing: int = 0
    tries: int = 0

    @property
    def changes(self) -> list[tuple[str, str, dict[str, Any]]]:
        """(account, field, value) of everything it was told."""
        entries = [entry for _, body in self.posts for entry in json.loads(body)["entry"]]
        return [(entry["id"], change["field"], change["value"]) for entry in entries for change in entry["changes"]]


@pytest.fixture
def callback():
    told = Callback()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            told.asked.append(asked)
            right = asked["hub.mode"] == ["subscribe"] and asked["hub.verify_token"] == ["mine"]
            self.send_response(200 if right else 403)
            self.end_headers()
            self.wfile.write(asked["hub.challenge"][0].encode() if right else b"no")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.tries += 1
            if told.refusing:
                told.refusing -= 1
                self.send_response(500)
            else:
                told.posts.append((dict(self.headers), body))
                self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def subscribe(running, sdk, callback):
    def both(account: str = ACCOUNT, **more: Any) -> None:
        params = {"object": "ad_account", "callback_url": callback.url, "verify_token": "mine", **more}
        Application(running.facts["app_id"], api=sdk).create_subscription(params=params)
        AdAccount(account, api=sdk).create_subscribed_app()

    return both


def until(true: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def admin(running, door: str, body: dict[str, Any] | None = None) -> Any:
    url = f"{running.facts['admin_url']}/{door}"
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(url, json=body) if body is not None else session.get(url)
    return answer.json()


def test_a_callback_address_must_answer_the_challenge_before_it_is_subscribed(running, sdk, callback) -> None:
    app = Application(running.facts["app_id"], api=sdk)
    params = {"object": "ad_account", "callback_url": callback.url, "fields": ["creative_fatigue"]}
    with pytest.raises(FacebookRequestError) as caught:
        app.create_subscription(params={**params, "verify_token": "theirs"})
    nothing = list(app.get_subscriptions())
    app.create_subscription(params={**params, "verify_token": "mine"})

    assert caught.value.api_error_code() == 2200
    assert "HTTP Status Code = 403" in caught.value.api_error_message()
    assert nothing == []
    assert [asked["hub.mode"] for asked in callback.asked] == [["subscribe"], ["subscribe"]]
    (found,) = app.get_subscriptions()
    assert (found["callback_url"], found["active"]) == (callback.url, True)
    assert found["fields"] == [{"name": "creative_fatigue", "version": "v26.0"}]


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"callback_url": "https://example.org/hook"}, 2200, "--callbacks-anywhere"),
        ({"callback_url": "http://169.254.169.254/"}, 2200, "not an address on this machine"),
        ({"callback_url": "file:///etc/passwd"}, 2200, "not an address on this machine"),
        ({"callback_url": "http://127.0.0.1:1/"}, 2200, "HTTP Status Code = 0"),
        ({"callback_url": ""}, 100, "callback_url"),
        ({"object": "page"}, 100, "object"),
        ({"fields": ["nonsense"]}, 100, "nonsense"),
        ({"callback_url": "http://[", "_handshake": "ok"}, 2200, "Callback verification failed"),
    ],
)
def test_a_subscription_that_cannot_be_is_refused(running, sdk, callback, changed, code: int, words: str) -> None:
    params = {"object": "ad_account", "callback_url": callback.url, "verify_token": "mine", **changed}
    with pytest.raises(FacebookRequestError) as caught:
        sdk.call("POST", (running.facts["app_id"], "subscriptions"), params=params)

    assert caught.value.api_error_code() == code
    assert words in caught.value.api_error_message()
    assert list(Application(running.facts["app_id"], api=sdk).get_subscriptions()) == []


def test_an_event_on_purpose_arrives_signed_over_its_raw_escaped_body(running, subscribe, callback) -> None:
    subscribe()
    value = {"id": "1", "level": "AD", "error_message": "Anzeige für Müller ⚠"}
    told = admin(running, "webhooks", {"field": "with_issues_ad_objects", "value": value})
    until(lambda: callback.posts)
    headers, body = callback.posts[0]
    secret = running.facts["app_secret"].encode()

    assert told["pending"] == 1
    assert callback.changes == [(ACCOUNT.removeprefix("act_"), "with_issues_ad_objects", value)]
    assert b"M\\u00fcller" in body
    assert headers["X-Hub-Signature-256"] == f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
    assert json.loads(body)["object"] == "ad_account"
    until(lambda: admin(running, "webhooks")["pending"] == 0)
    (delivery,) = admin(running, "webhooks")["deliveries"]
    assert (delivery["status"], delivery["outcome"], len(delivery["tries"])) == ("delivered", "HTTP 200", 1)


def test_what_a_client_changes_is_told_once_both_halves_are_subscribed(running, sdk, subscribe, callback) -> None:
    AdSet(AD_SET, api=sdk).api_update(params={"status": "PAUSED"})
    subscribe()
    AdSet(AD_SET, api=sdk).api_update(params={"status": "ACTIVE"})
    until(lambda: callback.posts)

    number = ACCOUNT.removeprefix("act_")
    assert (number, "in_process_ad_objects", {"id": AD_SET, "level": "AD_SET", "status_name": "Active"}) in (
        callback.changes
    )
    assert all(value["status_name"] == "Active" for _, _, value in callback.changes)
    assert {account for account, _, _ in callback.changes} == {number}


def test_only_subscribed_fields_and_accounts_are_told(running, sdk, subscribe, callback) -> None:
    subscribe(fields=["creative_fatigue"])
    AdSet(AD_SET, api=sdk).api_update(params={"status": "PAUSED"})
    refused = [
        admin(running, "webhooks", {"field": "in_process_ad_objects"}),
        admin(running, "webhooks", {"field": "creative_fatigue", "account": YEN}),
        admin(running, "webhooks", {"field": "nonsense"}),
        admin(running, "webhooks", {"field": "creative_fatigue", "value": 1}),
        admin(running, "webhooks", {"fields": "creative_fatigue"}),
    ]
    admin(running, "webhooks", {"field": "creative_fatigue", "value": {"id": "1"}})
    until(lambda: callback.posts)

    assert [words in answer["error"] for answer, words in zip(refused, (
        "nobody is subscribed to in_process_ad_objects", "of act_1000000000000002", "known: with_issues", "an object",
        "an event has no fields",
    ), strict=True)] == [True] * 5  # fmt: skip
    assert [name for _, name, _ in callback.changes] == ["creative_fatigue"]


def test_what_is_unsubscribed_is_not_told(running, sdk, subscribe, callback) -> None:
    subscribe()
    app, account = Application(running.facts["app_id"], api=sdk), AdAccount(ACCOUNT, api=sdk)
    assert [found["id"] for found in account.get_subscribed_apps()] == [running.facts["app_id"]]
    app.delete_subscriptions(params={"object": "ad_account", "fields": ["creative_fatigue"]})
    assert "creative_fatigue" not in {field["name"] for field in next(iter(app.get_subscriptions()))["fields"]}
    account.delete_subscribed_apps()
    app.delete_subscriptions(params={"object": "ad_account"})

    assert list(account.get_subscribed_apps()) == list(app.get_subscriptions()) == []
    assert "nobody is subscribed" in admin(running, "webhooks", {"field": "creative_fatigue"})["error"]


@pytest.mark.slow
def test_a_refused_post_is_tried_again_at_once_and_then_as_simulated_time_passes(running, subscribe, callback) -> None:
    subscribe()
    callback.refusing = 3
    admin(running, "webhooks", {"field": "creative_fatigue", "value": {"id": "1"}})
    until(lambda: callback.tries == 2)
    time.sleep(0.5)
    assert (callback.tries, admin(running, "webhooks")["pending"]) == (2, 1)
    for seconds, tries in ((60, 3), (300, 4)):
        admin(running, "clock", {"advance_seconds": seconds})
        until(lambda tries=tries: callback.tries == tries)
    until(lambda: admin(running, "webhooks")["pending"] == 0)

    (delivery,) = admin(running, "webhooks")["deliveries"]
    assert (delivery["status"], len(delivery["tries"])) == ("delivered", 4)


@pytest.mark.slow
def test_after_a_day_and_a_half_a_post_is_dropped(running, subscribe, callback) -> None:
    subscribe()
    callback.refusing = 10**6
    admin(running, "webhooks", {"field": "creative_fatigue", "value": {"id": "1"}})
    until(lambda: callback.tries == 2)
    for _ in range(12):
        done = callback.tries
        admin(running, "clock", {"advance_seconds": 6 * 3600})
        until(lambda done=done: callback.tries > done or admin(running, "webhooks")["pending"] == 0)

    (delivery,) = admin(running, "webhooks")["deliveries"]
    assert (delivery["status"], delivery["outcome"], delivery["due_at"]) == ("dropped", "HTTP 500", None)
    assert callback.posts == []


@pytest.mark.parametrize(
    ("mechanism", "field_name", "words"),
    [
        ({"ad_review": {"rejected": 0.3, "restored": 1.0, "review_days": 2.0}}, "with_issues_ad_objects", "error_code"),
        ({"creative_fatigue": {"half_life_days": 365.0}}, "creative_fatigue", "status_name"),
    ],
)
def test_what_happens_in_the_world_is_told(callback, mechanism, field_name: str, words: str) -> None:
    market = load_scenario("small").having(name="troubled", **mechanism)
    with requests.Session() as web, run_in_thread(EmulatorConfig((AccountConfig(market, 1),))) as troubled:
        facts, web.trust_env = troubled.facts, False
        web.headers["Authorization"] = f"Bearer {facts['access_token']}"
        url, account = f"{facts['url']}/v26.0", facts["ad_account_ids"][0]
        form = {"object": "ad_account", "callback_url": callback.url, "verify_token": "mine", "fields": field_name}
        web.post(f"{url}/{facts['app_id']}/subscriptions", data=form).raise_for_status()
        web.post(f"{url}/{account}/subscribed_apps").raise_for_status()
        ads = {ad["id"] for ad in web.get(f"{url}/{account}/ads").json()["data"]}
        admin(troubled, "clock", {"advance_days": 15})
        until(lambda: callback.posts)

    assert {name for _, name, _ in callback.changes} == {field_name}
    assert all(value["id"] in ads and value["level"] == "AD" and value[words] for _, _, value in callback.changes)


def test_what_breaks_while_one_world_is_looked_at_is_said_and_stops_nothing(
    running, sdk, subscribe, callback, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe()

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(postman, "sight", broken)
        AdSet(AD_SET, api=sdk).api_update(params={"status": "PAUSED"})
        until(lambda: admin(running, "webhooks")["trouble"])
    AdSet(AD_SET, api=sdk).api_update(params={"name": "still here"})
    until(lambda: callback.posts)

    assert admin(running, "webhooks")["trouble"] == "ZeroDivisionError: planted"


@pytest.mark.slow
def test_subscriptions_are_there_after_a_restart_and_what_was_told_is_not_told_again(
    running, callback, tmp_path
) -> None:
    accounts = tuple(account.config for account in running.emulator.state.accounts.values())
    config = EmulatorConfig(accounts, state_file=tmp_path / "state.jsonl")
    with requests.Session() as web:
        web.trust_env = False
        for turn in range(2):
            with run_in_thread(config) as again:
                facts = again.facts
                web.headers["Authorization"] = f"Bearer {facts['access_token']}"
                url = f"{facts['url']}/v26.0"
                if turn == 0:
                    form = {"object": "ad_account", "callback_url": callback.url, "verify_token": "mine"}
                    assert web.post(f"{url}/{facts['app_id']}/subscriptions", data=form).json() == {"success": True}
                    assert web.post(f"{url}/{ACCOUNT}/subscribed_apps").json() == {"success": True}
                done = len(callback.posts)
                web.post(f"{url}/{AD_SET}", data={"status": ("PAUSED", "ACTIVE")[turn]})
                until(lambda done=done: len(callback.posts) > done)
    told = [value["status_name"] for _, _, value in callback.changes if value["id"] == AD_SET]

    assert len(callback.asked) == 1
    assert set(told) == {"Paused", "Active"}
    assert told.index("Active") > 0


def test_an_ad_set_with_a_flagged_audience_is_told_with_that_reason(running, sdk, subscribe, callback) -> None:
    account = AdAccount(ACCOUNT, api=sdk)
    params = {"name": "n", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
    audience = account.create_custom_audience(params=params)["id"]
    ad_set = account.get_ad_sets()[0]
    targeting = {"geo_locations": {"countries": ["US"]}, "custom_audiences": [{"id": audience}]}
    ad_set.api_update(params={"targeting": targeting})
    subscribe()
    admin(running, "controls", {"id": audience, "flagged": True})
    admin(running, "clock", {"advance_seconds": 60})
    until(lambda: any(field == "with_issues_ad_objects" for _, field, _ in callback.changes))

    told = next(value for _, field, value in callback.changes if field == "with_issues_ad_objects")
    assert (told["id"], told["level"], told["error_code"]) == (ad_set["id"], "AD_SET", 2460003)

"""One small account behind a port, Meta's SDK in front of it, and a hand on its clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.graph_api.server import Running


class Client:
    """Meta's SDK pointed at one emulator: its account, and time that passes when told."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.facts = running.facts
        session = FacebookSession(
            self.facts["app_id"], self.facts["app_secret"], self.facts["access_token"], timeout=20
        )
        session.GRAPH = self.facts["url"]
        session.requests.trust_env = False
        self.api = FacebookAdsApi(session)
        self.account = AdAccount(self.facts["ad_account_ids"][0], api=self.api)

    def of(self, kind: type, object_id: str) -> Any:
        """An object of the SDK."""
        return kind(object_id, api=self.api)

    def raw(self, method: str, path: str, **params: Any) -> Any:
        """A call without an object: the JSON of its answer."""
        return self.api.call(method, path.split("/"), params).json()

    def pass_time(self, **move: float) -> None:
        """advance_days or advance_seconds."""
        answer = requests.post(f"{self.facts['admin_url']}/clock", json=move, timeout=60)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def make_client() -> Iterator[Callable[..., Client]]:
    """Opens an emulator of scenario small, seed 1, unless told otherwise; all are closed in the end."""
    with ExitStack() as stack:

        def make(scenario: str = "small", **more: Any) -> Client:
            config = EmulatorConfig((AccountConfig(scenario, 1),), **more)
            found = Client(stack.enter_context(run_in_thread(config)))
            stack.callback(found.api._session.requests.close)
            return found

        yield make


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    """Scenario small, seed 1."""
    return make_client()


@pytest.fixture
def refused() -> Callable[[Callable[[], Any]], FacebookRequestError]:
    """Calls, and gives the error that the call must end in."""

    def call(action: Callable[[], Any]) -> FacebookRequestError:
        with pytest.raises(FacebookRequestError) as caught:
            action()
        return caught.value

    return call


@pytest.fixture
def client_of() -> Iterator[Callable[[Running], Client]]:
    """Points the SDK at an emulator that a test runs itself."""
    with ExitStack() as stack:

        def make(running: Running) -> Client:
            found = Client(running)
            stack.callback(found.api._session.requests.close)
            return found

        yield make

"""An emulator without sockets, and one behind a port with Meta's SDK in front of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.graph_api.emulator import Emulator
from simulator.graph_api.messages import Response
from simulator.graph_api.server import Running

SESSION = requests.Session()
"""One for all desks, so that connections are kept."""
SESSION.trust_env = False


@dataclass
class Desk:
    """Speaks HTTP with an emulator; `get` and `post` give the JSON of an answer, whatever its status.

    All desks share a server, where each has a path prefix of its own; `emulator` is there to be looked into.
    """

    emulator: Emulator
    url: str
    responses: list[Response] = field(default_factory=list)

    @property
    def token(self) -> str:
        return self.emulator.state.credentials.access_token

    def send(self, method: str, path: str, params: dict[str, Any], **headers: str) -> requests.Response:
        """The answer to parameters in the query of a GET and in the JSON body of anything else."""
        if method == "GET":
            query = {name: one if isinstance(one, str) else json.dumps(one) for name, one in params.items()}
            return SESSION.request(method, self.url + path, params=query, headers=headers, timeout=20)
        headers["Content-Type"] = "application/json"
        return SESSION.request(method, self.url + path, data=json.dumps(params), headers=headers, timeout=20)

    def call(self, method: str, path: str, /, **params: Any) -> Any:
        try:
            answer = self.send(method, path, params, Authorization=f"Bearer {self.token}")
        except requests.ConnectionError:
            return None
        try:
            body = answer.json()
        except ValueError:
            body = answer.content
        self.responses.append(Response(body, answer.status_code, answer.headers))
        return body

    def get(self, path: str, /, **params: Any) -> Any:
        return self.call("GET", f"/v26.0/{path}", **params)

    def post(self, path: str, /, **params: Any) -> Any:
        return self.call("POST", f"/v26.0/{path}", **params)

    def error(self, path: str, method: str = "GET", **params: Any) -> tuple[int, int | None]:
        """Code and subcode of the error that a call must end in."""
        error = self.call(method, f"/v26.0/{path}", **params)["error"]
        assert self.responses[-1].status == 400
        assert {"message", "type", "code", "fbtrace_id"} <= set(error)
        return error["code"], error.get("error_subcode")

    def admin(self, method: str, name: str, **params: Any) -> Any:
        return self.send(method, f"/_emulator/{name}", params).json()

    def pass_days(self, days: float) -> None:
        self.admin("POST", "clock", advance_days=days)

    @property
    def account(self) -> Any:
        """The first account, up to date."""
        self.emulator.now()
        return self.emulator.state.account(next(iter(self.emulator.state.accounts)))

    def all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Every row of a list, page by page, by cursor."""
        rows, after = [], {}
        while True:
            body = self.get(path, **params, **after)
            rows += body["data"]
            if "next" not in body.get("paging", {}):
                return rows
            after = {"after": body["paging"]["cursors"]["after"]}


def config_of(*accounts: tuple[str, int], **more: Any) -> EmulatorConfig:
    return EmulatorConfig(tuple(AccountConfig(*account) for account in accounts), **more)


@pytest.fixture(scope="session")
def hall() -> Iterator[Running]:
    """The server that all desks of a session share."""
    with run_in_thread(config_of(("small", 999))) as running:
        yield running


@pytest.fixture
def open_desk(hall: Running) -> Iterator[Callable[..., Desk]]:
    """Makes a desk over ("scenario", seed) pairs; closes its emulator at the end of the test."""
    opened: dict[str, Emulator] = {}

    def make(*accounts: tuple[str, int], wall: Callable[[], float] = lambda: 0.0, **more: Any) -> Desk:
        name = f"desk{len(opened)}"
        opened[name] = hall.worlds.named[name] = Emulator(config_of(*(accounts or (("small", 1),)), **more), wall)
        return Desk(opened[name], f"{hall.url}/{name}")

    yield make
    for name, emulator in opened.items():
        del hall.worlds.named[name]
        emulator.close()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """One account, scenario small, seed 1."""
    return open_desk()


@pytest.fixture
def running() -> Iterator[Running]:
    """Scenarios small and volatile behind a free port."""
    with run_in_thread(config_of(("small", 1), ("volatile", 2))) as emulator:
        yield emulator


@pytest.fixture
def sdk(running: Running) -> Iterator[FacebookAdsApi]:
    """Meta's SDK, pointed at `running` and nowhere else."""
    facts = running.facts
    session = FacebookSession(facts["app_id"], facts["app_secret"], facts["access_token"], timeout=20)
    session.GRAPH = facts["url"]
    session.requests.trust_env = False
    yield FacebookAdsApi(session)
    session.requests.close()


@dataclass
class Client:
    """A plain HTTP client of a running emulator, with its token in the header of every call."""

    running: Running
    session: requests.Session = field(default_factory=requests.Session)
    version: str = "v26.0"
    patience_seconds: float = 10.0

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {self.running.facts['access_token']}"

    def call(self, method: str, path: str, *, fault: str = "", token: str | None = None, **params: Any) -> Any:
        """The whole answer of one call; parameters go into the query of a GET and into the form of a POST."""
        url = f"{self.running.facts['url']}/{self.version}/{path}"
        headers = {"X-Emulator-Fault": fault} if fault else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        place = {"data": params} if method == "POST" else {"params": params}
        return self.session.request(method, url, headers=headers, timeout=self.patience_seconds, **place)

    def get(self, path: str, **params: Any) -> Any:
        return self.call("GET", path, **params).json()

    def post(self, path: str, **params: Any) -> Any:
        return self.call("POST", path, **params).json()

    def code(self, answer: Any) -> tuple[int, int | None] | None:
        """Code and subcode of an answer; None where it is no error."""
        error = answer.json().get("error") if answer.content else None
        return (error["code"], error.get("error_subcode")) if error else None

    def admin(self, method: str, name: str, **params: Any) -> Any:
        url = f"{self.running.facts['admin_url']}/{name}"
        place = {"json": params} if method == "POST" else {"params": params}
        return self.session.request(method, url, timeout=10, **place).json()

    def fault(self, **spec: Any) -> Any:
        return self.admin("POST", "faults", **spec)

    def pass_seconds(self, seconds: float) -> None:
        self.admin("POST", "clock", advance_seconds=seconds)

    def usage(self, answer: Any, name: str) -> Any:
        """A usage header, parsed."""
        return json.loads(answer.headers[name])


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of its own emulator: one account, scenario small, seed 1."""
    with run_in_thread(config_of(("small", 1))) as emulator, requests.Session() as session:
        yield Client(emulator, session)


@pytest.fixture
def client_of() -> Callable[[Running], Client]:
    """Makes a client of an emulator that is already running."""
    return Client


@pytest.fixture
def open_client() -> Callable[..., Any]:
    """Makes a context with a client of an emulator of its own, configured as told."""

    @contextmanager
    def make(*accounts: tuple[str, int], **more: Any) -> Iterator[Client]:
        with run_in_thread(config_of(*(accounts or (("small", 1),)), **more)) as emulator, requests.Session() as web:
            yield Client(emulator, web)

    return make

"""A planted token and a planted secret, everything failing, and nobody who looks anywhere finds them."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from facebook_business.session import FacebookSession

from service.errors import PlatformError
from service.platforms.meta.account import MetaAdAccount, MetaConnection, open_account
from service.platforms.meta.creates import Kind
from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.graph_api.catalogue import CATALOGUE
from simulator.graph_api.fault_kinds import KINDS
from simulator.identity import account_id

DAY = date(2026, 3, 1)
ACTS: tuple[Callable[[MetaAdAccount], object], ...] = (
    lambda account: account.facts(),
    lambda account: account.ad_sets(),
    lambda account: account.report(DAY, DAY),
    lambda account: account.set_daily_budget("1", 100),
    lambda account: account.write_status("1", active=False),
    lambda account: account.created(Kind.CAMPAIGN, {"name": "Spring"}, "a1b2c3d4e5"),
)
SERVERS = ("uvicorn", "httpx", "httpcore")
"""Loggers of the emulator, which runs in the process of the tests, and of the tests' own client."""

BEHIND_A_SOCKET = ("https to a server that speaks none", "nobody listens", "SDK debugging")


def forms_of(token: str, secret: str) -> tuple[str, ...]:
    """The secrets and what is made of them."""
    proof = FacebookSession(app_secret=secret, access_token=token).appsecret_proof
    return (token, secret, proof, token.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"))


def texts_of(failure: BaseException | None) -> Iterator[str]:
    """Everything that a report of an exception could show, of it and all it is chained to."""
    while failure is not None:
        yield from (str(failure), repr(failure), repr(failure.args), repr(vars(failure)))
        yield from traceback.TracebackException.from_exception(failure, capture_locals=False).format()
        failure = failure.__cause__ or failure.__context__


def shown_by(account: MetaAdAccount) -> Iterator[str]:
    """What people print when they look for a mistake."""
    for thing in (
        account,
        account._connection,
        account._api,
        account._api._session,
        account._transport,
        account._calls,
    ):
        yield from (str(thing), repr(thing), f"{thing!s}")
    yield repr(account.usage())


def failures_of(account: MetaAdAccount) -> list[PlatformError]:
    found = []
    for act in ACTS:
        try:
            act(account)
        except PlatformError as error:
            found.append(error)
    return found


@pytest.fixture
def everywhere(caplog, capfd) -> Callable[..., list[str]]:
    """Everything that was logged at DEBUG or printed since the start, and that the arguments show."""
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "requests", "facebook_business", "caudal"):
        logging.getLogger(name).setLevel(logging.DEBUG)

    def collect(account: MetaAdAccount, failures: list[PlatformError]) -> list[str]:
        records = [record for record in caplog.records if not record.name.startswith(SERVERS)]
        texts = [*shown_by(account), *map(logging.Formatter().format, records)]
        caplog.clear()
        return [*texts, *capfd.readouterr(), *(text for failure in failures for text in texts_of(failure))]

    yield collect
    for name in ("urllib3", "requests", "facebook_business", "caudal"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize("in_header", [True, False], ids=["header", "query"])
@pytest.mark.parametrize("name", BEHIND_A_SOCKET)
def test_nothing_that_breaks_below_http_shows_a_secret(name, in_header, connect, graph, planted, everywhere) -> None:
    changes: dict[str, Any] = {
        "https to a server that speaks none": {"graph_url": graph.url.replace("http://", "https://")},
        "nobody listens": {"graph_url": "http://127.0.0.1:9"},
        "SDK debugging": {},
    }[name]
    account = connect(token_in_header=in_header, timeout_seconds=1.0, **changes)
    account._api._enable_debug_logger = name == "SDK debugging"

    failures = failures_of(account)

    texts = everywhere(account, failures)
    assert name == "SDK debugging" or len(failures) >= 4
    assert name != "SDK debugging" or any("curl" in text for text in texts)
    assert [text for text in texts if any(secret in text for secret in forms_of(*planted))] == []


@pytest.fixture(scope="module")
def emulator() -> Iterator[dict[str, Any]]:
    with run_in_thread(EmulatorConfig(accounts=(AccountConfig("small", 3),))) as running:
        yield running.facts


FIRST_OF_FAMILY = {entry.family: (entry.code, entry.type) for entry in reversed(CATALOGUE) if entry.subcode is None}
PLANS = [
    *(
        {"kind": kind, **({"seconds": 0.05} if "seconds" in KINDS[kind].defaults else {})}
        for kind in KINDS
        if kind not in ("error", "token_expiry")
    ),
    *({"kind": "error", "code": code, "type": kind} for code, kind in FIRST_OF_FAMILY.values()),
    {"kind": "token_expiry"},  # and from then on
]


@pytest.mark.slow
def test_no_fault_of_the_emulator_shows_a_secret(emulator, everywhere) -> None:
    secrets, texts, count = forms_of(emulator["access_token"], emulator["app_secret"]), [], 0
    doors = f"{emulator['admin_url']}/faults"
    for n, plan in enumerate(PLANS):
        connection = MetaConnection(
            graph_url=emulator["url"],
            access_token=emulator["access_token"],
            app_id=emulator["app_id"],
            app_secret=emulator["app_secret"],
            account_id=account_id(3),
            timeout_seconds=0.3,
            token_in_header=n % 2 == 0,
        )
        httpx.post(doors, json={**plan, "next": 4}, trust_env=False).raise_for_status()
        account = open_account(connection, wait=lambda seconds: None)
        failures = failures_of(account)
        count += len(failures)
        texts += everywhere(account, failures)
        httpx.post(doors, json={"clear": True}, trust_env=False).raise_for_status()

    assert count > len(PLANS)
    assert [text for text in texts if any(secret in text for secret in secrets)] == []


CRASH = """
import logging, sys
logging.basicConfig(level=logging.DEBUG)
from service.platforms.meta.account import MetaConnection, open_account
url, token, secret, header = sys.argv[1], "EAAB+planted/token==", "planted-app-secret", sys.argv[2] == "header"
connection = MetaConnection(url, token, "7", secret, "act_42", timeout_seconds=1.0, token_in_header=header)
account = open_account(connection, wait=lambda seconds: None)
print(account, connection, vars(account).keys())
account.set_daily_budget("1", 100)
"""


@pytest.mark.slow
@pytest.mark.parametrize("in_header", ["header", "query"])
@pytest.mark.parametrize("where", ["dropped", "refused"])
def test_a_program_that_dies_of_an_error_prints_no_secret(where, in_header, graph, answer, planted) -> None:
    graph.always(answer(drop=True))
    url = graph.url if where == "dropped" else "http://127.0.0.1:9"

    died = subprocess.run(
        [sys.executable, "-X", "dev", "-c", CRASH, url, in_header], capture_output=True, text=True, check=False
    )

    assert died.returncode == 1
    assert "OutcomeUnknown" in died.stderr
    assert "DEBUG" in died.stderr
    assert [secret for secret in forms_of(*planted) if secret in died.stdout + died.stderr] == []

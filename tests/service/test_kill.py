"""kill -9, again and again, in the middle of mornings: nothing is decided twice, sent twice, lost or left open.

Real processes: the emulator, and `caudal serve` in live mode, which is killed when the emulator has answered a seeded
number of requests since the service came up, and started again.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pytest

from service.decision import DecisionRecord
from service.errors import SettingsError
from service.persistence.engine import open_engine
from service.persistence.ledger import SqlLedger

CAUDAL = (sys.executable, "-m", "service")
SCENARIOS = ("small", "volatile")
PATIENCE_SECONDS = 300.0


def promote(home: Path) -> None:
    """A registry in the home whose champion moves nearly every budget every day."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow import MlflowClient  # noqa: PLC0415 - seconds to import

        uri = f"sqlite:///{home / 'mlflow.db'}"
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        spec = {"name": "curve_thompson", "params": {}, "priors_digest": None}
        body = json.dumps({"schema": "caudal.policy.1", "spec": spec}).encode()
        run = client.create_run(client.create_experiment("test", (home / "artifacts").as_uri())).info.run_id
        (home / "policy.json").write_bytes(body)
        client.log_artifact(run, str(home / "policy.json"), "policy")
        client.create_registered_model("budget-policy")
        tags = {"caudal.digest": hashlib.sha256(body).hexdigest()}
        version = client.create_model_version("budget-policy", f"runs:/{run}/policy", run, tags=tags)
        client.set_registered_model_alias("budget-policy", "champion", version.version)


class Theatre:
    """An emulator that goes on, a service that dies, and the eyes to see both."""

    def __init__(self, home: Path, facts: dict[str, Any]) -> None:
        self.home, self.facts = home, facts
        self.client = httpx.Client(trust_env=False, timeout=60)
        self.service: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def admin(self, door: str, body: dict[str, Any] | None = None, **query: Any) -> Any:
        url = f"{self.facts['admin_url']}/{door}"
        answer = self.client.post(url, json=body) if body is not None else self.client.get(url, params=query)
        return answer.raise_for_status().json()

    def requests(self) -> int:
        """How many requests the emulator has answered so far."""
        return int(self.admin("requests", limit=0)["total"])

    def start(self) -> None:
        """A service on a free port; whatever the last one left in the home is there."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CAUDAL_", "META_"))},
            "CAUDAL_HOME": str(self.home),
            "CAUDAL_MODE": "live",
            "CAUDAL_PORT": "0",
            "CAUDAL_TICK_SECONDS": "0.05",
            "CAUDAL_QUARANTINE_SECONDS": "15",
            "CAUDAL_DEADLINE_SECONDS": "60",
            "CAUDAL_GRAPH_URL": self.facts["url"],
            "CAUDAL_CLOCK_URL": f"{self.facts['admin_url']}/clock",
            "DUMMY_MODE": "false",
            "META_API_VERSION": self.facts["graph_version"],
            "META_APP_ID": self.facts["app_id"],
            "META_APP_SECRET": self.facts["app_secret"],
            "META_ACCESS_TOKEN": self.facts["access_token"],
            "META_AD_ACCOUNT_ID": ",".join(self.facts["ad_account_ids"]),
        }
        with (self.home / "service.log").open("ab") as log:
            self.service = subprocess.Popen((*CAUDAL, "serve"), env=environment, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self.service is not None
        assert self.service.poll() is None, (self.home / "service.log").read_text()[-2000:]
        self.service.send_signal(signal.SIGKILL)
        self.service.wait()
        self.kills += 1

    def stop(self) -> float:
        """Ask the service to end; seconds until it did."""
        assert self.service is not None
        began = time.monotonic()
        self.service.terminate()
        assert self.service.wait(30) == 0
        return time.monotonic() - began

    def settled(self) -> bool:
        """Whether every account has decided today and no change is open, by the ledger's own word."""
        if not (self.home / "ledger.db").exists():
            return False
        now = datetime.fromisoformat(self.admin("clock")["now"])
        try:
            with ledger(self.home) as books:
                accounts = books.accounts()
        except SettingsError:  # the file is there, its tables are not yet
            return False
        return len(accounts) == len(SCENARIOS) and all(
            account.last_decided == now.astimezone(ZoneInfo(account.facts.time_zone)).date()
            and not account.unsettled_changes
            for account in accounts
        )

    def morning(self, moments: Iterator[int], kills: int) -> None:
        """See one morning through, killing the service at the given numbers of requests while kills are left."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        moment, seen = next(moments), self.requests()
        while not self.settled():
            assert time.monotonic() < deadline, (self.home / "service.log").read_text()[-3000:]
            until = time.monotonic() + 0.25
            while time.monotonic() < until:
                if self.kills < kills and self.requests() - seen >= moment:
                    self.kill()
                    moment, seen = next(moments), self.requests()
                    self.start()
                time.sleep(0.004)


@contextmanager
def ledger(home: Path) -> Iterator[SqlLedger]:
    """The ledger file, opened beside the service."""
    engine = open_engine(f"sqlite:///{home / 'ledger.db'}")
    try:
        yield SqlLedger(engine)
    finally:
        engine.dispose()


@contextmanager
def theatre(home: Path) -> Iterator[Theatre]:
    """An emulator process with one account per scenario, and no service yet."""
    chosen = [part for name in SCENARIOS for part in ("--scenario", name)]
    command = (*CAUDAL, "emulate", *chosen, "--seed", "7", "--speed", "5", "--json")
    with (home / "emulator.log").open("wb") as log:
        emulator = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
    assert emulator.stdout is not None
    line = emulator.stdout.readline()
    assert line, (home / "emulator.log").read_text()
    stage = Theatre(home, json.loads(line))
    try:
        yield stage
    finally:
        stage.client.close()
        for process in (stage.service, emulator):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        emulator.stdout.close()


def rehearse(home: Path, *, days: int, kills: int, seed: int) -> None:
    """Live through the days with so many kills, then ask whether the books and the platform agree."""
    promote(home)
    rng = np.random.default_rng(seed)
    moments = iter(lambda: int(rng.integers(1, 14)), None)
    with theatre(home) as stage:
        before = budgets(stage)
        stage.start()
        for number in range(days):
            if number:
                stage.admin("clock", {"advance_days": 1})
            # The last day may use up whatever kills are left; the others share them.
            stage.morning(moments, kills if number == days - 1 else kills * (number + 1) // days)
        assert stage.kills == kills
        assert stage.stop() < 15
        log = stage.admin("requests")["requests"]
        examine(home, days, before, budgets(stage), log)


def budgets(stage: Theatre) -> dict[str, int]:
    """The truth: the budget of every ad set, by id."""
    world = stage.admin("world")["accounts"]
    return {ad_set["id"]: ad_set["budget_minor"] for account in world for ad_set in account["ad_sets"]}


def examine(home: Path, days: int, before: dict[str, int], after: dict[str, int], log: list[dict[str, Any]]) -> None:
    """Every morning decided once, every change settled, nothing sent twice, and the platform as the books say."""
    expected, moved = dict(before), 0
    with ledger(home) as books:
        zones = {account.facts.id: ZoneInfo(account.facts.time_zone) for account in books.accounts()}
        for account_id in zones:
            records = sorted(books.decisions(account_id, limit=100), key=lambda record: record.decision.day)
            first = records[0].decision.day
            assert [record.decision.day for record in records] == [first + timedelta(days=n) for n in range(days)]
            assert books.unsettled(account_id) == ()
            for record in records:
                moved += follow(record, expected)

    assert after == expected
    sent = Counter(posts(log, zones))
    assert max(sent.values()) == 1
    assert moved <= len(sent)
    assert moved > days * len(before) // 3


def follow(record: DecisionRecord, expected: dict[str, int]) -> int:
    """What the receipts of one morning say about budgets; how many changes were applied."""
    for receipt in record.receipts:
        assert receipt.state.value in {"applied", "void", "superseded", "refused", "abandoned"}
        if receipt.verified_minor is not None:
            expected[receipt.ad_set_id] = receipt.verified_minor
    return sum(receipt.state.value == "applied" for receipt in record.receipts)


def posts(log: list[dict[str, Any]], zones: dict[str, ZoneInfo]) -> Iterator[tuple[str, date]]:
    """Every budget write the emulator saw, as ad set and the day it was for (a change is one ad set on one day)."""
    for entry in log:
        if entry["method"] == "POST" and "daily_budget" in json.dumps(entry):
            yield entry["path"], datetime.fromisoformat(entry["at"]).date()


@pytest.mark.slow
def test_a_killed_service_goes_on_where_it_stood(tmp_path: Path) -> None:
    rehearse(tmp_path, days=1, kills=3, seed=11)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_week_with_more_than_twenty_kills_ends_in_order(tmp_path: Path) -> None:
    rehearse(tmp_path, days=7, kills=21, seed=12)

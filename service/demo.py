"""The main job, end to end, as real processes: study, promotion, emulator, service, mornings, counterfactual.

This is an orchestrator: it starts the same commands that a person would type and talks to them over HTTP. Nothing in it
decides, simulates or measures.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from service.adapters.processes import CAUDAL, ChildFailed, Family, pause, run_json, seconds_now
from service.errors import SettingsError

if TYPE_CHECKING:
    import httpx

SCENARIOS = ("medium", "small", "volatile")
"""From west to east, so that on the first morning every account already lives its scenario's first day."""
MORNING = time(2, 30)
HOST = "127.0.0.1"
STUDY = "foundation"
SISTERS = 50
"""More worlds per scenario in the comparison: a few accounts alone say little about the gain to expect."""

Say = Callable[[str], None]
Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to show."""

    home: Path
    days: int
    accounts: int
    replications: int
    port: int
    mlflow_port: int
    seed: int = 1
    scenarios: tuple[str, ...] = SCENARIOS

    @property
    def worlds(self) -> tuple[tuple[str, int], ...]:
        """Scenario and seed of every account, from west to east."""
        chosen = [self.scenarios[i % len(self.scenarios)] for i in range(self.accounts)]
        chosen.sort(key=self.scenarios.index)
        return tuple((scenario, self.seed + i) for i, scenario in enumerate(chosen))

    @property
    def run_home(self) -> Path:
        """A home of its own for this run's ledger, inside the home whose MLflow store all runs share."""
        taken = [int(p.name.removeprefix("run-")) for p in self.home.glob("run-*") if p.name[4:].isdecimal()]
        return self.home / f"run-{max(taken, default=0) + 1:03}"

    def make_run_home(self) -> Path:
        """Make this run's home.

        Raises:
            SettingsError: it cannot be made there.
        """
        made = self.run_home
        try:
            made.mkdir(parents=True)
        except OSError as error:
            raise SettingsError(
                f"the directory {made} cannot be made ({error.strerror}): give one that can be written with --home"
            ) from error
        return made

    @property
    def tracking_uri(self) -> str:
        """Where studies and promotions are recorded."""
        return f"sqlite:///{self.home.absolute() / 'mlflow.db'}"


@dataclass
class Demo:
    """One showing; what was found collects in `found`."""

    plan: Plan
    family: Family
    client: httpx.Client
    say: Say
    home: Path
    found: dict[str, Any] = field(default_factory=dict)
    admin_url: str = ""
    emulator_url: str = ""
    at_first: dict[str, int] = field(default_factory=dict)

    @property
    def urls(self) -> dict[str, str]:
        """Where to look."""
        service, mlflow = f"http://{HOST}:{self.plan.port}", f"http://{HOST}:{self.plan.mlflow_port}"
        pages = {"dashboard": f"{service}/", "docs": f"{service}/docs", "mlflow": mlflow}
        return {**pages, "emulator": f"{self.emulator_url}/"} if self.emulator_url else pages

    @property
    def environment(self) -> dict[str, str]:
        """What every child is told."""
        return {"CAUDAL_HOME": str(self.home), "MLFLOW_TRACKING_URI": self.plan.tracking_uri}

    def train(self) -> None:
        """Compare the policies in simulated worlds, and give the best one the alias champion."""
        self.say(f"1/5  Study {STUDY!r}: budget policies in simulated worlds, logged to MLflow")
        size = ("--replications", str(self.plan.replications))
        study = self._json("the study", "study", "run", STUDY, *size, "--json")
        self.say("2/5  Promotion: the best policy passes the gates and becomes champion")
        promotion = self._json("the promotion", "promote", "--study", STUDY, "--json")
        self.say(f"     {promotion['policy']} is champion, version {promotion['version']} of {promotion['model']}")
        self.found["study"] = {key: study[key] for key in ("study", "scenarios", "seeds", "days", "run_id")}
        self.found["promotion"] = promotion

    def open_mlflow(self) -> None:
        """MLflow's pages, in the background: they take their time to come up."""
        server = ("-m", "mlflow", "ui", "--backend-store-uri", self.plan.tracking_uri, "--workers", "1")
        where = ("--host", HOST, "--port", str(self.plan.mlflow_port))
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        self.family.start("mlflow", (sys.executable, *server, *where), {**self.environment, **quiet})

    def serve(self) -> None:
        """The emulator, and the service pointed at it as it would be at Meta."""
        worlds = self.plan.worlds
        self.say(f"3/5  Graph API emulator with {len(worlds)} ad accounts, and the service in front of it, mode live")
        chosen = [part for scenario, _ in worlds for part in ("--scenario", scenario)]
        counted = ("--accounts", str(len(worlds)), "--seed", str(self.plan.seed), "--port", "0")
        state = ("--state-file", str(self.home / "emulator.jsonl"))
        emulator = self.family.start(
            "emulator", (*CAUDAL, "emulate", *chosen, *counted, *state, "--json"), self.environment
        )
        facts = json.loads(emulator.first_line(120))
        self.admin_url, self.emulator_url = facts["admin_url"], facts["url"]
        self.at_first = self._caused()
        self.family.start("service", (*CAUDAL, "serve", "--port", str(self.plan.port)), self._pointed_at(facts))
        self.family.wait("the service's start", lambda: self._answers(f"{self.urls['dashboard']}health/live"), 60)

    def mornings(self, advance: Advance) -> None:
        """Let the mornings come, one account's after the other, and wait until each is decided and settled."""
        started = seconds_now()
        wanted = self.plan.days * self.plan.accounts
        self.family.wait("onboarding", lambda: len(self._accounts()) == self.plan.accounts, 60)
        self._settle()
        first = {account["id"]: date.fromisoformat(account["last_decided"]) for account in self._accounts()}
        while (done := sum(_mornings(account, first) for account in self._accounts())) < wanted:
            advance(done, wanted)
            coming = [account for account in self._accounts() if _mornings(account, first) < self.plan.days]
            self._post_clock({"to": min(map(next_morning, coming)).isoformat()})
            self._settle()
        advance(done, wanted)
        self.found["mornings"] = {"decided": done, "days": self.plan.days, "seconds": round(seconds_now() - started, 1)}
        self._close_the_day()

    def compare(self) -> None:
        """What the same worlds, and others of their kind, would have earned under the usual rules, and left alone."""
        self.say("5/5  Counterfactual: the very same worlds, and more like them, under the usual rules, and left alone")
        accounts = [part for scenario, seed in self.plan.worlds for part in ("--account", f"{scenario}:{seed}")]
        days = ("--days", str(self.plan.days))
        found = self._json("the comparison", "compare", *accounts, *days, "--sisters", str(SISTERS), "--json")
        computed = {world["account_id"]: world["caused_value_minor"][found["policy"]] for world in found["worlds"]}
        lived = {name: value - self.at_first[name] for name, value in self._caused().items()}
        self.found["comparison"] = found
        self.found["wire_equals_counterfactual"] = lived == computed

    def wait_for_pages(self) -> None:
        """Every address that is going to be printed answers."""
        for name, url in self.urls.items():
            self.family.wait(f"the start of {name}", partial(self._answers, url), 180, 0.25)
        self.found["urls"] = self.urls

    def go_on(self) -> None:
        """A day a minute, until somebody stops it."""
        while True:
            pause(1.0)
            self.family.require()
            self._post_clock({"advance_seconds": 1440})

    # How

    def _json(self, name: str, *arguments: str) -> dict[str, Any]:
        return run_json(name, (*CAUDAL, *arguments), self.environment)

    def _pointed_at(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """The environment of a live service, with the emulator where Meta would be."""
        return {
            **self.environment,
            "DUMMY_MODE": "false",
            "CAUDAL_MODE": "live",
            "CAUDAL_GRAPH_URL": facts["url"],
            "CAUDAL_CLOCK_URL": f"{facts['admin_url']}/clock",
            "CAUDAL_MLFLOW_URL": self.urls["mlflow"],
            "CAUDAL_TICK_SECONDS": "0.1",
            "META_API_VERSION": facts["graph_version"],
            "META_APP_ID": facts["app_id"],
            "META_APP_SECRET": facts["app_secret"],
            "META_ACCESS_TOKEN": facts["access_token"],
            "META_AD_ACCOUNT_ID": ",".join(facts["ad_account_ids"]),
        }

    def _settle(self) -> None:
        """Wait until every account has decided its latest morning and nothing is open."""
        now = datetime.fromisoformat(self.client.get(f"{self.admin_url}/clock").raise_for_status().json()["now"])
        try:
            self.family.wait("this morning", lambda: all(settled(a, now) for a in self._accounts()), 60)
        except ChildFailed as error:
            problems = "; ".join(f"{a['id']}: {a['problem']}" for a in self._accounts() if a["problem"])
            raise ChildFailed(f"{error}; {problems}" if problems else str(error)) from error

    def _close_the_day(self) -> None:
        """Let the last day end everywhere: only days that are over can be compared."""
        ends = (
            datetime.combine(_next_day(account), time(0, 1), ZoneInfo(account["time_zone"]))
            for account in self._accounts()
        )
        self._post_clock({"to": max(ends).astimezone(UTC).isoformat()})

    def _caused(self) -> dict[str, int]:
        """What the orders that an account's ads caused so far are worth, in minor units: the emulator's own truth."""
        accounts = self.client.get(f"{self.admin_url}/world").raise_for_status().json()["accounts"]
        return {a["id"]: sum(ad_set["caused_value_minor"] for ad_set in a["ad_sets"]) for a in accounts}

    def _accounts(self) -> list[dict[str, Any]]:
        answer = self.client.get(f"{self.urls['dashboard']}api/v1/meta/accounts")
        accounts: list[dict[str, Any]] = answer.json()["items"] if answer.is_success else []
        return accounts

    def _post_clock(self, body: Mapping[str, Any]) -> None:
        answer = self.client.post(f"{self.admin_url}/clock", json=dict(body))
        if not answer.is_success:
            raise ChildFailed(f"the emulator's clock refused {dict(body)}: {answer.text[:200]}")

    def _answers(self, url: str) -> bool:
        import httpx  # noqa: PLC0415 - 0.2 s, only where it is used

        try:
            return self.client.get(url).is_success
        except httpx.TransportError:
            return False


def next_morning(account: Mapping[str, Any]) -> datetime:
    """When the morning after the last decided one comes in this account's time zone."""
    return datetime.combine(_next_day(account), MORNING, ZoneInfo(account["time_zone"])).astimezone(UTC)


def settled(account: Mapping[str, Any], now: datetime) -> bool:
    """Whether the account's latest morning at this instant is decided, and none of its changes is open."""
    local = now.astimezone(ZoneInfo(account["time_zone"]))
    latest = local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)
    return str(account["last_decided"] or "") >= latest.isoformat() and not account["unsettled_changes"]


def _next_day(account: Mapping[str, Any]) -> date:
    return date.fromisoformat(account["last_decided"]) + timedelta(days=1)


def _mornings(account: Mapping[str, Any], first: Mapping[str, date]) -> int:
    return (date.fromisoformat(account["last_decided"]) - first[account["id"]]).days + 1

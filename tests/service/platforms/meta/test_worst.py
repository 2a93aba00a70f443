"""Everything goes wrong at once: nothing hangs, nothing wrong is called done, nothing is made twice, nothing is told.

Time is scaled, for the emulator and for the adapter alike: a hundred simulated seconds pass in a real one, so that
waits, blocks and decaying scores take their course in a test; and where a call is held back, time jumps to when it may
go, as the service's scheduler comes back then.
"""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pytest

from service.errors import HeldBack, PlatformError
from service.platforms.meta.account import AppShare, MetaAdAccount, MetaConnection, open_account
from service.platforms.meta.creates import Kind
from service.platforms.meta.read_back import Outcome, Written
from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.identity import account_id
from simulator.scenarios import load_scenario

SCALE = 100.0
SEEDS = (3, 4, 5)
TIMEOUT_SECONDS = 0.5
ATTEMPT_SECONDS = 4 * TIMEOUT_SECONDS  # connecting, the head, the body, and the machine's own slowness
LONGEST_SECONDS = {"read": 3 * ATTEMPT_SECONDS, "report": 20.0, "write": 20 * ATTEMPT_SECONDS, "create": 60.0}
UNTIL = load_scenario("small").start_day - timedelta(days=1)


@dataclass
class Seconds:
    """Simulated seconds as the adapter counts them."""

    skipped: float = 0.0

    def monotonic(self) -> float:
        return time.monotonic() * SCALE + self.skipped


def wait(seconds: float) -> None:
    time.sleep(seconds / SCALE)


@dataclass
class Study:
    """An emulator with the worst profile, accounts that are used at random, and what came of it."""

    facts: dict[str, Any]
    http: httpx.Client
    rng: np.random.Generator
    accounts: list[MetaAdAccount]
    clock: Seconds
    ad_sets: dict[str, list[str]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    tokens: dict[str, str | None] = field(default_factory=dict)

    def admin(self, door: str, **body: Any) -> dict[str, Any]:
        url = f"{self.facts['admin_url']}/{door}"
        answer = self.http.post(url, json=body) if body else self.http.get(url)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def act(self) -> None:
        """One call of a random kind, timed, and its outcome checked against the truth."""
        account = self.accounts[int(self.rng.integers(len(self.accounts)))]
        kinds = ("facts", "ad_sets", "budgets", "report", "budget", "status", "create", "again")
        kind = str(self.rng.choice(kinds, p=(0.2, 0.15, 0.25, 0.08, 0.12, 0.12, 0.04, 0.04)))
        began, skip = time.monotonic(), 0.0
        try:
            outcome = getattr(self, f"_{kind}")(account)
        except PlatformError as error:
            self.texts += [str(error), repr(error)]
            outcome = type(error).__name__
            skip = error.retry_after_seconds or 0.0 if isinstance(error, HeldBack) else 0.0
        self.outcomes[f"{kind}: {outcome}"] += 1
        clock = {"budget": "write", "status": "write", "create": "create", "again": "create", "report": "report"}
        seconds, sort = time.monotonic() - began, clock.get(kind, "read")
        self.slowest[sort] = max(seconds, self.slowest.get(sort, 0.0))
        if skip:
            self.admin("clock", advance_seconds=skip)
            self.clock.skipped += skip

    def _facts(self, account: MetaAdAccount) -> str:
        self._expect(account.facts().id == account.id, "facts of another account")
        return "read"

    def _ad_sets(self, account: MetaAdAccount) -> str:
        found = sorted(s.id for s in account.ad_sets())
        self._expect(found[: len(self.ad_sets[account.id])] == found[: len(found)], "ad sets that are not there")
        self._expect(set(self.ad_sets[account.id]) <= set(found), "an ad set is missing")
        return "read"

    def _budgets(self, account: MetaAdAccount) -> str:
        self._expect(set(self.ad_sets[account.id]) <= set(account.budgets_minor()), "a budget is missing")
        return "read"

    def _report(self, account: MetaAdAccount) -> str:
        days = int(self.rng.integers(1, 29))
        rows = account.report(UNTIL - timedelta(days=days - 1), UNTIL).rows
        keys = {(row.ad_set_id, row.day) for row in rows}
        self._expect(len(keys) == len(rows) == days * len(self.ad_sets[account.id]), "rows lost or doubled")
        return "read"

    def _budget(self, account: MetaAdAccount) -> str:
        ad_set_id = str(self.rng.choice(self.ad_sets[account.id]))
        wanted = int(self.rng.integers(500, 1_000_000))
        return self._judged(account.write_daily_budget(ad_set_id, wanted), ad_set_id, "budget_minor", wanted)

    def _status(self, account: MetaAdAccount) -> str:
        ad_set_id, active = str(self.rng.choice(self.ad_sets[account.id])), bool(self.rng.random() < 0.5)
        return self._judged(account.write_status(ad_set_id, active=active), ad_set_id, "active", active)

    def _judged(self, written: Written[Any], ad_set_id: str, name: str, wanted: Any) -> str:
        self.texts.append(written.why)
        if written.outcome is Outcome.CONFIRMED:
            accounts = self.admin("world")["accounts"]
            truth = next(s[name] for a in accounts for s in a["ad_sets"] if s["id"] == ad_set_id)
            self._expect(truth == wanted, f"{name} of {ad_set_id} is {truth}, and {wanted} was confirmed")
        return str(written.outcome)

    def _create(self, account: MetaAdAccount) -> str:
        token = f"token-{len(self.tokens):06d}"
        self.tokens[token] = None
        return self._created(account, token)

    def _again(self, account: MetaAdAccount) -> str:
        """What is not settled is asked for again."""
        open_tokens = [token for token, known in self.tokens.items() if known is None]
        return self._created(account, open_tokens[0]) if open_tokens else "nothing to ask"

    def _created(self, account: MetaAdAccount, token: str) -> str:
        account = self.accounts[int(token[-6:]) % len(self.accounts)]
        kind = (Kind.CAMPAIGN, Kind.CREATIVE)[int(token[-6:]) % 2]
        link = {"link": "https://shop.example", "message": "Spring"}
        story = {"object_story_spec": {"page_id": self.facts["page_id"], "link_data": link}}
        params = {"objective": "OUTCOME_SALES", "special_ad_categories": [], "is_adset_budget_sharing_enabled": False}
        created = account.created(kind, {"name": "Spring", **(params if kind is Kind.CAMPAIGN else story)}, token)
        self.tokens[token] = created.id
        return "found" if created.found else "created"

    def _expect(self, holds: bool, words: str) -> None:
        if not holds:
            self.wrong.append(words)

    def made(self) -> dict[str, list[str]]:
        """Ids by token as the emulator has them once nothing goes wrong any more."""
        self.admin("faults", clear=True)
        found: dict[str, list[str]] = {}
        for account, kind in itertools.product(self.accounts, (Kind.CAMPAIGN, Kind.CREATIVE)):
            url = f"{self.facts['url']}/{self.facts['graph_version']}/{account.id}/{kind}"
            params = {"fields": "name", "limit": "1000", "access_token": self.facts["access_token"]}
            for row in self.http.get(url, params=params).raise_for_status().json()["data"]:
                if row["name"].startswith("Spring ["):
                    found.setdefault(row["name"][8:-1], []).append(row["id"])
        return found


@pytest.fixture
def study() -> Iterator[Study]:
    config = EmulatorConfig(accounts=tuple(AccountConfig("small", seed) for seed in SEEDS), speed=SCALE)
    with run_in_thread(config) as running, httpx.Client(trust_env=False, timeout=30.0) as http:
        share, clock = AppShare(), Seconds()
        accounts = [
            open_account(
                MetaConnection(
                    graph_url=running.facts["url"],
                    access_token=running.facts["access_token"],
                    app_id=running.facts["app_id"],
                    app_secret=running.facts["app_secret"],
                    account_id=account_id(seed),
                    timeout_seconds=TIMEOUT_SECONDS,
                ),
                rng=np.random.default_rng(seed),
                wait=wait,
                monotonic=clock.monotonic,
                share=share,
            )
            for seed in SEEDS
        ]
        found = Study(running.facts, http, np.random.default_rng(7), accounts, clock)
        for truth in found.admin("world")["accounts"]:
            found.ad_sets[truth["id"]] = sorted(s["id"] for s in truth["ad_sets"])
        found.admin("faults", profile="worst", seed=7)
        yield found


@pytest.mark.slow
@pytest.mark.parametrize(
    "calls",
    [
        600,
        pytest.param(10_000, marks=pytest.mark.timeout(900)),
    ],
    ids=lambda n: f"{n} calls",
)
def test_with_everything_going_wrong_no_call_hangs_lies_tells_or_doubles(calls, study, caplog, capsys) -> None:
    caplog.set_level(logging.DEBUG, logger="urllib3")
    secrets = [study.facts["access_token"], study.facts["app_secret"]]
    began = time.monotonic()

    for _ in range(calls):
        study.act()
        study.texts += [record.getMessage() for record in caplog.records if record.name.startswith("urllib3")]
        caplog.clear()

    seconds = time.monotonic() - began
    struck = Counter(fault["fault"] for fault in study.admin("faults")["history"])
    figures = {"calls": calls, "seconds": seconds, "slowest": study.slowest, "faults": struck, "ends": study.outcomes}
    if calls > 1_000:
        with capsys.disabled():
            print(json.dumps(figures, sort_keys=True))  # noqa: T201 - the figures are what the long run is for
    assert study.wrong == []
    assert {kind: s for kind, s in study.slowest.items() if s > LONGEST_SECONDS[kind]} == {}
    assert [text for text in study.texts if any(secret in text for secret in secrets)] == []
    made = study.made()
    assert {token: ids for token, ids in made.items() if len(ids) > 1} == {}
    known = {token: [name] for token, name in study.tokens.items() if name is not None}
    assert {token: ids for token, ids in known.items() if made.get(token) != ids} == {}
    assert len(struck) > 12
    assert sum(n for name, n in study.outcomes.items() if name.endswith((": read", ": confirmed"))) > calls / 2

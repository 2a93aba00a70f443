"""Builders for the service's tests: observations, accounts that live in memory, clocks that only tests move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from agents.observation import observe, window
from agents.vocabulary import HISTORY_METRICS, NO_CEILING_MINOR, AdSet, AdSets, Allocation, DailyRow, PolicySpec
from service.decision import Mode
from service.errors import HeldBack, InvalidRequest, OutcomeUnknown, Throttled
from service.persistence import SqlLedger, migrate, open_engine
from service.platforms import AccountFacts, Report

DAY = date(2026, 3, 5)


def build_observation(
    budgets=(10_000, 20_000, 30_000),
    *,
    budget=None,
    active=True,
    protected=False,
    floors=0,
    ceilings=NO_CEILING_MINOR,
    day=DAY,
    days=3,
    collected_through="yesterday",
    account_id="act_1",
    minor_per_major=100,
):
    """An observation, of one account (budgets (A,)) or of a batch (budgets (W, A)); history is a fixed pattern."""
    now = np.array(budgets, dtype=np.int64)
    a, batch = now.shape[-1], now.shape[:-1]

    def wide(value, dtype):
        return np.broadcast_to(np.array(value, dtype=dtype), now.shape)

    is_active = wide(active, np.bool_)
    sets = AdSets(
        ids=tuple(f"12000{i:03d}" for i in range(a)),
        names=tuple(f"ad set {i}" for i in range(a)),
        budgets_minor=now,
        floors_minor=wide(floors, np.int64),
        ceilings_minor=wide(ceilings, np.int64),
        active=is_active,
        protected=wide(protected, np.bool_),
        learning_stages=wide(0, np.int64),
    )
    pattern = np.arange(now.size * days, dtype=np.int64).reshape(*batch, a, days)
    given = np.where(is_active, now, 0).sum(axis=-1) if budget is None else np.array(budget, dtype=np.int64)
    return observe(
        account_id=account_id,
        day=day,
        currency="EUR",
        minor_per_major=minor_per_major,
        budget_minor=np.broadcast_to(given, batch),
        ad_sets=sets,
        metrics={name: pattern + k for k, name in enumerate(HISTORY_METRICS)},
        days=window(day, days),
        collected_through=day - timedelta(days=1) if collected_through == "yesterday" else collected_through,
    )


@pytest.fixture(scope="session")
def observation_of():
    """`build_observation`: observations by their budgets, everything else by default."""
    return build_observation


class Crash(BaseException):
    """The process dies here: not an Exception, so that no handler in the code under test can survive it."""


class HandClock:
    """A clock that only tests move."""

    def __init__(self, now=datetime(2026, 3, 5, 1, 30, tzinfo=UTC)):
        self.at = now

    def now(self):
        return self.at

    def advance(self, **kwargs):
        self.at += timedelta(**kwargs)


class MemoryAccount:
    """An ad account in memory that can lose answers, refuse, and land writes late; its history is the oracle.

    `faults` maps the number of a write (0, 1, …) to what happens to it:
    "lost" (applied, answer lost), "dropped" (not applied, answer lost), "late" (applied when `land` is called),
    "phantom" (success is said, nothing is applied), "refused", "throttled" (an error, nothing applied),
    "held back" (the adapter did not send it).
    """

    def __init__(self, budgets, *, faults=None, active=None, account_id="act_1"):
        self.id = account_id
        self.budgets = dict(budgets)
        self.active = dict.fromkeys(budgets, True) | (active or {})
        self.faults = dict(faults or {})
        self.posts = []
        self.delayed = []
        self.after_write = lambda: None

    def facts(self):
        return AccountFacts(self.id, "Shop", "EUR", 100, "Europe/Berlin", True)

    def ad_sets(self):
        return tuple(AdSet(id=i, budget_minor=b, active=self.active[i], name=i) for i, b in self.budgets.items())

    def report(self, since, until):
        rows = (DailyRow(i, until, b, 1_000, 900, 50, 3, 2 * b) for i, b in self.budgets.items())
        return Report(tuple(rows), until)

    def budgets_minor(self):
        return dict(self.budgets)

    def set_daily_budget(self, ad_set_id, budget_minor):
        fault = self.faults.get(len(self.posts))
        self.posts.append((ad_set_id, budget_minor))
        if fault == "refused":
            raise InvalidRequest("budget is too low")
        if fault == "throttled":
            raise Throttled("too many calls")
        if fault == "held back":
            raise HeldBack("an allowance is used up", 60.0)
        if fault == "late":
            self.delayed.append((ad_set_id, budget_minor))
        elif fault not in {"dropped", "phantom"}:
            self.budgets[ad_set_id] = budget_minor
            self.after_write()
        if fault in {"lost", "dropped", "late"}:
            raise OutcomeUnknown("no answer")

    def land(self):
        """What was on its way arrives."""
        for ad_set_id, minor in self.delayed:
            self.budgets[ad_set_id] = minor
        self.delayed = []


@dataclass
class Scripted:
    """A policy that asks for budgets by ad set id; ids that are not named keep theirs."""

    asks: dict

    def decide(self, observation, rng):
        sets = observation.ad_sets
        asked = [self.asks.get(i, now) for i, now in zip(sets.ids, sets.budgets_minor.tolist(), strict=True)]
        return Allocation(np.array(asked, dtype=np.int64))

    def explain(self, observation, allocation):
        return tuple(f"asked {b}" for b in allocation.budgets_minor)


class OnePolicy:
    """A store with one promoted policy."""

    def promoted(self):
        return PolicySpec("scripted", {"k": 1}), "3"


@pytest.fixture
def follow(monkeypatch):
    """Let every spec build the policy given here: `follow({"a": 900})`, or any policy object."""

    def use(policy):
        built = Scripted(policy) if isinstance(policy, dict) else policy
        monkeypatch.setattr("service.planning.build_policy", lambda spec: built)
        return built

    return use


@pytest.fixture
def crash():
    """The exception that is a process's death."""
    return Crash


@pytest.fixture
def clock():
    """A clock at 02:30 in Berlin on the day that observations are of."""
    return HandClock()


@pytest.fixture
def store():
    """One promoted policy."""
    return OnePolicy()


@pytest.fixture
def account_of():
    """`MemoryAccount`: accounts by their budgets and faults."""
    return MemoryAccount


@pytest.fixture
def new_ledger():
    """Ledgers over fresh databases in memory; closed at the end."""
    engines = []

    def make():
        engine = open_engine("sqlite://")
        migrate(engine)
        engines.append(engine)
        return SqlLedger(engine)

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def ledger(new_ledger):
    """A ledger over a database in memory."""
    return new_ledger()


@pytest.fixture
def onboard(clock):
    """Onboard an account, by default live and with the sum of its budgets as the daily budget."""

    def do(ledger, account, *, mode=Mode.LIVE, budget=None):
        total = sum(account.budgets.values()) if budget is None else budget
        return ledger.onboard(account.facts(), mode=mode, daily_budget_minor=total, at=clock.now())

    return do

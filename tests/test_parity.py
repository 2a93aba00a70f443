"""Both doors show the same: a world read as arrays, and the same world read as Graph API JSON through Meta's SDK.

Equal digests prove that the policy saw the same bits; equal changes prove that it did the same with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import numpy as np
import pytest

from agents.observation import observe
from agents.vocabulary import HISTORY_METRICS, NO_CEILING_MINOR, Observation, PolicySpec
from experiments.account import SimulatedAccount
from service.cycle import look, plan
from service.decision import BudgetChange, Mode
from service.guardrails import DEFAULTS
from service.platforms import AdAccount
from service.platforms.meta.account import MetaAdAccount, MetaConnection, open_account
from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.identity import account_id
from simulator.scenarios import load_scenario
from simulator.world import World

DAYS = 30
SEEDS = {"small": 11, "medium": 12, "volatile": 13, "reference_small": 14}
CURVES = PolicySpec("curve_thompson", {})


@dataclass
class SlowDoor:
    """An emulator with one account, and the adapter that reads it."""

    facts: dict[str, Any]
    account: MetaAdAccount
    http: httpx.Client

    def next_morning(self) -> None:
        self.http.post(f"{self.facts['admin_url']}/clock", json={"advance_days": 1}).raise_for_status()

    def edit(self, ad_set_id: str, **params: Any) -> None:
        """What a person does in Ads Manager."""
        url = f"{self.facts['url']}/{self.facts['graph_version']}/{ad_set_id}"
        params["access_token"] = self.facts["access_token"]
        self.http.post(url, data=params).raise_for_status()


def connection(facts: dict[str, Any], account: str) -> MetaConnection:
    floor, ceiling = facts["budget_bounds_minor"][account]
    return MetaConnection(
        graph_url=facts["url"],
        access_token=facts["access_token"],
        app_id=facts["app_id"],
        app_secret=facts["app_secret"],
        account_id=account,
        api_version=facts["graph_version"],
        floor_minor=floor,
        ceiling_minor=NO_CEILING_MINOR if ceiling is None else ceiling,
    )


@pytest.fixture(params=SEEDS)
def scenario(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def world(scenario: str) -> World:
    return World(load_scenario(scenario), seeds=[SEEDS[scenario]])


@pytest.fixture
def slow(scenario: str) -> Iterator[SlowDoor]:
    config = EmulatorConfig(accounts=(AccountConfig(scenario, SEEDS[scenario]),))
    with run_in_thread(config) as running, httpx.Client(trust_env=False) as http:
        opened = open_account(connection(running.facts, account_id(SEEDS[scenario])))
        yield SlowDoor(running.facts, opened, http)


def decide(account: AdAccount, day: date, budget_minor: int) -> tuple[Observation, Sequence[BudgetChange]]:
    observation = look(account, day=day, budget_minor=budget_minor)
    decision = plan(observation, CURVES, "1", DEFAULTS, root_seed=5, mode=Mode.LIVE)
    assert not [finding.message for finding in decision.findings if finding.guardrail == "policy"]
    return observation, decision.changes


def differences(fast: Observation, slow: Observation) -> list[str]:
    """Which parts of two observations differ: what to look at when digests do."""
    parts = ("account_id", "day", "currency", "minor_per_major", "collected_through")
    found = [name for name in parts if getattr(fast, name) != getattr(slow, name)]
    for name in ("budgets_minor", "floors_minor", "ceilings_minor", "active", "protected", "learning_stages"):
        found += [] if np.array_equal(getattr(fast.ad_sets, name), getattr(slow.ad_sets, name)) else [name]
    for name in HISTORY_METRICS:
        found += [] if np.array_equal(getattr(fast.history, name), getattr(slow.history, name)) else [name]
    return found


@pytest.mark.parametrize(
    "scenario",
    ["small", *(pytest.param(name, marks=pytest.mark.slow) for name in ("medium", "volatile", "reference_small"))],
    indirect=True,
)
def test_both_doors_show_the_same_and_lead_to_the_same_for_thirty_mornings(world: World, slow: SlowDoor) -> None:
    fast = SimulatedAccount(world)
    budget = int(world.budgets_minor[world.active].sum())
    moved = 0
    assert fast.facts() == slow.account.facts()

    for morning in range(DAYS):
        seen, changes = decide(fast, world.today, budget)
        seen_on_the_wire, changes_on_the_wire = decide(slow.account, world.today, budget)

        assert differences(seen, seen_on_the_wire) == [], f"morning {morning}"
        assert seen.digest == seen_on_the_wire.digest, f"morning {morning}"
        assert changes == changes_on_the_wire, f"morning {morning}"
        assert seen.ad_sets.names == seen_on_the_wire.ad_sets.names

        for account in (fast, slow.account):
            for change in changes:
                account.set_daily_budget(change.ad_set_id, change.to_minor)
        assert fast.budgets_minor() == slow.account.budgets_minor()
        moved += len(changes)
        world.step()
        slow.next_morning()

    assert moved > DAYS, "a policy that moves nothing proves nothing"


def test_what_a_person_changes_is_seen_through_both_doors(world: World, slow: SlowDoor) -> None:
    fast = SimulatedAccount(world)
    first, second = (s.id for s in fast.ad_sets()[:2])
    world.set_active(0, 0, active=False)
    slow.edit(first, status="PAUSED")
    world.set_budget(0, 1, 4321)
    slow.edit(second, daily_budget="4321")

    for _ in range(3):
        seen, wired = (look(account, day=world.today, budget_minor=10_000) for account in (fast, slow.account))
        assert differences(seen, wired) == []
        assert seen.digest == wired.digest
        assert (bool(wired.ad_sets.active[0]), int(wired.ad_sets.budgets_minor[1])) == (False, 4321)
        world.step()
        slow.next_morning()


def test_orders_that_come_in_late_restate_the_past_through_both_doors(world: World, slow: SlowDoor) -> None:
    fast = SimulatedAccount(world)
    day = world.today
    since = day.fromordinal(day.toordinal() - 7)
    until = day.fromordinal(day.toordinal() - 1)
    before = slow.account.report(since, until)
    for _ in range(5):
        world.step()
        slow.next_morning()

    after = slow.account.report(since, until)

    assert sum(row.conversions for row in after.rows) > sum(row.conversions for row in before.rows)
    assert sum(row.spend_minor for row in after.rows) == sum(row.spend_minor for row in before.rows)
    assert after == fast.report(since, until)


def test_the_test_would_notice_one_cent(world: World, slow: SlowDoor) -> None:
    fast = SimulatedAccount(world)
    seen, wired = (look(account, day=world.today, budget_minor=10_000) for account in (fast, slow.account))
    assert seen.digest == wired.digest
    metrics = {name: getattr(wired.history, name).copy() for name in HISTORY_METRICS}
    metrics["value_minor"][0, -1] += 1

    altered = observe(
        account_id=wired.account_id,
        day=wired.day,
        currency=wired.currency,
        minor_per_major=wired.minor_per_major,
        budget_minor=wired.budget_minor,
        ad_sets=wired.ad_sets,
        metrics=metrics,
        days=wired.history.days,
        collected_through=wired.collected_through,
    )

    assert differences(seen, altered) == ["value_minor"]
    assert altered.digest != seen.digest

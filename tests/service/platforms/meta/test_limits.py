"""Against an emulator that enforces Meta's limits, the adapter is never the one who is throttled."""

from __future__ import annotations

import time

import httpx
import pytest

from service.platforms.meta.account import MetaConnection, open_account
from service.platforms.meta.retrying import Patience
from simulator.graph_api import AccountConfig, EmulatorConfig, run_in_thread
from simulator.identity import account_id

SCALE = 400.0
"""Simulated seconds in a real one, for the emulator and the adapter alike."""


@pytest.mark.slow
def test_on_the_limited_tier_a_hundred_calls_are_paced_and_none_is_throttled() -> None:
    config = EmulatorConfig(accounts=(AccountConfig("small", 3),), tier="development", speed=SCALE)
    with run_in_thread(config) as running:
        facts = running.facts
        connection = MetaConnection(
            graph_url=facts["url"],
            access_token=facts["access_token"],
            app_id=facts["app_id"],
            app_secret=facts["app_secret"],
            account_id=account_id(3),
        )
        waited: list[float] = []

        def wait(seconds: float) -> None:
            waited.append(seconds)
            time.sleep(seconds / SCALE)

        patient = Patience(attempts=1, total_seconds=1_000.0)
        account = open_account(
            connection, wait=wait, monotonic=lambda: time.monotonic() * SCALE, reads=patient, writes=patient
        )
        used = []
        ad_set_id, budget = next(iter(account.budgets_minor().items()))
        for step in range(100):
            if step % 50 == 49:
                account.set_daily_budget(ad_set_id, budget + step)
            else:
                account.facts()
            used.append(account.usage().percentages["ad_account.acc_id_util_pct"])
        log = httpx.get(f"{facts['admin_url']}/requests", trust_env=False).json()["requests"]

    assert waited
    assert max(used) <= 76.0
    assert {entry["status"] for entry in log if "act_" in entry["path"]} == {200}

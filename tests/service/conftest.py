"""Builders for the service's tests: observations, accounts that live in memory, clocks that only tests move."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from agents.observation import observe, window
from agents.vocabulary import HISTORY_METRICS, NO_CEILING_MINOR, AdSets

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

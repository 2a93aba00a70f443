"""Builders of accounts that policies are examined on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from agents.observation import observe, window
from agents.vocabulary import HISTORY_METRICS, NO_CEILING_MINOR, AdSets, Observation

DAY = date(2026, 3, 2)


@dataclass
class Account:
    """Arrays of an account (or of a batch), to be bent by a test and then observed. All of one shape (..., A[, D])."""

    budgets_minor: np.ndarray
    metrics: dict[str, np.ndarray]
    active: np.ndarray
    protected: np.ndarray
    floors_minor: np.ndarray
    ceilings_minor: np.ndarray
    ids: tuple[str, ...]
    budget_minor: Any = None
    minor_per_major: int = 100
    currency: str = "USD"
    extra: dict[str, Any] = field(default_factory=dict)

    def observed(self) -> Observation:
        """The observation of this account; the total is the sum of active budgets unless it was set."""
        total = np.where(self.active, self.budgets_minor, 0).sum(axis=-1)
        days = next(iter(self.metrics.values())).shape[-1]
        return observe(
            account_id="act_1",
            day=DAY,
            currency=self.currency,
            minor_per_major=self.minor_per_major,
            budget_minor=total if self.budget_minor is None else self.budget_minor,
            ad_sets=AdSets(
                ids=self.ids,
                names=tuple(f"ad set {i}" for i in self.ids),
                budgets_minor=self.budgets_minor,
                floors_minor=self.floors_minor,
                ceilings_minor=self.ceilings_minor,
                active=self.active,
                protected=self.protected,
                learning_stages=np.zeros_like(self.budgets_minor),
            ),
            metrics=self.metrics,
            days=window(DAY, days),
            collected_through=DAY,
            **self.extra,
        )

    def row(self, index: int) -> Account:
        """One account of a batch."""
        names = ("budgets_minor", "active", "protected", "floors_minor", "ceilings_minor")
        total = None if self.budget_minor is None else self.budget_minor[index]
        metrics = {name: array[index] for name, array in self.metrics.items()}
        return replace(self, metrics=metrics, budget_minor=total, **{n: getattr(self, n)[index] for n in names})

    def reordered(self, order: Sequence[int]) -> Account:
        """The same account, its ad sets told in another order."""
        names = ("budgets_minor", "active", "protected", "floors_minor", "ceilings_minor")
        metrics = {name: array[..., order, :] for name, array in self.metrics.items()}
        parts = {n: getattr(self, n)[..., order] for n in names}
        return replace(self, metrics=metrics, ids=tuple(self.ids[i] for i in order), **parts)


def make_account(ad_sets: int = 5, days: int = 28, worlds: int | None = None, seed: int = 0) -> Account:
    """An account with plausible random figures: CPC about 1.00, one order in thirty clicks, orders of about 60.00."""
    rng = np.random.default_rng(seed)
    batch = () if worlds is None else (worlds,)
    budgets = rng.integers(1_000, 30_000, (*batch, ad_sets))
    spend = (budgets[..., None] * rng.uniform(0.85, 1.1, (*batch, ad_sets, days))).astype(np.int64)
    clicks = rng.poisson(spend / 100)
    conversions = rng.binomial(clicks, rng.uniform(0.01, 0.06, (*batch, ad_sets, 1)))
    figures = (spend, clicks * 60, clicks * 40, clicks, conversions, conversions * 6_000)
    return Account(
        budgets_minor=budgets,
        metrics=dict(zip(HISTORY_METRICS, figures, strict=True)),
        active=np.ones(budgets.shape, dtype=np.bool_),
        protected=np.zeros(budgets.shape, dtype=np.bool_),
        floors_minor=np.zeros_like(budgets),
        ceilings_minor=np.full_like(budgets, NO_CEILING_MINOR),
        ids=tuple(f"2385{i:05d}" for i in range(ad_sets)),
    )


@pytest.fixture(name="make_account")
def _make_account() -> Any:
    return make_account

"""Builders of accounts that policies are examined on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from agents.observation import observe, window
from agents.vocabulary import (
    BREAKDOWN_METRICS,
    HISTORY_METRICS,
    NO_CEILING_MINOR,
    AdSets,
    BidStrategy,
    Breakdown,
    Creatives,
    Observation,
)

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
    sets: dict[str, Any] = field(default_factory=dict)

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
                **self.sets,
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
        more = {part: _picked(getattr(self, part), lambda array: array[index]) for part in ("extra", "sets")}
        parts = {n: getattr(self, n)[index] for n in names}
        return replace(self, metrics=metrics, budget_minor=total, **more, **parts)

    def reordered(self, order: Sequence[int]) -> Account:
        """The same account, its ad sets told in another order."""
        names = ("budgets_minor", "active", "protected", "floors_minor", "ceilings_minor")
        metrics = {name: array[..., order, :] for name, array in self.metrics.items()}
        parts = {n: getattr(self, n)[..., order] for n in names}
        return replace(self, metrics=metrics, ids=tuple(self.ids[i] for i in order), **parts)

    def wholly_reordered(self, order: Sequence[int]) -> Account:
        """The same, and what lies in `extra` and `sets` follows its ad sets."""
        axis = self.budgets_minor.ndim - 1
        extra, sets = (_picked(part, lambda array: np.take(array, order, axis)) for part in (self.extra, self.sets))
        for part in (extra, sets):
            _reorder_names(part, order)
        return replace(self.reordered(order), extra=extra, sets=sets)


def _picked(value: Any, pick: Any) -> Any:
    """The same with `pick` applied to every array in mappings and frozen values."""
    if isinstance(value, np.ndarray):
        return pick(value)
    if isinstance(value, dict):
        return {name: _picked(entry, pick) for name, entry in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _picked(getattr(value, f.name), pick) for f in fields(value)})
    return value


def _reorder_names(part: dict[str, Any], order: Sequence[int]) -> None:
    """Texts by ad set follow their ad sets."""
    for name, value in part.items():
        if isinstance(value, Creatives):
            ids, names = (tuple(texts[i] for i in order) for texts in (value.ids, value.names))
            part[name] = replace(value, ids=ids, names=names)
        elif name == "campaign_ids":
            part[name] = tuple(value[i] for i in order)


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


PLACES = 4
BREAKDOWNS = {
    "hour": tuple(f"{hour:02d}" for hour in range(24)),
    "segment": tuple(f"{age}, {sex}" for age in ("18-24", "25-44", "45+") for sex in ("female", "male")),
    "lookalike_percent": tuple(str(percent) for percent in range(1, 11)),
}


def with_everything(account: Account, seed: int = 0) -> Account:
    """The account with ads, breakdowns, bids and campaigns; its figures are split among them at random."""
    rng = np.random.default_rng(1_000 + seed)
    ad_sets = len(account.ids)
    account.extra["creatives"] = _creatives(account, rng)
    account.extra["breakdowns"] = {name: _breakdown(account, keys, rng) for name, keys in BREAKDOWNS.items()}
    strategies = np.broadcast_to(np.arange(ad_sets) % 3, account.budgets_minor.shape)
    bids = np.where(strategies == BidStrategy.LOWEST_COST, 0, rng.integers(800, 4_000, strategies.shape))
    account.sets["bid_strategies"], account.sets["bids_minor"] = strategies.copy(), bids
    account.sets["campaign_ids"] = tuple(f"campaign {i % 2}" for i in range(ad_sets))
    return account


def _split(figure: np.ndarray, parts: int, rng: np.random.Generator) -> np.ndarray:
    """Whole parts (..., A, parts, D) that sum to `figure` (..., A, D)."""
    shares = rng.dirichlet(np.full(parts, 3.0), figure.shape[:-1])
    return np.moveaxis(rng.multinomial(figure, shares[..., None, :]), -1, -2)


def _creatives(account: Account, rng: np.random.Generator) -> Creatives:
    """Two to four ads each; one is paused, one archived, and the places without ads have no figures."""
    shape = (*account.budgets_minor.shape, PLACES)
    ad_sets = len(account.ids)
    exists = np.broadcast_to(np.arange(PLACES) < 2 + np.arange(ad_sets)[:, None] % 3, shape).copy()
    archived = np.zeros(shape, dtype=np.bool_)
    archived[..., 1] = exists[..., 1] & (np.arange(ad_sets) % 4 == 3)
    figures = {name: _split(account.metrics[name], 2, rng) for name in HISTORY_METRICS}
    figures = {name: np.concatenate([array, np.zeros_like(array)], axis=-2) for name, array in figures.items()}
    days = figures["clicks"].shape[-1]
    for place in (2, 3):  # the ads that came later share with the first
        for array in figures.values():
            half = array[..., 0, days // 2 :] // 3 * exists[..., place, None]
            array[..., place, days // 2 :] += half
            array[..., 0, days // 2 :] -= half
    return Creatives(
        ids=tuple(
            tuple(f"{i}-{c}" if exists[..., a, c].all() else "" for c in range(PLACES))
            for a, i in enumerate(account.ids)
        ),
        names=tuple(tuple(f"ad {c}" for c in range(PLACES)) for _ in account.ids),
        exists=exists,
        active=exists & ~archived & (np.arange(PLACES) != 2),
        age_days=np.broadcast_to(np.array([60, 60, days // 2, days // 2]), shape).copy(),
        features=rng.standard_normal((*shape, 2)),
        feature_names=("video", "face"),
        archived=archived,
        **figures,
    )


def _breakdown(account: Account, keys: tuple[str, ...], rng: np.random.Generator) -> Breakdown:
    return Breakdown(keys, **{name: _split(account.metrics[name], len(keys), rng) for name in BREAKDOWN_METRICS})


@pytest.fixture(name="make_account")
def _make_account() -> Any:
    return make_account


@pytest.fixture(name="make_whole_account")
def _make_whole_account() -> Any:
    def make(ad_sets: int = 6, days: int = 28, worlds: int | None = None, seed: int = 0) -> Account:
        return with_everything(make_account(ad_sets, days, worlds, seed), seed)

    return make

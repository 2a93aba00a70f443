"""Accounts with response curves and something asked of them, of every kind that there may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import strategies as st

from agents.allocation import Leeway, Limits, Returns
from agents.vocabulary import NO_CEILING_MINOR, Observation

Problem: TypeAlias = tuple[Observation, Returns, Limits]


@st.composite
def rooms(draw: st.DrawFn, most: int = 12) -> Leeway:
    """A feasible leeway of 1 to `most` ad sets, from yen to billions."""
    count = draw(st.integers(1, most))
    scale = draw(st.sampled_from([3, 100, 10**5, 10**10]))
    low = np.array(draw(st.lists(st.integers(0, scale), min_size=count, max_size=count)))
    wide = np.array(draw(st.lists(st.integers(0, scale), min_size=count, max_size=count)))
    total = int(low.sum()) + draw(st.integers(0, int(wide.sum())))
    return Leeway(low, low + wide, np.asarray(total), np.asarray(False))


st.register_type_strategy(Leeway, rooms())
"""Test folders are no packages: tests draw one as `st.from_type(Leeway)`."""


def heavy_weights(room: Leeway, seed: int) -> np.ndarray:
    """A weight for each ad set (A,) of a leeway: some are zero, and some dwarf the others."""
    rng = np.random.default_rng(seed)
    heavy: np.ndarray = np.exp(rng.normal(0, 3, room.lo_minor.shape)) * (rng.random(room.lo_minor.shape) < 0.8)
    return heavy


@pytest.fixture(name="weights", scope="session")
def _weights() -> Callable[[Leeway, int], np.ndarray]:
    return heavy_weights


@pytest.fixture
def make_problem(make_account: Any) -> Callable[..., Problem]:
    """An account (or `worlds` of them), curves and limits; one seed, one problem.

    With `plain`, budgets are thousands of major units, all ad sets may move, and nothing is asked but a change cap.
    """

    def made(seed: int, ad_sets: int = 6, worlds: int | None = None, *, plain: bool = False) -> Problem:
        rng = np.random.default_rng(seed)
        account = make_account(ad_sets, days=1, worlds=worlds, seed=seed)
        shape = account.budgets_minor.shape
        scale = 300_000 if plain else rng.choice([3, 100, 10**4, 10**7])
        budgets = (scale * np.exp(rng.normal(0, 0.8, shape))).astype(np.int64)
        account.budgets_minor = budgets
        if not plain:
            _bend(account, rng)
        observation = account.observed()
        if not plain:
            observation = replace(observation, ad_sets=replace(observation.ad_sets, **_wishes(rng, shape)))
        log_now = np.log(np.maximum(budgets, 1))
        curvature = float(rng.choice([0.0, 0.12, 0.5])) if rng.random() < 0.5 else rng.gamma(1.0, 0.2, shape)
        order_value = np.exp(rng.normal(8.7, 0.3, shape)) if rng.random() < 0.5 else 6_000.0
        returns = Returns(
            log_now + rng.normal(0, 0.3, shape),
            log_now + rng.normal(0.8, 0.5, shape),
            rng.normal(0.55, 0.15, shape),
            curvature,
            conversions_each=1 / order_value,
        )
        return observation, returns, Limits(max_change=0.2) if plain else _asked(rng)

    return made


def _bend(account: Any, rng: np.random.Generator) -> None:
    """Paused, protected and empty ad sets, floors, ceilings, and totals that hardly fit."""
    shape = account.budgets_minor.shape
    account.budgets_minor *= rng.random(shape) > 0.05
    account.active = rng.random(shape) > 0.1
    account.protected = rng.random(shape) < 0.1
    account.floors_minor = (account.budgets_minor * rng.uniform(0, 1.2, shape) * rng.integers(0, 2)).astype(np.int64)
    if rng.random() < 0.5:
        account.ceilings_minor = (account.budgets_minor * rng.uniform(0.7, 3, shape)).astype(np.int64)
    else:
        account.ceilings_minor = np.full(shape, NO_CEILING_MINOR)
    total = np.where(account.active, account.budgets_minor, 0).sum(axis=-1)
    account.budget_minor = (total * rng.choice([1, 1, 1, 0.5, 0.93, 1.1, 2, 0], total.shape)).astype(np.int64)


def _wishes(rng: np.random.Generator, shape: tuple[int, ...]) -> dict[str, Any]:
    wishes: dict[str, Any] = {"learning_stages": rng.integers(0, 4, shape)}
    if rng.random() < 0.5:
        wishes["roas_floors"] = np.exp(rng.normal(0.3, 0.6, shape)) * (rng.random(shape) < 0.5)
    if rng.random() < 0.3:
        asked = rng.random(shape) < 0.5
        wishes["cpa_ceilings_minor"] = (6_000 / np.exp(rng.normal(0.3, 0.6, shape)) * asked).astype(np.int64)
    return wishes


def _asked(rng: np.random.Generator) -> Limits:
    return Limits(
        max_change=[0.2, None, 0.5][rng.integers(3)],
        learning_max_change=[None, 0.0, 0.1][rng.integers(3)],
        minimum_minor=int(rng.choice([0, 0, 50])),
        spend_at_most=bool(rng.random() < 0.3),
        least_return=[None, 0.5, 2.0][rng.integers(3)],
        roas_floor=float(rng.uniform(0.8, 4)) if rng.random() < 0.3 else None,
        cpa_ceiling_minor=int(6_000 / rng.uniform(0.8, 4)) if rng.random() < 0.3 else None,
    )

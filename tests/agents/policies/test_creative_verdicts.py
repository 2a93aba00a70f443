"""Verdicts per unit of money keep their promise where prices, clicks and orders all have the luck that is assumed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.creative_response import CLICKS, CONVERSIONS, PRICES
from agents.policies._ads import decided
from agents.vocabulary import Creatives

TESTS, DAYS, EVERY = 600, 60, 4
STEPS = {"clicks": (PRICES, CLICKS), "conversions": (PRICES, CLICKS, CONVERSIONS)}


def _ads(objective: str, better: float, seed: int) -> tuple[Any, Any]:
    """What two ads spent a day and what came of it, (T, 1, 2, D): the first is better by a factor."""
    rng = np.random.default_rng(seed)
    shape = (TESTS, 1, 2, DAYS)
    spent = rng.integers(30_000, 170_000, shape)
    expected = spent * {"clicks": 0.03, "conversions": 0.003}[objective]
    expected = expected * np.exp(0.1 * rng.standard_normal((TESTS, 1, 1, DAYS)))
    expected[..., 0, :] *= better
    for kind in STEPS[objective]:
        expected = expected * rng.gamma(kind.dispersion, 1.0 / kind.dispersion, shape)
    return spent, rng.poisson(expected)


def _ever(objective: str, better: float, seed: int) -> Any:
    """Verdicts (M, T, 2) on every fourth day."""
    spent, results = _ads(objective, better, seed)
    names, there = (("one", "other"),), np.ones((TESTS, 1, 2), dtype=np.bool_)
    found = []
    for day in range(EVERY, DAYS + 1, EVERY):
        known = np.arange(DAYS) < day
        money, results_by_now = spent * known, results * known
        ads = Creatives(
            names,
            names,
            exists=there,
            active=there,
            age_days=np.full(there.shape, DAYS),
            spend_minor=money,
            impressions=money,
            reach=money,
            clicks=results_by_now,
            conversions=results_by_now,
            value_minor=results_by_now,
        )
        found.append(decided(ads, objective, 0.05)[:, 0])
    return np.stack(found)


@pytest.mark.parametrize("objective", ["clicks", "conversions"])
def test_of_equal_ads_hardly_ever_one_wins_or_loses_however_often_one_looks(objective: str) -> None:
    found = _ever(objective, 1.0, seed=4)

    assert (found > 0).any(axis=(0, -1)).mean() <= 0.03
    assert (found < 0).any(axis=(0, -1)).mean() <= 0.03


@pytest.mark.parametrize(("objective", "better"), [("clicks", 1.3), ("conversions", 1.6)])
def test_an_ad_that_is_clearly_better_for_the_money_still_wins(objective: str, better: float) -> None:
    found = _ever(objective, better, seed=5)

    assert (found[..., 0] > 0).any(axis=0).mean() >= 0.9
    assert not (found[..., 1] > 0).any()

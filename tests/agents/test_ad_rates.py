"""Rates of ads from daily counts: right on average, honest in their spread, not fooled by days or by delivery."""

from __future__ import annotations

import numpy as np
import pytest

from agents.ad_rates import Kind, fit
from agents.pooling import Spreads

CLICKS = Kind(Spreads(creative=0.36), dispersion=60.0, rate=0.015)


def _account(
    ad_sets: int = 20, ads: int = 4, days: int = 20, *, own: float = 0.1, common: float = 0.2, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """True log rates (A, C), and what multiplies them on each day (A, C, D)."""
    rng = np.random.default_rng(seed)
    truth = np.log(0.015) + rng.normal(0.0, 0.3, (ad_sets, 1)) + rng.normal(0.0, 0.36, (ad_sets, ads))
    days_luck = rng.normal(0.0, common, (ad_sets, 1, days)) + rng.normal(0.0, own, (ad_sets, ads, days))
    return truth, np.exp(truth[..., None] + days_luck), rng


def _fit(counts: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    found = fit(counts.astype(float), seen.astype(float), CLICKS, np.zeros(len(counts), dtype=np.intp))
    return found.rates.mean, np.sqrt(found.rates.var), float(found.luck)


def _within(values: np.ndarray) -> np.ndarray:
    return values - values.mean(axis=-1, keepdims=True)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    truth, rate, rng = _account(60)
    seen = rng.integers(200, 2_000, rate.shape)

    mean, sd, _ = _fit(rng.poisson(seen * rate), seen)

    off = np.abs(_within(mean) - _within(truth)) / sd
    assert np.mean(off < 1.2816) == pytest.approx(0.8, abs=0.08)
    assert np.corrcoef(_within(mean).ravel(), _within(truth).ravel())[0, 1] > 0.93


def test_ads_that_ran_on_different_days_are_compared_with_more_doubt() -> None:
    _, rate, rng = _account(30, 2, 20, common=0.3)
    seen = np.full(rate.shape, 20_000)
    turns = seen.copy()
    turns[:, 0, ::2] = turns[:, 1, 1::2] = 0

    _, beside, _ = _fit(rng.poisson(seen * rate), seen)
    _, apart, _ = _fit(rng.poisson(turns * rate), turns)

    assert apart.mean() > 1.3 * beside.mean()


def test_the_luck_of_days_is_learnt() -> None:
    calm, wild = ({"own": 0.0, "common": 0.0}, {"own": 0.25, "common": 0.3})
    found = []
    for luck in (calm, wild):
        _, rate, rng = _account(**luck)
        seen = np.full(rate.shape, 5_000)
        found.append(_fit(rng.poisson(seen * rate), seen)[2])

    assert found[0] < 0.1
    assert found[1] > 1.0


def test_favouring_early_winners_leaves_no_bias_in_what_is_believed() -> None:
    truth, rate, rng = _account(400, 4, 15)
    counts, seen = np.zeros(rate.shape), np.zeros(rate.shape)
    for day in range(15):
        guess = (counts.sum(-1) + 1.5) / (seen.sum(-1) + 100)
        share = guess**4 / (guess**4).sum(-1, keepdims=True)
        seen[..., day] = np.rint(600 * (0.9 * share + 0.025))
        counts[..., day] = rng.poisson(seen[..., day] * rate[..., day])

    mean, _, _ = _fit(counts, seen)

    raw = np.log((counts.sum(-1) + 1e-9) / seen.sum(-1))
    starved = (seen.sum(-1) < 0.1 * seen.sum((-2, -1))[:, None]) & (counts.sum(-1) > 0)
    top = mean.argmax(-1)[:, None]
    assert abs(np.mean((mean - truth)[starved])) < 0.5 * abs(np.mean((raw - truth)[starved]))
    assert abs(np.mean(np.take_along_axis(mean - truth, top, -1))) < 0.05


def test_an_account_without_figures_is_believed_to_be_usual() -> None:
    nothing = np.zeros((3, 2, 5))

    mean, sd, _ = _fit(nothing, nothing)

    assert mean == pytest.approx(np.full((3, 2), np.log(0.015)))
    assert (sd > 0.3).all()


def test_where_nearly_everything_counts_there_is_less_luck() -> None:
    counts, seen = np.full((1, 2, 10), 90.0), np.full((1, 2, 10), 100.0)

    drawn = _fit(counts, seen)[1]
    rare = _fit(counts, seen * 50)[1]

    assert (drawn < rare).all()

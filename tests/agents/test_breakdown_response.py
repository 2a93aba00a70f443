"""What money brings in each key of a breakdown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.breakdown_response import Counted, Relative, best_weights, count, expected_gain, relative
from agents.population import DELAY
from agents.vocabulary import BREAKDOWN_METRICS, Breakdown, Observation

WORLDS, A, K = 60, 5, 12


def counted(spread: float, own: float, results: float, seed: int = 0) -> tuple[Counted, np.ndarray]:
    """Poisson results of W accounts and the true log r, relative to the ad set."""
    rng = np.random.default_rng(seed)
    log_r = rng.normal(0, 1, (WORLDS, 1, K)) * spread + rng.normal(0, 1, (WORLDS, A, K)) * own
    share = rng.dirichlet(np.full(K, 3.0), (WORLDS, A))
    brought = share * np.exp(log_r)
    brought = brought / brought.sum(axis=-1, keepdims=True)
    found = Counted(rng.poisson(results * brought).astype(float), 1e5 * share, share)
    return found, np.log(brought / share)


def believed(found: Counted) -> Relative:
    return relative(found, np.eye(K), np.zeros(K)).centred(found.share)


@pytest.mark.parametrize(("spread", "own"), [(0.3, 0.0), (0.0, 0.4), (0.3, 0.3)])
def test_beliefs_are_nearer_to_the_truth_than_either_counts_or_no_differences(spread: float, own: float) -> None:
    found, truth = counted(spread, own, results=150)

    r = believed(found)

    raw = np.log((found.results + 0.5) / (found.money / found.money.sum(-1, keepdims=True) * 150 + 0.5))
    error = np.abs(r.log_mean - truth).mean()
    assert error < 0.75 * np.abs(raw - truth).mean()
    assert error < 0.75 * np.abs(truth).mean()


@pytest.mark.parametrize(("spread", "own"), [(0.3, 0.0), (0.3, 0.3)])
def test_intervals_hold_what_they_promise(spread: float, own: float) -> None:
    found, truth = counted(spread, own, results=600)

    r = believed(found)

    inside = (np.log(r.at(-1.2816)) < truth) & (truth < np.log(r.at(1.2816)))
    assert 0.74 < inside.mean() < 0.9


def test_keys_that_are_all_equal_are_seen_to_be() -> None:
    found, _ = counted(0.0, 0.0, results=300)

    r = believed(found)

    assert np.abs(r.log_mean).mean() < 0.03
    assert r.log_sd.mean() < 0.1


def test_without_results_everything_is_in_doubt_and_nothing_preferred() -> None:
    nothing = Counted(np.zeros((A, K)), np.zeros((A, K)), np.zeros((A, K)))

    r = relative(nothing, np.eye(K), np.zeros(K))

    assert np.allclose(r.log_mean, r.log_mean[0, 0])
    assert (r.log_sd > 0.3).all()


def test_an_account_alone_has_the_bits_it_has_in_a_batch() -> None:
    found, _ = counted(0.3, 0.3, results=40)
    together = relative(found, np.eye(K), np.zeros(K))

    for world in range(0, WORLDS, 7):
        alone = relative(Counted(*(getattr(found, n)[world] for n in Counted.__slots__)), np.eye(K), np.zeros(K))
        assert alone.log_mean.tobytes() == together.log_mean[world].tobytes()
        assert alone.log_sd.tobytes() == together.log_sd[world].tobytes()


def test_a_kernel_lends_a_key_what_its_neighbours_show() -> None:
    results, money = np.full((1, 3), 200.0), np.full((1, 3), 1e5)
    results[0, 0], money[0, 1] = 400.0, 0.0
    results[0, 1] = 0.0
    found = Counted(results, money, money / money.sum())
    near = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])

    lent, alone = (relative(found, kernel, np.zeros(3)).log_mean[0] for kernel in (near, np.eye(3)))

    assert lent[1] - lent[2] > 0.2 > abs(alone[1])


def _observed(make_account: Any, weights: np.ndarray | None = None, share: np.ndarray | None = None) -> Observation:
    """Two ad sets whose money and results fall into three keys in given shares."""
    account = make_account(2)
    share = np.array([0.5, 0.3, 0.2]) if share is None else share
    account.metrics["spend_minor"][...] = 10_000
    account.metrics["conversions"][...] = 100
    cut = {n: np.rint(account.metrics[n][:, None] * share[..., None]).astype(np.int64) for n in BREAKDOWN_METRICS}
    account.extra["breakdowns"] = {"segment": Breakdown(("a", "b", "c"), **cut, weights=weights)}
    observed: Observation = account.observed()
    return observed


def test_money_counts_as_far_as_its_results_can_have_come_in(make_account: Any) -> None:
    observation = _observed(make_account)

    found = count(observation.history, observation.breakdowns["segment"], delay=DELAY, elasticity=0.6)

    known = np.minimum(np.cumsum(DELAY), 1.0)[np.minimum(np.arange(28), 7)].sum()
    assert found.money[0] == pytest.approx(10_000 * known * np.array([0.5, 0.3, 0.2]))
    assert found.share[0] == pytest.approx([0.5, 0.3, 0.2])


def test_what_is_learnt_does_not_depend_on_the_weights_that_were_in_force(make_account: Any) -> None:
    share, weights, elasticity = np.array([0.5, 0.3, 0.2]), np.array([0.5, 1.5, 1.5]), 0.6
    moved = np.broadcast_to(weights[:, None], (2, 3, 28))
    cut = _observed(make_account, moved, share * weights)
    brought = np.rint(100 * share * weights**elasticity)[:, None] * np.ones(28)
    part = replace(cut.breakdowns["segment"], conversions=np.broadcast_to(brought, (2, 3, 28)).astype(np.int64))

    found = count(cut.history, part, delay=DELAY, elasticity=elasticity)

    assert found.share[0] == pytest.approx(share, rel=1e-3)
    assert found.results[0] / found.money[0] == pytest.approx(found.results[0, 0] / found.money[0, 0], rel=0.02)


@given(
    st.lists(st.floats(0.05, 20), min_size=2, max_size=8),
    st.floats(0.1, 0.9),
    st.floats(0.05, 1),
    st.floats(1, 10),
    st.integers(0, 10**6),
)
def test_best_weights_keep_the_money_and_their_bounds_and_never_lose(
    r: list[float], elasticity: float, floor: float, ceiling: float, seed: int
) -> None:
    returns = np.array(r)
    share = np.random.default_rng(seed).dirichlet(np.ones(len(r)))

    weights = best_weights(returns, share, elasticity, floor, ceiling)

    assert (share * weights).sum() == pytest.approx(1.0, rel=1e-9)
    assert (weights >= floor * (1 - 1e-9)).all()
    assert (weights <= ceiling * (1 + 1e-9)).all()
    assert (np.diff(weights[np.argsort(returns, kind="stable")]) >= -1e-12).all()
    assert (share * weights**elasticity * returns).sum() >= (share * returns).sum() * (1 - 1e-9)


def test_best_weights_make_the_next_unit_bring_the_same_everywhere() -> None:
    r, share = np.array([0.8, 1.0, 1.3]), np.array([0.2, 0.5, 0.3])

    weights = best_weights(r, share, 0.6, 0.01, 100.0)

    assert np.ptp(r * weights ** (0.6 - 1.0)) < 1e-9


def test_a_gain_is_what_the_power_law_says_and_its_doubt_that_of_the_keys() -> None:
    r = Relative(np.zeros(2), np.full(2, 1e-6))
    sure = expected_gain(np.array([0.0, 2.0]), np.array([0.5, 0.5]), r, 0.5)
    unsure = expected_gain(np.array([0.0, 2.0]), np.array([0.5, 0.5]), replace(r, log_sd=np.full(2, 0.2)), 0.5)

    assert sure[0] == pytest.approx(0.5 * np.sqrt(2.0) - 1.0)
    assert unsure[1] > 1000 * sure[1]

"""The best split of a total over bending curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from agents.allocation import Leeway, Returns, solve
from agents.allocation.shapes import as_rows
from agents.allocation.solving import box_of, meet, meet_safely


def room_of(low: np.ndarray, high: np.ndarray, total: Any) -> Leeway:
    total = np.asarray(total)
    return Leeway(low, high, total, np.zeros(total.shape, dtype=bool))


def random_curves(rng: np.random.Generator, shape: tuple[int, ...], curvature: Any = 0.12) -> Returns:
    anchor = rng.normal(8, 0.7, shape)
    return Returns(anchor, anchor + rng.normal(0.8, 0.5, shape), rng.normal(0.55, 0.2, shape), curvature)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("curvature", [0.0, 0.12, 0.6])
def test_no_split_of_a_general_solver_is_better(seed: int, curvature: float) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 7))
    returns = random_curves(rng, (count,), curvature)
    low, high = rng.integers(0, 2_000, count), rng.integers(4_000, 20_000, count)
    total = int(rng.integers(low.sum() + count, high.sum()))

    solution = solve(returns, room_of(low, high, total))

    rival = minimize(
        lambda share: -float(returns.value(share * total).sum()) / total,
        np.clip(np.full(count, 1 / count), low / total, high / total),
        jac=lambda share: -returns.marginal(np.maximum(share * total, 1e-3)),
        bounds=list(zip(np.maximum(low, 1e-3) / total, high / total, strict=True)),
        constraints={"type": "eq", "fun": lambda share: share.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert solution.shares.sum() == pytest.approx(total, rel=1e-9)
    assert returns.value(solution.shares).sum() / total >= -rival.fun - 1e-7
    margins = returns.marginal(np.maximum(solution.shares, 1e-6))
    assert (margins[solution.shares < high - 0.01] <= solution.price * (1 + 1e-6)).all()
    assert (margins[solution.shares > low + 0.01] >= solution.price * (1 - 1e-6)).all()


@pytest.mark.parametrize("seed", range(6))
def test_the_quick_way_ends_where_the_safe_way_ends(seed: int) -> None:
    rng = np.random.default_rng(seed)
    returns = random_curves(rng, (4, 9), rng.gamma(1.0, 0.3, (4, 9)))
    low = rng.integers(0, 3_000, (4, 9))
    high = low + rng.integers(1, 30_000, (4, 9))
    total = (low.sum(-1) + rng.random(4) * (high - low).sum(-1)).astype(int)
    box = box_of(room_of(low, high, total))

    quick = meet(returns, box, returns.look(low))
    safe = meet_safely(returns, box, box.lo)

    assert quick.shares == pytest.approx(safe.shares, rel=1e-5, abs=1e-3)
    assert quick.level == pytest.approx(safe.level, abs=1e-5)


def test_a_batch_is_solved_as_each_of_its_rows_alone() -> None:
    rng = np.random.default_rng(3)
    returns = random_curves(rng, (2, 3, 7))
    low = rng.integers(0, 3_000, (2, 3, 7)) * rng.integers(0, 2, (2, 3, 1))
    high = low + rng.integers(0, 30_000, (2, 3, 7)) * rng.integers(0, 2, (2, 3, 7))
    total = low.sum(-1) + (rng.random((2, 3)) * (high - low).sum(-1)).astype(int)

    together = solve(returns, room_of(low, high, total))

    for i in np.ndindex(2, 3):
        row = Returns(returns.log_anchor[i], returns.level[i], returns.elasticity[i], 0.12)
        alone = solve(row, room_of(low[i], high[i], total[i]))
        assert alone.shares.tobytes() == together.shares[i].tobytes()
        assert alone.price.tobytes() == together.price[i].tobytes()


def test_where_the_search_begins_does_not_matter() -> None:
    rng = np.random.default_rng(8)
    returns = random_curves(rng, (30,))
    low, high = np.zeros(30, dtype=int), np.full(30, 10**6)
    total = 10**6

    from_below = solve(returns, room_of(low, high, total), start_minor=np.ones(30, dtype=int))
    from_above = solve(returns, room_of(low, high, total), start_minor=high)

    assert from_below.shares == pytest.approx(from_above.shares, rel=1e-6)


def test_money_for_exactly_the_bounds_stands_at_the_bounds() -> None:
    rng = np.random.default_rng(1)
    returns = random_curves(rng, (5,))
    low = np.array([3, 0, 700, 20, 9_000])
    high = low + 100

    at_low, at_high = (solve(returns, room_of(low, high, bound.sum())) for bound in (low, high))

    assert at_low.shares == pytest.approx(low, abs=1e-2)
    assert at_high.shares == pytest.approx(high, abs=1e-2)
    assert at_low.price >= returns.marginal(np.maximum(low, 1)).max() * 0.99 or low.min() == 0
    assert at_high.price <= returns.marginal(high).min() * 1.01


def test_where_nobody_can_move_there_is_no_price() -> None:
    low = np.array([5, 7])

    solution = solve(random_curves(np.random.default_rng(0), (2,)), room_of(low, low, 12))

    assert np.isnan(solution.price)
    assert solution.shares.tolist() == [5.0, 7.0]


def test_an_account_without_ad_sets_is_no_trouble() -> None:
    nobody = np.zeros((3, 0), dtype=int)
    none = np.zeros((3, 0))

    solution = solve(Returns(none, none, none), room_of(nobody, nobody, np.zeros(3, dtype=int)))

    assert solution.shares.shape == (3, 0)
    assert as_rows(np.zeros((2, 3, 0))).shape == (6, 0)


@pytest.mark.slow
def test_a_hundred_thousand_ad_sets_meet_one_price() -> None:
    rng = np.random.default_rng(2)
    returns = random_curves(rng, (100_000,))
    now = np.exp(returns.log_anchor).astype(int)

    solution = solve(returns, room_of(now * 4 // 5, now * 6 // 5, now.sum()), start_minor=now)

    inside = (solution.shares > now * 4 // 5 + 1) & (solution.shares < now * 6 // 5 - 1)
    assert inside.sum() > 1_000
    assert np.log(returns.marginal(solution.shares) / solution.price)[inside] == pytest.approx(0, abs=1e-3)

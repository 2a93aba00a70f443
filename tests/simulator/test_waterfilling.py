from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from simulator.waterfilling import fill


def power_marginal(weight: np.ndarray, exponent: np.ndarray):
    return lambda x: weight * exponent * (x + 1.0) ** (exponent - 1.0)


def power_value(x: np.ndarray, weight: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    return (weight * ((x + 1.0) ** exponent - 1.0)).sum(axis=-1)


def test_it_finds_what_trying_everything_finds() -> None:
    weight, exponent = np.array([[3.0, 2.0, 1.0]]), np.array([[0.5, 0.6, 0.7]])
    lo, hi, total = np.array([[0, 5, 0]]), np.array([[30, 40, 9]]), np.array([50])
    tried = [(a, b, 50 - a - b) for a, b in product(range(31), range(5, 41)) if 0 <= 50 - a - b <= 9]
    best = max(power_value(np.array(split), weight, exponent)[0] for split in tried)
    found = fill(power_marginal(weight, exponent), total, lo, hi)

    assert found.sum() == 50
    assert power_value(found, weight, exponent)[0] == pytest.approx(best, rel=1e-4)


def test_it_agrees_with_a_general_optimiser() -> None:
    rng = np.random.default_rng(3)
    weight, exponent = rng.lognormal(0, 0.6, (1, 6)), rng.uniform(0.4, 0.8, (1, 6))
    lo, hi, total = np.full((1, 6), 200), np.full((1, 6), 60_000), np.array([100_000])
    general = optimize.minimize(
        lambda x: -power_value(x[None], weight, exponent)[0] * 1e-3,
        np.full(6, 100_000 / 6),
        bounds=[(200, 60_000)] * 6,
        constraints={"type": "eq", "fun": lambda x: (x.sum() - 100_000) / 1e5},
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-14},
    )
    found = fill(power_marginal(weight, exponent), total, lo, hi)

    assert power_value(found, weight, exponent)[0] >= -general.fun * 1e3 * (1 - 1e-7)


def test_inside_the_bounds_marginals_are_equal() -> None:
    rng = np.random.default_rng(4)
    weight, exponent = rng.lognormal(0, 0.6, (30, 20)), rng.uniform(0.4, 0.8, (30, 20))
    marginal = power_marginal(weight, exponent)
    lo, hi = np.full((30, 20), 1_000), np.full((30, 20), 900_000)
    found = fill(marginal, np.full(30, 4_000_000), lo, hi)
    log_price = np.log(marginal(found.astype(float)))
    inside = (found > lo) & (found < hi)

    for prices, free in zip(log_price, inside, strict=True):
        assert np.ptp(prices[free]) < 1e-3
        assert (prices[~free & (prices < prices[free].min())] <= prices[free].mean()).all()


@pytest.mark.slow
@settings(derandomize=True, max_examples=60, deadline=None)
@given(data=st.data())
def test_the_sum_is_exact_and_the_bounds_hold(data: st.DataObject) -> None:
    a = data.draw(st.integers(1, 6))
    lo = np.array([[data.draw(st.integers(0, 50)) for _ in range(a)]])
    hi = lo + np.array([[data.draw(st.integers(0, 5000)) for _ in range(a)]])
    total = np.array([data.draw(st.integers(int(lo.sum()), int(hi.sum())))])
    weight = np.array([[data.draw(st.sampled_from([0.0, 1.0, 1.0, 7.5])) for _ in range(a)]])
    found = fill(power_marginal(weight, np.full((1, a), 0.6)), total, lo, hi)

    assert found.sum() == total[0]
    assert (lo <= found).all()
    assert (found <= hi).all()


@pytest.mark.parametrize(
    ("total", "lo", "hi"),
    [([5], [[3, 3]], [[9, 9]]), ([50], [[3, 3]], [[9, 9]]), ([15], [[3, 10]], [[9, 9]]), ([5], [[-1, 3]], [[9, 9]])],
)
def test_bounds_that_allow_no_split_are_refused(total: list[int], lo: list[list[int]], hi: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="world 0: no split"):
        fill(lambda x: x * 0, np.array(total), np.array(lo), np.array(hi))


def test_shapes_and_fractions_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes do not fit"):
        fill(lambda x: x * 0, np.array([5, 5]), np.array([[0, 0]]), np.array([[9, 9]]))
    with pytest.raises(ValueError, match="hi must be whole"):
        fill(lambda x: x * 0, np.array([5]), np.array([[0, 0]]), np.array([[9.5, 9.0]]))

"""Intervals agree with what they are by definition, and hold the truth as often as they say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import root

from experiments.ope.estimator import Contributions, load_estimator
from experiments.ope.evidence import gather
from experiments.ope.intervals import bootstrap, empirical_likelihood, normal, resampled
from experiments.ope.log import BanditLog

MakeLog = Callable[..., BanditLog]


def test_a_normal_interval_is_two_errors_wide_on_each_side() -> None:
    found = Contributions(np.random.default_rng(1).normal(size=100))
    around = normal(found)

    assert around.high - found.value == pytest.approx(1.959964 * found.standard_error, rel=1e-6)
    assert found.standard_error == pytest.approx(found.numerator.std() / 10.0)


def test_resampled_values_are_those_of_the_resampled_rounds(
    make_log: MakeLog, target: np.ndarray, means: np.ndarray
) -> None:
    """The same draws, row by row."""
    evidence = gather(make_log(1), target, means)
    parts = {name: load_estimator(name).contributions(evidence) for name in ("ips", "snips", "dm", "dr", "sndr")}
    found = resampled(parts, np.random.default_rng(3), 70)
    rng = np.random.default_rng(3)
    for row in range(70):
        drawn = rng.integers(400, size=400, dtype=np.int32)
        for name, part in parts.items():
            again = Contributions(
                part.numerator[drawn],
                None if part.denominator is None else part.denominator[drawn],
                None if part.base is None else part.base[drawn],
            )
            assert found[name][row] == pytest.approx(again.value)


def test_the_bootstraps_percentiles_are_near_the_normal_ones(make_log: MakeLog, target: np.ndarray) -> None:
    found = load_estimator("snips").contributions(gather(make_log(1, rounds=4_000), target))
    around, drawn = normal(found), bootstrap({"snips": found}, np.random.default_rng(1))["snips"]

    assert (drawn.low, drawn.high) == pytest.approx((around.low, around.high), abs=0.2 * (around.high - around.low))


def test_nothing_to_resample_is_nothing_found() -> None:
    assert bootstrap({}, np.random.default_rng(1)) == {}


def test_a_likelihood_interval_solves_the_conditions_of_its_definition() -> None:
    """Least and largest mean over shares that sum to one, mean weight one, and a log ratio of at least -3.841459 / 2.

    Lagrange's conditions say that shares are 1 / (a + b x + c w), and three equations give a, b and c.
    """
    rng = np.random.default_rng(2)
    weights, rewards = rng.uniform(0.3, 3.0, 25), rng.random(25)
    points = weights * rewards
    found = empirical_likelihood(Contributions(points, weights=weights))

    def likeliest(unknown: np.ndarray) -> list[float]:
        shares = 1.0 / (unknown[0] + unknown[1] * weights)
        return [shares.sum() - 1.0, shares @ weights - 1.0]

    a, c = root(likeliest, [25.0, 0.0], tol=1e-12).x
    most = np.log(1.0 / (a + c * weights)).sum()

    def conditions(unknown: np.ndarray) -> list[float]:
        shares = 1.0 / (unknown[0] + unknown[1] * points + unknown[2] * weights)
        ratio = np.log(np.maximum(shares, 1e-12)).sum() - most
        return [shares.sum() - 1.0, shares @ weights - 1.0, ratio + 0.5 * 3.841459]

    for bound, sign in ((found.low, 1.0), (found.high, -1.0)):
        solved = root(conditions, [a + (8.0 if sign < 0 else 0.0), 8.0 * sign, c], tol=1e-12)
        shares = 1.0 / (solved.x[0] + solved.x[1] * points + solved.x[2] * weights)

        assert solved.success
        assert bound == pytest.approx(shares @ points, abs=1e-6)


@settings(max_examples=40)
@given(st.lists(st.floats(-10, 10), min_size=3, max_size=40), st.sampled_from([0.5, 0.9, 0.95]))
def test_a_likelihood_interval_holds_the_mean_and_stays_among_the_rounds(rounds: list[float], level: float) -> None:
    column = np.array(rounds)
    found = empirical_likelihood(Contributions(column), level)
    slack = 1e-6 * max(np.abs(column).max(), 1.0)

    assert column.min() - slack <= found.low <= column.mean() + slack
    assert column.mean() - slack <= found.high <= column.max() + slack


def test_where_every_round_was_rewarded_the_constraint_knows_the_value(make_log: MakeLog, target: np.ndarray) -> None:
    weights = gather(make_log(1), target).weights
    found = empirical_likelihood(Contributions(weights, weights=weights))

    assert (found.low, found.high) == pytest.approx((1.0, 1.0))
    free = empirical_likelihood(Contributions(weights, weights=weights), constrained=False)
    assert free.low < weights.mean() < free.high


@pytest.mark.slow
@pytest.mark.parametrize("method", ["normal", "bootstrap", "empirical likelihood"])
def test_intervals_hold_the_truth_as_often_as_they_say(
    method: str, make_log: MakeLog, target: np.ndarray, means: np.ndarray, truth: float
) -> None:
    """250 logs of 400 rounds: 95 % up to three standard errors of that share (4.1 points), and one for finite logs."""
    misses = dict.fromkeys(("ips", "snips", "dr"), 0)
    for seed in range(250):
        evidence = gather(make_log((8, seed)), target, means)
        parts = {name: load_estimator(name).contributions(evidence) for name in misses}
        drawn = bootstrap(parts, np.random.default_rng(seed), resamples=300) if method == "bootstrap" else {}
        for name, part in parts.items():
            found = drawn.get(name) or (normal(part) if method == "normal" else empirical_likelihood(part))
            misses[name] += not found.low <= truth <= found.high

    for missed in misses.values():
        assert missed / 250 == pytest.approx(0.05, abs=0.051)

"""Every estimator that is found passes this examination."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.errors import UnknownName
from experiments.ope.estimator import Contributions, estimators, load_estimator
from experiments.ope.evidence import Evidence, gather
from experiments.ope.log import BanditLog
from experiments.ope.reward_models import cross_fitted_means

MakeLog = Callable[..., BanditLog]
every = pytest.mark.parametrize("name", estimators())


def seen(log: BanditLog, target: np.ndarray) -> Evidence:
    return gather(log, target, cross_fitted_means(log))


def test_the_usual_estimators_are_there() -> None:
    usual = {"ips", "snips", "dm", "dr", "sndr", "switch_dr", "dros", "mips", "sliding_window"}

    assert usual | {"adaptive_constant", "adaptive_two_point"} <= set(estimators())
    with pytest.raises(UnknownName, match="did you mean 'snips'"):
        load_estimator("snip")


@every
def test_it_is_a_frozen_value_that_says_what_it_needs(name: str) -> None:
    estimator = load_estimator(name)

    assert is_dataclass(estimator)
    assert estimator == load_estimator(name)
    assert estimator.needs <= {"model", "target", "embeddings", "logging"}
    assert type(estimator).__doc__


@every
def test_contributions_are_finite_numbers_of_rounds_and_make_the_value(
    name: str, make_log: MakeLog, target: np.ndarray
) -> None:
    evidence = seen(make_log(1), target)
    weights = evidence.weights.copy()
    found = load_estimator(name).contributions(evidence)
    below = np.ones(400) if found.denominator is None else found.denominator
    base = np.zeros(400) if found.base is None else found.base

    for part in (found.numerator, below, base):
        assert part.shape == (400,)
        assert np.isfinite(part).all()
    assert found.value == pytest.approx(base.mean() + found.numerator.sum() / below.sum())
    assert found.influence.mean() == pytest.approx(0.0, abs=1e-12)
    assert (evidence.weights == weights).all()


@every
def test_where_order_does_not_matter_it_does_not(name: str, make_log: MakeLog, target: np.ndarray) -> None:
    estimator = load_estimator(name)
    if estimator.in_time_order:
        pytest.skip("a round's place in time is part of the question")
    log = make_log(2)
    # Positions come in turn, so that rounds are shuffled within them.
    order = np.random.default_rng(3).permutation(200)
    order = np.stack([2 * order, 2 * order + 1], axis=-1).ravel()
    model = cross_fitted_means(log)
    shuffled = BanditLog(
        log.actions[order], log.rewards[order], log.propensities[order], 4, log.places[order], log.action_embeddings
    )
    one = estimator.contributions(gather(log, target, model))
    other = estimator.contributions(gather(shuffled, target, model[order]))

    assert other.value == pytest.approx(one.value, rel=1e-12)
    assert other.standard_error == pytest.approx(one.standard_error, rel=1e-9)


@every
def test_it_is_unbiased_and_knows_its_error(
    name: str, make_log: MakeLog, target: np.ndarray, means: np.ndarray, truth: float
) -> None:
    """Over 250 logs, with the true model; MIPS with embeddings that tell all."""
    values, errors = [], []
    for seed in range(250):
        log = replace(make_log((5, seed)), action_embeddings=np.arange(4)[:, None])
        found = load_estimator(name).contributions(gather(log, target, means))
        values.append(found.value)
        errors.append(found.standard_error)

    assert np.mean(values) == pytest.approx(truth, abs=4.0 * np.std(values) / np.sqrt(250) + 1e-3)
    # The direct method's error is of contexts alone, and its value does not move where there are none.
    if name != "dm":
        assert np.mean(errors) == pytest.approx(np.std(values), rel=0.2 if name != "mips" else 0.6)


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 5), st.floats(-5, 5)), min_size=2, max_size=30),
    st.integers(0, 29),
)
def test_the_influence_is_the_derivative_by_a_rounds_weight(
    rounds: list[tuple[float, float, float]], chosen: int
) -> None:
    above, below, base = (np.array(column) for column in zip(*rounds, strict=True))
    at, step, n = chosen % len(rounds), 1e-6, len(rounds)
    found = Contributions(above, below, base)

    def value(weights: np.ndarray) -> float:
        share = weights / weights.sum()
        return float(share @ base + share @ above / (share @ below))

    more = np.full(n, 1.0 / n)
    more[at] += step
    moved = (value(more) - value(np.full(n, 1.0 / n))) / step

    assert moved == pytest.approx(found.influence[at], rel=1e-3, abs=1e-3)


def test_a_ratio_without_weight_is_no_number() -> None:
    found = Contributions(np.zeros(3), np.zeros(3))

    assert np.isnan(found.value)

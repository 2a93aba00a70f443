"""Which way is better cannot be confused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.allocation import Leeway, best_first
from agents.errors import SpecError
from agents.objective import CPA, METRICS, ROAS, Metric, metric_of

exactly = settings(derandomize=True, deadline=None, max_examples=60, database=None)
figures = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8, unique=True)
metrics = st.sampled_from(sorted(METRICS.values(), key=lambda metric: metric.name))


def room(count: int) -> Leeway:
    return Leeway(np.zeros(count, dtype=int), np.full(count, 40), np.asarray(60), np.asarray(False))


@exactly
@given(metrics, figures)
def test_minimising_is_maximising_the_negated(metric: Metric, values: list[float]) -> None:
    figures = np.array(values)

    assert metric.best(figures) == metric.negated.best(-figures)
    assert (metric.goodness(figures) == metric.negated.goodness(-figures)).all()
    split, price = best_first(metric.goodness(figures), room(len(values)))
    negated, other_price = best_first(metric.negated.goodness(-figures), room(len(values)))
    assert (split == negated).all()
    assert price == pytest.approx(other_price, nan_ok=True)


@exactly
@given(metrics, figures, st.integers(0, 7), st.floats(1e-3, 1e3))
def test_a_better_arm_never_gets_less(metric: Metric, values: list[float], which: int, by: float) -> None:
    before = np.array(values)
    arm = which % len(values)
    after = before.copy()
    after[arm] += by * int(metric.direction)

    was, _ = best_first(metric.goodness(before), room(len(values)))
    now, _ = best_first(metric.goodness(after), room(len(values)))

    assert metric.better(after, before)[arm]
    assert now[arm] >= was[arm]


def test_a_low_cost_is_good_and_a_low_return_is_not() -> None:
    pair = np.array([1.0, 2.0])

    assert (CPA.best(pair), ROAS.best(pair)) == (0, 1)


def test_what_is_not_a_number_is_never_best() -> None:
    assert CPA.best(np.array([np.nan, 50.0])) == 1
    assert ROAS.best(np.array([np.nan, -50.0])) == 1


def test_an_unknown_metric_is_met_with_the_nearest_known_one() -> None:
    assert metric_of("cpa") is CPA
    with pytest.raises(SpecError, match="did you mean 'roas'"):
        metric_of("roaz")

"""Values, gains and where money stops paying, against draws and against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.explanation import moments
from agents.response import Curves

SEEDS = st.integers(0, 10_000)
STEPS = st.floats(0.3, 3.0)
exactly = settings(derandomize=True, deadline=None, max_examples=60, database=None)


def drawn_values(curves: Curves, spend: np.ndarray, draws: int = 200_000) -> np.ndarray:
    """A day's value under many draws of level and elasticity, (N, A)."""
    z = np.random.default_rng(1).standard_normal((2, draws, len(spend)))
    drawn, x = curves.drawn(z[0], z[1], 1.0).state, np.log(spend / curves.anchor_minor)
    return np.exp(drawn.level + drawn.elasticity * x - 0.5 * curves.curvature * x * x)


def whole(spend: np.ndarray) -> np.ndarray:
    return np.round(spend).astype(np.int64)


def test_the_value_of_a_day_has_the_mean_and_the_interval_of_draws(make_curves: Any) -> None:
    curves = make_curves(1)
    budgets = whole(curves.anchor_minor * 1.3)

    low, mean, high = moments.value(curves, budgets)

    drawn = drawn_values(curves, budgets.astype(float))
    assert mean == pytest.approx(drawn.mean(axis=0), rel=5e-3)
    assert low == pytest.approx(np.quantile(drawn, 0.1, axis=0), rel=1e-2)
    assert high == pytest.approx(np.quantile(drawn, 0.9, axis=0), rel=1e-2)


@pytest.mark.parametrize("step", [0.8, 1.02, 1.2, 2.0])
def test_a_gain_has_the_moments_and_nearly_the_interval_of_draws(make_curves: Any, step: float) -> None:
    curves = make_curves(2)
    before = whole(curves.anchor_minor * 1.1)
    after = whole(before * step)

    mean, variance = moments.gain(curves, before, after)
    low, high = moments.gain_interval(mean, variance)

    drawn = drawn_values(curves, after.astype(float)) - drawn_values(curves, before.astype(float))
    assert mean == pytest.approx(drawn.mean(axis=0), rel=1e-2)
    assert variance == pytest.approx(drawn.var(axis=0), rel=5e-2)
    ends = np.quantile(drawn, (0.1, 0.9), axis=0)
    assert np.abs(low - ends[0]) == pytest.approx(0, abs=0.12 * np.ptp(ends, axis=0).max())
    assert np.abs(high - ends[1]) == pytest.approx(0, abs=0.12 * np.ptp(ends, axis=0).max())


@exactly
@given(seed=SEEDS, step=STEPS)
def test_a_gain_is_the_difference_of_the_values_it_lies_between(make_curves: Any, seed: int, step: float) -> None:
    curves = make_curves(seed)
    before, after = whole(curves.anchor_minor), whole(curves.anchor_minor * step)

    mean, variance = moments.gain(curves, before, after)

    gap = moments.value(curves, after)[1] - moments.value(curves, before)[1]
    assert mean == pytest.approx(gap, rel=1e-6, abs=1e-6)
    assert (variance >= 0).all()
    back, same = moments.gain(curves, after, before)
    assert back == pytest.approx(-mean, rel=1e-6, abs=1e-6)
    assert same == pytest.approx(variance, rel=1e-6, abs=1e-6)


@exactly
@given(seed=SEEDS, step=STEPS)
def test_an_interval_holds_its_expectation_apart_from_zero(make_curves: Any, seed: int, step: float) -> None:
    curves = make_curves(seed)
    before, after = whole(curves.anchor_minor), whole(curves.anchor_minor * step)
    mean, variance = moments.gain(curves, before, after)

    low, high = moments.gain_interval(mean, variance)

    assert (low <= high).all()
    assert (np.sign(low) == np.sign(mean)).all()
    assert (np.sign(high) == np.sign(mean)).all()


def test_from_nothing_and_to_nothing_a_whole_day_is_won_or_lost(make_curves: Any) -> None:
    curves = make_curves(3)
    some, none = whole(curves.anchor_minor), np.zeros(6, dtype=np.int64)

    won, lost = moments.gain(curves, none, some), moments.gain(curves, some, none)
    nothing = moments.gain(curves, none, none)

    assert won[0] == pytest.approx(moments.value(curves, some)[1])
    assert lost[0] == pytest.approx(-won[0])
    assert won[1] == pytest.approx(lost[1])
    assert not nothing[0].any()
    assert not nothing[1].any()
    assert not np.stack(moments.value(curves, none)).any()


@exactly
@given(seed=SEEDS, target=st.floats(0.2, 8.0))
def test_money_is_worth_spending_exactly_up_to_where_the_next_unit_returns_the_target(
    make_curves: Any, seed: int, target: float
) -> None:
    curves = make_curves(seed)
    most = whole(curves.anchor_minor * 5)

    budget = moments.spendable(curves, float(np.log(target)), most)

    beyond, never = np.isnan(budget), budget == 0
    assert (np.exp(curves.log_marginal(most.astype(float)))[beyond] > target).all()
    inside = ~beyond & ~never
    assert np.exp(curves.log_marginal(np.where(inside, budget, 1.0)))[inside] == pytest.approx(target, rel=1e-6)


def test_more_money_is_worth_spending_for_less_of_a_target(make_curves: Any) -> None:
    curves = make_curves(4)
    most = whole(curves.anchor_minor * 1e6)

    dear, cheap = (moments.spendable(curves, float(np.log(target)), most) for target in (2.0, 1.0))

    assert (cheap > dear).all()


@exactly
@given(seed=SEEDS, target=st.floats(0.01, 100.0))
def test_probabilities_stay_within_bounds_and_rise_with_the_target(make_curves: Any, seed: int, target: float) -> None:
    curves = make_curves(seed)
    mean, sd = curves.log_marginal(curves.anchor_minor), curves.log_marginal_sd(curves.anchor_minor)

    below, further = (moments.probability_below(mean, sd, float(np.log(t))) for t in (target, target * 1.1))

    assert ((below >= 0) & (below <= further) & (further <= 1)).all()


@exactly
@given(seed=SEEDS, step=STEPS, offset=st.sampled_from([10, 100, 1000]))
def test_another_currency_offset_scales_amounts_and_nothing_else(
    make_curves: Any, seed: int, step: float, offset: int
) -> None:
    curves = make_curves(seed)
    state = replace(curves.state, level=curves.state.level + np.log(offset))
    finer = replace(curves, anchor_minor=curves.anchor_minor * offset, state=state)
    before, after = whole(curves.anchor_minor), whole(curves.anchor_minor * step)

    mean, variance = moments.gain(curves, before, after)
    fine_mean, fine_variance = moments.gain(finer, before * offset, after * offset)

    assert fine_mean == pytest.approx(mean * offset, rel=1e-6)
    assert fine_variance == pytest.approx(variance * offset**2, rel=1e-5, abs=1e-6)
    assert moments.spendable(finer, 0.3, after * 4 * offset) == pytest.approx(
        moments.spendable(curves, 0.3, after * 4) * offset, rel=1e-6, nan_ok=True
    )

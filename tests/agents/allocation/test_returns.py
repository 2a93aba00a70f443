"""Response curves: rising, concave, smooth enough to be told apart by their margins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.allocation import Returns
from agents.allocation.returns import HIGHEST_ELASTICITY, LOWEST_ELASTICITY

exactly = settings(derandomize=True, deadline=None, max_examples=100, database=None)

curves = st.builds(
    lambda elasticity, curvature: Returns(np.array([9.0]), np.array([10.0]), np.array([elasticity]), curvature),
    st.floats(-0.5, 1.5),
    st.sampled_from([0.0, 1e-6, 0.05, 0.12, 0.5, 3.0]),
)


@pytest.mark.slow
@exactly
@given(curves, st.floats(0.0, 18.0), st.floats(1e-3, 5.0))
def test_more_money_brings_more_and_less_and_less(curve: Returns, log_spend: float, step: float) -> None:
    low, high = np.exp([[log_spend], [log_spend + step]])

    assert curve.value(high) > curve.value(low)
    assert curve.marginal(high) < curve.marginal(low)


@pytest.mark.slow
@exactly
@given(curves, st.floats(2.0, 16.0))
def test_the_marginal_return_is_the_slope_of_the_return(curve: Returns, log_spend: float) -> None:
    here = np.exp([log_spend])
    there = here * (1 + 1e-5)

    slope = (curve.value(there) - curve.value(here)) / (there - here)

    assert slope == pytest.approx(curve.marginal(here * (1 + 5e-6)), rel=1e-5)


@pytest.mark.slow
@exactly
@given(curves, st.floats(2.0, 16.0))
def test_the_steepness_is_how_spend_answers_to_the_price(curve: Returns, log_spend: float) -> None:
    step = 1e-5
    before, after = (curve.at(np.array([log_spend + d])) for d in (-step, step))

    fall = (before.log_marginal - after.log_marginal) / (2 * step)

    corner = before.elasticity[0] > LOWEST_ELASTICITY >= after.elasticity[0]
    corner |= before.elasticity[0] >= HIGHEST_ELASTICITY > after.elasticity[0]
    assert corner or fall == pytest.approx(1 / curve.at(np.array([log_spend])).steepness, rel=1e-3)


@pytest.mark.slow
@exactly
@given(curves, st.floats(-3.0, 4.0))
def test_an_average_return_is_a_floor_up_to_one_spend_and_no_further(curve: Returns, log_floor: float) -> None:
    most = curve.most_spend(np.array([log_floor]))

    reading = curve.at(most)

    assert reading.log_return - most == pytest.approx(log_floor, abs=1e-9)


def test_a_power_law_is_what_is_left_without_curvature() -> None:
    curve = Returns(np.array([0.0]), np.array([0.0]), np.array([0.5]))

    assert curve.value(np.array([0, 400])) == pytest.approx([0.0, 20.0])
    assert curve.marginal(np.array([400])) == pytest.approx([0.5 / 20])


def test_a_curvature_of_each_ad_set_gives_the_bits_of_one_for_all() -> None:
    level = np.array([5.0, 6.0, 7.0])
    one = Returns(level, level, np.array([0.3, 0.5, 0.7]), 0.12)
    each = Returns(level, level, np.array([0.3, 0.5, 0.7]), np.full(3, 0.12))

    spend = np.array([100, 2_000, 90])

    assert one.value(spend).tobytes() == each.value(spend).tobytes()

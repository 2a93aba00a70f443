from __future__ import annotations

import numpy as np
import pytest

from simulator.auction import impressions, marginal_impressions

RATE, DEPTH, EXPONENT = np.array(0.8), np.array(500.0), np.array(0.65)


def test_no_money_buys_nothing_and_the_first_unit_is_the_cheapest() -> None:
    spend = np.linspace(0.0, 1e5, 400)
    bought = impressions(spend, RATE, DEPTH, EXPONENT)

    assert bought[0] == 0.0
    assert (np.diff(bought) > 0).all()
    assert (np.diff(bought, 2) < 0).all()


def test_at_the_cheap_end_impressions_are_in_proportion_to_spend() -> None:
    assert impressions(np.array(1.0), RATE, DEPTH, EXPONENT) == pytest.approx(0.8, rel=1e-3)


def test_far_out_impressions_grow_with_the_calibrated_exponent() -> None:
    far = impressions(np.array([1e9, 1e10]), RATE, DEPTH, EXPONENT)

    assert np.log10(far[1] / far[0]) == pytest.approx(0.65, abs=1e-3)


def test_the_marginal_is_the_derivative() -> None:
    spend = np.array([10.0, 1e3, 1e5])
    step = 1e-3
    slope = (impressions(spend + step, RATE, DEPTH, EXPONENT) - impressions(spend - step, RATE, DEPTH, EXPONENT)) / (
        2 * step
    )

    assert marginal_impressions(spend, RATE, DEPTH, EXPONENT) == pytest.approx(slope, rel=1e-5)

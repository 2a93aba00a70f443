from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.fatigue import CLICK_EXPONENT, effective_impressions, marginal_freshness


@pytest.mark.parametrize("concentration", [0.36, 0.7, 1.5])
@pytest.mark.parametrize("mean", [0.1, 0.5, 1.0, 3.0])
def test_the_mixture_equals_the_sum_over_exposures(concentration: float, mean: float) -> None:
    exposure = np.arange(1, 4000)
    seen_at_least = stats.nbinom.sf(exposure - 1, concentration, concentration / (concentration + mean))
    by_hand = (exposure**-CLICK_EXPONENT * seen_at_least).sum()

    assert effective_impressions(np.array(mean), np.array(1.0), concentration) == pytest.approx(by_hand, rel=1e-3)


def test_the_fourth_exposure_is_worth_about_half() -> None:
    assert pytest.approx(0.55, abs=0.005) == 4**-CLICK_EXPONENT


def test_first_impressions_are_fresh_and_more_are_worth_less_and_less() -> None:
    shown = np.linspace(0.0, 1e4, 200)
    fresh = effective_impressions(shown, np.array(1000.0), 0.7)

    assert fresh[0] == 0.0
    assert marginal_freshness(np.array(0.0), np.array(1000.0), 0.7) == pytest.approx(1.0)
    assert (np.diff(fresh) > 0).all()
    assert (np.diff(fresh, 2) < 0).all()


def test_the_marginal_is_the_derivative() -> None:
    shown, audience, step = np.array([10.0, 500.0, 5000.0]), np.array(1000.0), 1e-3
    rise = effective_impressions(shown + step, audience, 0.7) - effective_impressions(shown - step, audience, 0.7)

    assert marginal_freshness(shown, audience, 0.7) == pytest.approx(rise / (2 * step), rel=1e-5)


def test_earlier_exposures_count_as_the_first_ones() -> None:
    people, before, today = np.array(1000.0), np.array(0.8), np.array(500.0)
    both = effective_impressions(today + 800.0, people, 0.7)
    first = effective_impressions(np.array(800.0), people, 0.7)

    assert effective_impressions(today, people, 0.7, before) == pytest.approx(both - first)
    assert np.array_equal(
        effective_impressions(today, people, 0.7, np.array(0.0)), effective_impressions(today, people, 0.7)
    )


def test_tired_people_click_less_from_the_first_impression_on() -> None:
    stock = np.linspace(0.0, 5.0, 50)
    fresh = effective_impressions(np.full(50, 100.0), np.array(1000.0), 0.7, stock)

    assert (np.diff(fresh) < 0).all()
    assert marginal_freshness(np.array(0.0), np.array(1000.0), 0.7, stock)[1:].max() < 1.0


def test_the_marginal_is_the_derivative_with_a_stock_too() -> None:
    shown, people, step = np.array([10.0, 500.0, 5000.0]), np.array(1000.0), 1e-3
    stock = np.array([0.3, 2.0, 5.0])
    above, below = (effective_impressions(shown + change, people, 0.7, stock) for change in (step, -step))

    assert marginal_freshness(shown, people, 0.7, stock) == pytest.approx((above - below) / (2 * step), rel=1e-5)

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

"""Fatigue is driven by exposure and forgotten by rest; its curve is the mean over people of the published one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom

from agents.creative_fatigue import CURVES, Curve, audience, exposures, freshness


@pytest.mark.parametrize("exponent", [0.25, 0.43, 0.7])
@pytest.mark.parametrize("mean", [0.3, 2.0, 20.0])
def test_freshness_is_the_slope_of_clicks_summed_over_people(exponent: float, mean: float) -> None:
    k, repeats = 0.7, np.arange(1, 20_000)

    def clicks(m: float) -> float:
        return float((repeats**-exponent * nbinom.sf(repeats - 1, k, k / (k + m))).sum())

    slope = (clicks(mean + 1e-3) - clicks(mean - 1e-3)) / 2e-3

    assert freshness(np.array([mean]), exponent, k)[0] == pytest.approx(slope, rel=2e-3)


def test_what_was_never_shown_is_fresh_and_more_exposure_never_freshens() -> None:
    worn = freshness(np.linspace(0.0, 900.0, 500), 0.43, 0.7)

    assert worn[0] == pytest.approx(1.0)
    assert (np.diff(worn) < 0).all()
    assert (freshness(np.array([5.0]), 0.0, 0.7) == 1.0).all()


def test_the_audience_is_found_from_reach() -> None:
    people, k = 120_000, 0.7
    impressions = np.array([[40_000, 60_000, 0]])
    reach = np.rint(people * (1.0 - (1.0 + impressions / people / k) ** -k)).astype(np.int64)

    assert audience(impressions, reach, k)[0] == pytest.approx(people, rel=0.03)


def test_without_reach_or_figures_an_audience_is_assumed() -> None:
    nothing = np.zeros((2, 3), dtype=np.int64)

    assert (audience(nothing, nothing, 0.7) >= 1.0).all()
    assert audience(nothing + 400, nothing, 0.7)[0] == pytest.approx(1_000)


def test_an_ad_that_rests_recovers_by_half_in_a_half_life() -> None:
    shown = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    curve = Curve(0.43, 3.0, 1.0)

    _, tired = exposures(shown[:2], curve.memory, np.array(0.0))
    _, rested = exposures(shown, curve.memory, np.array(0.0))

    assert rested == pytest.approx(tired / 2)


def test_it_is_exposure_and_not_age_that_tires() -> None:
    idle, busy = np.zeros(20), np.full(20, 0.3)

    stocks = [exposures(shown, 0.9, np.array(200.0))[1] for shown in (idle, busy)]

    assert stocks[0] == 0.0
    assert stocks[1] == pytest.approx(0.3 * 0.9 / 0.1, rel=0.15)


def test_curves_weigh_what_the_account_might_be_like_to_one() -> None:
    assert sum(curve.weight for curve in CURVES) == pytest.approx(1.0)

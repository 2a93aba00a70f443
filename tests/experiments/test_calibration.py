"""Forecasts are judged by what days turned out to bring, and those of the promoted policy come true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.vocabulary import PolicySpec
from experiments.calibration import COUNTED, KINDS, LEVELS, Calibration, calibrate, pooled
from experiments.errors import ExperimentError
from simulator.scenarios import load_scenario

CURVES = PolicySpec("curve_thompson")


def judged(transforms: Any) -> Calibration:
    """A calibration of these transforms, without scores."""
    array = np.asarray(transforms, dtype=float)
    return Calibration(array, np.ones(array.size), np.ones(array.size))


def test_uniform_transforms_cover_what_they_promise() -> None:
    even = judged((np.arange(10_000) + 0.5) / 10_000)

    assert [even.coverage(level) for level in LEVELS] == pytest.approx(LEVELS, abs=1e-3)
    assert even.histogram(4) == pytest.approx(0.25)


def test_forecasts_that_are_too_sure_cover_too_little() -> None:
    assert judged([0.001, 0.5, 0.999]).coverage(0.95) == pytest.approx(1 / 3)


def test_pooling_counts_every_forecast_alike() -> None:
    assert pooled([judged([0.5]), judged([0.01, 0.99, 0.02])]).coverage(0.5) == 0.25


def test_a_policy_without_beliefs_is_refused() -> None:
    with pytest.raises(ExperimentError, match="no response curves"):
        calibrate(load_scenario("small"), PolicySpec("hold"), [1], 1)


def test_the_same_seeds_are_judged_the_same() -> None:
    one, other = (calibrate(load_scenario("small"), CURVES, [1, 2], 3) for _ in range(2))

    for kind in KINDS:
        assert np.array_equal(one[kind].transforms, other[kind].transforms)
        assert np.array_equal(one[kind].crps, other[kind].crps)


def test_every_active_ad_set_is_forecast_on_every_day() -> None:
    market = load_scenario("small")

    assert calibrate(market, CURVES, [1, 2], 3)["clicks"].transforms.size == 2 * 3 * market.ad_sets


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["reference", "heavy_drift", "sparse"])
def test_intervals_cover_what_they_promise(scenario: str) -> None:
    found = calibrate(load_scenario(scenario), CURVES, range(300_000, 300_003), 30)

    for kind in COUNTED:
        for level in LEVELS:
            assert found[kind].coverage(level) == pytest.approx(level, abs=0.07), (kind, level)


@pytest.mark.slow
def test_beliefs_beat_forecasts_that_know_only_the_account() -> None:
    found = calibrate(load_scenario("reference"), CURVES, [1, 2], 10)["conversions"]
    others = found.happened[None, :60]
    climatology = np.abs(found.happened[:, None] - others).mean() - 0.5 * np.abs(others - others.T).mean()

    assert found.crps.mean() < 0.7 * climatology

"""Figures of levers."""

from __future__ import annotations

import numpy as np
import pytest

from agents.registry import policies
from experiments.benches._levers import CASES, LEAST_IN_VAIN, Case, gains, lever_figures

pytestmark = pytest.mark.slow


def test_every_policy_of_these_levers_has_a_case_with_and_one_without_an_effect() -> None:
    for lever in ("hours", "segments", "audiences", "bid"):
        goals = {case.policy: [] for case in CASES if case.lever == lever}
        assert set(goals) == set(policies(lever)), lever
        mine = [case.goal for case in CASES if case.lever == lever]
        assert any(goal is not None and goal >= 0 for goal in mine)
        assert any(goal is None or goal == LEAST_IN_VAIN for goal in mine)


def test_a_figure_says_what_was_lived_and_what_there_was_to_gain() -> None:
    cases = [case for case in CASES if case.name in {"segments", "caps_all_equal"}]

    figures = {figure.name: figure for figure in lever_figures(0, cases, worlds=4, days=14)}

    assert figures["segments_gain"].value > 2.0
    assert "4 worlds of 10 ad sets, 14 days, same money; 95 %: " in figures["segments_gain"].how
    assert figures["segments_gain"].how.endswith("% if all were known")
    assert figures["caps_all_equal_gain"].value > LEAST_IN_VAIN


def test_leaving_things_alone_is_what_gains_are_measured_against() -> None:
    case = Case("idle", "segments", "segment_weights", "", None, {"segments": {}}, params={"least_gain": 1.0})

    gain, most = gains(case, range(3), 8)

    assert gain.value == pytest.approx(0.0)
    assert most is not None
    assert most > 5.0
    assert np.isfinite(most)

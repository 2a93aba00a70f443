"""The bench of calibration reports every level and kind, with the right prior and with the wrong one."""

from __future__ import annotations

import pytest

from experiments.benches._calibration import GOAL, figures
from experiments.calibration import COUNTED, LEVELS

pytestmark = pytest.mark.slow


def test_counts_have_goals_under_both_priors() -> None:
    found = {figure.name: figure for figure in figures(3, 1, days=8, names=("reference_small", "small"))}

    for kind in COUNTED:
        for level in LEVELS:
            for prior in ("", "_wrong_prior"):
                assert found[f"coverage_off_{level:.0%}_{kind}{prior}"].goal == GOAL
    assert {name for name in found if "/" in name} == {
        f"coverage_off{prior}/{name}" for prior in ("", "_wrong_prior") for name in ("reference_small", "small")
    }


def test_what_is_reported_is_the_distance_from_the_level() -> None:
    for figure in figures(3, 1, days=8, names=("small",)):
        if figure.name.startswith("coverage_off_80%_clicks"):
            covered = float(figure.how.split(" %")[0])
            assert figure.value == pytest.approx(abs(covered - 80.0), abs=0.051)

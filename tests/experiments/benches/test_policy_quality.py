"""The questions that the longest bench asks can be asked."""

from __future__ import annotations

import numpy as np
import pytest

from agents.registry import build_policy
from experiments.benches import _policy_quality as quality
from simulator.scenarios import load_scenario, scenarios


def test_every_policy_that_is_compared_can_be_built() -> None:
    specs = {**quality._questions(), **quality._variants(), quality.SPARING: quality._sparing()}

    assert len({label: build_policy(spec) for label, spec in specs.items()}) > 25


def test_every_size_and_costly_scenario_exists() -> None:
    named = {size.scenario for size in quality.SIZES} | set(quality.COSTLY) | {quality.OVERLAPPING}

    assert named <= set(scenarios())


@pytest.mark.slow
def test_a_scenario_gives_a_lead_over_the_rules_with_its_interval_and_their_setting() -> None:
    rules = {"gentle": quality.PolicySpec("rules", {"step_up": 0.05, "step_down": 0.05})}

    found = quality.measured(load_scenario("small"), seed=5, worlds=4, rules=rules)
    figure = quality._lead("lead", found, 0.0)

    assert np.isfinite(figure.value)
    assert "4 worlds of small" in figure.how
    assert "step_up 0.05" in figure.how

"""Settings to look for the best rule in."""

from __future__ import annotations

import pytest

from agents.registry import build_policy
from agents.vocabulary import PolicySpec
from experiments.rule_grid import tuned_rules


def test_there_are_more_than_fifty_and_each_can_be_built() -> None:
    grid = tuned_rules()

    assert len(grid) > 50
    for spec in grid.values():
        build_policy(spec)


def test_no_two_are_the_same_policy() -> None:
    built = [build_policy(spec) for spec in tuned_rules().values()]

    assert len(set(built)) == len(built)


@pytest.mark.parametrize("name", ["window_days", "dead_band", "step_up", "step_down", "every_days", "target"])
def test_every_habit_of_the_trade_is_tried_in_more_than_one_way(name: str) -> None:
    assert len({spec.params.get(name) for spec in tuned_rules().values()}) > 1


def test_a_label_says_what_is_set_otherwise_than_typical() -> None:
    grid = tuned_rules()

    assert grid["rules_window28_band0.3_up0.05_down0.05_every7_cap0.1"] == PolicySpec(
        "rules",
        {
            "window_days": 28,
            "dead_band": 0.3,
            "step_up": 0.05,
            "step_down": 0.05,
            "every_days": 7,
            "max_change": 0.1,
        },
    )

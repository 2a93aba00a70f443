"""The past of a world, remembered for a morning."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from simulator.graph_api.passed_days import MOST_SPANS, PassedDays
from simulator.scenarios import load_scenario
from simulator.world import World


def test_it_is_the_worlds_own_every_morning_also_after_conversions_came_late() -> None:
    world = World(load_scenario("small"), seeds=[1])
    passed, first = PassedDays(world), []
    since, until = world.today - timedelta(days=5), world.today - timedelta(days=1)
    for _ in range(4):
        for _ in range(2):
            found = passed.figures(since, until)
            known = world.report_range(since, until)
            assert all(np.array_equal(found[name], known[name][0]) for name in known)
        first.append(int(found["conversions"].sum()))
        world.step()

    assert first[0] < first[-1]


def test_it_remembers_a_few_spans_and_none_can_be_written_to() -> None:
    world = World(load_scenario("small"), seeds=[1])
    passed = PassedDays(world)
    for days in range(1, MOST_SPANS + 10):
        found = passed.figures(world.today - timedelta(days=days), world.today - timedelta(days=1))

    assert len(passed._spans) == MOST_SPANS
    with pytest.raises(ValueError, match="read-only"):
        found["clicks"][0, 0] = 1

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agents.policies.curve_thompson import CurveThompson
from agents.policies.hold import Hold
from agents.policies.linear_thompson import LinearThompson
from agents.policies.rules import Rules
from agents.vocabulary import Allocation
from experiments.regret import PARTS, Beliefs, beliefs_of, regret, report
from simulator.oracle import best_within
from simulator.scenarios import load_scenario
from simulator.world import World

if TYPE_CHECKING:
    from agents.vocabulary import Observation, Rng

pytestmark = pytest.mark.slow

SEEDS = (1, 2, 3)
DAYS = 5
SMALL = load_scenario("small")


@dataclass(eq=False)
class Seer:
    """Lives a twin of the worlds, so it knows the truth and errs just where it is told to."""

    weights: float | np.ndarray = 1.0
    mean_holds: bool = False
    decision_holds: bool = False

    def __post_init__(self) -> None:
        self.twin = World(SMALL, SEEDS)
        self.believed: Beliefs | None = None

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        now = self.twin.budgets_minor
        value = self.weights * self.twin.expected_value_minor(now)
        best = best_within(self.twin, observation.budget_minor, 0.2, weights=self.weights)
        self.believed = Beliefs(now if self.mean_holds else best, value)
        decided = now if self.decision_holds else self.believed.budgets_minor
        self.twin.set_budgets(decided)
        self.twin.step()
        return Allocation(decided)

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        return ()


@beliefs_of.register(Seer)
def _(policy: Seer, observation: Observation, allocation: Allocation) -> Beliefs | None:
    return policy.believed


WRONG = np.array([[1.0, 2.0, 0.5, 1.5, 0.7]])


@pytest.mark.parametrize(
    ("seer", "cause"),
    [
        ({}, "caps"),
        ({"weights": WRONG}, "level"),
        ({"mean_holds": True, "decision_holds": True}, "curve"),
        ({"decision_holds": True}, "exploration"),
    ],
)
def test_regret_lies_with_the_only_cause_there_is(seer: dict[str, object], cause: str) -> None:
    found = regret(Seer(**seer), SMALL, SEEDS, DAYS)
    size = found.best_minor.mean()

    for part in set(PARTS) - {cause, "caps"}:
        # The same budgets but for a few minor units.
        assert np.abs(getattr(found, part)).max() < 1e-6 * size, part
    assert getattr(found, cause).mean() > 1e-3 * size


@pytest.mark.parametrize("policy", [CurveThompson(), LinearThompson(), Rules(), Hold()])
def test_the_parts_sum_to_what_was_given_up(policy: CurveThompson | LinearThompson | Rules | Hold) -> None:
    found = regret(policy, SMALL, SEEDS, DAYS)
    percent = {name: estimate.value for name, estimate in found.percent().items()}

    assert percent["total"] == pytest.approx(sum(percent[name] for name in PARTS))
    assert percent["total"] > 0
    assert (found.caps >= -10).all()
    assert found.believes == isinstance(policy, CurveThompson | LinearThompson)
    if not found.believes:
        assert not found.curve.any()
        assert not found.exploration.any()


def test_the_total_is_what_a_plain_run_gives_up() -> None:
    found = regret(Hold(), SMALL, SEEDS, 3)
    world = World(SMALL, SEEDS)
    for day in range(3):
        total = world.budgets_minor.sum(axis=1)
        best = world.expected_value_minor(best_within(world, total)).sum(axis=-1)
        held = world.expected_value_minor(world.budgets_minor).sum(axis=-1)
        np.testing.assert_allclose(found.total[:, day], best - held, rtol=1e-9)
        world.step()


def test_who_draws_nothing_does_not_explore() -> None:
    still, hot = (regret(CurveThompson(temperature=t), SMALL, range(1, 9), 6) for t in (0.0, 2.0))

    assert not still.exploration.any()
    assert hot.exploration.sum() > 0


def test_believing_in_lines_is_a_misjudged_curve() -> None:
    found = regret(LinearThompson(max_change=None), SMALL, range(1, 9), 4, cap=None, guardrails={})

    assert found.curve.sum() > 0.02 * found.best_minor.sum()


def test_the_report_is_plain_values() -> None:
    found = report(regret(Hold(), SMALL, SEEDS, 2))

    assert (found["seeds"], found["days"], found["believes"]) == ([1, 2, 3], 2, False)
    assert set(found["percent_of_best"]) == {*PARTS, "total"}

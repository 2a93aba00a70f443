"""Levers beside the budget in simulated worlds, and their breakdowns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.observation import HISTORY_DAYS
from agents.vocabulary import BREAKDOWN_METRICS, Weights
from experiments.levers_in_worlds import CUTS, Cut
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario
from simulator.world import World

MECHANISMS: dict[str, dict[str, Any]] = {
    "hours": {"hour_of_day": {}, "dayparting": {"share": 0.0}},
    "segments": {"segments": {}},
    "audiences": {"audiences": {}},
}
KEYS = {"hours": 168, "segments": 12, "audiences": 10}


def market(lever: str) -> Scenario:
    return load_scenario("small").having(**MECHANISMS[lever])


def lived(lever: str, days: int = 0, seeds: tuple[int, ...] = (1, 2)) -> tuple[World, Cut]:
    world = World(market(lever), list(seeds))
    cut = CUTS[lever](world)
    for _ in range(days):
        cut.close()
        world.step()
    return world, cut


def answer(lever: str, world: World, weights: Any) -> Weights:
    shape = (*world.budgets_minor.shape, KEYS[lever])
    found = np.broadcast_to(np.asarray(weights, dtype=np.float64), shape)
    return Weights((), found, found, found, found)


@pytest.mark.parametrize("lever", CUTS)
def test_a_breakdown_sums_to_the_report(lever: str) -> None:
    world, cut = lived(lever, days=2)
    report, found = world.report(HISTORY_DAYS), cut.breakdown()
    mine = world.mechanism_state("audiences").lookalike if lever == "audiences" else np.ones(5, dtype=np.bool_)

    for name in BREAKDOWN_METRICS:
        assert (getattr(found, name).sum(axis=-2) == report[name] * mine[:, None]).all(), name
        assert (getattr(found, name) >= 0).all()


@pytest.mark.parametrize("lever", CUTS)
def test_orders_stay_in_their_keys_when_a_report_grows(lever: str) -> None:
    world, cut = lived(lever, days=1)
    before = cut.breakdown().conversions
    cut.close()
    world.step()

    assert (cut.breakdown().conversions[..., :-1] >= before[..., 1:]).all()


@pytest.mark.parametrize("lever", CUTS)
def test_weights_of_one_leave_every_day_as_it_is(lever: str) -> None:
    world, cut = lived(lever)
    before = world.expected_value_minor(world.budgets_minor)
    ones = cut.in_force(world.today) if lever == "audiences" else 1.0

    cut.act(answer(lever, world, ones))

    assert world.expected_value_minor(world.budgets_minor) == pytest.approx(before)


@pytest.mark.parametrize("lever", ["hours", "segments"])
def test_what_was_in_force_is_told_with_the_days_it_was_in_force(lever: str) -> None:
    world, cut = lived(lever, days=1)
    weights = np.ones(KEYS[lever])
    weights[::2] = 0.5

    cut.act(answer(lever, world, weights))
    cut.close()
    world.step()

    told = cut.breakdown().weights
    assert told is not None
    assert (told[..., :-1] == 1.0).all()
    assert (told[..., ::2, -1] == 0.5).all()
    spend = cut.breakdown().spend_minor
    share = spend / np.maximum(spend.sum(axis=-2, keepdims=True), 1)
    assert (share[..., ::2, -1].sum(-1) < share[..., ::2, -2].sum(-1)).all()


def test_a_world_alone_has_the_breakdown_it_has_in_a_batch() -> None:
    _, many = lived("segments", days=1, seeds=(1, 2, 3))
    _, alone = lived("segments", days=1, seeds=(2,))

    assert (many.breakdown().conversions[1:2] == alone.breakdown().conversions).all()

"""Worlds lived through under a policy for ads: the truth, the oracle, launches, and the same bits in any batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.registry import build
from agents.vocabulary import PolicySpec
from experiments.creative_run import (
    ByPolicy,
    RotationOracle,
    best_rotation,
    creative_scenario,
    observe_creatives,
    run_creatives,
)
from simulator.mechanisms.creatives import with_active
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario
from simulator.world import World


@pytest.fixture(name="scenario")
def _scenario() -> Scenario:
    return creative_scenario(load_scenario("small"), ads=4)


def _by(name: str, **params: Any) -> ByPolicy:
    return ByPolicy(build(PolicySpec(name, params), "creative"))


def test_no_set_of_ads_is_worth_more_than_the_best_one(scenario: Scenario) -> None:
    world = World(scenario, [1, 2])
    state = world.mechanism_state("creatives")
    rng = np.random.default_rng(0)

    active, best = best_rotation(world)

    assert world.mechanism_state("creatives") is state
    for _ in range(10):
        world.replace_mechanism_state("creatives", with_active(state, rng.random(state.on.shape) < 0.5))
        assert (world.expected_value_minor(world.budgets_minor) <= best * (1 + 1e-12)).all()
    world.replace_mechanism_state("creatives", with_active(state, active))
    assert world.expected_value_minor(world.budgets_minor) == pytest.approx(best)


def test_figures_of_a_place_are_those_of_the_creative_that_is_in_it(scenario: Scenario) -> None:
    world = World(scenario, [3])

    ads = observe_creatives(world).creatives

    assert ads is not None
    assert not ads.impressions[~ads.exists].any()
    for place in np.argwhere(ads.exists):
        days = ads.impressions[tuple(place)]
        assert not days[: max(28 - int(ads.age_days[tuple(place)]), 0)].any()


@pytest.mark.slow
def test_a_day_never_earns_more_than_its_best_and_the_oracle_always_does(scenario: Scenario) -> None:
    even, oracle = (run_creatives(each, scenario, range(3), 5) for each in (_by("creative_even"), RotationOracle()))

    assert (even.expected_value_minor <= even.best_value_minor * (1 + 1e-12)).all()
    assert oracle.expected_value_minor == pytest.approx(oracle.best_value_minor)
    assert (even.running == scenario.ad_sets).all()


class _Asking:
    """Leaves ads as they are and always asks for new ones."""

    def rotate(self, world: World, observation: Any, streams: Any) -> tuple[Any, Any]:
        on = world.mechanism_state("creatives").on
        return on, np.ones(on.shape[:2], dtype=np.bool_)


@pytest.mark.parametrize(("launch_days", "launches"), [(None, 0), (2, 3), (0, 6)])
def test_new_creatives_come_one_per_ad_set_some_days_after_they_are_asked_for(
    scenario: Scenario, launch_days: int | None, launches: int
) -> None:
    run = run_creatives(_Asking(), scenario, [1], 7, launch_days=launch_days)

    assert int(run.launched.max()) <= scenario.ad_sets
    assert int(run.launched.sum()) == launches * scenario.ad_sets


@pytest.mark.slow
def test_a_batch_of_worlds_lives_as_each_would_alone(scenario: Scenario) -> None:
    together = run_creatives(_by("creative_thompson"), scenario, [5, 6], 3)

    for w, seed in enumerate((5, 6)):
        alone = run_creatives(_by("creative_thompson"), scenario, [seed], 3)
        for name in ("expected_value_minor", "best_value_minor", "running", "switched", "launched"):
            assert (getattr(alone, name)[0] == getattr(together, name)[w]).all()


@pytest.mark.slow
def test_learning_what_ads_bring_loses_much_less_than_the_textbook_where_ads_tire() -> None:
    scenario = creative_scenario(load_scenario("strong_fatigue"))

    oracle, ours, textbook = (
        run_creatives(each, scenario, range(6), 20, launch_days=None).expected_value_minor.sum(axis=-1)
        for each in (RotationOracle(), _by("creative_thompson"), _by("creative_beta"))
    )

    assert np.mean(1 - ours / oracle) < 0.5 * np.mean(1 - textbook / oracle)

"""Ads run, rest, leave and are launched as the table says; one of each ad set always runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.environments import CreativeRotationEnv, CreativeRotationVectorEnv
from simulator.scenarios import load_scenario

CREATIVES = {"ads": 4, "first_ads": 2, "launches_per_week": 0.0, "keep_launching": False}
SCENARIO = load_scenario("small").having(ad_sets=2, history_days=3, creatives=CREATIVES)
"""Places 0 and 1 of both ad sets hold ads; 2 and 3 are empty."""


def begun() -> CreativeRotationEnv:
    env = CreativeRotationEnv(SCENARIO)
    env.reset(seed=1)
    return env


def state(env: CreativeRotationEnv) -> Any:
    assert env._episode is not None
    return env._episode.world.mechanism_state("creatives")


def action(*numbers: float) -> np.ndarray:
    """The same for both ad sets."""
    return np.array(numbers * 2, dtype=np.float32)


@pytest.mark.parametrize(
    ("numbers", "on", "exists", "launches"),
    [
        ((0.4, 0.2, -0.1, 0.0), [1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]),
        ((0.4, -0.2, 0.0, 0.0), [1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]),
        ((0.4, -0.6, 0.0, 0.0), [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]),
        ((0.4, 0.2, 0.1, 0.9), [1, 1, 0, 1], [1, 1, 0, 1], [0, 0, 0, 1]),
        ((-0.9, -0.8, 0.1, 0.0), [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 1, 0]),
        ((-0.9, -0.8, 0.0, 0.0), [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]),
        ((0.0, 0.0, 0.0, 0.0), [1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]),
    ],
    ids=["run", "pause", "take out", "launch one", "launch alone", "the best stays", "ties stay first"],
)
def test_every_place_does_what_the_table_says(
    numbers: tuple[float, ...], on: list[int], exists: list[int], launches: list[int]
) -> None:
    env = begun()
    before = state(env).generation.copy()
    info = env.step(action(*numbers))[4]
    now = state(env)

    for ad_set in range(2):
        assert now.on[0, ad_set].astype(int).tolist() == on
        assert now.exists[0, ad_set].astype(int).tolist() == exists
        assert (now.generation - before)[0, ad_set].tolist() == launches
    assert info["ads_running"] == 2 * sum(on)
    assert info["ads_launched"] == 2 * sum(launches)


@pytest.mark.slow
@settings(derandomize=True, max_examples=40, deadline=None)
@given(numbers=st.lists(st.floats(-2, 2, width=32), min_size=24, max_size=24))
def test_one_ad_of_every_ad_set_always_runs(numbers: list[float]) -> None:
    env = begun()
    for day in range(3):
        env.step(np.array(numbers[8 * day : 8 * day + 8], dtype=np.float32))
        assert state(env).on.any(axis=-1).all()
        assert (state(env).exists | ~state(env).on).all()


def test_a_paused_ad_gets_no_impressions_and_the_budget_stays() -> None:
    env = begun()
    info = env.step(action(0.5, -0.2, 0.0, 0.0))[4]
    assert env._episode is not None
    shown = env._episode.world.report_ads(1)["impressions"][0, :, :, 0]

    assert (shown[:, 0] > 0).all()
    assert not shown[:, 1:].any()
    assert np.array_equal(info["budgets_minor"], env._episode.world.budgets_minor[0])


def test_what_is_seen_of_places_is_what_is_there() -> None:
    env = begun()
    seen, *_ = env.step(action(0.5, -0.2, 0.7, 0.0))
    rows = seen[11 * 2 + 9 :].reshape(7, 2, 4)

    assert rows[0].tolist() == [[1, 1, 1, 0]] * 2
    assert rows[1].tolist() == [[1, 0, 1, 0]] * 2
    assert rows[2, 0] == pytest.approx(np.log1p([4, 4, 1, 0]), abs=1e-6)
    assert (rows[3:5, :, [0, 2]] > 0).all()
    assert not rows[3:, :, 3].any()


def test_a_taken_place_may_be_used_again_and_then_holds_another_creative() -> None:
    env = begun()
    traits = state(env).traits[0, :, 1].copy()
    env.step(action(0.5, -0.9, 0.0, 0.0))
    env.step(action(0.5, 0.9, 0.0, 0.0))

    assert (state(env).generation[0, :, 1] == 1).all()
    assert not np.array_equal(state(env).traits[0, :, 1], traits)


def test_rotation_decides_what_is_earned() -> None:
    """Running everything is not running one ad until it is worn out."""
    earned = []
    for number in (-0.2, 0.2):
        env = CreativeRotationVectorEnv(30, "small")
        env.reset(seed=1)
        total = 0.0
        for _ in range(10):
            total += env.step(np.full(env.action_space.shape or (), number, dtype=np.float32))[1].mean()
        earned.append(total)

    assert earned[1] > 1.05 * earned[0]

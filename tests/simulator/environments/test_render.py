"""Text and pictures of an episode, alone and in a vector."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.environments import BudgetAllocationEnv, BudgetAllocationVectorEnv
from simulator.scenarios import load_scenario

UP = np.array([1, -1, -1, -1, -1], dtype=np.float32)


def test_a_table_names_every_ad_set_and_sums_up() -> None:
    env = BudgetAllocationEnv(days=9, render_mode="ansi")
    env.reset(seed=1)
    for _ in range(2):
        _, _, _, _, info = env.step(UP)
    text = env.render()
    lines = text.splitlines()

    assert lines[0].startswith("small, ")
    assert "day 2 of 9" in lines[0]
    assert len(lines) == 2 + 5 + 1
    assert len({len(line) for line in lines[1:]}) == 1
    assert f"{info['budgets_minor'][0] / 100:.2f}" in lines[2]
    assert f"{info['budgets_minor'].sum() / 100:.2f}" in lines[-1]
    assert "+20.0%" in text


def test_who_is_in_learning_is_told() -> None:
    scenario = load_scenario("small").having(history_days=2, learning={})
    env = BudgetAllocationEnv(scenario, render_mode="ansi")
    env.reset(seed=1)

    assert all(line.endswith("  learning") for line in env.render().splitlines()[2:-1])


def test_learning_is_in_the_picture() -> None:
    pictures = []
    for sections in ({}, {"learning": {"cost": 1.0, "noise": 0.0, "limited_cost": 1.0, "limited_noise": 0.0}}):
        env = BudgetAllocationEnv(load_scenario("small").having(history_days=2, **sections), render_mode="rgb_array")
        env.reset(seed=1)
        env.step(np.zeros(5, dtype=np.float32))
        pictures.append(env.render())

    assert not np.array_equal(*pictures)


def test_an_ad_set_without_money_has_no_change_and_no_return() -> None:
    scenario = load_scenario("small").having(history_days=0)
    env = BudgetAllocationEnv(scenario, render_mode="ansi")
    env.reset(seed=1)

    assert all(line.split()[-1] == "-" for line in env.render().splitlines()[2:])


@pytest.mark.slow
def test_a_picture_has_the_promised_size_and_changes_with_the_days() -> None:
    env = BudgetAllocationEnv(days=5, render_mode="rgb_array")
    env.reset(seed=1)
    first = env.render()
    env.step(UP)
    second = env.render()

    assert first.shape == second.shape == (500, 800, 3)
    assert first.dtype == np.uint8
    assert not np.array_equal(first, second)
    assert np.array_equal(second, env.render())
    assert 0.02 < (second < 250).any(axis=-1).mean() < 0.5


def test_a_picture_draws_the_value_behind_the_reward() -> None:
    pictures = []
    for reward in ("expected", "realised"):
        env = BudgetAllocationEnv(days=5, reward=reward, render_mode="rgb_array")
        env.reset(seed=1)
        env.step(UP)
        pictures.append(env.render())

    assert not np.array_equal(*pictures)


def test_a_vector_gives_the_frames_of_its_environments() -> None:
    vector = BudgetAllocationVectorEnv(2, days=5, render_mode="ansi")
    vector.reset(seed=3)
    vector.step(np.tile(UP, (2, 1)))
    frames = vector.render()
    assert frames is not None
    for seed, frame in zip((3, 4), frames, strict=True):
        single = BudgetAllocationEnv(days=5, render_mode="ansi")
        single.reset(seed=seed)
        single.step(UP)
        assert frame == single.render()


def test_without_a_mode_there_is_nothing_to_see() -> None:
    single, vector = BudgetAllocationEnv(), BudgetAllocationVectorEnv(2)
    single.reset(seed=1)
    vector.reset(seed=1)

    assert single.render() is None
    assert vector.render() is None


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="did you mean 'rgb_array'"):
        BudgetAllocationEnv(render_mode="rgb_aray")
    with pytest.raises(RuntimeError, match="call reset first"):
        BudgetAllocationEnv(render_mode="ansi").render()
    with pytest.raises(RuntimeError, match="call reset first"):
        BudgetAllocationVectorEnv(2, render_mode="ansi").render()

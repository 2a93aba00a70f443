"""What the environments refuse, and that a refusal leaves everything as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from simulator.environments import IDS

SINGLE = [single for single, _ in IDS.values()]
VECTOR = [vector for _, vector in IDS.values()]


@pytest.mark.parametrize("kind", SINGLE)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("days", 0),
        ("days", 2.5),
        ("days", float("nan")),
        ("days", True),
        ("days", "ten"),
        ("daily_cap", float("nan")),
        ("daily_cap", 1e300),
        ("daily_cap", "a fifth"),
        ("scenario", None),
        ("scenario", 5),
        ("reward", None),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_name(kind: Any, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        kind(**{name: value})


@pytest.mark.parametrize("kind", VECTOR)
@pytest.mark.parametrize("count", [0, 2.5, "two", True])
def test_a_number_of_environments_that_makes_no_sense_is_refused(kind: Any, count: Any) -> None:
    with pytest.raises(ValueError, match="num_envs"):
        kind(num_envs=count)


@pytest.mark.parametrize("kind", SINGLE)
@pytest.mark.parametrize("bad", [np.nan, 1j, "a"])
def test_an_action_that_is_no_number_is_refused_and_no_day_passes(kind: Any, bad: Any) -> None:
    env, twin = kind(days=3), kind(days=3)
    for one in (env, twin):
        one.reset(seed=1)
    action = np.zeros(env.action_space.shape, dtype=np.asarray(bad).dtype)
    action[2] = bad

    with pytest.raises(ValueError, match="actions must be"):
        env.step(action)

    plain = np.zeros(env.action_space.shape, dtype=np.float32)
    assert np.array_equal(env.step(plain)[0], twin.step(plain)[0])


@pytest.mark.parametrize("kind", VECTOR)
def test_one_bad_action_moves_none_of_the_environments(kind: Any) -> None:
    envs = [kind(num_envs=3, days=4, autoreset_mode=AutoresetMode.DISABLED) for _ in range(2)]
    plain = np.zeros(envs[0].action_space.shape, dtype=np.float32)
    for env in envs:
        env.reset(seed=1)
        env.step(plain)
        # The first one is in a batch of its own now, behind the others.
        env.reset(options={"reset_mask": np.array([True, False, False])})
    bad = plain.copy()
    bad[0, 1] = np.nan

    with pytest.raises(ValueError, match="number 1 of account 0 is nan"):
        envs[0].step(bad)

    assert np.array_equal(envs[0].step(plain)[0], envs[1].step(plain)[0])


@pytest.mark.parametrize("kind", VECTOR)
def test_the_action_of_an_environment_that_is_over_may_be_anything(kind: Any) -> None:
    env = kind(num_envs=2, days=1)
    env.reset(seed=1)
    env.step(np.zeros(env.action_space.shape, dtype=np.float32))

    observations = env.step(np.full(env.action_space.shape, np.nan, dtype=np.float32))[0]

    assert np.isfinite(observations).all()


@pytest.mark.parametrize("seed", [1.5, "one", [1]])
def test_a_seed_that_is_none_is_refused(seed: Any) -> None:
    with pytest.raises(ValueError, match="seed"):
        VECTOR[0](num_envs=2).reset(seed=seed)

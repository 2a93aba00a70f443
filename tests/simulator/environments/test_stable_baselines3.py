"""Environments are usable by stable-baselines3 as they are. Left out where it is not installed."""

from __future__ import annotations

import warnings

import gymnasium
import numpy as np
import pytest

pytest.importorskip("stable_baselines3")

from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env

from simulator.environments import ENV_ID, IDS
from simulator.environments.stable_baselines import SameStepVecEnv, as_vec_env


@pytest.mark.parametrize("scenario", ["small", "sparse", "volatile"])
@pytest.mark.parametrize("name", IDS)
def test_its_checker_has_no_objection_and_no_warning(name: str, scenario: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(IDS[name][0](scenario, days=4), warn=True)


def test_the_end_of_an_episode_is_told_its_way() -> None:
    env = as_vec_env(ENV_ID, 3, days=2)
    native = gymnasium.make_vec(ENV_ID, 3, days=2)
    env.seed(7)
    assert np.array_equal(env.reset(), native.reset(seed=7)[0])
    still = np.zeros((3, 5), dtype=np.float32)
    env.step(still)
    native.step(still)
    seen, rewards, over, infos = env.step(still)
    last = native.step(still)

    assert over.all()
    assert rewards.dtype == np.float32
    assert [info["TimeLimit.truncated"] for info in infos] == [True] * 3
    assert np.array_equal(np.stack([info["terminal_observation"] for info in infos]), last[0])
    assert np.array_equal(seen, native.step(still)[0])
    assert env.step(still)[3] == [{}] * 3


def test_ppo_learns_from_it() -> None:
    env = as_vec_env(ENV_ID, 8, days=4)
    model = PPO("MlpPolicy", env, n_steps=4, batch_size=32, n_epochs=1, seed=1).learn(64)

    assert model.num_timesteps == 64
    assert env.env_is_wrapped(gymnasium.Wrapper) == [False] * 8
    assert env.get_attr("num_envs", [0, 1]) == [8, 8]
    assert env.env_method("render") == [None] * 8
    with pytest.raises(NotImplementedError, match="cannot be set"):
        env.set_attr("days", 3)


def test_another_autoreset_is_refused() -> None:
    with pytest.raises(ValueError, match="SAME_STEP"):
        SameStepVecEnv(gymnasium.make_vec(ENV_ID, 2))

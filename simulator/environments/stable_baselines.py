"""A vector environment for stable-baselines3, whose `VecEnv` is a contract of its own (and loaded only here).

Episodes of our environments are truncated, never terminated, and begin again on the same step; stable-baselines3 is
told so by `TimeLimit.truncated` and finds the last observation in `terminal_observation`.

    from simulator.environments.stable_baselines import as_vec_env
    PPO("MlpPolicy", as_vec_env("caudal/BudgetAllocation-v0", num_envs=256, scenario="small")).learn(200_000)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

try:
    from stable_baselines3.common.vec_env import VecEnv
except ImportError:
    VecEnv = None

if TYPE_CHECKING:
    from numpy.typing import NDArray


def as_vec_env(environment: str, num_envs: int, **rules: Any) -> SameStepVecEnv:
    """The environment of this id as stable-baselines3 wants it.

    Args:
        environment: an id, such as `caudal/BudgetAllocation-v0`.
        num_envs: how many at once.
        rules: as the environment's own arguments: `scenario`, `days`, `daily_cap`, `reward`.
    """
    made = gymnasium.make_vec(environment, num_envs, autoreset_mode=AutoresetMode.SAME_STEP, **rules)
    return SameStepVecEnv(made)


class SameStepVecEnv(VecEnv or object):  # type: ignore[misc]
    """Any gymnasium vector environment that resets on the same step, with Box observations and actions."""

    def __init__(self, vector: VectorEnv[Any, Any, Any]) -> None:
        """Args: vector: the environment.

        Raises:
            ImportError: stable-baselines3 is not installed.
            ValueError: it does not reset on the same step.
        """
        if VecEnv is None:
            raise ImportError("this needs stable-baselines3, which is not installed: run make rl")
        if vector.metadata.get("autoreset_mode") is not AutoresetMode.SAME_STEP:
            raise ValueError("stable-baselines3 resets on the same step: make the environment with SAME_STEP")
        self.vector = vector
        self.render_mode = vector.render_mode
        self._actions: NDArray[np.float32] = np.zeros(vector.action_space.shape or (), dtype=np.float32)
        super().__init__(vector.num_envs, vector.single_observation_space, vector.single_action_space)

    def reset(self) -> NDArray[np.float32]:
        """New episodes everywhere, from the seeds that `seed` was given."""
        observations, _ = self.vector.reset(seed=self._seeds)
        self._reset_seeds()
        seen: NDArray[np.float32] = observations
        return seen

    def step_async(self, actions: NDArray[np.float32]) -> None:
        """Keep the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Observations, rewards, which are over, and for these the last observation in their infos."""
        observations, rewards, terminated, truncated, infos = self.vector.step(self._actions)
        over = terminated | truncated
        each: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in np.flatnonzero(over):
            each[i]["terminal_observation"] = infos["final_obs"][i]
            each[i]["TimeLimit.truncated"] = bool(truncated[i] and not terminated[i])
        return observations, rewards.astype(np.float32), over, each

    def close(self) -> None:
        """Close the environment."""
        self.vector.close()

    def get_images(self) -> Sequence[Any]:
        """A frame for each environment."""
        return self.vector.render() or []

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of the vector environment, which all environments share."""
        return [getattr(self.vector, attr_name)] * len(self._listed(indices))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refused: environments of one vector share everything."""
        raise NotImplementedError(f"{attr_name} cannot be set for single environments of a vector: make another vector")

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Call a method of the vector environment once, and give its result for each environment."""
        result = getattr(self.vector, method_name)(*args, **kwargs)
        return [result] * len(self._listed(indices))

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:  # noqa: ARG002 - the contract
        """Never: there are no wrappers around single environments."""
        return [False] * len(self._listed(indices))

    def _listed(self, indices: int | Iterable[int] | None) -> list[int]:
        return list(self._get_indices(indices))

"""The checker finds each fault that we plant, says which it is, and has nothing against an environment without any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from simulator.environments import BudgetAllocationEnv, BudgetAllocationVectorEnv, check_vector_env
from simulator.environments.contract import EnvironmentFault
from simulator.scenarios import load_scenario

pytestmark = pytest.mark.slow

SHORT = load_scenario("small").having(history_days=1)
"""A past of a day: worlds are quickly made."""


class Base(BudgetAllocationVectorEnv):
    def __init__(self, num_envs: int, autoreset_mode: AutoresetMode) -> None:
        super().__init__(num_envs, SHORT, days=3, autoreset_mode=autoreset_mode)
        self.mode = autoreset_mode


def altered_step(change: Callable[[Base, list[Any]], None]) -> type[Base]:
    """An environment whose steps go through `change`."""

    class Altered(Base):
        def step(self, actions: Any) -> Any:
            result = list(super().step(actions))
            change(self, result)
            return tuple(result)

    return Altered


def put(place: int, make: Callable[[Any], Any]) -> type[Base]:
    """An environment whose steps have one of their five values altered."""

    def change(_: Base, result: list[Any]) -> None:
        result[place] = make(result[place])

    return altered_step(change)


class OtherSpace(Base):
    def __init__(self, num_envs: int, autoreset_mode: AutoresetMode) -> None:
        super().__init__(num_envs, autoreset_mode)
        self.observation_space = self.single_observation_space


class SilentMode(Base):
    def __init__(self, num_envs: int, autoreset_mode: AutoresetMode) -> None:
        super().__init__(num_envs, autoreset_mode)
        self.metadata = {}


class OneMore(Base):
    def __init__(self, num_envs: int, autoreset_mode: AutoresetMode) -> None:
        super().__init__(num_envs + 1, autoreset_mode)


class SeedLost(Base):
    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        return super().reset(seed=None, options=options)


class SameAgain(Base):
    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        return super().reset(seed=0 if seed is None else seed, options=options)


class OneSeedForAll(Base):
    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        return super().reset(seed=[seed] * self.num_envs if isinstance(seed, int) else seed, options=options)


class EveryoneReset(Base):
    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        return super().reset(seed=seed)


class NoRefusal(Base):
    def step(self, actions: Any) -> Any:
        if self.mode is AutoresetMode.DISABLED and all(batch.over for batch in self._batches):
            self.reset()
        return super().step(actions)


class SameArray(Base):
    """Every observation in the same memory."""

    def step(self, actions: Any) -> Any:
        result = super().step(actions)
        self.memory = getattr(self, "memory", result[0])
        self.memory[:] = result[0]
        return self.memory, *result[1:]


class TouchesActions(Base):
    def step(self, actions: Any) -> Any:
        actions *= np.float32(0.5)
        return super().step(actions)


class GlobalLuck(Base):
    def step(self, actions: Any) -> Any:
        np.random.random()  # noqa: NPY002 - the fault
        return super().step(actions)


class OwnLuck(Base):
    luck = np.random.default_rng()

    def step(self, actions: Any) -> Any:
        result = super().step(actions)
        return result[0], result[1] + self.luck.random(self.num_envs) * (result[1] > 0), *result[2:]


class DrawsOnStep(Base):
    def step(self, actions: Any) -> Any:
        self._seeding.generators[0].random()
        return super().step(actions)


class ClosesOnce(Base):
    def close(self, **kwargs: Any) -> None:
        if self.closed:
            raise RuntimeError("already closed")
        super().close(**kwargs)


class LastForFirst(Base):
    """On the same step, the last observation in place of the first of the new episode."""

    def step(self, actions: Any) -> Any:
        result = super().step(actions)
        if "final_obs" in result[4]:
            return np.stack(result[4]["final_obs"]), *result[1:]
        return result


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda infos: {key: value for key, value in infos.items() if key != name}


FAULTS = {
    "num_envs is 4, asked for 3": OneMore,
    "observation_space is not 3 times": OtherSpace,
    r"metadata\['autoreset_mode'\] is None": SilentMode,
    "gives other observations the second time": SeedLost,
    "begins the same episodes again": SameAgain,
    "a list of seeds": OneSeedForAll,
    "was reset|differ": EveryoneReset,
    "a step is taken though environments": NoRefusal,
    "overwritten by later steps": SameArray,
    "writes into the actions": TouchesActions,
    "global generator is used": GlobalLuck,
    "two environments of one seed: step 0, rewards": OwnLuck,
    "closing twice raises": ClosesOnce,
    "gives its last observation": LastForFirst,
    "observations of step must have dtype float32, got float64": put(0, lambda seen: seen.astype(np.float64)),
    "observations of step must have shape": put(0, lambda seen: seen[:, :-1]),
    "outside observation_space": put(0, lambda seen: seen + np.float32(99)),
    "rewards must have dtype float64": put(1, lambda rewards: rewards.astype(np.float32)),
    "rewards must be an array, got list": put(1, lambda rewards: rewards.tolist()),
    "rewards are not finite": put(1, lambda rewards: rewards * np.nan),
    "reward of 0": put(1, lambda rewards: rewards + 1.0),
    "terminated must have dtype bool": put(2, lambda flags: flags.astype(np.int64)),
    "truncated must have shape": put(3, lambda flags: flags[:1]),
    "must begin a new one, and ended it": put(3, np.ones_like),
    "no mask '_budgets_minor'": put(4, without("_budgets_minor")),
    r"infos\['_budgets_minor'\] of step must have dtype": put(
        4, lambda infos: {**infos, **({"_budgets_minor": np.ones(3)} if "_budgets_minor" in infos else {})}
    ),
    r"infos\['odd'\] of step has 2 rows": put(
        4, lambda infos: {**infos, "odd": [1, 2], "_odd": np.ones(3, dtype=bool)}
    ),
    "infos lack final_info": put(4, without("final_info")),
    "final_obs belongs to autoreset SAME_STEP only": put(
        4, lambda infos: {**infos, "final_obs": np.zeros(3), "_final_obs": np.ones(3, dtype=bool)}
    ),
    r"infos\['_final_obs'\] is": put(
        4, lambda infos: {**infos, **({"_final_obs": np.arange(3) > 0} if "final_obs" in infos else {})}
    ),
}


@pytest.mark.parametrize("sentence", FAULTS)
def test_a_planted_fault_is_found(sentence: str) -> None:
    with pytest.raises(EnvironmentFault, match=sentence):
        check_vector_env(FAULTS[sentence], num_envs=3, steps=5)


def test_an_environment_without_faults_passes() -> None:
    check_vector_env(Base, lambda: BudgetAllocationEnv(SHORT, days=3), num_envs=3, steps=8)
    check_vector_env(Base, num_envs=1, steps=4)


def test_an_environment_instead_of_a_function_is_met_with_an_example() -> None:
    with pytest.raises(TypeError, match=r"give it a function, such as partial\(gymnasium\.make_vec"):
        check_vector_env(Base(num_envs=2, autoreset_mode=AutoresetMode.NEXT_STEP))  # type: ignore[arg-type]


def test_a_vector_that_is_not_the_single_one_is_found() -> None:
    with pytest.raises(EnvironmentFault, match="the vector and as many single ones: step 0, rewards"):
        check_vector_env(Base, lambda: BudgetAllocationEnv(SHORT, days=3, reward="realised"), num_envs=2, steps=3)


def test_a_generator_that_runs_ahead_is_found() -> None:
    with pytest.raises(EnvironmentFault, match="generators are in different states"):
        check_vector_env(DrawsOnStep, lambda: BudgetAllocationEnv(SHORT, days=3), num_envs=2, steps=2)


def test_the_mode_in_which_it_fails_is_named() -> None:
    with pytest.raises(EnvironmentFault, match=r"^with autoreset SAME_STEP: "):
        check_vector_env(FAULTS["infos lack final_info"], num_envs=3, steps=5)

"""A checker of vector environments, which gymnasium has not: it says in sentences what breaks the contract.

`gymnasium.utils.env_checker.check_env` looks at single environments only. This one looks at any gymnasium `VectorEnv`:
spaces, shapes, dtypes, seeds, determinism, every autoreset mode, masks of infos, and, given the single environment,
equality with gymnasium's own `SyncVectorEnv` step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import Env
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.vector.utils import batch_space

from simulator.environments.contract import EnvironmentFault, check_array, check_infos, equal, hold

if TYPE_CHECKING:
    from numpy.typing import NDArray

Make = Callable[..., "VectorEnv[Any, Any, Any]"]
MakeSingle = Callable[[], "Env[Any, Any]"]


def check_vector_env(
    make: Make, make_single: MakeSingle | None = None, *, num_envs: int = 3, steps: int = 12, seed: int = 0
) -> None:
    """Look at the vector environments that `make(num_envs=..., autoreset_mode=...)` gives.

    Args:
        make: called with keywords; a new environment each time. Box observations and actions.
        make_single: the single environment that each of them is; without it, equality is not looked at.
        num_envs: environments in a vector.
        steps: steps of each look; more than two episodes' length shows what happens after their end.
        seed: of the environments and of the actions.

    Raises:
        EnvironmentFault: the first thing found that breaks the contract.
        TypeError: `make` is an environment itself.

    >>> from functools import partial
    >>> import gymnasium, simulator.environments
    >>> check_vector_env(partial(gymnasium.make_vec, "caudal/BudgetAllocation-v0", days=4))
    """
    if not callable(make):
        raise TypeError(
            "check_vector_env makes its environments itself: give it a function, such as "
            f"partial(gymnasium.make_vec, 'caudal/BudgetAllocation-v0'), not {make!r}"
        )
    for mode in AutoresetMode:
        try:
            _check_spaces(make(num_envs=num_envs, autoreset_mode=mode), mode, num_envs)
            _check_seeds(make(num_envs=num_envs, autoreset_mode=mode), seed)
            _check_steps(make(num_envs=num_envs, autoreset_mode=mode), mode, steps, seed)
            pair = make(num_envs=num_envs, autoreset_mode=mode), make(num_envs=num_envs, autoreset_mode=mode)
            _check_same("two environments of one seed", *pair, mode, steps, seed)
            if make_single is not None:
                single = SyncVectorEnv([make_single] * num_envs, autoreset_mode=mode)
                ours = make(num_envs=num_envs, autoreset_mode=mode)
                _check_same("the vector and as many single ones", ours, single, mode, steps, seed)
            _check_masked_reset(make(num_envs=num_envs, autoreset_mode=mode), mode, steps, seed)
            _check_closing(make(num_envs=num_envs, autoreset_mode=mode), seed)
        except EnvironmentFault as fault:
            raise EnvironmentFault(f"with autoreset {mode.name}: {fault}") from None


def _check_spaces(env: VectorEnv[Any, Any, Any], mode: AutoresetMode, num_envs: int) -> None:
    hold(env.num_envs == num_envs, f"num_envs is {env.num_envs}, asked for {num_envs}")
    told = env.metadata.get("autoreset_mode")
    hold(told is mode, f"metadata['autoreset_mode'] is {told!r}, asked for {mode!r}")
    for name in ("observation_space", "action_space"):
        whole, single = getattr(env, name), getattr(env, f"single_{name}")
        hold(whole == batch_space(single, num_envs), f"{name} is not {num_envs} times single_{name}")


def _check_seeds(env: VectorEnv[Any, Any, Any], seed: int) -> None:
    first = _looked_at(env, env.reset(seed=seed), "reset")
    other = _looked_at(env, env.reset(), "reset")
    again = _looked_at(env, env.reset(seed=seed), "reset")
    hold(np.array_equal(first, again), f"reset(seed={seed}) gives other observations the second time")
    hold(not np.array_equal(first, other), "reset() after reset(seed=...) begins the same episodes again")
    hold(np.array_equal(other, env.reset()[0]), "after the same seed, the next reset() gives other observations")
    listed = env.reset(seed=[seed + i for i in range(env.num_envs)])[0]  # type: ignore[arg-type]
    hold(np.array_equal(first, listed), "a list of seeds [s, s + 1, ...] is not the seed s")
    hold(not np.array_equal(first, env.reset(seed=seed + env.num_envs)[0]), "another seed gives the same observations")


def _check_steps(env: VectorEnv[Any, Any, Any], mode: AutoresetMode, steps: int, seed: int) -> None:
    kept = [env.reset(seed=seed)[0]]
    copies = [kept[0].copy()]
    state = _global_state()
    over = np.zeros(env.num_envs, dtype=np.bool_)
    for actions in _actions(env, steps, seed):
        given = actions.copy()
        _reset_over(env, mode, over)
        seen, over = _check_step(env, env.step(actions), mode, over)
        hold(np.array_equal(given, actions), "step writes into the actions it was given")
        kept.append(seen)
        copies.append(seen.copy())
    hold(all(map(np.array_equal, kept, copies)), "observations given earlier are overwritten by later steps")
    hold(np.array_equal(state, _global_state()), "numpy's global generator is used")


def _check_step(
    env: VectorEnv[Any, Any, Any], result: tuple[Any, ...], mode: AutoresetMode, were_over: NDArray[np.bool_]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    hold(len(result) == 5, f"step gives {len(result)} values, not 5")  # noqa: PLR2004 - gymnasium's five
    _, rewards, terminated, truncated, infos = result
    seen = _looked_at(env, (result[0], infos), "step")
    check_array("rewards", rewards, (env.num_envs,), np.float64)
    hold(bool(np.isfinite(rewards).all()), f"rewards are not finite: {rewards}")
    for name, flags in (("terminated", terminated), ("truncated", truncated)):
        check_array(name, flags, (env.num_envs,), np.bool_)
    over = terminated | truncated
    if mode is AutoresetMode.NEXT_STEP and were_over.any():
        hold(not over[were_over].any(), "the step after an episode's end must begin a new one, and ended it")
        hold(not rewards[were_over].any(), "the step after an episode's end must give a reward of 0")
    if mode is AutoresetMode.SAME_STEP:
        _check_finals(env, over, seen, infos)
    else:
        hold("final_obs" not in infos, "final_obs belongs to autoreset SAME_STEP only")
    return seen, over


def _check_finals(
    env: VectorEnv[Any, Any, Any], over: NDArray[np.bool_], seen: NDArray[Any], infos: Mapping[str, Any]
) -> None:
    """What SAME_STEP promises where an episode ends."""
    for name in ("final_obs", "final_info"):
        hold(name in infos or not over.any(), f"infos lack {name} where an episode ended")
        mask = infos.get(f"_{name}", np.zeros_like(over))
        hold(np.array_equal(mask, over), f"infos['_{name}'] is {mask}, but episodes ended where {over}")
    for i in np.flatnonzero(over):
        final = infos["final_obs"][i]
        hold(final in env.single_observation_space, f"final_obs of environment {i} is not in its space")
        hold(not np.array_equal(final, seen[i]), f"environment {i} gives its last observation, not that of the reset")


def _check_masked_reset(env: VectorEnv[Any, Any, Any], mode: AutoresetMode, steps: int, seed: int) -> None:
    """A masked reset begins new episodes where the mask is true, and leaves the others as they are."""
    if mode is not AutoresetMode.DISABLED or env.num_envs == 1:
        return
    before = env.reset(seed=seed)[0]
    mask = np.arange(env.num_envs) % 2 == 0
    after = _looked_at(env, env.reset(options={"reset_mask": mask.copy()}), "reset with a mask")
    for i in range(env.num_envs):
        same = np.array_equal(before[i], after[i])
        hold(same != mask[i], f"reset_mask {mask}: environment {i} was {'not ' if mask[i] else ''}reset")
    over = np.zeros(env.num_envs, dtype=np.bool_)
    for actions in _actions(env, steps, seed):
        _reset_over(env, mode, over)
        _, over = _check_step(env, env.step(actions), mode, over)
        if over.any():
            _check_refusal(env, actions, over)


def _check_refusal(env: VectorEnv[Any, Any, Any], actions: Any, over: NDArray[np.bool_]) -> None:
    try:
        env.step(actions)
    except (RuntimeError, AssertionError, ValueError):
        return
    raise EnvironmentFault(f"without autoreset, a step is taken though environments {np.flatnonzero(over)} are over")


def _check_same(
    what: str, one: VectorEnv[Any, Any, Any], two: VectorEnv[Any, Any, Any], mode: AutoresetMode, steps: int, seed: int
) -> None:
    """Both give the same to the bit, from reset on, also after episodes end and where some are reset apart."""
    equal(f"{what}: reset", one.reset(seed=seed), two.reset(seed=seed))
    over = np.zeros(one.num_envs, dtype=np.bool_)
    for day, actions in enumerate(_actions(one, steps, seed)):
        resets = _reset_over(one, mode, over), _reset_over(two, mode, over)
        equal(f"{what}: reset before step {day}", *resets)
        if mode is AutoresetMode.DISABLED and day == 1:
            mask = np.arange(one.num_envs) == 0
            each = (env.reset(options={"reset_mask": mask.copy()}) for env in (one, two))
            equal(f"{what}: reset of the first after step {day}", *each)
        mine, other = one.step(actions.copy()), two.step(actions.copy())
        equal(f"{what}: step {day}", mine, other)
        over = mine[2] | mine[3]
    states = [_generator_states(env) for env in (one, two)]
    hold(states[0] == states[1], f"{what}: generators are in different states after {steps} steps")


def _check_closing(env: VectorEnv[Any, Any, Any], seed: int) -> None:
    env.reset(seed=seed)
    env.close()
    try:
        env.close()
    except Exception as error:
        raise EnvironmentFault(f"closing twice raises {error!r}") from error


def _reset_over(env: VectorEnv[Any, Any, Any], mode: AutoresetMode, over: NDArray[np.bool_]) -> Any:
    """Without autoreset, what a caller does: reset those that are over."""
    if mode is AutoresetMode.DISABLED and over.any():
        return env.reset(options={"reset_mask": over.copy()})
    return None


def _actions(env: VectorEnv[Any, Any, Any], steps: int, seed: int) -> list[Any]:
    env.action_space.seed(seed)
    return [env.action_space.sample() for _ in range(steps)]


def _looked_at(env: VectorEnv[Any, Any, Any], result: tuple[Any, Any], where: str) -> NDArray[Any]:
    """The observations, after a look at them and at the infos."""
    hold(isinstance(result, tuple) and len(result) == 2, f"{where} must give observations and infos")  # noqa: PLR2004
    observations, infos = result
    space = env.observation_space
    check_array(f"observations of {where}", observations, space.shape, space.dtype)
    hold(observations in space, f"observations of {where} are outside observation_space")
    check_infos(infos, env.num_envs, where)
    seen: NDArray[Any] = observations
    return seen


def _global_state() -> NDArray[Any]:
    state: Any = np.random.get_state()  # noqa: NPY002 - to see that it stays as it is
    return np.array(state[1])


def _generator_states(env: VectorEnv[Any, Any, Any]) -> list[Any]:
    generators = env.np_random
    each = generators if isinstance(generators, tuple) else (generators,)
    return [generator.bit_generator.state for generator in each]

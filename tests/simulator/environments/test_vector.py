"""Autoreset in its three modes, resets of some environments, and seeds one by one."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from simulator.environments import ENV_ID, IDS, BudgetAllocationEnv, BudgetAllocationVectorEnv, check_vector_env
from simulator.scenarios import load_scenario
from simulator.world import World

pytestmark = pytest.mark.slow

SHORT = load_scenario("small").having(history_days=1)
"""A past of a day: worlds are quickly made."""
STILL = np.zeros((3, 5), dtype=np.float32)


@pytest.mark.parametrize("name", IDS)
def test_every_kind_is_gymnasiums_vector_of_single_ones_in_every_mode(name: str) -> None:
    single, vector = IDS[name]

    check_vector_env(
        lambda **how: vector(scenario=SHORT, days=3, **how), lambda: single(SHORT, days=3), num_envs=2, steps=8
    )


@pytest.mark.parametrize("name", IDS)
def test_an_environment_is_the_same_to_the_bit_among_many(name: str) -> None:
    single, vector = IDS[name]
    many = vector(70, SHORT, days=2, reward="realised")
    seen, _ = many.reset(seed=20)
    actions = np.random.default_rng(1).uniform(-1, 1, many.action_space.shape).astype(np.float32)
    after, rewards, *_ = many.step(actions)

    for place in (0, 33, 69):
        alone = single(SHORT, days=2, reward="realised")
        assert np.array_equal(alone.reset(seed=20 + place)[0], seen[place])
        result = alone.step(actions[place])
        assert np.array_equal(result[0], after[place])
        assert result[1] == rewards[place]


@pytest.mark.parametrize("mode", AutoresetMode)
def test_realised_rewards_are_equal_too(mode: AutoresetMode) -> None:
    ours = BudgetAllocationVectorEnv(3, SHORT, days=2, reward="realised", autoreset_mode=mode)
    theirs = SyncVectorEnv([lambda: BudgetAllocationEnv(SHORT, days=2, reward="realised")] * 3, autoreset_mode=mode)
    ours.reset(seed=[4, 4, 9])
    theirs.reset(seed=[4, 4, 9])

    for _ in range(2):
        assert np.array_equal(ours.step(STILL)[1], theirs.step(STILL)[1])


def test_every_instance_tells_its_own_mode() -> None:
    told = {
        mode: BudgetAllocationVectorEnv(2, autoreset_mode=mode).metadata["autoreset_mode"] for mode in AutoresetMode
    }

    assert told == {mode: mode for mode in AutoresetMode}
    assert (
        gymnasium.make_vec(ENV_ID, 2, autoreset_mode="SameStep").metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    )


def test_on_the_same_step_the_last_observation_is_in_the_infos() -> None:
    same = BudgetAllocationVectorEnv(3, SHORT, days=2, autoreset_mode=AutoresetMode.SAME_STEP)
    apart = BudgetAllocationVectorEnv(3, SHORT, days=2, autoreset_mode=AutoresetMode.NEXT_STEP)
    same.reset(seed=6)
    apart.reset(seed=6)
    same.step(STILL)
    apart.step(STILL)
    seen, _, _, truncated, infos = same.step(STILL)
    last = apart.step(STILL)

    assert truncated.all()
    assert np.array_equal(np.stack(infos["final_obs"]), last[0])
    assert np.array_equal(infos["final_info"]["budgets_minor"], last[4]["budgets_minor"])
    assert infos["_final_obs"].all()
    assert "budgets_minor" not in infos
    assert np.array_equal(seen, apart.step(STILL)[0])


def test_without_autoreset_nobody_steps_past_the_end() -> None:
    env = BudgetAllocationVectorEnv(3, SHORT, days=1, autoreset_mode=AutoresetMode.DISABLED)
    env.reset(seed=1)
    env.step(STILL)

    with pytest.raises(RuntimeError, match=r"environments \[0, 1, 2\] are over"):
        env.step(STILL)


def test_environments_may_be_reset_one_by_one_and_then_end_on_different_days() -> None:
    env = BudgetAllocationVectorEnv(3, SHORT, days=3, autoreset_mode=AutoresetMode.DISABLED)
    before, _ = env.reset(seed=1)
    env.step(STILL)
    after, _ = env.reset(seed=[None, 77, None], options={"reset_mask": np.array([False, True, False])})

    assert not np.array_equal(after[1], before[1])
    assert np.array_equal(after[1], BudgetAllocationEnv(SHORT, days=3).reset(seed=77)[0])
    flags = [env.step(STILL)[3].tolist() for _ in range(2)]
    assert flags == [[False, False, False], [True, False, True]]
    with pytest.raises(RuntimeError, match=r"environments \[0, 2\] are over"):
        env.step(STILL)


def test_many_single_resets_leave_no_worlds_behind() -> None:
    env = BudgetAllocationVectorEnv(3, SHORT, days=3, autoreset_mode=AutoresetMode.DISABLED)
    env.reset(seed=1)
    for place in (0, 1, 2, 0, 1, 2):
        env.reset(options={"reset_mask": np.arange(3) == place})
        env.step(STILL)
        env.reset(options={"reset_mask": np.arange(3) == place})

    assert len(env._batches) == 3


@pytest.mark.parametrize("mask", [np.zeros(3, dtype=bool), np.ones(2, dtype=bool), np.ones(3), [True, False, True]])
def test_a_mask_that_makes_no_sense_is_refused(mask: object) -> None:
    env = BudgetAllocationVectorEnv(3, SHORT, autoreset_mode=AutoresetMode.DISABLED)
    env.reset(seed=1)

    with pytest.raises(ValueError, match="reset_mask must be a bool array"):
        env.reset(options={"reset_mask": mask})


def test_a_mask_is_refused_before_there_is_an_episode() -> None:
    with pytest.raises(RuntimeError, match="call reset first"):
        BudgetAllocationVectorEnv(2).reset(options={"reset_mask": np.array([True, False])})


def test_generators_are_those_of_the_single_environments() -> None:
    env = BudgetAllocationVectorEnv(2, SHORT, days=3)
    env.reset(seed=5)

    assert env.np_random_seed == (5, 6)
    for generator, seed in zip(env.np_random, (5, 6), strict=True):
        single = BudgetAllocationEnv(SHORT, days=3)
        single.reset(seed=seed)
        assert generator.bit_generator.state == single.np_random.bit_generator.state


def test_the_infos_of_a_reset_tell_the_worlds_seeds() -> None:
    env = BudgetAllocationVectorEnv(2, SHORT, days=3)
    seen, infos = env.reset(seed=5)
    world = World(SHORT, infos["world_seed"])

    assert np.array_equal(np.log1p(world.budgets_minor / 100).astype(np.float32), seen[:, :5])


def test_rules_reach_every_world() -> None:
    """The cap binds: wishes at both ends move budgets as far as the cap, and not further."""
    env = BudgetAllocationVectorEnv(3, daily_cap=0.05)
    first, _ = env.reset(seed=2)
    actions = np.tile(np.array([1, -1, -1, -1, -1], dtype=np.float32), (3, 1))
    seen = env.step(actions)[0]
    change = np.expm1(seen[:, :5]) / np.expm1(first[:, :5])

    assert (change <= 1.05 + 1e-4).all()
    assert (change >= 1 / 1.05 - 1e-4).all()
    assert (np.abs(change - 1.0) > 0.005).any(axis=1).all()

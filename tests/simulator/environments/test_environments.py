"""The single environment keeps gymnasium's contract; the vector one is many single ones, step by step."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

from simulator.environments import ENV_ID, IDS, BudgetAllocationEnv, BudgetAllocationVectorEnv
from simulator.mechanisms.learning import stage
from simulator.scenarios import load_scenario


@pytest.mark.parametrize("scenario", ["small", "ecommerce"])
@pytest.mark.parametrize("name", IDS)
@pytest.mark.slow
def test_gymnasiums_own_checker_has_no_objection(name: str, scenario: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(name, scenario=scenario, days=4).unwrapped, skip_render_check=scenario != "small")


@pytest.mark.parametrize("name", IDS)
def test_every_id_has_its_single_and_its_vector_form(name: str) -> None:
    single, vector = IDS[name]

    assert type(gymnasium.make(name).unwrapped) is single
    assert type(gymnasium.make_vec(name, 2)) is vector
    assert name in (sys.modules[single.__module__].__doc__ or "")


def test_one_environment_in_a_vector_is_the_single_one() -> None:
    single, vector = BudgetAllocationEnv(days=4), BudgetAllocationVectorEnv(1, days=4)
    seen, _ = single.reset(seed=8)
    seen_v, _ = vector.reset(seed=8)
    assert np.array_equal(seen, seen_v[0])
    actions = np.random.default_rng(1).uniform(-1, 1, (4, 5)).astype(np.float32)
    for action in actions:
        one, many = single.step(action), vector.step(action[None])
        assert np.array_equal(one[0], many[0][0])
        assert one[1] == many[1][0]
        assert one[2:4] == (many[2][0], many[3][0])
        assert np.array_equal(one[4]["budgets_minor"], many[4]["budgets_minor"][0])
    assert one[3] is True


@pytest.mark.slow
@pytest.mark.parametrize("reward", ["expected", "realised"])
def test_the_vector_is_gymnasiums_vector_of_single_ones_through_episodes(reward: str) -> None:
    ours = gymnasium.make_vec(ENV_ID, num_envs=3, days=3, reward=reward)
    theirs = gymnasium.make_vec(ENV_ID, num_envs=3, vectorization_mode="sync", days=3, reward=reward)
    assert isinstance(ours.unwrapped, BudgetAllocationVectorEnv)
    assert np.array_equal(ours.reset(seed=5)[0], theirs.reset(seed=5)[0])
    rng = np.random.default_rng(0)
    for _ in range(9):
        actions = rng.uniform(-1, 1, (3, 5)).astype(np.float32)
        a, b = ours.step(actions), theirs.step(actions)
        for mine, other in zip(a[:4], b[:4], strict=True):
            assert np.array_equal(mine, other)
            assert mine.dtype == other.dtype
        assert a[4].keys() == b[4].keys()
        for name in a[4]:
            assert np.array_equal(a[4][name], b[4][name]), name


def test_autoreset_happens_on_the_next_step() -> None:
    env = BudgetAllocationVectorEnv(2, days=2)
    first, _ = env.reset(seed=1)
    still = np.zeros((2, 5), dtype=np.float32)
    flags = [env.step(still)[3].tolist() for _ in range(6)]

    assert env.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    assert flags == [[False] * 2, [True] * 2, [False] * 2, [False] * 2, [True] * 2, [False] * 2]
    assert not np.array_equal(first, env.step(still)[0])


def test_observations_lie_in_the_space_they_promise() -> None:
    env = BudgetAllocationVectorEnv(3, scenario="medium", days=5)
    seen, _ = env.reset(seed=2)

    assert seen.shape == (3, 11 * 20 + 9)
    assert seen in env.observation_space
    for _ in range(5):
        env.action_space.seed(1)
        seen, rewards, *_ = env.step(env.action_space.sample())
        assert seen in env.observation_space
        assert rewards.shape == (3,)
        assert (rewards > 0).all()


def test_stages_of_learning_are_seen_where_there_are_any() -> None:
    env = BudgetAllocationEnv(load_scenario("small").having(history_days=8, learning={"results": 20}))
    seen, _ = env.reset(seed=1)
    assert env._episode is not None
    now = stage(env._episode.world.mechanism_state("learning"))[0]

    assert seen.shape == (64 + 10,)
    assert np.array_equal(seen[64:69], now == 0)
    assert np.array_equal(seen[69:], now == 1)
    assert len(set(now.tolist())) > 1


def test_a_seed_gives_the_same_episode_and_no_seed_another() -> None:
    env = BudgetAllocationEnv(days=3)
    first = env.reset(seed=3)[0]
    other = env.reset()[0]

    assert np.array_equal(first, env.reset(seed=3)[0])
    assert not np.array_equal(first, other)
    assert np.array_equal(other, env.reset()[0])


def test_seeds_may_be_given_one_by_one() -> None:
    env = BudgetAllocationVectorEnv(3, days=3)
    together = env.reset(seed=[7, 9, 7])[0]

    assert np.array_equal(together[0], together[2])
    assert np.array_equal(together[1], BudgetAllocationEnv(days=3).reset(seed=9)[0])
    with pytest.raises(ValueError, match="one per environment"):
        env.reset(seed=[1, 2])


def test_expected_and_realised_rewards_agree_on_average() -> None:
    """400 worlds of a day: the standard error of the ratio is about 1.5 %."""
    still = np.zeros((400, 5), dtype=np.float32)
    means = []
    for reward in ("expected", "realised"):
        env = BudgetAllocationVectorEnv(400, days=2, reward=reward)
        env.reset(seed=1)
        means.append(env.step(still)[1].mean())

    assert means[1] / means[0] == pytest.approx(1.0, abs=0.05)
    assert means[1] != means[0]


def test_the_infos_tell_the_value_behind_the_reward() -> None:
    still = np.zeros((2, 5), dtype=np.float32)
    for reward, name in (("expected", "expected_value_minor"), ("realised", "caused_value_minor")):
        env = BudgetAllocationVectorEnv(2, days=2, reward=reward)
        env.reset(seed=1)
        _, rewards, _, _, infos = env.step(still)

        assert np.array_equal(infos[name] / infos["budgets_minor"].sum(axis=-1), rewards)
        assert set(infos) == {name, f"_{name}", "budgets_minor", "_budgets_minor"}


def test_an_observation_says_what_the_report_says() -> None:
    """To the precision of float32."""
    env = BudgetAllocationEnv("medium", days=5)
    env.reset(seed=4)
    seen, *_ = env.step(np.linspace(-1, 1, 20, dtype=np.float32))
    assert env._episode is not None
    world, unit = env._episode.world, env._episode.rules.scenario.minor_per_major
    report = {name: figures[0] for name, figures in world.report(28).items()}
    budgets = world.budgets_minor[0]
    names = {"spend_minor": unit, "impressions": 1, "clicks": 1, "conversions": 1, "value_minor": unit}
    recent = [report[name][:, -7:].mean(axis=-1) / over for name, over in names.items()]
    before = [report[name][:, :-7].mean(axis=-1) / over for name, over in names.items()]
    calendar = np.zeros(9)
    calendar[[world.today.weekday(), 7, 8]] = 1.0, 1 / 5, np.log1p(budgets.sum() / unit)
    said = np.concatenate([np.log1p(np.concatenate([budgets / unit, *recent, *before])), calendar])

    assert seen.dtype == np.float32
    assert np.allclose(seen, said, rtol=1e-6, atol=1e-6)


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="did you mean 'expected'"):
        BudgetAllocationEnv(reward="expektd")
    with pytest.raises(ValueError, match="did you mean 'medium'"):
        BudgetAllocationEnv("mediun")
    with pytest.raises(ValueError, match="days must be positive"):
        BudgetAllocationEnv(days=0)
    with pytest.raises(ValueError, match=r"days must be a whole number, got 1\.5"):
        BudgetAllocationEnv(days=1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="daily_cap"):
        BudgetAllocationEnv(daily_cap=0.0)
    with pytest.raises(ValueError, match="num_envs"):
        BudgetAllocationVectorEnv(0)
    with pytest.raises(RuntimeError, match="call reset first"):
        BudgetAllocationEnv().step(np.zeros(5, dtype=np.float32))
    with pytest.raises(RuntimeError, match="call reset first"):
        BudgetAllocationVectorEnv(2).step(np.zeros((2, 5), dtype=np.float32))
    env = BudgetAllocationVectorEnv(2, scenario=load_scenario("small").having(ad_sets=3))
    env.reset(seed=1)
    with pytest.raises(ValueError, match=r"shape \(2, 3\), got \(2, 5\)"):
        env.step(np.zeros((2, 5), dtype=np.float32))


def test_an_episode_that_is_over_takes_no_more_steps() -> None:
    env = BudgetAllocationEnv(days=1)
    env.reset(seed=1)
    env.step(np.zeros(5, dtype=np.float32))

    with pytest.raises(RuntimeError, match="it is over"):
        env.step(np.zeros(5, dtype=np.float32))


def test_a_scenario_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: small\nad_sets: 3\n")
    mine = str(tmp_path / "mine.yaml")

    assert gymnasium.make(ENV_ID, scenario=mine, days=5).action_space.shape == (3,)
    assert BudgetAllocationVectorEnv(2, scenario=mine, days=5).action_space.shape == (2, 3)
    with pytest.raises(ValueError, match="there is no file"):
        BudgetAllocationEnv(scenario="nowhere.yaml")

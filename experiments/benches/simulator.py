"""How fast worlds live, how much a batch gains, and what that costs. CPU time, so that other work counts little."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import process_time

import numpy as np

from experiments.bench import Figure
from experiments.benches import _draws, _peers
from simulator.environments import BudgetAllocationEnv, BudgetAllocationVectorEnv
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario
from simulator.world import World

PLAIN, EVERYTHING, ENVIRONMENT = "medium", "everything", "small"
WORLDS, STEPS = 1536, 4
EVERYTHING_WORLDS = 448
"""With more, arrays reach 4 MB, for which numpy asks for huge pages: clearing those costs about a sixth of the time."""
ENVIRONMENTS, SINGLE_STEPS = 4096, 60
MEMORY_WORLDS, MEMORY_DAYS = (8, 64), 60
PEER_STEPS = 300
REPEATS, ATTEMPTS = 15, 3
LONG_REPEATS = 60
MARKED = 100_000
REFERENCE_NANOSECONDS = 10.1
"""One of numpy's normals on the machine on which goals for rates were set."""


def bench(seed: int) -> tuple[Figure, ...]:
    """Ad-set-days per CPU second, batches against single environments and against their own draws, memory, peers."""
    return (
        *daily(seed),
        *hourly(seed),
        *vector(seed),
        *single(seed),
        *memory(seed),
        *peers(seed),
    )


def daily(seed: int) -> tuple[Figure, Figure]:
    """Plain worlds, day by day."""
    return _ad_set_days("ad_set_days", load_scenario(PLAIN), WORLDS, seed, 3_000_000.0)


def hourly(seed: int) -> tuple[Figure, Figure]:
    """Worlds with every mechanism on, delivering by the hour."""
    everything = load_scenario(EVERYTHING)
    return _ad_set_days("everything_hourly_ad_set_days", everything, EVERYTHING_WORLDS, seed, 150_000.0)


def vector(seed: int) -> tuple[Figure, ...]:
    """One vector environment against as many single ones, its own random draws, and these against numpy's."""
    expected, realised = (_vector_times(reward, seed) for reward in ("expected", "realised"))
    ratio = median(expected.single) * ENVIRONMENTS / median(expected.step)
    # Of neighbours in time, so that a slow moment slows both.
    share, share_expected = (_typical_ratio(times.draws, times.step) for times in (realised, expected))
    against = _typical_ratio(realised.numpy_draws, realised.draws)
    size = f"{ENVIRONMENTS} environments of {ENVIRONMENT}, random actions"
    alike = "CPU time of as many single environments' steps over one step of the vector environment"
    own = (
        "CPU time of a day's own draws over that of a vector step. The draws are every call that turns names into "
        "random variates: uniforms and normals by name (luck, drift), and the counts and order values from them at the "
        "day's means, made again with recorded arguments"
    )
    as_real = "reward realised, as real accounts give it"
    twice = "reward expected, for which the day is worked out a second time without luck"
    theirs = (
        "CPU time of numpy's default generator for as many normals, Poisson counts and gamma values with the same "
        "means, over that of our own draws; its numbers have no names, so a world would not be the same alone"
    )
    typical = f"medians of {REPEATS}, each the fastest of {ATTEMPTS}"
    return (
        Figure("vector_over_single", ratio, "x", 40.0, "higher", f"{alike}; {size}, {typical}"),
        Figure("vector_share_of_draws", share, "share", 0.6, "higher", f"{own}; {as_real}; {size}, {typical}"),
        Figure(
            "vector_share_of_draws_expected_reward",
            share_expected,
            "share",
            None,
            "higher",
            f"{own}; {twice}; {size}, {typical}",
        ),
        Figure("numpy_draws_over_own_draws", against, "x", None, "higher", f"{theirs}; {size}, {typical}"),
    )


def single(seed: int) -> tuple[Figure, ...]:
    """Steps of one environment alone."""
    figures = []
    for name, scenario in (("plain", ENVIRONMENT), ("everything", EVERYTHING)):
        env = BudgetAllocationEnv(scenario, days=SINGLE_STEPS + 1)
        env.reset(seed=seed)
        action = np.zeros(env.action_space.shape or (), dtype=np.float32)
        rate = 1.0 / median(_seconds(partial(env.step, action)) for _ in range(SINGLE_STEPS))
        how = f"one environment of {scenario}, median of {SINGLE_STEPS} steps"
        figures.append(Figure(f"single_steps_per_cpu_second_{name}", rate, "1/s", None, "higher", how))
    return tuple(figures)


def memory(seed: int) -> tuple[Figure, Figure]:
    """What a world that has lived for a while takes, and whether twice as many take twice as much."""
    few, many = (_bytes(worlds, seed) for worlds in MEMORY_WORLDS)
    per_world = many / MEMORY_WORLDS[1]
    ratio = per_world / (few / MEMORY_WORLDS[0])
    linearity = max(ratio, 1.0 / ratio)
    how = f"{PLAIN} after {MEMORY_DAYS} days and its history, allocated and not freed (tracemalloc)"
    sizes = (
        f"bytes per world of {MEMORY_WORLDS[1]} worlds against those of {MEMORY_WORLDS[0]}, the larger over the smaller"
    )
    return (
        Figure("bytes_per_world", per_world, "bytes", None, "lower", f"{how}, of {MEMORY_WORLDS[1]} worlds"),
        Figure("memory_linearity", linearity, "x", 1.1, "lower", f"{sizes}; {how}"),
    )


def peers(seed: int) -> tuple[Figure, ...]:
    """One vector environment's steps against those of peers that are installed, at comparable size."""
    others = _peers.installed(seed)
    if not others:
        return ()
    env = BudgetAllocationVectorEnv(ENVIRONMENTS, load_scenario(ENVIRONMENT).having(ad_sets=_peers.SIZE))
    env.reset(seed=seed)
    actions = np.zeros(env.action_space.shape or (), dtype=np.float32)
    ours = ENVIRONMENTS / median(_seconds(partial(env.step, actions)) for _ in range(REPEATS))
    figures = []
    for name, step in others.items():
        theirs = PEER_STEPS / _fastest(partial(_often, step, PEER_STEPS), 3)
        how = (
            f"steps of {ENVIRONMENTS} environments with {_peers.SIZE} ad sets per CPU second over those of {name} with "
            f"{_peers.SIZE} products or keywords ({theirs:.0f}/s); a step there is one visit or one auction day"
        )
        figures.append(Figure(f"env_steps_over_{name}", ours / theirs, "x", 10.0, "higher", how))
    return tuple(figures)


@dataclass(frozen=True, slots=True)
class _Times:
    """CPU seconds, one per repeat: a vector step, a single environment's, a day's draws and the same by numpy."""

    step: list[float] = field(default_factory=list)
    single: list[float] = field(default_factory=list)
    draws: list[float] = field(default_factory=list)
    numpy_draws: list[float] = field(default_factory=list)


def _typical_ratio(times: list[float], others: list[float]) -> float:
    return median(one / other for one, other in zip(times, others, strict=True))


def _vector_times(reward: str, seed: int) -> _Times:
    days = REPEATS * (ATTEMPTS + 1) + 1
    together = BudgetAllocationVectorEnv(ENVIRONMENTS, ENVIRONMENT, days=days, reward=reward)
    alone = BudgetAllocationEnv(ENVIRONMENT, days=days, reward=reward)
    together.reset(seed=seed)
    alone.reset(seed=seed)
    rng = np.random.default_rng(seed)
    shape = ENVIRONMENTS, load_scenario(ENVIRONMENT).ad_sets
    times = _Times()
    for _ in range(REPEATS):
        actions = rng.uniform(-1, 1, shape).astype(np.float32)
        with _draws.recorded() as calls:
            together.step(actions)
        # Steps and draws by turns and equally often, so that what else the machine does slows both.
        times.draws.append(_fastest(partial(_draws.make_again, calls), ATTEMPTS))
        times.numpy_draws.append(_fastest(partial(_draws.make_again, _draws.by_numpy(calls, rng)), ATTEMPTS))
        times.step.append(_fastest(partial(together.step, actions), ATTEMPTS))
        times.single.append(_fastest(partial(alone.step, actions[0]), ATTEMPTS))
    return times


def _ad_set_days(name: str, scenario: Scenario, worlds: int, seed: int, goal: float) -> tuple[Figure, Figure]:
    """Ad-set-days per CPU second of a batch that lives on, as measured and as on the machine of the goal."""
    batch = World(scenario.having(history_days=8), range(seed, seed + worlds))
    generator = np.random.Generator(np.random.Philox(seed))
    days, marks = [], []
    # Days and marks by turns: what else the machine does slows both.
    for _ in range(LONG_REPEATS):
        days.append(_seconds(partial(_often, batch.step, STEPS)))
        marks.append(_seconds(partial(generator.standard_normal, MARKED)))
    rate = worlds * scenario.ad_sets * STEPS / min(days)
    marker = min(marks) / MARKED * 1e9
    how = (
        f"{worlds} worlds of {scenario.name}, {STEPS} days with all bookkeeping, fastest of {LONG_REPEATS}, one process"
    )
    here = f"{how}; one of numpy's Philox normals takes {marker:.1f} ns here"
    return (
        Figure(f"{name}_per_cpu_second", rate, "1/s", None, "higher", here),
        Figure(
            f"{name}_per_reference_second",
            rate * marker / REFERENCE_NANOSECONDS,
            "1/s",
            goal,
            "higher",
            f"{how}; as where a normal takes {REFERENCE_NANOSECONDS} ns, not {marker:.1f}: there the goal was set",
        ),
    )


def _bytes(worlds: int, seed: int) -> int:
    # What all worlds share is made before it counts.
    World(load_scenario(PLAIN), [seed]).step()
    tracemalloc.start()
    try:
        batch = World(load_scenario(PLAIN), range(seed, seed + worlds))
        for _ in range(MEMORY_DAYS):
            batch.step()
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return size


def _often(work: Callable[[], object], times: int) -> None:
    for _ in range(times):
        work()


def _fastest(work: Callable[[], object], repeats: int) -> float:
    return min(_seconds(work) for _ in range(repeats))


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


BENCH = bench

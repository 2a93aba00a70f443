"""How fast worlds live, alone and in batches. CPU time of one process, so that other work does not count."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import process_time

import numpy as np

from experiments.bench import Figure
from simulator.environments import BudgetAllocationEnv, BudgetAllocationVectorEnv
from simulator.scenarios import load_scenario
from simulator.world import World

SCENARIO = "medium"
WORLDS, STEPS = 200, 30
ENVIRONMENTS, ACTIONS = 64, 20
REPEATS = 3


def bench(seed: int) -> tuple[Figure, ...]:
    """World-days per CPU second, and how much a batch gains over single environments."""
    return (*worlds(seed), vector_gain(seed))


def worlds(seed: int) -> tuple[Figure, ...]:
    """Living through days in a large batch, reports included."""
    scenario = load_scenario(SCENARIO)
    batch = World(scenario, seeds=range(seed, seed + WORLDS))

    def live() -> None:
        for _ in range(STEPS):
            batch.step()
            batch.report(days=28)

    rate = WORLDS * STEPS / _cpu_seconds(live)
    how = f"{WORLDS} worlds of {SCENARIO}, {STEPS} days with a 28-day report each, median of {REPEATS}, one process"
    return (
        Figure("world_days_per_cpu_second", rate, "1/s", 15_000.0, "higher", how),
        Figure("ad_set_days_per_cpu_second", rate * scenario.ad_sets, "1/s", 300_000.0, "higher", how),
    )


def vector_gain(seed: int) -> Figure:
    """One vector environment against as many single ones, the same actions."""
    vector, single = BudgetAllocationVectorEnv(ENVIRONMENTS, SCENARIO), BudgetAllocationEnv(SCENARIO)
    vector.reset(seed=seed)
    single.reset(seed=seed)
    rng = np.random.default_rng(seed)
    actions = rng.uniform(-1, 1, (ACTIONS, load_scenario(SCENARIO).ad_sets)).astype(np.float32)
    together = _cpu_seconds(lambda: [vector.step(np.tile(a, (ENVIRONMENTS, 1))) for a in actions], repeats=1)
    alone = _cpu_seconds(lambda: [single.step(a) for a in actions], repeats=1)
    ratio = alone * ENVIRONMENTS / together
    how = f"CPU time of {ENVIRONMENTS} single environments over one vector environment, {ACTIONS} steps of {SCENARIO}"
    return Figure("vector_over_single", ratio, "x", 10.0, "higher", how)


def _cpu_seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    times = []
    for _ in range(repeats):
        start = process_time()
        work()
        times.append(process_time() - start)
    return median(times)


BENCH = bench

"""How good the policy we would promote is, and what one decision of a large account costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from agents.registry import build_policy
from agents.vocabulary import PolicySpec
from experiments.bench import Figure
from experiments.run import observe_worlds, world_streams
from experiments.study import load_study, run_study
from simulator.scenarios import load_scenario
from simulator.world import World

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray

POLICY = "curve_thompson"
SCENARIO = "medium"
WORLDS, DAYS = 40, 60
LARGE = 10_000
REPEATS = 7


def bench(seed: int) -> tuple[Figure, ...]:
    """Quality on fresh worlds, and the time of one decision as a ratio measured in the same run."""
    return (*quality(seed), decision_cost(seed))


def quality(seed: int) -> tuple[Figure, ...]:
    """Share of the oracle, captured share of the gap, and the gain over the usual rules."""
    foundation = load_study("foundation")
    kept = {name: foundation.policies[name] for name in (*foundation.baselines, POLICY)}
    study = replace(
        foundation,
        policies=kept,
        candidates=(POLICY,),
        scenarios=(SCENARIO,),
        replications=WORLDS,
        days=DAYS,
        first_seed=100_000 + 1_000 * seed,
    )
    row = next(r for r in run_study(study).rows if (r.scenario, r.policy) == (SCENARIO, POLICY))
    how = f"{POLICY} on {WORLDS} fresh worlds of {SCENARIO}, {DAYS} days, default guardrails"
    rules = row.against["rules"]["share_of_oracle_percent"]
    return (
        Figure("share_of_oracle", row.figures["share_of_oracle_percent"].value, "%", 96.3, "higher", how),
        Figure("gap_captured", row.figures["gap_captured_percent"].value, "%", 68.0, "higher", how),
        Figure("lead_over_rules_lower_bound", rules.low or 0.0, "points", 0.0, "higher", f"{how}; paired, 95 %"),
        Figure("churn_per_day", row.figures["churn_percent_per_day"].value, "%", 16.0, "lower", how),
    )


def decision_cost(seed: int) -> Figure:
    """One decision with learning for 10,000 ad sets, against plain numpy arithmetic on the same history."""
    world = World(load_scenario(SCENARIO).having(ad_sets=LARGE), seeds=[seed])
    observation = observe_worlds(world, world.budgets_minor.sum(-1))
    policy = build_policy(PolicySpec(POLICY))
    streams = world_streams(world, seed)
    history = observation.history.spend_minor
    decision = _seconds(lambda: policy.decide(observation, streams))
    reference = _seconds(lambda: _reference(history))
    how = f"median of {REPEATS}: {decision * 1e3:.1f} ms; reference: log, exp and sums over the same days"
    return Figure(f"decision_{LARGE}_ad_sets", decision / reference, "x numpy", 40.0, "lower", how)


def _reference(history: IntArray) -> FloatArray:
    """One pass of the kind of arithmetic that any learner needs at least once."""
    sums: FloatArray = np.exp(np.log1p(history.astype(np.float64)).cumsum(-1) * 1e-3).sum(-1)
    return sums


def _seconds(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return median(times)


BENCH = bench

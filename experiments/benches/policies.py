"""How good the policies are that we would promote, what they may cost, and how fast they decide.

The longest of the benches: hundreds of worlds of every scenario under every policy. It is left out where all benches
are run at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from time import process_time
from typing import TYPE_CHECKING

from agents.registry import build_policy
from experiments.bench import Figure
from experiments.benches import _allocation, _calibration, _creatives, _policy_quality
from experiments.policy_table import DAYS
from experiments.run import Guarded, observe_worlds, run, world_streams
from service.guardrails import DEFAULTS, build_guardrails
from simulator.scenarios import load_scenario
from simulator.world import World

if TYPE_CHECKING:
    from agents.vocabulary import Observation, Policy

LONG = True
_LARGE, _BATCH = 10_000, 100
_HISTORY_DAYS = 90


def bench(seed: int) -> tuple[Figure, ...]:
    """Every figure, in the order in which they are measured: speed first, as long as nothing else runs.

    It takes more than an hour, so each is told on standard error when it is there.
    """
    return tuple(_told(figure) for figure in _figures(seed))


def _figures(seed: int) -> Iterator[Figure]:
    yield from _allocation.figures(seed)
    yield from costs(seed)
    yield from _policy_quality.reference(seed)
    yield from _policy_quality.hopeless(seed)
    yield from _creatives.figures(seed)
    yield from _calibration.figures(seed)
    yield from _policy_quality.elsewhere(seed)


def _told(figure: Figure) -> Figure:
    sys.stderr.write(f"{figure.name}: {figure.value:.6g} {figure.unit}; {figure.how}\n")
    sys.stderr.flush()
    return figure


def costs(seed: int) -> Iterator[Figure]:
    """What learning costs: a morning of a very large account, and many accounts' quarters of a year."""
    policy = build_policy(_policy_quality.PROMOTED)
    world = _seen_for(seed, _LARGE)
    observation = observe_worlds(world, world.budgets_minor.sum(-1))
    seconds = min(_seconds(policy, observation, world) for _ in range(3))
    how = f"learning from {_HISTORY_DAYS} days and deciding, one core, best of 3"
    yield Figure(f"morning_of_{_LARGE}_ad_sets", seconds, "CPU s", 3.0, "lower", how)
    start = process_time()
    guarded = Guarded(policy, build_guardrails(DEFAULTS))
    scenario = load_scenario("reference")
    for first in range(0, 1_000, _BATCH):
        seeds = range(100_000 + 1_000 * seed + first, 100_000 + 1_000 * seed + first + _BATCH)
        run(guarded, scenario, seeds, DAYS)
    how = "75 days of 1,000 worlds of reference, 20 ad sets each: simulated, observed, decided, guarded; one core"
    yield Figure("seconds_for_1000_worlds", process_time() - start, "CPU s", 60.0, "lower", how)


def _seen_for(seed: int, ad_sets: int) -> World:
    """One large world with a whole window of past behind it."""
    scenario = load_scenario("medium").having(ad_sets=ad_sets, history_days=_HISTORY_DAYS)
    return World(scenario, seeds=[seed])


def _seconds(policy: Policy, observation: Observation, world: World) -> float:
    streams = world_streams(world, 0)
    start = process_time()
    policy.decide(observation, streams)
    return process_time() - start


BENCH = bench

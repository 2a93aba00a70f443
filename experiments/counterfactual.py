"""What would have happened: the same worlds, day by day, under a policy and under its baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.registry import build_policy
from experiments.metrics import Estimate, gain_over, mean_interval
from experiments.run import Guarded, Run, run
from service.guardrails import build_guardrails
from simulator.identity import account_id
from simulator.scenario import Scenario
from simulator.scenarios import load_scenario

if TYPE_CHECKING:
    from agents.vocabulary import PolicySpec


FIRST_SISTER = 500_000
"""Seeds from here on are not used by the studies."""


@dataclass(frozen=True, order=True, slots=True)
class WorldKey:
    """One simulated account: a scenario, by its own name, and a seed."""

    scenario: str
    seed: int


@dataclass(frozen=True, slots=True)
class WorldOutcome:
    """One account under every policy, money over all days in minor units by label.

    `expected_value_minor` is the truth behind the budgets, without luck; `caused_value_minor` what the orders caused in
    these days are really worth, late ones included.
    """

    world: WorldKey
    account_id: str
    currency: str
    minor_per_major: int
    expected_value_minor: Mapping[str, float]
    caused_value_minor: Mapping[str, int]
    spend_minor: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Every world, and the first policy's paired gain over each other one in percent of that one's value."""

    worlds: tuple[WorldOutcome, ...]
    gains_percent: Mapping[str, Estimate]


def counterfactual(
    policies: Mapping[str, PolicySpec],
    worlds: Sequence[WorldKey],
    days: int,
    *,
    guardrails: Mapping[str, Mapping[str, Any]],
    markets: Mapping[str, Scenario] | None = None,
    root_seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Counterfactual:
    """Live through the worlds under every policy, with the service's own generators and guardrails.

    `markets` are scenarios by name; names that are not in it are those of the library.

    A world under the first policy here is the same, bit for bit, as the account that the service steered with it from
    the scenario's first day on. The pooled gain is the mean over accounts, so that currencies and sizes do not mix; its
    interval is over seeds, because accounts of different scenarios with the same seed share their luck.
    """
    chain = build_guardrails(guardrails)
    by_scenario: dict[str, list[int]] = {}
    for key in sorted(set(worlds)):
        by_scenario.setdefault(key.scenario, []).append(key.seed)
    found: list[WorldOutcome] = []
    done = 0
    for scenario, seeds in by_scenario.items():
        market = (markets or {}).get(scenario) or load_scenario(scenario)
        runs: dict[str, Run] = {}
        for label, spec in policies.items():
            steering = Guarded(build_policy(spec), chain)
            runs[label] = run(steering, market, seeds, days, root_seed=root_seed)
            done += 1
            if on_progress:
                on_progress(done, len(by_scenario) * len(policies))
        found += [_outcome(WorldKey(scenario, seed), market, i, runs) for i, seed in enumerate(seeds)]
    first, *others = policies
    seeds = [outcome.world.seed for outcome in found]
    gains = {other: mean_interval(_gains(found, first, other), seeds) for other in others}
    return Counterfactual(tuple(found), gains)


def sister_worlds(worlds: Sequence[WorldKey], count: int) -> list[WorldKey]:
    """`count` other worlds of every scenario among `worlds`: what to expect of accounts of the same kind."""
    taken = {key.seed for key in worlds}
    free = [seed for seed in range(FIRST_SISTER, FIRST_SISTER + count + len(taken)) if seed not in taken][:count]
    return [WorldKey(scenario, seed) for scenario in sorted({key.scenario for key in worlds}) for seed in free]


def _outcome(key: WorldKey, scenario: Scenario, index: int, runs: Mapping[str, Run]) -> WorldOutcome:
    return WorldOutcome(
        world=key,
        account_id=account_id(key.seed),
        currency=scenario.currency,
        minor_per_major=scenario.minor_per_major,
        expected_value_minor={name: float(r.expected_value_minor[index].sum()) for name, r in runs.items()},
        caused_value_minor={name: int(r.caused_value_minor[index].sum()) for name, r in runs.items()},
        spend_minor={name: int(r.spend_minor[index].sum()) for name, r in runs.items()},
    )


def _gains(worlds: Sequence[WorldOutcome], ours: str, other: str) -> Any:
    values = {label: np.array([[w.expected_value_minor[label]] for w in worlds]) for label in (ours, other)}
    return gain_over(values[ours], values[other])

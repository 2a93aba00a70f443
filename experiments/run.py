"""Live through many worlds at once under one policy: the loop of every offline experiment.

The batch does what the service does one account at a time: observe, decide, pass the guardrails, set budgets. A world's
randomness depends on its own seed alone, so any split of the seeds gives the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from agents.observation import HISTORY_DAYS, observe, window
from agents.randomness import WorldStreams, decision_rng, decision_seed
from agents.vocabulary import AdSets, Baseline, LearningStage
from experiments.metrics import Outcome, churn
from service.guardrails import check_all
from simulator.identity import account_id
from simulator.oracle import best_within
from simulator.world import World

if TYPE_CHECKING:
    from agents.vocabulary import Breakdown, Creatives, FloatArray, IntArray, Observation, Policy
    from service.guardrails import Guardrail
    from simulator.scenario import Scenario


class Steering(Protocol):
    """Whatever gives budgets (W, A) for today: a policy behind its guardrails, or an oracle that knows the truth."""

    def steer(
        self, world: World, observation: Observation, streams: WorldStreams
    ) -> tuple[IntArray, dict[str, IntArray]]:
        """Budgets (W, A), and by guardrail how many ad sets (W,) it altered."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A policy behind guardrails, as the service runs it."""

    policy: Policy
    guardrails: Mapping[str, Guardrail]

    def steer(
        self,
        world: World,  # noqa: ARG002 - only oracles look at the truth
        observation: Observation,
        streams: WorldStreams,
    ) -> tuple[IntArray, dict[str, IntArray]]:
        """Decide, then pass the guardrails."""
        asked = self.policy.decide(observation, streams).budgets_minor
        verdict = check_all(self.guardrails, observation, asked)
        return verdict.targets_minor, {name: hit.sum(-1) for name, hit in verdict.hits.items()}


@dataclass(frozen=True, slots=True)
class Oracle:
    """Knows the true response of every ad set today; `max_change` caps its steps, None leaves it free.

    Like everybody else it gives no ad set less than the platform's minimum. It is myopic: it maximises today, within
    today's caps where it has any, so it is a yardstick and no strict upper bound. Where the market remembers (learning,
    fatigue) its free steps may cost more later than they bring today, and the capped one can end ahead of it.
    """

    max_change: float | None = None

    def steer(
        self,
        world: World,
        observation: Observation,
        streams: WorldStreams,  # noqa: ARG002 - who knows the truth draws nothing
    ) -> tuple[IntArray, dict[str, IntArray]]:
        """The budgets of the highest expected value today; what is paused keeps its budget."""
        return best_within(world, observation.budget_minor, self.max_change), {}


@dataclass(frozen=True, eq=False, slots=True)
class Run:
    """W worlds over D days under one policy.

    `expected_value_minor` (W, D) is the truth behind each day's budgets, without luck; `caused_value_minor` (W, D) what
    the orders caused that day were really worth; `spend_minor` (W, D); `budgets_minor` (W, D, A) as in force on the
    day; `starting_minor` (W, A); `guardrail_hits` (W, D) altered ad sets by guardrail.
    """

    seeds: tuple[int, ...]
    expected_value_minor: FloatArray
    caused_value_minor: IntArray
    spend_minor: IntArray
    starting_minor: IntArray
    budgets_minor: IntArray
    guardrail_hits: dict[str, IntArray]

    @property
    def outcome(self) -> Outcome:
        """What the metrics need of it."""
        return Outcome(self.expected_value_minor, churn(self.budgets_minor, self.starting_minor))


def run(steering: Steering, scenario: Scenario, seeds: Sequence[int], days: int, *, root_seed: int = 0) -> Run:
    """Live `days` days in every world of `seeds` at once.

    The money of a day is what the active ad sets had together when the run began, every day.
    """
    world = World(scenario, seeds=list(seeds))
    starting = world.budgets_minor.copy()
    people = Baseline(starting, world.today)
    total_minor = np.where(world.active, starting, 0).sum(-1)
    values, spends, budgets, hits = [], [], [], []
    for _ in range(days):
        observation = observe_worlds(world, total_minor, people)
        targets, altered = steering.steer(world, observation, world_streams(world, root_seed))
        world.set_budgets(targets)
        values.append(world.expected_value_minor(world.budgets_minor).sum(-1))
        budgets.append(world.budgets_minor.copy())
        hits.append(altered)
        world.step()
        spends.append(world.report(days=1)["spend_minor"][..., 0].sum(-1))
    return Run(
        seeds=tuple(seeds),
        expected_value_minor=np.stack(values, axis=1),
        caused_value_minor=world.caused()["value_minor"][..., -days:].sum(1),
        spend_minor=np.stack(spends, axis=1),
        starting_minor=starting,
        budgets_minor=np.stack(budgets, axis=1),
        guardrail_hits={name: np.stack([day[name] for day in hits], axis=1) for name in hits[0]},
    )


def observe_worlds(
    world: World,
    total_minor: IntArray,
    baseline: Baseline | None = None,
    *,
    creatives: Creatives | None = None,
    breakdowns: Mapping[str, Breakdown] | None = None,
    **more: Any,
) -> Observation:
    """This morning of all worlds as one batch observation (W, A, D); ad sets are named by their index.

    Floors are the platform's minimum budget or the owner's, ceilings the owner's: what lies outside would be refused,
    and is not to be decided.
    Every world has been reported through yesterday: the simulator collects without gaps. `breakdowns` by name and
    `more` facts of the ad sets (bids, campaigns) are there where they are given.
    """
    budgets = world.budgets_minor
    names = world.ad_set_names
    ad_sets = AdSets(
        ids=tuple(f"{index:06d}" for index in range(len(names))),
        names=tuple(names),
        budgets_minor=budgets,
        floors_minor=np.broadcast_to(world.floors_minor[:, None], budgets.shape),
        ceilings_minor=np.broadcast_to(world.ceilings_minor[:, None], budgets.shape),
        active=world.active,
        protected=np.zeros_like(world.active),
        learning_stages=np.full_like(budgets, int(LearningStage.UNKNOWN)),
        **more,
    )
    return observe(
        account_id=f"{world.scenario.name} x {len(world.seeds)}",
        day=world.today,
        currency=world.scenario.currency,
        minor_per_major=world.scenario.minor_per_major,
        budget_minor=total_minor,
        ad_sets=ad_sets,
        metrics={name: _sealed(figures) for name, figures in world.report(days=HISTORY_DAYS).items()},
        days=window(world.today, HISTORY_DAYS),
        collected_through=world.today - timedelta(days=1),
        baseline=baseline,
        creatives=creatives,
        breakdowns=breakdowns,
    )


def _sealed(figures: IntArray) -> IntArray:
    """Figures that nobody else holds, closed to writing, so that observing them takes no copy."""
    part: object = figures
    while isinstance(part, np.ndarray):
        part.flags.writeable = False
        part = part.base
    return figures


def world_streams(world: World, root_seed: int) -> WorldStreams:
    """The generators the service would use this morning for the accounts of these worlds."""
    return WorldStreams([decision_rng(decision_seed(root_seed, account_id(s), world.today)) for s in world.seeds])


def join(parts: Sequence[Run]) -> Run:
    """Runs of consecutive chunks of seeds as one."""
    first = parts[0]
    return Run(
        seeds=tuple(seed for part in parts for seed in part.seeds),
        expected_value_minor=np.concatenate([part.expected_value_minor for part in parts]),
        caused_value_minor=np.concatenate([part.caused_value_minor for part in parts]),
        spend_minor=np.concatenate([part.spend_minor for part in parts]),
        starting_minor=np.concatenate([part.starting_minor for part in parts]),
        budgets_minor=np.concatenate([part.budgets_minor for part in parts]),
        guardrail_hits={
            name: np.concatenate([part.guardrail_hits[name] for part in parts]) for name in first.guardrail_hits
        },
    )

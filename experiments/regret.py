"""What a policy gives up against the best budgets of each day, and why.

Regret of a day is the expected value of the best budgets minus that of the policy's, both today and without luck. It is
taken apart by asking what the policy would have been worth with one of its faults mended after the other:

    best -> best within caps -> as believed but with true curves -> by mean beliefs -> as decided
          caps              level                       curve                 exploration

* caps: budgets may move only so far a day;
* level misjudged: the policy knew how returns fall with money, but not how high they are;
* curve misjudged: what is lost besides when it goes by its own idea of how they fall, levels as before;
* exploration: what the draw costs against deciding by mean beliefs, guardrails included.

The four sum to the regret exactly. A part may be negative: a lucky draw, errors that cancel. All steps start from the
budgets that the policy has this morning, so regret that earlier days left behind is in caps. Policies without beliefs
(hold, rules) have caps and misjudged money only, which is called level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import singledispatch
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import best_first, leeway
from agents.policies.curve_thompson import CurveThompson
from agents.policies.linear_thompson import LinearThompson
from experiments.metrics import Estimate, mean_interval
from experiments.run import observe_worlds, world_streams
from experiments.study import CAP
from service.guardrails import DEFAULTS, build_guardrails, check_all
from simulator.oracle import best_within
from simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agents.randomness import WorldStreams
    from agents.vocabulary import Allocation, FloatArray, IntArray, Observation, Policy
    from service.guardrails import Guardrail
    from simulator.scenario import Scenario

PARTS = ("caps", "level", "curve", "exploration")
"""Causes of regret, in the order in which they are mended."""


@dataclass(frozen=True, eq=False, slots=True)
class Regret:
    """Expected value that was given up, minor units of the worlds' currency, each (W, D)."""

    seeds: tuple[int, ...]
    best_minor: FloatArray
    """Expected value of the best budgets."""
    caps: FloatArray
    level: FloatArray
    curve: FloatArray
    exploration: FloatArray
    believes: bool
    """Whether the policy says what it believes; if not, curve and exploration are zero."""

    @property
    def total(self) -> FloatArray:
        """All that was given up, (W, D)."""
        whole: FloatArray = self.caps + self.level + self.curve + self.exploration
        return whole

    def percent(self) -> dict[str, Estimate]:
        """The parts and their total in percent of the best budgets' value over all days, with intervals over seeds."""
        best = self.best_minor.sum(axis=-1)
        shares = {name: getattr(self, name).sum(axis=-1) / np.maximum(best, 1e-9) for name in (*PARTS, "total")}
        return {name: mean_interval(100.0 * share, self.seeds) for name, share in shares.items()}


@dataclass(frozen=True, eq=False, slots=True)
class Beliefs:
    """What a policy says of this morning: its allocation by mean beliefs, and its levels at the present budgets."""

    budgets_minor: IntArray
    """(W, A)"""
    value_minor: FloatArray
    """Expected value (W, A) of the present budgets, in its own eyes; only ratios between ad sets matter."""


@singledispatch
def beliefs_of(policy: object, observation: Observation, allocation: Allocation) -> Beliefs | None:  # noqa: ARG001 - of those that believe
    """The mean beliefs behind a decision; None for a policy that has none. Another policy registers its own."""
    return None


@beliefs_of.register(CurveThompson)
def _(policy: CurveThompson, observation: Observation, allocation: Allocation) -> Beliefs:  # noqa: ARG001 - decided anew
    """The posterior mean is what it decides without temperature."""
    now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
    curves = policy.curves(observation)
    value = np.exp(curves.log_marginal(now)) * now / curves.elasticity_at(now)
    mean = replace(policy, temperature=0.0).decide(observation, _Nothing())
    return Beliefs(mean.budgets_minor, value)


@beliefs_of.register(LinearThompson)
def _(policy: LinearThompson, observation: Observation, allocation: Allocation) -> Beliefs:
    """It believes in lines: the marginal return is the mean one."""
    if allocation.beliefs is None:
        raise ValueError("linear_thompson decided without saying what it believes")
    returns = allocation.beliefs.marginal_roas
    budgets, _ = best_first(returns, leeway(observation, policy.max_change))
    sets = observation.ad_sets
    return Beliefs(np.where(sets.adjustable, budgets, sets.budgets_minor), returns * sets.budgets_minor)


def regret(
    policy: Policy,
    scenario: Scenario,
    seeds: Sequence[int],
    days: int,
    *,
    guardrails: Mapping[str, Mapping[str, Any]] = DEFAULTS,
    cap: float | None = CAP,
    root_seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Regret:
    """Live `days` days under a policy and take each day's regret apart.

    Args:
        policy: what decides.
        scenario: the kind of account.
        seeds: W worlds.
        days: days from the scenario's first.
        guardrails: as the service has them; they hold for the decision and for the one by mean beliefs alike.
        cap: largest relative step a day, of what is best within caps.
        root_seed: of the policy's draws.
        on_progress: called with (days done, days in all).
    """
    chain = build_guardrails(guardrails)
    world = World(scenario, seeds=list(seeds))
    total_minor = np.where(world.active, world.budgets_minor, 0).sum(axis=-1)
    found: list[tuple[FloatArray, ...]] = []
    believes = False
    for day in range(days):
        observation = observe_worlds(world, total_minor)
        steps, targets, believes = _steps(policy, chain, world, observation, cap, world_streams(world, root_seed))
        found.append(steps)
        world.set_budgets(targets)
        world.step()
        if on_progress:
            on_progress(day + 1, days)
    best, capped, true_curves, mean, decided = (np.stack(values, axis=-1) for values in zip(*found, strict=True))
    return Regret(
        seeds=tuple(seeds),
        best_minor=best,
        caps=best - capped,
        level=capped - true_curves,
        curve=true_curves - mean,
        exploration=mean - decided,
        believes=believes,
    )


def _steps(
    policy: Policy,
    chain: Mapping[str, Guardrail],
    world: World,
    observation: Observation,
    cap: float | None,
    streams: WorldStreams,
) -> tuple[tuple[FloatArray, ...], IntArray, bool]:
    """Today's values (W,) from the best to the decided, the budgets decided, and whether the policy believes."""

    def worth(budgets: IntArray) -> FloatArray:
        value: FloatArray = world.expected_value_minor(budgets).sum(axis=-1)
        return value

    total = observation.budget_minor
    allocation = policy.decide(observation, streams)
    targets = check_all(chain, observation, allocation.budgets_minor).targets_minor
    best, capped, decided = worth(best_within(world, total)), worth(best_within(world, total, cap)), worth(targets)
    believed = beliefs_of(policy, observation, allocation)
    if believed is None:
        return (best, capped, decided, decided, decided), targets, False
    truth = world.expected_value_minor(world.budgets_minor)
    weights = believed.value_minor / np.where(truth > 0.0, truth, np.inf)
    mended = worth(best_within(world, total, cap, weights=weights))
    by_mean = worth(check_all(chain, observation, believed.budgets_minor).targets_minor)
    return (best, capped, mended, by_mean, decided), targets, True


def report(found: Regret) -> dict[str, Any]:
    """The percentages with their intervals as JSON values."""
    return {
        "seeds": list(found.seeds),
        "days": found.best_minor.shape[1],
        "believes": found.believes,
        "percent_of_best": {name: asdict(estimate) for name, estimate in found.percent().items()},
    }


class _Nothing:
    """Draws of zero, for a decision that does not look at its draws."""

    def standard_normal(self, size: tuple[int, ...]) -> FloatArray:
        """Zeros."""
        return np.zeros(size)

    def random(self, size: tuple[int, ...]) -> FloatArray:
        """Halves."""
        return np.full(size, 0.5)

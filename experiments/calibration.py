"""Whether beliefs are as sure as they say: every morning a forecast, and what the day turned out to bring.

A forecast is right when the randomised probability integral transforms of what happened are uniform: then intervals
of every level cover what they promise. Days are compared once all that comes in for them has come in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from agents.forecast import forecast, habitual_delivery
from agents.registry import build_policy
from agents.vocabulary import Baseline
from experiments.errors import ExperimentError
from experiments.run import Guarded, observe_worlds, world_streams
from experiments.settled_history import SETTLING_DAYS
from service.guardrails import DEFAULTS, build_guardrails
from simulator.world import World

if TYPE_CHECKING:
    from agents.forecast import Forecast
    from agents.response import Response
    from agents.vocabulary import BoolArray, FloatArray, IntArray, Observation, PolicySpec
    from simulator.scenario import Scenario

LEVELS = (0.5, 0.8, 0.95)
COUNTED = ("clicks", "conversions")
KINDS = (*COUNTED, "value_minor")
_DRAWS = 8


@runtime_checkable
class _Believing(Protocol):
    """A policy whose beliefs can be asked for."""

    def response(self, observation: Observation) -> Response: ...


@dataclass(frozen=True, eq=False, slots=True)
class Calibration:
    """N forecasts of one kind and what happened, each (N,).

    `transforms` are randomised probability integral transforms, `happened` what came; `crps` the continuous ranked
    probability score (Gneiting and Raftery, Strictly Proper Scoring Rules, 2007) in units of what is forecast, by
    draws; not a number where it was not asked for.
    """

    transforms: FloatArray
    happened: FloatArray
    crps: FloatArray

    def coverage(self, level: float) -> float:
        """Share of days that a central interval of this level held."""
        return float((np.abs(self.transforms - 0.5) <= 0.5 * level).mean())

    def histogram(self, bins: int = 10) -> FloatArray:
        """Share of transforms in `bins` equal parts of (0, 1), (bins,); all alike where forecasts are right."""
        counted, _ = np.histogram(self.transforms, bins=bins, range=(0.0, 1.0))
        return counted / max(self.transforms.size, 1)

    @property
    def relative_crps(self) -> float:
        """Mean score in percent of the mean of what happened."""
        return float(100.0 * self.crps.mean() / self.happened.mean())


def pooled(parts: Sequence[Calibration]) -> Calibration:
    """Forecasts of several scenarios as one, every forecast alike."""
    return Calibration(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("transforms", "happened", "crps"))
    )


def calibrate(
    scenario: Scenario, spec: PolicySpec, seeds: Sequence[int], days: int, *, root_seed: int = 0
) -> dict[str, Calibration]:
    """Live `days` days under a policy behind the default guardrails; how its forecasts came true, by kind.

    Only ad sets that are active and have a budget are forecast.

    Raises:
        ExperimentError: the policy has no beliefs to ask for.
    """
    policy = build_policy(spec)
    if not isinstance(policy, _Believing):
        raise ExperimentError(f"policy {spec.name!r} has no response curves to forecast with; try curve_thompson")
    steering = Guarded(policy, build_guardrails(DEFAULTS))
    world = World(scenario, seeds=list(seeds))
    total_minor = np.where(world.active, world.budgets_minor, 0).sum(-1)
    people = Baseline(world.budgets_minor.copy(), world.today)
    first, asked = world.today, []
    for _ in range(days):
        observation = observe_worlds(world, total_minor, people)
        targets, _ = steering.steer(world, observation, world_streams(world, root_seed))
        delivery = habitual_delivery(observation.history, observation.ad_sets.budgets_minor)
        found = forecast(policy.response(observation), targets, delivery)
        asked.append((found, world.active & (targets > 0)))
        world.set_budgets(targets)
        world.step()
    last = world.today - timedelta(days=1)
    for _ in range(SETTLING_DAYS):
        world.step()
    settled = world.report_range(first, last)
    return _compared(asked, settled, np.random.default_rng([root_seed, *seeds]))


def _compared(
    asked: Sequence[tuple[Forecast, BoolArray]], settled: dict[str, IntArray], rng: np.random.Generator
) -> dict[str, Calibration]:
    """Every forecast with what its day brought."""
    found: dict[str, list[Calibration]] = {kind: [] for kind in KINDS}
    for day, (told, counts) in enumerate(asked):
        for kind in KINDS:
            happened, distribution = settled[kind][..., day], getattr(told, kind)
            transforms = distribution.transform(happened, rng.random(happened.shape))
            drawn = distribution.drawn(_DRAWS, rng)
            found[kind].append(
                Calibration(transforms[counts], happened[counts].astype(np.float64), _crps(drawn, happened)[counts])
            )
    return {kind: pooled(parts) for kind, parts in found.items()}


def _crps(drawn: FloatArray, happened: IntArray) -> FloatArray:
    """E|X - y| - E|X - X'| / 2 from draws (M, ...), without bias: the second mean over distinct pairs."""
    draws = len(drawn)
    ranked = np.sort(drawn, axis=0)
    weights = 2.0 * np.arange(draws) - draws + 1.0
    apart = np.tensordot(weights, ranked, axes=1) / (draws * (draws - 1.0))
    score: FloatArray = np.abs(drawn - happened).mean(axis=0) - apart
    return score

"""Live through many worlds at once under a policy that chooses which ads run: the loop of experiments with creatives.

Each morning the ads are observed (`World.report_ads`), the policy decides, its ads are switched, and where it asks for
new creatives people launch one per ad set, some days later. Budgets stay as they are. The truth of a day is the
expected value of the ads that run, without luck; the oracle runs the set of ads with the highest one that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from agents.observation import HISTORY_DAYS
from agents.vocabulary import HISTORY_METRICS, Creatives
from experiments.run import observe_worlds, world_streams
from simulator.mechanisms.creatives import launched, with_active
from simulator.world import World

if TYPE_CHECKING:
    from agents.randomness import WorldStreams
    from agents.vocabulary import BoolArray, Decides, FloatArray, IntArray, Observation, Rotation
    from simulator.scenario import Scenario

_MECHANISM = "creatives"


class Rotating(Protocol):
    """Whatever says which ads run today, (W, A, C), and which ad sets (W, A) ask for new ones."""

    def rotate(self, world: World, observation: Observation, streams: WorldStreams) -> tuple[BoolArray, BoolArray]:
        """Ads that run and requests."""


@dataclass(frozen=True, slots=True)
class ByPolicy:
    """A policy for creatives."""

    policy: Decides[Rotation]

    def rotate(
        self,
        world: World,  # noqa: ARG002 - only the oracle looks at the truth
        observation: Observation,
        streams: WorldStreams,
    ) -> tuple[BoolArray, BoolArray]:
        """What it decides."""
        rotation = self.policy.decide(observation, streams)
        return rotation.active, rotation.refresh


@dataclass(frozen=True, slots=True)
class RotationOracle:
    """Knows what every set of ads brings today, the platform's choice among them and their fatigue included.

    It is myopic: a set that is best today may be tired tomorrow.
    """

    def rotate(
        self,
        world: World,
        observation: Observation,  # noqa: ARG002 - it knows the truth
        streams: WorldStreams,  # noqa: ARG002 - who knows the truth draws nothing
    ) -> tuple[BoolArray, BoolArray]:
        """The sets of the highest expected value today."""
        active, _ = best_rotation(world)
        return active, np.zeros(active.shape[:-1], dtype=np.bool_)


@dataclass(frozen=True, eq=False, slots=True)
class CreativeRun:
    """W worlds over D days: arrays (W, D).

    `expected_value_minor` is the truth behind the ads that ran, `best_value_minor` that of the best set of ads of the
    same morning, in the same world. `running` counts ads that ran, `switched` ads switched on or off, `launched` new
    creatives.
    """

    seeds: tuple[int, ...]
    expected_value_minor: FloatArray
    best_value_minor: FloatArray
    running: IntArray
    switched: IntArray
    launched: IntArray


def creative_scenario(scenario: Scenario, **parameters: Any) -> Scenario:
    """The scenario with several ads that tire, which nobody else launches or switches once the days begin.

    `parameters` are those of the mechanism `creatives`; creative fatigue is as in the scenario, or by its defaults.
    """
    fatigue: dict[str, Any] = {} if "creative_fatigue" in scenario.mechanisms else {"creative_fatigue": {}}
    return scenario.having(**{_MECHANISM: {"keep_launching": False, **parameters}}, **fatigue)


def run_creatives(
    rotating: Rotating,
    scenario: Scenario,
    seeds: Sequence[int],
    days: int,
    *,
    root_seed: int = 0,
    launch_days: int | None = 3,
) -> CreativeRun:
    """Live `days` days in every world of `seeds` at once.

    Args:
        rotating: says which ads run.
        scenario: with the mechanism `creatives`.
        seeds: W seeds.
        days: how many days.
        root_seed: of the policy's draws.
        launch_days: days from a request to a new creative; None: nobody answers requests.
    """
    world = World(scenario, seeds=list(seeds))
    waiting = np.full(world.active.shape, -1)
    found: dict[str, list[Any]] = {name: [] for name in ("value", "best", "running", "switched", "launched")}
    for _ in range(days):
        waiting, new = _launches(world, waiting)
        before = world.mechanism_state(_MECHANISM).on
        observation = observe_creatives(world)
        active, refresh = rotating.rotate(world, observation, world_streams(world, root_seed))
        _, best = best_rotation(world)
        _switch(world, active)
        if launch_days is not None:
            waiting = np.where(refresh & (waiting < 0), launch_days, waiting)
        found["value"].append(_expected(world).sum(-1))
        found["best"].append(best.sum(-1))
        found["running"].append(active.sum((-2, -1)))
        found["switched"].append((active != before).sum((-2, -1)))
        found["launched"].append(new)
        world.step()
    value, best_value, running, switched, launches = (np.stack(found[name], axis=1) for name in found)
    return CreativeRun(tuple(seeds), value, best_value, running, switched, launches)


def observe_creatives(world: World) -> Observation:
    """This morning of all worlds as one batch observation with its ads; places are named by their index.

    Figures of a place belong to the creative that is in it now: what another one did there before is left out.
    """
    state = world.mechanism_state(_MECHANISM)
    figures = world.report_ads(HISTORY_DAYS)
    lived = np.arange(HISTORY_DAYS) >= HISTORY_DAYS - state.days[..., None]
    own = lived & state.exists[..., None]
    told: dict[str, Any] = {name: np.where(own, figures[name], 0) for name in HISTORY_METRICS}
    ids = tuple(tuple(f"{a:06d}-{c:03d}" for c in range(state.on.shape[2])) for a in range(state.on.shape[1]))
    ads = Creatives(
        ids=ids,
        names=ids,
        exists=state.exists,
        active=state.on,
        age_days=state.days * state.exists,
        **told,
    )
    return observe_worlds(world, world.budgets_minor.sum(-1), creatives=ads)


def best_rotation(world: World) -> tuple[BoolArray, FloatArray]:
    """For every ad set the set of its ads (W, A, C) with the highest expected value today, and that value (W, A).

    Ad sets do not change each other's prices in the scenarios this is for, so that one pass over all sets of places
    finds the best of each ad set.
    """
    state = world.mechanism_state(_MECHANISM)
    places = state.on.shape[-1]
    best, active = np.full(state.on.shape[:2], -np.inf), state.on
    for number in range(1, 2**places):
        wanted = state.exists & ((number >> np.arange(places)) & 1).astype(np.bool_)
        _switch(world, wanted)
        value = np.where(wanted.any(-1), _expected(world), -np.inf)
        active = np.where((value > best)[..., None], wanted, active)
        best = np.maximum(best, value)
    world.replace_mechanism_state(_MECHANISM, state)
    return active, np.where(np.isfinite(best), best, 0.0)


def _switch(world: World, active: BoolArray) -> None:
    world.replace_mechanism_state(_MECHANISM, with_active(world.mechanism_state(_MECHANISM), active))


def _expected(world: World) -> FloatArray:
    value: FloatArray = world.expected_value_minor(world.budgets_minor)
    return value


def _launches(world: World, waiting: IntArray) -> tuple[IntArray, IntArray]:
    """Creatives that were asked for arrive: in an empty place, or in that of the one that rested longest.

    Returns:
        Days that are still to be waited for, (W, A), -1 where nothing was asked for; creatives launched, (W,).
    """
    waiting = np.where(waiting > 0, waiting - 1, waiting)
    due = waiting == 0
    state = world.mechanism_state(_MECHANISM)
    shown = world.report_ads(HISTORY_DAYS)["impressions"] > 0
    idle = np.where(shown.any(-1), shown[..., ::-1].argmax(-1), HISTORY_DAYS) + ~state.on
    rank = np.where(state.exists, idle, HISTORY_DAYS + 2)
    place = np.arange(state.on.shape[-1]) == rank.argmax(-1)[..., None]
    where = place & due[..., None]
    world.replace_mechanism_state(_MECHANISM, launched(replace(state, on=state.on & ~where), where))
    world.note_significant_edit(due)
    return np.where(due, -1, waiting), due.sum(-1)

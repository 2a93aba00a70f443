"""Live through worlds under one policy of one lever, and compare with leaving things alone.

Budgets stay as they are on the first morning, so what differs between two runs on the same seeds is what the lever
did. Value is the truth behind each day's state, without luck. Shapes: W worlds, A ad sets, D days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.breakdown_response import best_weights
from agents.registry import lever_of
from agents.vocabulary import Weights
from experiments.levers_in_worlds import CUTS, Cut, Hours
from experiments.run import observe_worlds, world_streams
from simulator.mechanisms import bid_strategies
from simulator.world import World

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray
    from simulator.scenario import Scenario

_WIDEST, _HALVINGS = 1.5, 18
EVERY_DAYS = 7
"""How often weights are decided: changed schedules and audiences may restart the platform's learning."""


@dataclass(frozen=True, eq=False, slots=True)
class Lived:
    """W worlds over D days: expected value and spend (W, D) in minor units, and ad set-days that had other weights."""

    value_minor: FloatArray
    spend_minor: FloatArray
    touched: float


def live_with_weights(
    policy: Any, lever: str, scenario: Scenario, seeds: Sequence[int], days: int, *, every: int = EVERY_DAYS
) -> Lived:
    """`days` days under a policy of hours, segments or audiences, under `Knowing`, or under None: left alone."""
    world = World(scenario, list(seeds))
    cut = CUTS[lever](world)
    if policy is not None and lever_of(policy) != lever:
        raise ValueError(f"a policy of {lever} is needed, {policy!r} decides {lever_of(policy)}")
    total_minor = np.where(world.active, world.budgets_minor, 0).sum(-1)
    values, spends, touched = [], [], []
    start = cut.in_force(world.today)
    for day in range(days):
        # Who knows everything decides once, before anything is moved.
        due = day == 0 if isinstance(policy, Knowing) else day % every == 0
        if policy is not None and due:
            cut.act(_answer(policy, world, cut, total_minor))
        values.append(world.expected_value_minor(world.budgets_minor).sum(-1))
        spends.append(world.expected_spend_minor(world.budgets_minor).sum(-1))
        touched.append(float((cut.in_force(world.today) != start).any(axis=-1).mean()))
        cut.close()
        world.step()
    return Lived(np.stack(values, axis=1), np.stack(spends, axis=1), float(np.mean(touched)))


def _answer(policy: Any, world: World, cut: Cut, total_minor: Any) -> Weights:
    if isinstance(policy, Knowing):
        return policy.answer(world, cut)
    observation = observe_worlds(world, total_minor, breakdowns={cut.name: cut.breakdown()})
    answer: Weights = policy.decide(observation, world_streams(world, 0))
    return answer


@dataclass(frozen=True, slots=True)
class Knowing:
    """Knows what money brings in every key and sets the best weights, once: a yardstick. Not for audiences."""

    lever: str
    elasticity: float = 0.65

    def answer(self, world: World, cut: Cut) -> Weights:
        """The best weights at the power by which impressions go with spend."""
        parts = [cut.parts(world.today)] if not isinstance(cut, Hours) else self._week(world, cut)
        weights = np.concatenate([self._best(one) for one in parts], axis=-1)
        nothing = np.zeros_like(weights)
        return Weights(cut.keys, weights, nothing, nothing, nothing)

    def _week(self, world: World, cut: Cut) -> list[dict[str, FloatArray]]:
        monday = world.today.toordinal() - world.today.weekday()
        return [cut.parts(type(world.today).fromordinal(monday + day)) for day in range(7)]

    def _best(self, parts: dict[str, FloatArray]) -> FloatArray:
        share, orders = (parts[n] / parts[n].sum(axis=-1, keepdims=True) for n in ("spend", "conversions"))
        return best_weights(orders / share, share, self.elasticity, 0.01, 100.0)


@dataclass(frozen=True, eq=False, slots=True)
class Bidden:
    """W worlds over D days in which caps were set, all (W, D) in minor units.

    `left_alone_minor` is what the same days of the same money had brought if nobody had moved one cap against another:
    people's caps, all times the one factor at which as much is spent.
    """

    value_minor: FloatArray
    spend_minor: FloatArray
    left_alone_minor: FloatArray


def live_with_bids(policy: Any, scenario: Scenario, seeds: Sequence[int], days: int) -> Bidden:
    """`days` days under a policy of bids; the mechanism `bid_strategies` must be on."""
    world, alone = World(scenario, list(seeds)), World(scenario, list(seeds))
    total_minor = np.where(world.active, world.budgets_minor, 0).sum(-1)
    planted = world.mechanism_state("bid_strategies")
    values, spends, others = [], [], []
    for _ in range(days):
        state = world.mechanism_state("bid_strategies")
        caps = np.where(state.strategy == bid_strategies.LOWEST_COST, 0, np.maximum(np.rint(state.level), 1))
        observation = observe_worlds(
            world, total_minor, bid_strategies=state.strategy, bids_minor=caps.astype(np.int64)
        )
        bids = policy.decide(observation, world_streams(world, 0)).bids_minor
        moved = np.where(bids > 0, bids, state.level)
        world.replace_mechanism_state("bid_strategies", bid_strategies.with_levels(state, moved))
        budgets = world.budgets_minor
        values.append(world.expected_value_minor(budgets).sum(-1))
        spends.append(world.expected_spend_minor(budgets).sum(-1))
        others.append(_value_at(alone, planted, spends[-1]))
        world.step()
        alone.step()
    return Bidden(np.stack(values, axis=1), np.stack(spends, axis=1), np.stack(others, axis=1))


def _value_at(world: World, planted: bid_strategies.Bids, spend_minor: FloatArray) -> FloatArray:
    """Expected value (W,) today where all planted caps are multiplied by the factor that spends `spend_minor` (W,)."""
    budgets = world.budgets_minor
    low, high = np.full(spend_minor.shape, -_WIDEST), np.full(spend_minor.shape, _WIDEST)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        levels = planted.level * np.exp(middle)[:, None]
        world.replace_mechanism_state("bid_strategies", bid_strategies.with_levels(planted, levels))
        less = world.expected_spend_minor(budgets).sum(-1) < spend_minor
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    value: FloatArray = world.expected_value_minor(budgets).sum(-1)
    world.replace_mechanism_state("bid_strategies", planted)
    return value

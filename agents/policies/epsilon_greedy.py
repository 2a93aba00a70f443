"""A least-squares curve per ad set, and every now and then a step at random: exploration without uncertainty.

The line log(conversions + 1/2) = level + elasticity * log(spend) is fitted to the days of the window by ordinary least
squares, and budgets move to where marginal returns meet; with probability `epsilon` an ad set takes a random step
instead (epsilon-greedy: Sutton and Barto, Reinforcement Learning, 2018, section 2.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import conclude, leeway, proportional, to_cents, water_fill
from agents.policies._figures import recent, shrunken_roas
from agents.policies._params import check_max_change, check_number, check_whole
from agents.policies._words import check_single, sentences
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray, IntArray

_LEAST, _MOST, _USUAL = 0.1, 0.9, 0.5
"""Bounds of a fitted elasticity, and the one taken where spend has not varied."""
_STILL = 1e-6


@dataclass(frozen=True, slots=True)
class EpsilonGreedy:
    """Equal marginal returns under fitted power laws, with random steps.

    Attributes:
        epsilon: probability that an ad set takes a random step on a morning.
        window_days: days of history that count, all alike.
        max_change: most that a budget moves in a day, as a share of the present budget; None for no cap on the way to
            equal returns, and random steps of up to a fifth.
    """

    epsilon: float = 0.1
    window_days: int = 28
    max_change: float | None = 0.2

    def __post_init__(self) -> None:
        check_number("epsilon", self.epsilon, 0, 1)
        check_whole("window_days", self.window_days, 2, 400)
        check_max_change(self.max_change)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets (..., A) where fitted marginal returns meet, but for those that try something."""
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        room = leeway(observation, self.max_change)
        marginal, elasticity = self._curves(observation, now)
        shares, dual = water_fill(now, marginal, 1.0 / (1.0 - elasticity), room)
        tries = rng.random(now.shape) < self.epsilon
        step = (self.max_change or 0.2) * (2.0 * rng.random(now.shape) - 1.0)
        greedy = to_cents(shares, room.total_minor, room.lo_minor, room.hi_minor)
        mixed = proportional(np.where(tries, now * (1.0 + step), np.maximum(shares, 1e-3)), room)
        budgets: IntArray = np.where(tries.any(axis=-1, keepdims=True), mixed, greedy)
        return conclude(observation, room, budgets, dual_value=dual)

    def _curves(self, observation: Observation, spend_minor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Value of the next unit of money at `spend_minor`, and the elasticity, each (..., A)."""
        history = observation.history
        spend, count = (
            np.ascontiguousarray(a[..., -self.window_days :]).astype(np.float64)
            for a in (history.spend_minor, history.conversions)
        )
        seen = (spend > 0).astype(np.float64)
        days = np.maximum(seen.sum(axis=-1, keepdims=True), 1.0)
        x, y = seen * np.log(np.maximum(spend, 1.0)), seen * np.log(count + 0.5)
        x_mean, y_mean = x.sum(axis=-1, keepdims=True) / days, y.sum(axis=-1, keepdims=True) / days
        dx = seen * (x - x_mean)
        spread, together = (dx * dx).sum(axis=-1), (dx * (y - y_mean)).sum(axis=-1)
        slope = np.where(spread > _STILL, together / np.maximum(spread, _STILL), _USUAL)
        elasticity = np.clip(slope, _LEAST, _MOST)
        level = y_mean[..., 0] - elasticity * x_mean[..., 0]
        fitted = np.exp(np.clip(level + (elasticity - 1.0) * np.log(spend_minor), -60.0, 60.0))
        per_unit = fitted * self._order_value(observation)
        average = np.where(seen.any(axis=-1), per_unit, shrunken_roas(history, self.window_days, 1.0))
        return np.maximum(elasticity * average, 1e-9), elasticity

    def _order_value(self, observation: Observation) -> FloatArray:
        """Value of a conversion in the account, (..., 1); one where there was none."""
        count = np.ascontiguousarray(observation.history.conversions[..., -self.window_days :]).sum(axis=-1)
        _, value = recent(observation.history, self.window_days)
        all_count, all_value = count.sum(axis=-1, keepdims=True), value.sum(axis=-1, keepdims=True)
        order_value: FloatArray = np.where(all_value > 0, all_value / np.maximum(all_count, 1), 1.0)
        return order_value

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        now = np.maximum(observation.ad_sets.budgets_minor, 1).astype(np.float64)
        marginal, elasticity = self._curves(observation, now)
        unit, moves = observation.currency, allocation.budgets_minor - observation.ad_sets.budgets_minor
        margin = float("nan") if allocation.certificate is None else float(allocation.certificate.dual_value)

        def because(i: int) -> str:
            words = f"the fitted line has elasticity {elasticity[i]:.2f}, the next {unit} returns {marginal[i]:.2f}"
            if np.isnan(margin):
                return words
            against = moves[i] * (marginal[i] - margin) < 0
            return f"{words}, the account's margin is {margin:.2f}{'; a random step' if against else ''}"

        return sentences(observation, allocation, self.max_change, because)


POLICY: type[Policy] = EpsilonGreedy

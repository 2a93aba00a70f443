"""The day's budgets together stay within what the owner allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from service.guardrails._limits import require_whole
from service.guardrails._words import money

if TYPE_CHECKING:
    from agents.vocabulary import IntArray, Observation


@dataclass(frozen=True, slots=True)
class TotalBudget:
    """Sum over active ad sets at most `observation.budget_minor`, and at most `cap_minor` where that is set.

    What is too much is taken from raises first, in proportion, and only then from the rest, down to the floors and
    never from protected ad sets. If that is not enough, nothing rises and the sum is as low as it may be made.
    A budget is not spend: the platform may spend more than a daily budget on a single day.
    """

    cap_minor: int | None = None

    def __post_init__(self) -> None:
        if self.cap_minor is not None:
            require_whole("cap_minor", self.cap_minor)

    def check(self, observation: Observation, targets_minor: IntArray) -> IntArray:
        """Targets (..., A), lowered until their sum over active ad sets fits."""
        sets = observation.ad_sets
        total = np.where(sets.active, targets_minor, 0).sum(axis=-1)
        excess = np.maximum(total - self._limit(observation), 0)
        raised = np.where(sets.active, np.maximum(targets_minor - sets.budgets_minor, 0), 0)
        first = _proportional(excess, raised)
        left = targets_minor - first
        spare = np.where(sets.adjustable, np.maximum(left - sets.floors_minor, 0), 0)
        lowered: IntArray = left - _proportional(excess - first.sum(axis=-1), spare)
        return lowered

    def because(self, observation: Observation, index: int, asked_minor: int, left_minor: int) -> str:  # noqa: ARG002 - the protocol asks so
        """What the day may cost in all."""
        limit = money(observation, int(self._limit(observation)))
        asked, left = money(observation, asked_minor), money(observation, left_minor)
        return f"all active budgets together may not pass {limit} a day: {left} instead of {asked}"

    def _limit(self, observation: Observation) -> IntArray:
        budget = observation.budget_minor
        return budget if self.cap_minor is None else np.minimum(budget, self.cap_minor)


def _proportional(amount: IntArray, room: IntArray) -> IntArray:
    """How much to take from each, (..., A), so that it sums to `amount` (...) exactly, or to all there is.

    The few minor units that rounding leaves are taken from the first ad sets that have room, in order of id.
    """
    all_room = room.sum(axis=-1)
    amount = np.minimum(amount, all_room)
    # Multiplying first keeps shares that are whole numbers exact; huge sums may be off by a few units, either way.
    share = np.floor(room.astype(np.float64) * amount[..., None] / np.maximum(all_room, 1)[..., None])
    taken = np.minimum(share.astype(np.int64), room)
    rest = (amount - taken.sum(axis=-1))[..., None]
    exact: IntArray = taken + _fill(rest, room - taken) - _fill(-rest, taken)
    return exact


def _fill(amount: IntArray, room: IntArray) -> IntArray:
    """`amount` (..., 1) poured into `room` (..., A) from the first on; nothing where it is negative."""
    poured: IntArray = np.clip(amount - (np.cumsum(room, axis=-1) - room), 0, room)
    return poured


GUARDRAIL = TotalBudget

"""Only moves that are worth an edit: another policy's decisions, less those whose gain does not pay their price.

Every edit has a price, and one beyond what the platform calls significant sends the ad set back to learning, where it
earns less until about fifty results have come in or a week is over (Meta Business Help Centre, "About the learning
phase"; the sizes are assumptions, as in the simulator's mechanism of that name). A move is made in full, up to the size
that does no harm, or not at all, whatever is worth most; then the larger of rises and cuts is scaled down to the other.

Money that the other policy keeps back for want of return is worth the least return that is asked of it, so a cut that
only saves money has its gain too; one that saves less than it costs is not made. Where the other policy keeps an
average of the account, what is left of its moves is made as far as that takes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.allocation import proportional
from agents.explanation.words import money
from agents.policies._figures import over_days
from agents.policies._params import check_number, check_whole
from agents.policies._words import check_single
from agents.policies._wrapping import Tempered, between, concluded, curves_of, terms_of, wrapped
from agents.reserve import stake
from agents.vocabulary import Allocation, LearningStage, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.allocation import Leeway
    from agents.policies._wrapping import Terms
    from agents.response import Curves
    from agents.vocabulary import FloatArray, IntArray

_RESULTS, _WINDOW_DAYS = 50.0, 7
"""What ends learning: so many results, or so many days."""
_EDGE = 1e-9
_HALVINGS = 14
"""How far an average needs moves to go is found to one in sixteen thousand."""


@dataclass(frozen=True, slots=True)
class Calm(Tempered):
    """Another policy's moves, as far as each is worth its price.

    Attributes:
        policy: what decides, {"name", "params"}.
        horizon_days: days over which a move's gain counts: budgets are looked at again long before they are settled.
        edit_cost: price of any edit, as a share of a day's value of the ad set.
        significant_change: share of the budget beyond which an edit restarts learning.
        learning_cost: share of the value that is lost while learning.
        learning_factor: how many times the price of an edit counts for ad sets that are learning now.
    """

    horizon_days: int = 14
    edit_cost: float = 0.005
    significant_change: float = 0.2
    learning_cost: float = 0.23
    learning_factor: float = 2.0

    def __post_init__(self) -> None:
        wrapped(self.policy)
        check_whole("horizon_days", self.horizon_days, 1, 365)
        check_number("edit_cost", self.edit_cost, 0, 10)
        check_number("significant_change", self.significant_change, 0, 100)
        check_number("learning_cost", self.learning_cost, 0, 1)
        check_number("learning_factor", self.learning_factor, 0, 100)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets (..., A): some of the other policy's moves, with its beliefs."""
        policy = wrapped(self.policy)
        asked = policy.decide(observation, rng)
        sets = observation.ad_sets
        wanted = np.where(sets.adjustable, asked.budgets_minor, 0)
        terms = terms_of(policy, observation)
        room, spent = terms.opened(wanted), wanted.sum(axis=-1)
        still = _still(observation, terms.room, spent)
        curves = curves_of(policy, observation)
        margin = _margin(curves, still, wanted)
        if terms.kept_worth:
            margin = np.where((spent < terms.room.total_minor)[..., None], terms.kept_worth, margin)
        aim = self._worth(observation, curves, (still, wanted), margin)
        saved = np.maximum(still.sum(axis=-1) - spent, 0)
        of_all = replace(room, total_minor=still.sum(axis=-1))
        budgets = between(still, aim, _balanced(aim - still, saved), of_all)
        return concluded(observation, room, _kept_up(terms, room, budgets, wanted), asked)

    def _worth(
        self, observation: Observation, curves: Curves, way: tuple[IntArray, IntArray], margin: FloatArray
    ) -> IntArray:
        """Where each ad set (..., A) is worth most: where it is wanted, as near as does no harm, or where it is."""
        (still, wanted), now = way, observation.ad_sets.budgets_minor
        price, restart = self._prices(observation, curves)
        reach = np.floor(self.significant_change * now + _EDGE).astype(np.int64)
        near = np.clip(wanted, np.minimum(still, now - reach), np.maximum(still, now + reach))
        full = self._gain(curves, still, wanted, margin) - price - np.where(near != wanted, restart, 0.0)
        part = self._gain(curves, still, near, margin) - price
        aim: IntArray = np.where(np.maximum(full, part) > 0, np.where(full >= part, wanted, near), still)
        return aim

    def _gain(self, curves: Curves, still: IntArray, then: IntArray, margin: FloatArray) -> FloatArray:
        """What a move brings over the horizon beyond what its money brings elsewhere, (..., A)."""
        more = stake(curves, then).value_minor - stake(curves, still).value_minor
        gain: FloatArray = self.horizon_days * (more - margin * (then - still))
        return gain

    def _prices(self, observation: Observation, curves: Curves) -> tuple[FloatArray, FloatArray]:
        """Price of an edit, and of a restart of learning, each (..., A), in value."""
        sets = observation.ad_sets
        day = stake(curves, np.maximum(sets.budgets_minor, 1)).value_minor
        a_week = over_days(observation.history.conversions, _WINDOW_DAYS)
        days = np.minimum(_RESULTS * _WINDOW_DAYS / np.maximum(a_week, 1.0), float(_WINDOW_DAYS))
        learning = sets.learning_stages == int(LearningStage.LEARNING)
        factor = np.where(learning, self.learning_factor, 1.0)
        return factor * self.edit_cost * day, factor * self.learning_cost * days * day

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,): the other policy's, and why one that stays was not worth moving."""
        check_single(observation)
        policy = wrapped(self.policy)
        price, _ = self._prices(observation, curves_of(policy, observation))
        told = policy.explain(observation, allocation)
        stays = allocation.budgets_minor == observation.ad_sets.budgets_minor
        words = [
            f"; no move gains more in {self.horizon_days} days than the "
            f"{money(price[i], observation)} {observation.currency} that an edit costs"
            for i in range(len(told))
        ]
        free = observation.ad_sets.adjustable & stays
        return tuple(sentence + (words[i] if free[i] else "") for i, sentence in enumerate(told))


def _still(observation: Observation, room: Leeway, spent_minor: IntArray) -> IntArray:
    """Present budgets (..., A) as bounds leave them; more only as far as the other policy spends more, (...)."""
    sets = observation.ad_sets
    now = np.where(sets.adjustable, sets.budgets_minor, 0)
    bounded = np.clip(now, room.lo_minor, room.hi_minor).sum(axis=-1)
    total = np.minimum(room.total_minor, np.maximum(bounded, spent_minor))
    return proportional(now.astype(np.float64), replace(room, total_minor=total))


def _kept_up(terms: Terms, room: Leeway, budgets: IntArray, wanted: IntArray) -> IntArray:
    """Budgets (..., A), moved on towards what is wanted as far as the averages of the account take."""
    short = terms.broken(budgets, wanted) != 0
    if not short.any():
        return budgets
    low, high = np.zeros(short.shape), np.ones(short.shape)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        keeps = terms.broken(between(budgets, wanted, middle[..., None], room), wanted) == 0
        low, high = np.where(keeps, low, middle), np.where(keeps, middle, high)
    there = np.where((high < 1.0)[..., None], between(budgets, wanted, high[..., None], room), wanted)
    return np.where(short[..., None], there, budgets)


def _margin(curves: Curves, still: IntArray, wanted: IntArray) -> FloatArray:
    """What money brings elsewhere, (..., 1): the mean marginal return of all that moves, by how much it moves."""
    marginal = np.exp(curves.log_marginal(np.maximum(still, 1).astype(np.float64)))
    size = np.abs(wanted - still)
    moved = size.sum(axis=-1, keepdims=True)
    margin: FloatArray = (size * marginal).sum(axis=-1, keepdims=True) / np.maximum(moved, 1)
    return margin


def _balanced(move: IntArray, saved_minor: IntArray) -> FloatArray:
    """Shares (..., A) of moves, the larger side's smaller than one, so that rises take exactly what cuts free.

    `saved_minor` (...) may be cut beyond that: what the other policy leaves unspent.
    """
    up = np.maximum(move, 0).sum(axis=-1, keepdims=True)
    down = np.maximum(-move, 0).sum(axis=-1, keepdims=True)
    rises, cuts = np.minimum(up, down), np.minimum(down, up + saved_minor[..., None])
    balanced: FloatArray = np.where(move > 0, rises / np.maximum(up, 1), cuts / np.maximum(down, 1))
    return balanced


POLICY: type[Policy] = Calm

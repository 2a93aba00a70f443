"""A promise around another policy: all that was earned since steering began never falls below (1 - alpha) of holding.

Every morning the other policy's split goes through in full if the lower confidence bound of that cumulative comparison
stays above zero, and otherwise as far on the way from people's budgets to that split as the reserve allows (see
`agents.reserve`; mixing with the baseline as in Kazerouni et al. 2017). A used-up reserve leads back to people's
budgets, as fast as change caps allow. The promise is about what curves say, not about luck.

It is about how money is split. How much is spent is the other policy's to say: what it keeps back stays, and is worth
the least return that it asks of money. Where it keeps an average of the account, so does every split on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri

from agents.allocation import proportional
from agents.explanation.words import money
from agents.policies._params import check_number, check_whole
from agents.policies._words import check_single
from agents.policies._wrapping import Tempered, between, concluded, curves_of, terms_of, wrapped
from agents.reserve import ledger, stake
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.policies._wrapping import Terms
    from agents.reserve import Ledger
    from agents.response import Curves
    from agents.vocabulary import FloatArray, IntArray

_HALVINGS = 14
"""The share that goes through is found to one in sixteen thousand."""


class People(NamedTuple):
    """What people's split is this morning.

    The terms of the policy inside, the comparison with holding, people's proportions (..., A) among what may be moved,
    what of the day's money (...) they allow to be spent on it, and flags (...) of the averages that allow no more.
    """

    terms: Terms
    book: Ledger
    proportions: FloatArray
    total_minor: IntArray
    held_back: IntArray


@dataclass(frozen=True, slots=True)
class Conservative(Tempered):
    """Another policy's decisions, as far as they keep the promise.

    Attributes:
        policy: what decides, {"name", "params"}.
        alpha: share of holding's cumulative value that may be lost.
        confidence: probability with which the promise is to hold.
        horizon_days: days that today's split is taken to stay: going back takes time under change caps.
    """

    alpha: float = 0.02
    confidence: float = 0.95
    horizon_days: int = 7

    def __post_init__(self) -> None:
        wrapped(self.policy)
        check_number("alpha", self.alpha, 0, 1)
        check_number("confidence", self.confidence, 0.5, 0.9999)
        check_whole("horizon_days", self.horizon_days, 1, 365)

    def decide(self, observation: Observation, rng: Rng) -> Allocation:
        """Budgets (..., A) between people's and the other policy's, with the latter's beliefs."""
        policy = wrapped(self.policy)
        asked = policy.decide(observation, rng)
        curves = curves_of(policy, observation)
        people = _people(observation, policy, curves)
        terms, sets = people.terms, observation.ad_sets
        wanted = np.where(sets.adjustable, asked.budgets_minor, 0)
        room = terms.opened(wanted)
        spent = np.maximum(np.minimum(people.total_minor, wanted.sum(axis=-1)), room.lo_minor.sum(axis=-1))
        safe = proportional(people.proportions, replace(terms.room, total_minor=spent))
        share = self._through(people, curves, safe, wanted)
        mixed = between(safe, wanted, share[..., None], room)
        whole = (share == 1.0) | (terms.broken(mixed, wanted, rounding=mixed.shape[-1]) != 0)
        budgets = np.where(whole[..., None], wanted, mixed)
        return concluded(observation, room, budgets, asked, also=people.held_back)

    def _through(self, people: People, curves: Curves, safe: IntArray, wanted: IntArray) -> FloatArray:
        """The largest share (...) of the way from `safe` to `wanted` that keeps the promise; the bound is concave."""
        held = people.terms.room.held_minor
        start = (safe if held is None else safe + held).astype(np.float64)
        way = (wanted - safe).astype(np.float64)
        low, high = np.zeros(safe.shape[:-1]), np.ones(safe.shape[:-1])
        worth = people.terms.kept_worth
        whole = self._bound(people.book, curves, start + way, worth) >= 0
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            keeps = self._bound(people.book, curves, start + middle[..., None] * way, worth) >= 0
            low, high = np.where(keeps, middle, low), np.where(keeps, high, middle)
        share: FloatArray = np.where(whole, 1.0, low)
        return share

    def _bound(self, book: Ledger, curves: Curves, budgets_minor: FloatArray, kept_worth: float = 0.0) -> FloatArray:
        """Lower bound (...) of cumulative value above (1 - alpha) of holding's, these budgets staying a while.

        A unit of money that holding would spend and these budgets do not counts as `kept_worth`.
        """
        left = 1.0 - self.alpha
        past = book.done.plus(book.held, -left)
        ahead = stake(curves, budgets_minor).plus(stake(curves, book.baseline_minor), -left)
        bound = past.plus(ahead, float(self.horizon_days)).lower(curves, float(ndtri(self.confidence)))
        if kept_worth:
            bound = bound + self.horizon_days * kept_worth * (book.baseline_minor - budgets_minor).sum(axis=-1)
        return bound

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,): the other policy's, and how the promise stands."""
        check_single(observation)
        policy = wrapped(self.policy)
        curves = curves_of(policy, observation)
        people = _people(observation, policy, curves)
        book = people.book
        more = round(float(book.done.value_minor.sum() - book.held.value_minor.sum()))
        running = np.where(observation.ad_sets.active, allocation.budgets_minor, 0).astype(np.float64)
        reserve = round(float(self._bound(book, curves, running, people.terms.kept_worth)))
        unit = observation.currency
        left = (
            f"{money(reserve, observation)} {unit} of the reserve are left"
            if reserve >= 0
            else f"the reserve is {money(-reserve, observation)} {unit} short, so it leads back to people's budgets"
        )
        words = f"; by estimate {money(more, observation)} {unit} above holding in {book.days} days, {left}"
        told = policy.explain(observation, allocation)
        return tuple(
            sentence + words * bool(free) for sentence, free in zip(told, observation.ad_sets.adjustable, strict=True)
        )


def _people(observation: Observation, policy: Policy, curves: Curves) -> People:
    """People's split, and as much of the day's money as it may spend: bounds and averages hold for it as well.

    Where it keeps an average at no total, it is at its least.
    """
    terms, free = terms_of(policy, observation), observation.ad_sets.adjustable
    held = 0 if terms.room.held_minor is None else terms.room.held_minor.sum(axis=-1)
    book = ledger(observation, curves, terms.room.total_minor + held)
    proportions = np.where(free, book.baseline_minor, 0.0)
    total = terms.room.total_minor
    if not terms.limits.averages:
        return People(terms, book, proportions, total, np.zeros_like(total))

    total, held_back = terms.affordable(proportions, total)
    return People(terms, ledger(observation, curves, total + held), proportions, total, held_back)


POLICY: type[Policy] = Conservative

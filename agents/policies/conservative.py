"""A promise around another policy: all that was earned since steering began never falls below (1 - alpha) of holding.

Every morning the other policy's split goes through in full if the lower confidence bound of that cumulative comparison
stays above zero, and otherwise as far on the way from people's budgets to that split as the reserve allows (see
`agents.reserve`; mixing with the baseline as in Kazerouni et al. 2017). A used-up reserve leads back to people's
budgets, as fast as change caps allow. The promise is about what curves say, not about luck.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from agents.allocation import conclude, leeway, proportional
from agents.explanation.words import money
from agents.policies._params import check_number, check_whole
from agents.policies._words import check_single
from agents.policies._wrapping import Tempered, between, cap_of, curves_of, wrapped
from agents.reserve import ledger, stake
from agents.vocabulary import Allocation, Observation, Policy, Rng

if TYPE_CHECKING:
    from agents.reserve import Ledger
    from agents.response import Curves
    from agents.vocabulary import FloatArray, IntArray

_HALVINGS = 14
"""The share that goes through is found to one in sixteen thousand."""


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
        room = leeway(observation, cap_of(policy))
        book = ledger(observation, curves)
        wanted = np.where(observation.ad_sets.adjustable, asked.budgets_minor, 0)
        safe = proportional(np.where(observation.ad_sets.adjustable, book.baseline_minor, 0.0), room)
        share = self._through(book, curves, safe, wanted)
        mixed = between(safe, wanted, share[..., None], room)
        budgets = np.where((share == 1.0)[..., None], wanted, mixed)
        dual = None if asked.certificate is None else asked.certificate.dual_value
        return conclude(observation, room, budgets, dual_value=dual, beliefs=asked.beliefs)

    def _through(self, book: Ledger, curves: Curves, safe: IntArray, wanted: IntArray) -> FloatArray:
        """The largest share (...) of the way from `safe` to `wanted` that keeps the promise; the bound is concave."""
        start, way = safe.astype(np.float64), (wanted - safe).astype(np.float64)
        low, high = np.zeros(safe.shape[:-1]), np.ones(safe.shape[:-1])
        whole = self._bound(book, curves, wanted.astype(np.float64)) >= 0
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            keeps = self._bound(book, curves, start + middle[..., None] * way) >= 0
            low, high = np.where(keeps, middle, low), np.where(keeps, high, middle)
        share: FloatArray = np.where(whole, 1.0, low)
        return share

    def _bound(self, book: Ledger, curves: Curves, budgets_minor: FloatArray) -> FloatArray:
        """Lower bound (...) of cumulative value above (1 - alpha) of holding's, these budgets staying a while."""
        left = 1.0 - self.alpha
        past = book.done.plus(book.held, -left)
        ahead = stake(curves, budgets_minor).plus(stake(curves, book.baseline_minor), -left)
        return past.plus(ahead, float(self.horizon_days)).lower(curves, float(ndtri(self.confidence)))

    def explain(self, observation: Observation, allocation: Allocation) -> tuple[str, ...]:
        """One sentence per ad set (A,): the other policy's, and how the promise stands."""
        check_single(observation)
        policy = wrapped(self.policy)
        curves = curves_of(policy, observation)
        book = ledger(observation, curves)
        more = round(float(book.done.value_minor.sum() - book.held.value_minor.sum()))
        running = np.where(observation.ad_sets.active, allocation.budgets_minor, 0).astype(np.float64)
        reserve, unit = round(float(self._bound(book, curves, running))), observation.currency
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


POLICY: type[Policy] = Conservative

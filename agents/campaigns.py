"""An account seen from its campaigns, for those whose budgets are set there (campaign budget optimisation).

Where the platform splits a campaign's budget among its ad sets, the campaign is the thing that has a budget and a
response; an observation of ad sets becomes one of campaigns, any budget policy decides on it, and what it decides is
spread over ad sets in their present proportions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from agents.observation import observe
from agents.vocabulary import (
    HISTORY_METRICS,
    NO_CEILING_MINOR,
    AdSets,
    Baseline,
    LearningStage,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agents.vocabulary import BoolArray, FloatArray, IntArray, Observation

    Number = TypeVar("Number", bound=np.generic)


def campaign_keys(ad_sets: AdSets) -> tuple[str, ...]:
    """The campaign of each ad set (A); one that is in none stands alone, under a name of its own."""
    owners = ad_sets.campaign_ids or ("",) * len(ad_sets)
    return tuple(
        f"campaign {owner}" if owner else f"ad set {own}" for owner, own in zip(owners, ad_sets.ids, strict=True)
    )


def by_campaign(observation: Observation) -> Observation:
    """The same morning with campaigns in the place of ad sets, (..., C) and (..., C, D), in the order of their keys.

    A campaign is what may be moved of it: budgets, bounds and history are sums over its adjustable ad sets, and the
    total is what those have together. It is active where it has any, and in learning where one of them is. The
    strictest wish of its ad sets is the campaign's.
    """
    sets, history = observation.ad_sets, observation.history
    groups = _Groups.of(sets)
    campaigns, free = groups.names, sets.adjustable

    def total(array: IntArray) -> IntArray:
        """Sums (..., C) of (..., A) over each campaign's adjustable ad sets."""
        return groups.total(np.where(free, array, 0))

    kept = np.where(sets.active & ~sets.adjustable, sets.budgets_minor, 0).sum(axis=-1)
    learning = groups.some(free & (sets.learning_stages == int(LearningStage.LEARNING)))
    movable = groups.some(free)
    floors, ceilings = sets.roas_floors, sets.cpa_ceilings_minor
    baseline = observation.baseline
    return observe(
        account_id=observation.account_id,
        day=observation.day,
        currency=observation.currency,
        minor_per_major=observation.minor_per_major,
        budget_minor=np.maximum(observation.budget_minor - kept, 0),
        ad_sets=AdSets(
            ids=campaigns,
            names=campaigns,
            budgets_minor=total(sets.budgets_minor),
            floors_minor=total(sets.floors_minor),
            ceilings_minor=_open_sum(sets.ceilings_minor, free, groups),
            active=movable,
            protected=np.zeros_like(movable),
            learning_stages=np.where(learning, int(LearningStage.LEARNING), int(LearningStage.UNKNOWN)),
            roas_floors=None if floors is None else groups.most(np.where(free, np.maximum(floors, 0.0), 0.0)),
            cpa_ceilings_minor=None if ceilings is None else _strictest(ceilings, free, groups),
        ),
        metrics={
            name: groups.total(np.where(free[..., None], getattr(history, name), 0), axis=-2)
            for name in HISTORY_METRICS
        },
        days=history.days,
        collected_through=observation.collected_through,
        baseline=None if baseline is None else Baseline(total(baseline.budgets_minor), baseline.since),
    )


def spread(observation: Observation, budgets_minor: IntArray) -> FloatArray:
    """Budgets of campaigns (..., C) as wishes for ad sets (..., A), in present proportions; zero where nothing moves.

    A campaign whose ad sets have no budget yet is split evenly.
    """
    sets = observation.ad_sets
    groups = _Groups.of(sets)
    own = groups.own
    free = np.where(sets.adjustable, 1, 0)
    now = np.where(sets.adjustable, sets.budgets_minor, 0)
    siblings, together = (groups.total(array)[..., own] for array in (free, now))
    share = np.where(together > 0, now / np.maximum(together, 1.0), free / np.maximum(siblings, 1.0))
    wishes: FloatArray = share * budgets_minor[..., own]
    return wishes


def campaign_totals(ad_sets: AdSets, array: IntArray) -> IntArray:
    """For each ad set (..., A), the sum of whole numbers over the adjustable ad sets of its campaign."""
    groups = _Groups.of(ad_sets)
    totals: IntArray = groups.total(np.where(ad_sets.adjustable, array, 0))[..., groups.own]
    return totals


def _open_sum(ceilings_minor: IntArray, free: BoolArray, groups: _Groups) -> IntArray:
    """Sums of ceilings (..., C); a campaign with one open ad set is open."""
    opens = groups.some(free & (ceilings_minor >= NO_CEILING_MINOR))
    closed = np.where(free & ~opens[..., groups.own], np.minimum(ceilings_minor, NO_CEILING_MINOR), 0)
    ceilings: IntArray = np.where(opens, NO_CEILING_MINOR, np.minimum(groups.total(closed), NO_CEILING_MINOR))
    return ceilings


def _strictest(ceilings_minor: IntArray, free: BoolArray, groups: _Groups) -> IntArray:
    """The lowest ceiling on the cost of an order (..., C), 0 where nobody has any."""
    asked = free & (ceilings_minor > 0)
    highest_first = groups.most(np.where(asked, -ceilings_minor, -np.iinfo(np.int64).max))
    strictest: IntArray = np.where(groups.some(asked), -highest_first, 0)
    return strictest


@dataclass(frozen=True, eq=False, slots=True)
class _Groups:
    """Which campaign each ad set is in: what is asked of campaigns takes one pass over ad sets, sorted by campaign.

    `names` of the C campaigns in order, `own` (A) the campaign of each ad set, `order` (A) ad sets sorted by it, and
    `starts` (C) where each campaign begins there: none is empty.
    """

    names: tuple[str, ...]
    own: IntArray
    order: IntArray
    starts: IntArray

    @classmethod
    def of(cls, ad_sets: AdSets) -> _Groups:
        """The campaigns of these ad sets."""
        keys = campaign_keys(ad_sets)
        names = tuple(sorted(set(keys)))
        place = {campaign: i for i, campaign in enumerate(names)}
        own = np.array([place[key] for key in keys], dtype=np.int64)
        order = np.argsort(own, kind="stable")
        return cls(names, own, order, np.searchsorted(own[order], np.arange(len(names))))

    def total(self, array: IntArray, axis: int = -1) -> IntArray:
        """Sums over each campaign of whole numbers along the axis of ad sets."""
        summed: IntArray = self._over(np.add, array, axis)
        return summed

    def most(self, array: NDArray[Number]) -> NDArray[Number]:
        """The largest (..., C) of (..., A) in each campaign."""
        return self._over(np.maximum, array, -1)

    def some(self, mask: BoolArray) -> BoolArray:
        """Whether any ad set of (..., A) is marked in each campaign, (..., C)."""
        return self._over(np.logical_or, mask, -1)

    def _over(self, how: np.ufunc, array: NDArray[Number], axis: int) -> NDArray[Number]:
        if not len(self.names):
            return array
        over: NDArray[Number] = how.reduceat(np.take(array, self.order, axis), self.starts, axis)
        return over

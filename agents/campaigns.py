"""An account seen from its campaigns, for those whose budgets are set there (campaign budget optimisation).

Where the platform splits a campaign's budget among its ad sets, the campaign is the thing that has a budget and a
response; an observation of ad sets becomes one of campaigns, any budget policy decides on it, and what it decides is
spread over ad sets in their present proportions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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

    from agents.vocabulary import FloatArray, IntArray, Observation


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
    keys = campaign_keys(sets)
    campaigns = tuple(sorted(set(keys)))
    members = np.array([[key == campaign for key in keys] for campaign in campaigns], dtype=np.bool_)
    members = members.reshape(len(campaigns), len(keys))
    free = members & sets.adjustable[..., None, :]

    def total(array: IntArray) -> IntArray:
        """Sums (..., C) of (..., A) over each campaign's adjustable ad sets."""
        summed: IntArray = np.where(free, array[..., None, :], 0).sum(axis=-1)
        return summed

    kept = np.where(sets.active & ~sets.adjustable, sets.budgets_minor, 0).sum(axis=-1)
    learning = (free & (sets.learning_stages == int(LearningStage.LEARNING))[..., None, :]).any(axis=-1)
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
            ceilings_minor=_open_sum(sets.ceilings_minor, free),
            active=np.asarray(free.any(axis=-1)),
            protected=np.zeros(free.shape[:-1], dtype=np.bool_),
            learning_stages=np.where(learning, int(LearningStage.LEARNING), int(LearningStage.UNKNOWN)),
            roas_floors=None if floors is None else np.where(free, floors[..., None, :], 0.0).max(axis=-1, initial=0.0),
            cpa_ceilings_minor=None if ceilings is None else _strictest(ceilings, free),
        ),
        metrics={name: _days(getattr(history, name), free) for name in HISTORY_METRICS},
        days=history.days,
        collected_through=observation.collected_through,
        baseline=None if baseline is None else Baseline(total(baseline.budgets_minor), baseline.since),
    )


def spread(observation: Observation, budgets_minor: IntArray) -> FloatArray:
    """Budgets of campaigns (..., C) as wishes for ad sets (..., A), in present proportions; zero where nothing moves.

    A campaign whose ad sets have no budget yet is split evenly.
    """
    sets = observation.ad_sets
    keys = campaign_keys(sets)
    place = {campaign: i for i, campaign in enumerate(sorted(set(keys)))}
    own = np.array([place[key] for key in keys], dtype=np.int64)
    free = np.where(sets.adjustable, 1.0, 0.0)
    now = np.where(sets.adjustable, sets.budgets_minor, 0).astype(np.float64)
    same = own[:, None] == own
    siblings = np.where(same, free[..., None, :], 0.0).sum(axis=-1)
    together = np.where(same, now[..., None, :], 0.0).sum(axis=-1)
    share = np.where(together > 0, now / np.maximum(together, 1.0), free / np.maximum(siblings, 1.0))
    wishes: FloatArray = share * budgets_minor[..., own]
    return wishes


def _open_sum(ceilings_minor: IntArray, free: NDArray[np.bool_]) -> IntArray:
    """Sums of ceilings (..., C); a campaign with one open ad set is open."""
    opens = np.asarray((free & (ceilings_minor >= NO_CEILING_MINOR)[..., None, :]).any(axis=-1))
    closed = np.where(free & ~opens[..., None], np.minimum(ceilings_minor, NO_CEILING_MINOR)[..., None, :], 0)
    ceilings: IntArray = np.where(opens, NO_CEILING_MINOR, np.minimum(closed.sum(axis=-1), NO_CEILING_MINOR))
    return ceilings


def _strictest(ceilings_minor: IntArray, free: NDArray[np.bool_]) -> IntArray:
    """The lowest ceiling on the cost of an order (..., C), 0 where nobody has any."""
    asked = free & (ceilings_minor > 0)[..., None, :]
    lowest = np.where(asked, ceilings_minor[..., None, :], np.iinfo(np.int64).max).min(
        axis=-1, initial=np.iinfo(np.int64).max
    )
    strictest: IntArray = np.where(asked.any(axis=-1), lowest, 0)
    return strictest


def _days(array: IntArray, free: NDArray[np.bool_]) -> IntArray:
    """Sums (..., C, D) of (..., A, D) over each campaign's adjustable ad sets, one campaign at a time."""
    rows = [np.where(free[..., c, :, None], array, 0).sum(axis=-2) for c in range(free.shape[-2])]
    return np.stack(rows, axis=-2) if rows else np.zeros((*array.shape[:-2], 0, array.shape[-1]), dtype=np.int64)

"""Which ads of an ad set may be switched on or off this morning, read off the figures alone: policies keep no state.

Shapes: C places for ads in an ad set, D days; arrays (..., A, C) unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.vocabulary import Creatives, Rotation

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray, IntArray, Observation

_PATIENCE = 2
"""Days that a new ad has to deliver for its minimum of days, as a multiple of them."""


@dataclass(frozen=True, eq=False, slots=True)
class Turns:
    """What the rules leave to choose: `kept` run whatever is drawn, `free` may run, all others stay off.

    `slots` (..., A) of the free ones are to run; at least one ad of an ad set that has any runs.
    """

    kept: BoolArray
    free: BoolArray
    slots: IntArray


def creatives_of(observation: Observation) -> Creatives:
    """The ads of an observation; places for none where ads were not asked for."""
    if observation.creatives is not None:
        return observation.creatives
    shape, days = observation.ad_sets.active.shape, len(observation.history.days)
    none, flags = np.zeros((*shape, 0), dtype=np.int64), np.zeros((*shape, 0), dtype=np.bool_)
    daily = np.zeros((*shape, 0, days), dtype=np.int64)
    empty: tuple[tuple[str, ...], ...] = ((),) * shape[-1]
    return Creatives(empty, empty, flags, flags, none, daily, daily, daily, daily, daily, daily)


def delivery_streaks(ads: Creatives) -> tuple[IntArray, IntArray]:
    """Days of delivery since the last day without, and days without since the last delivery.

    Only days on which the ad set showed anything count, so that a paused ad set ages none of its ads. An ad that never
    delivered has rested for as long as can be seen.
    """
    delivered = np.ascontiguousarray(ads.impressions > 0)
    awake = delivered.any(axis=-2, keepdims=True)
    newest, any_ad = delivered[..., ::-1], np.broadcast_to(awake, delivered.shape)[..., ::-1]
    running = ~np.logical_or.accumulate(any_ad & ~newest, axis=-1)
    resting = ~np.logical_or.accumulate(newest, axis=-1)
    return (running & newest).sum(axis=-1), (resting & any_ad).sum(axis=-1)


def starts(ads: Creatives) -> tuple[IntArray, IntArray]:
    """Days since the launch on which the ad set showed anything, and days of those on which the ad did itself.

    Days before the window count as if the ad set had shown something and the ad had not: nobody can see them.
    """
    delivered = np.ascontiguousarray(ads.impressions > 0)
    length = delivered.shape[-1]
    since = np.arange(length) >= length - ads.age_days[..., None]
    awake = delivered.any(axis=-2, keepdims=True) & since
    return awake.sum(axis=-1) + np.maximum(ads.age_days - length, 0), (delivered & since).sum(axis=-1)


def turns(
    observation: Observation,
    ads: Creatives,
    running: IntArray | int,
    *,
    min_runtime_days: int = 0,
    min_rest_days: int = 0,
) -> Turns:
    """What is to choose where `running` ads (..., A) are to run.

    An ad that is on and delivered yesterday is kept on until it has delivered for `min_runtime_days` in a row. One that
    is on and did not is kept as long as it has delivered on fewer days than that since its launch, but no longer than
    twice as many days of its ad set: what the platform does not show must not hold a slot for good. Since when an older
    ad is on cannot be seen, so that one that came back and was not shown at all is not kept.

    One that was switched off rests for `min_rest_days`, unless nothing else is there to run. Ad sets that are paused or
    protected keep what they have.
    """
    available, movable = ads.available, observation.ad_sets.adjustable[..., None]
    on = ads.active & available
    streak, rest = delivery_streaks(ads)
    there, shown = starts(ads)
    starting = (shown < min_runtime_days) & (there < _PATIENCE * min_runtime_days)
    young = (streak < min_runtime_days) & ((streak > 0) | starting)
    ever = (ads.impressions > 0).any(axis=-1)
    tired = ~on & ever & (rest < min_rest_days)
    kept = np.where(movable, on & young, on)
    free = available & ~kept & ~tired & movable
    nothing = ~(kept | free).any(axis=-1, keepdims=True)
    free = np.where(nothing, available & movable, free)
    least = np.where(kept.any(axis=-1), 0, 1)
    slots = np.clip(np.asarray(running) - kept.sum(axis=-1), least, free.sum(axis=-1))
    return Turns(kept, free, np.where(movable[..., 0], slots, 0))


def best_of(scores: FloatArray, turn: Turns) -> BoolArray:
    """The ads that run: those kept, and the `slots` free ones with the highest scores; of equals the first."""
    order = np.argsort(np.where(turn.free, -scores, np.inf), axis=-1, kind="stable")
    rank = np.argsort(order, axis=-1, kind="stable")
    chosen: BoolArray = turn.kept | (turn.free & (rank < turn.slots[..., None]))
    return chosen


def certain(observation: Observation, active: BoolArray) -> Rotation:
    """A rotation that nothing is left to chance in."""
    shape = observation.ad_sets.active.shape
    return Rotation(
        active=active,
        propensities=active.astype(np.float64),
        propensity=np.ones(shape),
        verdicts=np.zeros(active.shape, dtype=np.int8),
        refresh=np.zeros(shape, dtype=np.bool_),
    )

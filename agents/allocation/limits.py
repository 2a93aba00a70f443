"""What may be moved this morning: everything asked of one ad set becomes a lowest and a highest budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.allocation.rounding import to_cents
from agents.allocation.shapes import every, some, where_set
from agents.vocabulary import Bound, LearningStage, Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agents.allocation.returns import Look, Returns
    from agents.vocabulary import AdSets, BoolArray, FloatArray, IntArray, Observation

    Codes = NDArray[np.int8]

PARTS = 1_000_000
"""Change caps are honoured in millionths, in whole numbers: a float cap would lose a cent now and then."""
_SAFE = np.iinfo(np.int64).max // PARTS
_LARGEST = np.iinfo(np.int64).max
_DELIVERY_DAYS = 7
_HEADROOM, _KEPT, _SLOWLY = 1.2, 0.1, 0.8
"""An ad set that did not spend its budget may have this many times the most that it spent on a day of the last week,
and always this share of the most that it ever spent: enough to be seen spending again. A day leaves it this share."""


def _check(name: str, value: Any, low: float, high: float, *, whole: bool = False) -> None:
    if value is None:
        return
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
        raise ValueError(f"{name} must be a {'whole number' if whole else 'number'}, got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low:g} and {high:g}, got {value!r}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is asked of an allocation beyond floors, ceilings and wishes of the ad sets; nothing, if nothing is said.

    Attributes:
        max_change: most that a budget moves in a day, as a share of the present budget; None for no cap.
        learning_max_change: the same for ad sets in the learning stage, 0 to leave them alone; None for no other cap.
        minimum_minor: least budget of every ad set that may be moved, in minor units.
        spend_at_most: whether the day's total is a ceiling; money that would return less than `least_return` then stays
            unspent.
        least_return: least return of the next unit of money under `spend_at_most`; None is 1, money that comes back.
        roas_floor: least value per unit spent of the whole account; money stays unspent to hold it.
        cpa_ceiling_minor: most spend per conversion of the whole account; money stays unspent to hold it.
        least_delivery: share of its budget that an ad set must have spent yesterday to be given more: below it, money
            goes back to where ad sets spend theirs, down to a fifth above what it has spent, and by a fifth a day: a
            budget that people have just raised, or an ad set that they have just resumed, looks the same for a morning.
            None to not look.
    """

    max_change: float | None = None
    learning_max_change: float | None = None
    minimum_minor: int = 0
    spend_at_most: bool = False
    least_return: float | None = None
    roas_floor: float | None = None
    cpa_ceiling_minor: int | None = None
    least_delivery: float | None = None

    def __post_init__(self) -> None:
        _check("least_delivery", self.least_delivery, 0.0, 1.0)
        _check("max_change", self.max_change, 0.0001, 1.0)
        _check("learning_max_change", self.learning_max_change, 0.0, 1.0)
        _check("minimum_minor", self.minimum_minor, 0, 10**12, whole=True)
        _check("least_return", self.least_return, 0.0, 1e6)
        _check("roas_floor", self.roas_floor, 0.0, 1e6)
        _check("cpa_ceiling_minor", self.cpa_ceiling_minor, 1, 10**12, whole=True)
        if not isinstance(self.spend_at_most, bool):
            raise ValueError(f"spend_at_most must be true or false, got {self.spend_at_most!r}")  # noqa: TRY004 - one kind for all refusals

    @property
    def averages(self) -> bool:
        """Whether an average of the account is asked, which ties all ad sets together."""
        return self.roas_floor is not None or self.cpa_ceiling_minor is not None

    @property
    def log_price(self) -> float:
        """Log of the least return that money must bring to be spent; -inf where all of it is to be spent."""
        if not self.spend_at_most:
            return -math.inf
        least = 1.0 if self.least_return is None else self.least_return
        return math.log(least) if least > 0 else -math.inf


NOTHING = Limits()
"""Nothing is asked."""


def limits_of(asked: Limits | float | None) -> Limits:
    """A change cap alone, or None for none, as limits."""
    return asked if isinstance(asked, Limits) else NOTHING if asked is None else Limits(max_change=asked)


@dataclass(frozen=True, eq=False, slots=True)
class Leeway:
    """What may be moved this morning: always feasible, sum(lo) <= total <= sum(hi).

    `lo_minor`, `hi_minor` (..., A) are zero where nothing may be moved; `total_minor` (...) is for the rest.
    `squeezed` (...) says that the day's total is below what floors and change caps ask for. `held_minor` (..., A) are
    budgets that are spent and may not be moved. `lo_bounds`, `hi_bounds` (..., A) say which `Bound` each one is, and
    `reasons` (...) what could not be had; None where nobody asked.
    """

    lo_minor: IntArray
    hi_minor: IntArray
    total_minor: IntArray
    squeezed: BoolArray
    held_minor: IntArray | None = None
    lo_bounds: Codes | None = None
    hi_bounds: Codes | None = None
    reasons: IntArray | None = None


def bounds(observation: Observation, asked: Limits | float | None) -> tuple[IntArray, IntArray]:
    """Lowest and highest budget of each ad set today, both (..., A) int64.

    A change cap of 0.2 allows a fifth of the present budget either way, rounded towards no change; None is no cap.
    Floors and ceilings hold inside the cap: a budget outside them moves towards them as fast as the cap allows. Where
    floor and ceiling contradict each other the ceiling wins. Inactive and protected ad sets stay where they are.
    """
    sets, limits = observation.ad_sets, limits_of(asked)
    lowest, highest = _reach(sets, limits)
    adjustable, now = sets.adjustable, sets.budgets_minor
    low, high = _within(sets, limits, lowest, highest)
    return np.where(adjustable, low, now), np.where(adjustable, high, now)


def _reach(sets: AdSets, limits: Limits) -> tuple[IntArray, IntArray]:
    """How far change caps let each budget go, both (..., A)."""
    now = sets.budgets_minor
    usual, learning = limits.max_change, limits.learning_max_change
    if learning is None:
        if usual is None:
            return np.zeros_like(now), np.full_like(now, _LARGEST)
        step = _share(now, round(usual * PARTS))
        return now - step, now + step
    tight = learning if usual is None else min(learning, usual)
    learns = sets.learning_stages == LearningStage.LEARNING
    few = _share(now, round(tight * PARTS))
    if usual is None:
        return np.where(learns, now - few, 0), np.where(learns, now + few, _LARGEST)
    step = np.where(learns, few, _share(now, round(usual * PARTS)))
    return now - step, now + step


def _share(now: IntArray, parts: int) -> IntArray:
    """`parts` millionths of whole amounts (..., A), rounded down, without overflow."""
    if now.size and int(now.max()) <= _SAFE:
        return now * parts // PARTS
    return now // PARTS * parts + now % PARTS * parts // PARTS


def _within(sets: AdSets, limits: Limits, lowest: IntArray, highest: IntArray) -> tuple[IntArray, IntArray]:
    """Floors and ceilings inside the reach of change caps, both (..., A)."""
    ceiling = np.minimum(np.maximum(sets.ceilings_minor, lowest), highest)
    floors = np.maximum(sets.floors_minor, limits.minimum_minor) if limits.minimum_minor else sets.floors_minor
    floor = np.minimum(np.maximum(np.minimum(floors, sets.ceilings_minor), lowest), highest)
    return floor, ceiling


def leeway(
    observation: Observation,
    asked: Limits | float | None,
    returns: Returns | None = None,
    look: Look | None = None,
) -> Leeway:
    """The bounds of the adjustable ad sets and the money left for them, made feasible.

    Protected ad sets that are active keep their budgets, which count in the total. If the lower bounds ask for more
    than is left, they are scaled down together: the day's total comes before floors and change caps. If the upper
    bounds cannot hold what is left, the rest is not spent.

    Args:
        observation: what is known this morning.
        asked: the limits, or a change cap alone, or None.
        returns: response curves; with them, the least ROAS and the highest CPA that owners accept of single ad sets
            are upper bounds: the average return falls as spend grows. One that not even the lower bound keeps leaves
            the ad set there.
        look: the curves as read at the present budgets, where that has been done.
    """
    sets, limits = observation.ad_sets, limits_of(asked)
    lowest, highest = _reach(sets, limits)
    lo, hi = _within(sets, limits, lowest, highest)
    lo_bounds, hi_bounds = _named(sets, limits, (lowest, highest), (lo, hi))
    reasons = np.zeros(observation.budget_minor.shape, dtype=np.int64)
    if returns is not None and (wishes := _wishes(sets, returns)):
        # What is returned now is returned by any larger budget: where that is enough, nobody has to look closer.
        seen = look or returns.look(sets.budgets_minor)
        for code, floor in wishes:
            which = where_set(floor * np.maximum(hi, sets.budgets_minor) > seen.worth)
            if len(which[0]):
                cut = np.minimum(hi[which], _most_spend(returns, floor, which))
                hi_bounds[which] = np.where(cut < hi[which], np.int8(code), hi_bounds[which])
                hi[which] = np.maximum(lo[which], cut)
                beyond = np.zeros(hi.shape, dtype=np.bool_)
                beyond[which] = (cut < lo[which]) & sets.adjustable[which]
                reasons = reasons | beyond.any(axis=-1) * np.int64(Reason.AD_SET_LIMIT_OUT_OF_REACH)
    delivered = None if limits.least_delivery is None else _delivered(observation, limits.least_delivery)
    return _feasible(observation, (lo, hi), (lo_bounds, hi_bounds), reasons, delivered)


def _delivered(observation: Observation, least: float) -> IntArray | None:
    """The most that ad sets (..., A) which leave money unspent may have; None where all spend theirs.

    What never spent is not limited.
    """
    spend, now = observation.history.spend_minor, observation.ad_sets.budgets_minor
    if not spend.shape[-1]:
        return None
    short = spend[..., -1] < least * now
    if not short.any():
        return None
    short &= spend.any(axis=-1)
    most = spend[..., -_DELIVERY_DAYS:].max(axis=-1)
    enough = np.maximum(_HEADROOM * most, _KEPT * spend.max(axis=-1)).astype(np.int64)
    kept = np.maximum(enough, np.ceil(_SLOWLY * now).astype(np.int64))
    return np.where(short, np.minimum(kept, now), _LARGEST)


def _limited(hi: IntArray, lo: IntArray, now: IntArray, delivered: IntArray, left: IntArray) -> IntArray:
    """Upper bounds (..., A) where money is not spent; money that nobody else can take stays where it was."""
    limited = np.maximum(lo, np.minimum(hi, delivered))
    back = np.maximum(np.minimum(hi, now) - limited, 0)
    whole = back.sum(axis=-1)
    room: IntArray = limited.sum(axis=-1)
    short = np.minimum(np.maximum(left - room, 0), whole)
    if short.any():
        share = back * (short / np.maximum(whole, 1))[..., None]
        limited = limited + to_cents(share, short, np.zeros_like(back), back)
    return limited


def _feasible(
    observation: Observation,
    bound: tuple[IntArray, IntArray],
    named: tuple[Codes, Codes],
    reasons: IntArray,
    delivered: IntArray | None,
) -> Leeway:
    sets = observation.ad_sets
    adjustable = sets.adjustable
    lo, hi = bound
    held, left = None, observation.budget_minor
    if not every(adjustable):
        held = np.where(sets.active & ~adjustable, sets.budgets_minor, 0)
        lo, hi = np.where(adjustable, lo, 0), np.where(adjustable, hi, 0)
        left = np.maximum(left - held.sum(axis=-1), 0)
    # Nobody can get more than all there is; without this the sum of absent ceilings would overflow.
    all_of_it = left[..., None]
    hi_bounds = named[1]
    if some(over := hi > all_of_it):
        hi_bounds = np.where(over, np.int8(Bound.TOTAL), hi_bounds)
        hi = np.maximum(lo, np.minimum(hi, all_of_it))
    if delivered is not None:
        limited = _limited(hi, lo, np.where(adjustable, sets.budgets_minor, 0), delivered, left)
        hi_bounds = np.where(limited < hi, np.int8(Bound.DELIVERY), hi_bounds)
        hi = limited
    floor_sum = lo.sum(axis=-1)
    squeezed = np.asarray(floor_sum > left)
    total = np.asarray(np.minimum(left, hi.sum(axis=-1)))
    reasons = np.asarray(reasons | squeezed * np.int64(Reason.FLOORS_ABOVE_TOTAL))
    if some(squeezed):
        scale = left / np.maximum(floor_sum, 1)
        tight = to_cents(lo * scale[..., None], np.minimum(left, floor_sum), np.zeros_like(lo), lo)
        lo, hi = (np.where(squeezed[..., None], tight, b) for b in (lo, hi))
    return Leeway(lo, hi, total, squeezed, held, named[0], hi_bounds, reasons)


def _named(
    sets: AdSets, limits: Limits, reach: tuple[IntArray, IntArray], within: tuple[IntArray, IntArray]
) -> tuple[Codes, Codes]:
    """Which `Bound` the lower and the upper one are, (..., A): the reach of the caps, or a floor or ceiling inside."""
    cap = np.int8(Bound.CHANGE_CAP)
    usual, learning = limits.max_change, limits.learning_max_change
    reached: Codes | np.int8 = cap
    if learning is not None and (usual is None or learning < usual):
        reached = _either(sets.learning_stages == LearningStage.LEARNING, Bound.LEARNING, cap)
    lower = (within[0] > reach[0]) | (reach[0] == 0)  # nothing is below zero
    upper = within[1] < reach[1]
    return _either(lower, Bound.FLOOR, reached), _either(upper, Bound.CEILING, reached)


def _either(mask: BoolArray, bound: Bound, other: Codes | np.int8) -> Codes:
    """`bound` where the mask is set, and the other one elsewhere: a choice among bytes without branches."""
    chosen: Codes = other + mask.view(np.int8) * (np.int8(bound) - other)
    return chosen


def _wishes(sets: AdSets, returns: Returns) -> list[tuple[Bound, FloatArray]]:
    """What owners wish of single ad sets, as floors under average returns (..., A), 0 for no wish."""
    wishes: list[tuple[Bound, FloatArray]] = []
    if sets.roas_floors is not None and sets.roas_floors.any():
        wishes.append((Bound.ROAS_FLOOR, sets.roas_floors / returns.value_each))
    if sets.cpa_ceilings_minor is not None and sets.cpa_ceilings_minor.any() and returns.conversions_each is not None:
        ceilings = sets.cpa_ceilings_minor
        least = np.where(ceilings > 0, 1.0 / np.maximum(ceilings, 1), 0.0)
        wishes.append((Bound.CPA_CEILING, least / returns.conversions_each))
    return wishes


def _most_spend(returns: Returns, floor: FloatArray, which: tuple[IntArray, ...]) -> IntArray:
    """What single ad sets (N,) may spend at most to keep a floor > 0 under their average return."""
    log_most = returns.picked(which).most_spend(np.log(floor[which]))
    most: IntArray = np.exp(np.minimum(np.maximum(log_most, -1.0), 40.0)).astype(np.int64)
    return most

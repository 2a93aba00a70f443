"""The allocation and its certificate: what limits each budget, why money is left, how far from the best it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.allocation.averages import ALMOST, Solution, solve
from agents.allocation.limits import Leeway, Limits, leeway, limits_of
from agents.allocation.returns import FLATTEST, Reading, Returns
from agents.allocation.rounding import to_cents
from agents.allocation.shapes import every, some
from agents.vocabulary import Allocation, Beliefs, Bound, Certificate, Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agents.vocabulary import BoolArray, FloatArray, IntArray, Observation

_MANY, _ENOUGH = 4096, 2e-7
"""From so many ad sets on, two looks at the curves are tried first: where the certificate says that no more than this
share of the gain can be missed, that is the answer."""
_NEAR, _BENT, _GENTLE = 0.01, 0.9, 2.5
"""Where a marginal return is this near to the price and the elasticity below this, no curve flattens to half its slope
on the way to where they meet; (exp(x) - 1) (exp(2 q x) - 1) is then below 2.5 q x^2, as no steepness q is above 10."""


def allocate(
    observation: Observation,
    returns: Returns,
    asked: Limits | float | None = None,
    *,
    beliefs: Beliefs | None = None,
) -> Allocation:
    """The budgets that bring most by these curves, under everything that is asked, with their certificate.

    Where not everything can be had, the day's total comes first, then floors and change caps, then constraints on
    averages, as nearly as may be; the certificate says which gave way. Nothing is ever over budget.

    Args:
        observation: what is known this morning.
        returns: response curves (..., A), such as a posterior's mean or a draw from it.
        asked: the limits, or a change cap alone, or None.
        beliefs: passed on into the allocation.
    """
    limits = limits_of(asked)
    now = observation.ad_sets.budgets_minor
    look = returns.look(now)
    room = leeway(observation, limits, returns, look)
    many = now.shape[-1] >= _MANY
    solution = solve(returns, room, limits, now, look, quick=many)

    def concluded() -> Allocation:
        budgets = rounded(solution, room)
        return conclude(
            observation, room, budgets, beliefs=beliefs, solution=solution, returns=returns, worth=look.worth
        )

    allocation = concluded()
    if many and (weak := _weak(allocation.certificate)).any():
        solution = _either(weak, solve(returns, room, limits, now, look), solution)
        allocation = concluded()
    return allocation


def _weak(certificate: Certificate | None) -> BoolArray:
    """Where the certificate leaves more to be wished for than rounding explains (...)."""
    if certificate is None:
        return np.asarray(True)
    return np.asarray(certificate.missed > _ENOUGH * certificate.gained)


def _either(mask: BoolArray, one: Solution, other: Solution) -> Solution:
    """The accounts (...) of one solution where the mask is set, of the other elsewhere."""
    wide = mask[..., None]
    chosen = {}
    for name in one.__slots__:
        first, second = getattr(one, name), getattr(other, name)
        if first is not None:
            chosen[name] = np.where(wide if first.ndim > mask.ndim else mask, first, second)
    return Solution(**{"tilt": None, **chosen})


def rounded(solution: Solution, room: Leeway) -> IntArray:
    """A solution's shares in whole minor units (..., A): to the total where that limits them, to no more elsewhere."""
    total = room.total_minor
    if not every(solution.all_spent):
        spent = np.floor(solution.shares.sum(axis=-1) + ALMOST).astype(np.int64)
        least = room.lo_minor.sum(axis=-1)
        total = np.where(solution.all_spent, total, np.maximum(np.minimum(spent, total), least))
    return to_cents(solution.shares, total, room.lo_minor, room.hi_minor)


def conclude(
    observation: Observation,
    leeway: Leeway,
    budgets_minor: IntArray,
    *,
    dual_value: FloatArray | None = None,
    beliefs: Beliefs | None = None,
    solution: Solution | None = None,
    returns: Returns | None = None,
    worth: FloatArray | None = None,
) -> Allocation:
    """The allocation: moved budgets where ad sets may be moved, the present ones elsewhere, and the certificate.

    Args:
        observation: what is known this morning.
        leeway: the bounds that were kept.
        budgets_minor: (..., A); read where ad sets may be moved.
        dual_value: (...) of a policy that has one without having solved for it.
        beliefs: of the policy.
        solution: what the budgets were rounded from, and `returns` the curves it was solved on.
        returns: see there.
        worth: (..., A) what the present budgets return, where that is known.
    """
    sets = observation.ad_sets
    adjustable = sets.adjustable
    budgets = budgets_minor
    if not every(adjustable):
        budgets = np.where(adjustable, budgets_minor, sets.budgets_minor)
    budgets.flags.writeable = False
    spent = (budgets if every(sets.active) else budgets * sets.active).sum(axis=-1)
    gap = np.asarray(observation.budget_minor - spent)
    unknown = np.full(gap.shape, np.nan)
    dual = solution.price if solution else unknown if dual_value is None else dual_value
    binding, bounds = _binding(adjustable, leeway, budgets)
    gained, missed = unknown, unknown
    if solution is not None and returns is not None:
        before = returns.look(sets.budgets_minor).worth if worth is None else worth
        if some(empty := sets.budgets_minor < 1):
            before = before * ~empty
        gained, missed = _appraised(returns, leeway, (sets.budgets_minor, budgets), solution, before)
    reasons = np.asarray(_reasons(leeway, gap) | (0 if solution is None else solution.reasons))
    tilt = solution.tilt if solution else None
    return Allocation(
        budgets, beliefs, Certificate(np.asarray(dual), binding, gap, bounds, reasons, gained, missed, tilt)
    )


def _binding(
    adjustable: BoolArray, leeway: Leeway, budgets_minor: IntArray
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """At which end of its bounds each budget stands, and which `Bound` that is, both (..., A)."""
    movable = leeway.hi_minor > leeway.lo_minor
    high = movable & (budgets_minor >= leeway.hi_minor)
    low = movable & (budgets_minor <= leeway.lo_minor)
    cap = np.int8(Bound.CHANGE_CAP)
    upper, lower = (cap if b is None else b for b in (leeway.hi_bounds, leeway.lo_bounds))
    bounds = high * upper + low * lower
    if some(leeway.squeezed):
        squeezed = adjustable & leeway.squeezed[..., None]
        low = low | squeezed
        bounds = np.where(squeezed, np.int8(Bound.TOTAL), bounds)
    if not every(adjustable):
        bounds = np.where(adjustable, bounds, np.int8(Bound.HELD))
    return high.astype(np.int8) - low.astype(np.int8), bounds


def _reasons(leeway: Leeway, gap_minor: IntArray) -> IntArray:
    """What stands in the way of spending all, apart from what money brings (...)."""
    none = np.zeros(gap_minor.shape, dtype=np.int64) if leeway.reasons is None else leeway.reasons
    if not some(gap_minor):
        return none
    # What is left although every upper bound is reached has no room.
    full = leeway.total_minor == leeway.hi_minor.sum(axis=-1)
    no_room = ((gap_minor > 0) & full) * np.int64(Reason.NO_ROOM)
    over = (gap_minor < 0) * np.int64(Reason.HELD_ABOVE_TOTAL)
    return np.asarray(none | no_room | over, dtype=np.int64)


def _appraised(
    returns: Returns, leeway: Leeway, budgets: tuple[IntArray, IntArray], solution: Solution, worth: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """What is gained over the present budgets and at most missed, both (...), in units of return.

    With L(s) = r(s) - price * s, weak duality says that no split within the bounds is better than this one by more than
    sum_i max_s L_i(s) - L_i(here); by concavity the i-th part is at most the difference between marginal return and
    price here, times how far away they meet, which the flattest slope of the curve in between tells.
    """
    counted = returns if solution.tilt is None else returns.weighted(solution.tilt)
    price = np.where(np.isnan(solution.price), 1.0, solution.price)
    lo, hi = leeway.lo_minor, leeway.hi_minor
    now, then = budgets
    above = then.astype(np.float64)
    if some(nothing := then < 1):
        np.maximum(above, 1.0, out=above)
    reading = counted.at(np.log(above))
    missed = price * _missed(reading, price, (above, then), (lo, hi)).sum(axis=-1)
    gained = np.exp(reading.log_return)
    if some(nothing):
        missed = missed + (gained * (nothing & (hi > 0))).sum(axis=-1)
        gained *= ~nothing
    gained -= worth if solution.tilt is None else worth * np.exp(solution.tilt)
    moved = (then - now).astype(np.float64)
    moved *= price[..., None]
    gained -= moved
    if not every(movable := hi > lo):
        gained *= movable
    own = np.where(solution.own > 0, solution.own, 1.0)
    slack = np.where(solution.own > 0, solution.tied, 0.0) * (1.0 + 1e-9 * leeway.total_minor)
    return gained.sum(axis=-1) / own, (missed + slack) / own


def _missed(
    reading: Reading, price: FloatArray, here: tuple[FloatArray, IntArray], bounds: tuple[IntArray, IntArray]
) -> FloatArray:
    """The most that each ad set could still add, in units of price times money, (..., A): see `_appraised`."""
    (above, then), (lo, hi) = here, bounds
    off = reading.log_marginal - np.log(price)[..., None]
    live = (then < hi) & (off > 0)
    live |= (then > lo) & (off < 0)
    missed = off * off
    missed *= reading.steepness
    missed *= above
    missed *= live
    missed *= _GENTLE
    rough = np.abs(off, out=off) >= _NEAR
    rough |= reading.elasticity >= _BENT
    rough &= live
    if some(rough):
        i = np.nonzero(rough)
        rises = reading.log_marginal[i] > np.broadcast_to(np.log(price)[..., None], off.shape)[i]
        room = np.where(rises, hi[i] - above[i], above[i] - lo[i])
        away = np.minimum(off[i], 50.0)
        far = np.minimum(FLATTEST * away, 50.0)
        # exp(x) - 1 <= x exp(x)
        missed[i] = away * np.exp(away) * np.minimum(above[i] * far * np.exp(far), np.maximum(room, 0.0))
    return missed

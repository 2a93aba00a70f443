"""Why each budget moves, as a code and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.explanation.values import Cause, Direction, Estimate
from agents.explanation.words import money, rate
from agents.vocabulary import Bound

if TYPE_CHECKING:
    from agents.allocation import Leeway
    from agents.allocation.limits import Codes
    from agents.vocabulary import Allocation, Observation


_FIXED = {Bound.LEARNING: Cause.LEARNING, Bound.DELIVERY: Cause.UNDELIVERED}
_CUT = {Bound.ROAS_FLOOR: Cause.RETURN_FLOOR, Bound.CPA_CEILING: Cause.RETURN_FLOOR, Bound.DELIVERY: Cause.UNDELIVERED}
"""What an upper bound means for a budget that cannot move, and for one that is above it."""


_ASKED = {Bound.ROAS_FLOOR: "least return", Bound.CPA_CEILING: "highest cost of an order"}


def direction_of(now_minor: int, then_minor: int) -> Direction:
    """Which way a budget goes."""
    if now_minor == then_minor:
        return Direction.HOLD
    return Direction.RAISE if then_minor > now_minor else Direction.CUT


def standing_reason(observation: Observation, room: Leeway, index: int) -> Cause | None:
    """What decides about an ad set whatever is believed of it; None where beliefs decide."""
    sets = observation.ad_sets
    if not sets.active[index]:
        return Cause.PAUSED
    if sets.protected[index]:
        return Cause.PROTECTED
    now, lo, hi = (int(a[index]) for a in (sets.budgets_minor, room.lo_minor, room.hi_minor))
    if lo == now == hi:
        return _FIXED.get(_bound(room.hi_bounds, index), Cause.NO_ROOM)
    if lo <= now <= hi:
        return None
    return _CUT.get(_bound(room.hi_bounds, index), Cause.BOUNDS) if hi < now else Cause.BOUNDS


def _bound(codes: Codes | None, index: int) -> Bound:
    return Bound.NONE if codes is None else Bound(int(codes[index]))


def reason_of(
    observation: Observation, allocation: Allocation, room: Leeway, index: int, *, believed: float, margin: float | None
) -> Cause:
    """The reason for one ad set of a decision on curves: the first that applies.

    Args:
        observation: a single account.
        allocation: what was decided.
        room: what could be moved.
        index: which ad set.
        believed: the marginal return at the present budget, as believed.
        margin: the return of the last unit of money in the account; None where nothing could move.
    """
    if standing := standing_reason(observation, room, index):
        return standing
    if not observation.history.spend_minor[index].any():
        return Cause.NO_DATA
    step = int(allocation.budgets_minor[index]) - int(observation.ad_sets.budgets_minor[index])
    if not step or margin is None:
        return Cause.AT_THE_MARGIN
    if step * (believed - margin) < 0:
        return Cause.TRIAL
    return Cause.RETURNS_MORE if step > 0 else Cause.RETURNS_LESS


def reason_words(
    reason: Cause, observation: Observation, room: Leeway, index: int, *, believed: Estimate, margin: float | None
) -> str:
    """The reason with its numbers."""
    if reason in {Cause.PAUSED, Cause.PROTECTED}:
        return str(reason)
    if standing := _standing_words(reason, observation, room, index):
        return standing
    unit = observation.currency
    here = f"the next {unit} here returns {rate(believed)}"
    against = "" if margin is None else f"the account's margin of {margin:.2f}"
    if reason is Cause.NO_DATA:
        days = observation.history.spend_minor.shape[-1]
        here = f"nothing spent in {days} days, so it is taken to answer as is usual in the account: {here}"
        return f"{here}, against {against}" if against else here
    if reason is Cause.TRIAL:
        side = "less" if believed.expected < (margin or 0.0) else "more"
        return f"a trial, as the estimate is uncertain: {here}, {side} than {against}"
    link = {Cause.RETURNS_MORE: "more than", Cause.RETURNS_LESS: "less than"}.get(reason, "against")
    return f"{here}, {link} {against}" if against else here


def _standing_words(reason: Cause, observation: Observation, room: Leeway, index: int) -> str:
    """What decides whatever is believed, in words; empty where beliefs decide."""
    if reason is Cause.LEARNING:
        return "it is still in its learning phase, where it is not moved"
    if reason is Cause.NO_ROOM:
        return "its bounds leave no room to move it"
    if reason is Cause.RETURN_FLOOR:
        most = f"{money(int(room.hi_minor[index]), observation)} {observation.currency}"
        asked = _ASKED[_bound(room.hi_bounds, index)]
        return f"its owner asks a {asked} of it on average, which leaves it {most} a day at most"
    if reason is Cause.UNDELIVERED:
        spent, allowed, most = (
            money(int(amount), observation)
            for amount in (
                observation.history.spend_minor[index, -1],
                observation.ad_sets.budgets_minor[index],
                room.hi_minor[index],
            )
        )
        unit = observation.currency
        return f"it spent {spent} {unit} yesterday, where {allowed} are allowed now, so it is given {most} at most"
    return _bounds_words(observation, room, index) if reason is Cause.BOUNDS else ""


def _bounds_words(observation: Observation, room: Leeway, index: int) -> str:
    sets, unit = observation.ad_sets, observation.currency
    now, lo = int(sets.budgets_minor[index]), int(room.lo_minor[index])
    if bool(room.squeezed) or (lo <= now and _bound(room.hi_bounds, index) is Bound.TOTAL):
        return f"the account's {money(int(observation.budget_minor), observation)} {unit} a day leave no more"
    if lo > now:
        least = int(sets.floors_minor[index])
        return f"its floor of {money(max(least, lo), observation)} {unit} asks for more"
    return f"its ceiling of {money(int(sets.ceilings_minor[index]), observation)} {unit} allows no more"

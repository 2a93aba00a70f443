"""Account-wide wishes: a least price of money, and floors under averages (value or conversions per unit spent).

With `sum_i k_i r_i(s_i) >= sum_i s_i` to be kept, a mixture of the return and of the slack in that constraint is
maximised: for the smallest share of the slack that will do, that is the constrained optimum (it is the Lagrangian,
scaled). With all of the slack it is the least violation: where even that does not do, the answer stays there. Where k
is the same for all ad sets the mixture only raises the price. Several constraints are mixed in one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.allocation.limits import NOTHING, Leeway, Limits
from agents.allocation.returns import Look, Returns
from agents.allocation.shapes import as_rows, every, put_rows, some
from agents.allocation.solving import Box, Place, box_of, meet, put, stand
from agents.vocabulary import Reason

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray, IntArray

_MIXES = 60
_ENOUGH, _CLOSED = 1e-10, 1e-14
"""A slack this small a share of the total holds no more money back than need be; a bracket this narrow has closed."""
ALMOST = 1e-6
"""Of a minor unit: what a sum may lack of a whole number and count as it."""


@dataclass(frozen=True, eq=False, slots=True)
class Solution:
    """The best split, before it is rounded; (...,) unless said otherwise.

    Attributes:
        shares: (..., A) in minor units.
        price: what the last unit of money returns where an ad set is inside its bounds; NaN where none can move.
        all_spent: whether the day's total is what limits spending.
        reasons: `Reason` flags for money left and for constraints out of reach.
        tilt: (..., A) see `Certificate`; None where no ad set counts for more than another.
        own: the weight of the return itself in what was maximised: 1 where no constraint on an average limits, 0 where
            one is out of reach.
        tied: the weight of those constraints' slack.
    """

    shares: FloatArray
    price: FloatArray
    all_spent: BoolArray
    reasons: IntArray
    tilt: FloatArray | None
    own: FloatArray
    tied: FloatArray


class Answer(NamedTuple):
    """Where a problem ends; (R,) unless said otherwise.

    Shares and log price in the units of the mixture, whether the total limits it, the weights of the mixture (R, 1) or
    (R, A), those of what was given and of slack in it, and reasons.
    """

    place: Place
    all_spent: BoolArray
    weight: FloatArray
    own: FloatArray
    tied: FloatArray
    reasons: IntArray

    def rows(self, which: IntArray) -> Answer:
        """Some of the rows."""
        return Answer(
            self.place.rows(which),
            self.all_spent[which],
            self.weight[which],
            self.own[which],
            self.tied[which],
            self.reasons[which],
        )


class Average(NamedTuple):
    """`sum k_i r_i(s_i) >= sum s_i` over an account.

    k (R, 1) or (R, A), the slack of what is held (R,), and what to say where it limits and where it cannot be had.
    """

    k: FloatArray
    held: FloatArray
    holds_back: Reason
    out_of_reach: Reason

    def rows(self, which: IntArray) -> Average:
        """Some of the rows."""
        return self._replace(k=self.k[which], held=self.held[which])

    def slack(self, returns: Returns, shares: FloatArray) -> FloatArray:
        """By how much it holds (R,), in minor units of money."""
        slack: FloatArray = (self.k * returns.value(shares)).sum(axis=-1) - shares.sum(axis=-1) + self.held
        return slack

    def surely(self, first: Look, shares: FloatArray) -> BoolArray:
        """Whether it holds by what was read elsewhere (R,): less money brings at least its share of what more does."""
        least = shares / first.spend
        np.minimum(least, 1.0, out=least)
        least *= first.worth
        least *= self.k
        holds: BoolArray = least.sum(axis=-1) + self.held >= shares.sum(axis=-1)
        return holds


class Problem(NamedTuple):
    """`max sum weight_i r_i(s_i) - price sum s_i` in a box, with curves read once; rows R."""

    returns: Returns
    box: Box
    first: Look
    weight: FloatArray
    price: FloatArray
    quick: bool

    @property
    def plain(self) -> bool:
        """Whether nothing is mixed in: the return itself is maximised."""
        return self.weight.shape[-1] == 1 and every(self.weight == 1.0)

    def rows(self, which: IntArray) -> Problem:
        """Some of the rows."""
        return Problem(
            self.returns.rows(which),
            self.box.rows(which),
            self.first.rows(which),
            self.weight[which],
            self.price[which],
            self.quick,
        )


def solve(
    returns: Returns,
    leeway: Leeway,
    limits: Limits = NOTHING,
    start_minor: IntArray | None = None,
    look: Look | None = None,
    *,
    quick: bool = False,
) -> Solution:
    """The best split of a leeway's total under an account's limits.

    Args:
        returns: response curves (..., A).
        leeway: bounds and totals; limits of single ad sets are in it.
        limits: of which the account-wide ones are looked at here: spend at most, ROAS floor, CPA ceiling.
        start_minor: (..., A) budgets near which the answer is expected, such as the present ones.
        look: the curves as read there, where that has been done.
        quick: whether curves are looked at twice only; the certificate then tells how near that is.

    Raises:
        ValueError: a CPA ceiling without knowing the conversions in a unit of return.
    """
    shape = leeway.lo_minor.shape
    flat, box = returns.as_rows(shape), box_of(leeway)
    seen = look or returns.look(leeway.lo_minor if start_minor is None else start_minor)
    first = seen.as_rows(shape)
    averages = _averages(flat, leeway, limits)
    scale = np.ones((len(box.total), 1))
    wide = any(average.k.shape[-1] > 1 for average in averages)
    if wide:
        scale = np.broadcast_to(averages[-1].k.mean(axis=-1, keepdims=True), box.lo.shape)
    price = exp(limits.log_price) * scale[:, 0]
    answer = _best(Problem(flat, box, first, scale, price, quick), averages)
    mean = answer.weight.mean(axis=-1) if wide else answer.weight[:, 0]
    price = np.exp(answer.place.level) / mean
    if not every(movable := np.asarray((box.hi > box.lo).any(axis=-1))):
        price = np.where(movable, price, np.nan)
    return Solution(
        shares=answer.place.shares.reshape(shape),
        price=price.reshape(shape[:-1]),
        all_spent=answer.all_spent.reshape(shape[:-1]),
        reasons=answer.reasons.reshape(shape[:-1]),
        tilt=np.log(answer.weight / mean[:, None]).reshape(shape) if wide else None,
        own=(answer.own * scale[:, 0] / mean).reshape(shape[:-1]),
        tied=(answer.tied / mean).reshape(shape[:-1]),
    )


def _averages(returns: Returns, leeway: Leeway, limits: Limits) -> tuple[Average, ...]:
    """The account-wide constraints on averages, scaled so that their slack is money."""
    asked: list[tuple[FloatArray | float, Reason, Reason]] = []
    if limits.roas_floor:
        k = returns.value_each / limits.roas_floor
        asked.append((k, Reason.ROAS_FLOOR_HOLDS_BACK, Reason.ROAS_FLOOR_OUT_OF_REACH))
    if limits.cpa_ceiling_minor is not None:
        if returns.conversions_each is None:
            raise ValueError("cpa_ceiling_minor needs curves that say how many conversions a unit of return is worth")
        k = returns.conversions_each * limits.cpa_ceiling_minor
        asked.append((k, Reason.CPA_CEILING_HOLDS_BACK, Reason.CPA_CEILING_OUT_OF_REACH))
    if not asked:
        return ()
    rows = len(returns.level)
    fixed = np.zeros(rows)
    none_held = leeway.held_minor is None or not leeway.held_minor.any()
    held = leeway.lo_minor if leeway.held_minor is None else as_rows(leeway.held_minor)
    found = []
    for k, holds_back, out_of_reach in asked:
        each = k if isinstance(k, np.ndarray) else np.full((rows, 1), k)
        slack = fixed if none_held else (each * returns.value(held) - held).sum(axis=-1)
        found.append(Average(each, slack, holds_back, out_of_reach))
    return tuple(found)


def _best(problem: Problem, averages: tuple[Average, ...]) -> Answer:
    """The best that the box, the total and the averages allow."""
    if not averages:
        return _spend(problem)
    *rest, last = averages
    answer = _best(problem, tuple(rest))
    if problem.plain and every(last.surely(problem.first, answer.place.shares)):
        return answer
    slack = last.slack(problem.returns, answer.place.shares)
    which = np.flatnonzero(slack < 0)
    if not len(which):
        return answer
    lean = _mixed(problem.rows(which), tuple(average.rows(which) for average in averages), slack[which])
    return _put(answer, which, lean)


def _spend(problem: Problem) -> Answer:
    """The best that the box and the total allow, at no less than the least price."""
    returns, box, first, weight, price, quick = problem
    if not problem.plain:
        shift = np.log(weight)
        returns = returns.weighted(shift)
        reading = first.reading
        first = first._replace(reading=reading._replace(log_marginal=reading.log_marginal + shift))
    place = meet(returns, box, first, quick=quick)
    rows = len(price)
    dear = np.exp(place.level) < price
    reasons = np.zeros(rows, dtype=np.int64)
    if some(dear):
        which = np.flatnonzero(dear)
        least = np.log(price[which])
        there = stand(returns.rows(which), box.rows(which), least, place.shares[which])
        place = put(place, which, Place(there, least))
        left = dear & (np.floor(place.shares.sum(axis=-1) + ALMOST) < box.total)
        reasons = left * np.int64(Reason.RETURN_TOO_LOW)
    return Answer(place, ~dear, weight, np.ones(rows), np.zeros(rows), reasons)


def _mixed(problem: Problem, averages: tuple[Average, ...], lacking: FloatArray) -> Answer:
    """The least mixture of slack into what is maximised that holds the last average; all of it where none does.

    The slack grows with its share in the mixture: regula falsi (Illinois) finds where it is no longer short.
    """
    rest, last = averages[:-1], averages[-1]

    def at(mix: FloatArray) -> tuple[Answer, FloatArray]:
        m = mix[:, None]
        mixture = problem._replace(
            weight=(1.0 - m) * problem.weight + m * last.k, price=(1.0 - mix) * problem.price + mix
        )
        found = _best(mixture, rest)
        found = found._replace(own=found.own * (1.0 - mix), tied=found.tied + found.own * mix)
        return found, last.slack(problem.returns, found.place.shares)

    left, right = np.zeros(len(lacking)), np.ones(len(lacking))
    answer, spare = at(right)
    reached = spare >= 0
    enough = _ENOUGH * np.maximum(problem.box.total, 1.0)
    rise, side = spare, left
    for _ in range(_MIXES):
        done = ~reached | (spare <= enough) | (right - left <= _CLOSED)
        if done.all():
            break
        middle = np.where(done, right, left - lacking * (right - left) / np.where(done, 1.0, rise - lacking))
        middle = np.minimum(np.maximum(middle, left), right)
        tried, slack = at(middle)
        good, bad = ~done & (slack >= 0), ~done & (slack < 0)
        # An end that stays for a second time counts half (Illinois), so that both ends come in.
        lacking = np.where(bad, slack, np.where(good & (side > 0), 0.5 * lacking, lacking))
        rise = np.where(good, slack, np.where(bad & (side < 0), 0.5 * rise, rise))
        side = np.where(good, 1.0, np.where(bad, -1.0, side))
        left, right = np.where(bad, middle, left), np.where(good, middle, right)
        spare = np.where(good, slack, spare)
        which = np.flatnonzero(good)
        answer = _put(answer, which, tried.rows(which))
    said = np.where(reached, np.int64(last.holds_back), np.int64(last.out_of_reach))
    return answer._replace(reasons=(answer.reasons & ~np.int64(Reason.RETURN_TOO_LOW)) | said)


def _put(answer: Answer, which: IntArray, other: Answer) -> Answer:
    """`answer` with its rows `which` replaced by those of `other`."""
    place = put(answer.place, which, other.place)
    rest = [put_rows(getattr(answer, name), which, getattr(other, name)) for name in Answer._fields[1:]]
    return Answer(place, *rest)

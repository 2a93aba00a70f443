"""The best way to split a sum where some returns begin slowly: S-curves, and steep Hill curves near nothing.

Where a curve is below its chord, money is worth it at once or not at all: an ad set stays at its lower bound, or is
beyond the point where the chord touches the curve. With everybody held on a side returns fall off, and the filling is
exact (`simulator.smooth_filling`); its price of money says who is on the wrong side. Once nobody is, or the two would
take turns, whoever is least at home is tried on the other side, as long as that gains. At most one ad set of a world
stands in between (Aubin and Ekeland 1976, "Estimates of the duality gap in nonconvex optimization").

The price of money also gives a bound that no split can beat. Worlds that reach it are done; others are also filled
along their upper concave envelopes, and those of few ad sets by `simulator.jump_filling`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from simulator import waterfilling
from simulator.jump_filling import fill_jumps
from simulator.smooth_filling import fill_smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Function: TypeAlias = "Callable[[Floats], Floats]"

_TILT = 1e-6
"""A chord is tilted by this share, so that it has one place for every price of money."""
_SWAPS, _ROUNDS = 4, 12
_HALVINGS = 30
_ENOUGH = 1e-6
_FEW = 8
_NEAR = 0.8
"""Chords further from the price of money than by this factor are not tried on the other side."""
_LEAST = 1e-300


def fill_bent(
    value: Function, marginal: Function, turn: Floats, total_minor: Ints, lo: Ints, hi: Ints, start: Floats
) -> Ints:
    """Whole amounts (W, A) between `lo` and `hi` that sum to `total_minor` (W,) with the largest sum of returns.

    Args:
        value: returns, (..., W, A) amounts to (..., W, A) values.
        marginal: their derivative, which falls from `turn` on.
        turn: (W, A) where the chord from `lo` touches; `lo` where the return falls off from there on.
        total_minor: (W,) to give out.
        lo: (W, A) lower bounds.
        hi: (W, A) upper bounds.
        start: (W, A) amounts to begin at.

    Raises:
        ValueError: bounds that allow no such split; the first world it concerns is named.
    """
    waterfilling.check(total_minor, lo, hi)
    touching = np.minimum(turn, hi)
    width = touching - lo
    # Less than a unit is no chord.
    bent = width >= 1.0
    if not bent.any():
        return fill_smooth(marginal, total_minor, lo, hi, start)
    rise = value(touching) - value(lo.astype(np.float64))
    chord = np.where(bent, rise / np.where(bent, width, 1.0), 0.0)
    end = np.ceil(touching).astype(np.int64)
    return Sides(value, marginal, total_minor, lo, hi, end, touching, bent, chord, start).best()


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """Amounts (W, A) with those `above` (W, A) beyond their chords, and what they are worth, (W,)."""

    amounts: Ints
    above: Bools
    worth: Floats

    def or_better(self, other: Answer) -> Answer:
        """Of each world the better one."""
        better = other.worth > self.worth
        return Answer(
            np.where(better[:, None], other.amounts, self.amounts),
            np.where(better[:, None], other.above, self.above),
            np.where(better, other.worth, self.worth),
        )


@dataclass(frozen=True, eq=False, slots=True)
class Sides:
    """Who of the ad sets that begin slowly stays at the lower bound, and who is beyond where its chord touches."""

    value: Function
    marginal: Function
    total_minor: Ints
    lo: Ints
    hi: Ints
    end: Ints
    """Whole amounts (W, A) at the end of the chord, which touches at `touching` (W, A)."""
    touching: Floats
    bent: Bools
    chord: Floats
    """Mean return (W, A) along the chord."""
    start: Floats

    def best(self) -> Ints:
        """The best amounts (W, A) found."""
        answer = self._by_price()
        answer, going = self._by_turns(answer, ~self._proven(answer))
        if going.any():
            answer = answer.or_better(self._along_chords(going, answer))
        if answer.amounts.shape[-1] <= _FEW and (going := ~self._proven(answer)).any():
            answer = self._by_parts(going, answer)
        return answer.amounts

    def _by_price(self) -> Answer:
        """Everybody on the side that the price of money asks for, as often as that gains."""
        above = self.bent & (self.start >= self.touching)
        if not self._allows(above).all():
            above = np.where(self._allows(self.bent)[:, None], self.bent, above)
        answer = self._filled(above)
        for _ in range(_SWAPS):
            wanted = self.bent & (self.chord > self._price(answer))
            if not (wanted != answer.above).any():
                break
            other = answer.or_better(self._filled(np.where(self._allows(wanted)[:, None], wanted, answer.above)))
            if not (other.worth > answer.worth).any():
                break
            answer = other
        return answer

    def _by_turns(self, answer: Answer, going: Bools) -> tuple[Answer, Bools]:
        """One or two who are least at home on the other side, in the worlds that are `going` (W,), while it gains."""
        open_worlds = going
        for _ in range(_ROUNDS):
            before = answer
            for other in self._turned(answer):
                may = going & (other != before.above).any(axis=-1) & self._allows(other)
                if may.any():
                    answer = answer.or_better(self._filled(np.where(may[:, None], other, before.above)))
            going = going & (answer.worth > before.worth)
            if not going.any():
                break
        return answer, open_worlds & ~self._proven(answer)

    def _along_chords(self, going: Bools, otherwise: Answer) -> Answer:
        """The amounts that are best on the upper concave envelopes, on which one may stand in between."""

        def along(amounts: Floats) -> Floats:
            left = (self.touching - amounts) / np.where(self.bent, self.touching - self.lo, 1.0)
            return np.where(self.bent & (left > 0.0), self.chord * (1.0 + _TILT * left), self.marginal(amounts))

        amounts = waterfilling.fill(along, self.total_minor, self.lo, self.hi)
        return self._judged(np.where(going[:, None], amounts, otherwise.amounts))

    def _by_parts(self, going: Bools, answer: Answer) -> Answer:
        """What dynamic programming finds, and the best on the sides on which that is, where it is better."""
        total, lo, hi = (array.astype(np.float64) for array in (self.total_minor, self.lo, self.hi))
        most = np.minimum(hi, lo + (total - lo.sum(axis=-1))[:, None])
        found = fill_jumps(self.value, total, lo, most, going)
        whole = np.clip(np.floor(found).astype(np.int64), self.lo, self.hi)
        whole = np.where(going[:, None], whole, answer.amounts)
        order = np.argsort(whole - found, axis=-1, kind="stable")
        waterfilling.settle(whole, self.total_minor - whole.sum(axis=-1), order, self.lo, self.hi)
        parts = self._judged(whole)
        exact = self._filled(np.where(self._allows(parts.above)[:, None], parts.above, answer.above))
        return answer.or_better(parts).or_better(exact)

    def _filled(self, above: Bools) -> Answer:
        """The best amounts with these `above` (W, A); along the envelopes where bounds allow none."""
        fits = self._allows(above)
        low = np.where(above, self.end, self.lo)
        high = np.where(self.bent & ~above, self.lo, self.hi)
        if not fits.all():
            even = waterfilling.fill(lambda amounts: 1.0 / (1.0 + amounts), self.total_minor, self.lo, self.hi)
            low, high = (np.where(fits[:, None], side, even) for side in (low, high))
        return self._judged(fill_smooth(self.marginal, self.total_minor, low, high, self.start), above)

    def _allows(self, above: Bools) -> Bools:
        """Worlds (W,) whose total lies between the sums of the bounds with these `above` (W, A)."""
        low = np.where(above, self.end, self.lo).sum(axis=-1)
        high = np.where(self.bent & ~above, self.lo, self.hi).sum(axis=-1)
        allowed: Bools = (low <= self.total_minor) & (self.total_minor <= high)
        return allowed

    def _judged(self, amounts: Ints, above: Bools | None = None) -> Answer:
        worth = self.value(amounts.astype(np.float64)).sum(axis=-1)
        return Answer(amounts, self.bent & (amounts >= self.end) if above is None else above, worth)

    def _proven(self, answer: Answer) -> Bools:
        """Worlds (W,) in which no amounts are worth more, up to a millionth: the Lagrangian dual is a bound."""
        price = self._price(answer)
        left, right = np.where(self.bent, self.end, self.lo).astype(np.float64), self.hi.astype(np.float64)
        left = np.minimum(left, right)
        for _ in range(_HALVINGS):
            middle = 0.5 * (left + right)
            more = self.marginal(middle) > price
            left, right = np.where(more, middle, left), np.where(more, right, middle)
        lowest = self.lo.astype(np.float64)
        profit = np.maximum(self.value(right) - price * right, self.value(lowest) - price * lowest)
        bound = price[:, 0] * self.total_minor + profit.sum(axis=-1)
        proven: Bools = answer.worth >= bound - _ENOUGH * np.abs(bound)
        return proven

    def _turned(self, answer: Answer) -> tuple[Bools, Bools, Bools]:
        """`answer.above` with one ad set of each world dropped, one more, and both: whose chords speak most for it."""
        price = self._price(answer)
        ratio = np.divide(self.chord, price, out=np.full(self.chord.shape, np.inf), where=price > 0.0)
        inside, outside = self.bent & answer.above, self.bent & ~answer.above
        drop = _first(np.where(inside, 1.0 / np.maximum(ratio, _LEAST), 0.0))
        more = _first(np.where(outside, ratio, 0.0))
        return answer.above ^ drop, answer.above ^ more, answer.above ^ drop ^ more

    def _price(self, answer: Answer) -> Floats:
        """What the next unit returns to whoever may have it, (W, 1)."""
        open_ended = (answer.amounts < self.hi) & (answer.above | ~self.bent)
        returns = np.where(open_ended, self.marginal(answer.amounts.astype(np.float64)), 0.0)
        price: Floats = returns.max(axis=-1, keepdims=True)
        return price


def _first(strength: Floats) -> Bools:
    """The strongest (W, A) of each world, if it is strong enough."""
    most = strength.max(axis=-1, keepdims=True)
    chosen: Bools = (strength.argmax(axis=-1)[:, None] == np.arange(strength.shape[-1])) & (most > _NEAR)
    return chosen

"""The best way to split a sum where some returns begin slowly: S-curves, and steep Hill curves near nothing.

Where a curve is below its chord, money is worth it at once or not at all. First every return is replaced by its upper
concave envelope over its bounds, which is the chord up to where it touches the curve, and that is filled
(`simulator.waterfilling`). It says who is to stay at the lower bound and who is to be beyond the touching point, but
for one ad set of a world (Aubin and Ekeland 1976, "Estimates of the duality gap in nonconvex optimization"). With
everybody held on a side returns fall off and the filling is exact; then whoever is least at home on a side is tried
on the other, as long as that gains. Worlds in which the price of money proves that nothing better is left are done;
others of few ad sets, where one of them matters, are also filled by `simulator.jump_filling`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from simulator import waterfilling
from simulator.jump_filling import fill_jumps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Function: TypeAlias = "Callable[[Floats], Floats]"

_TILT = 1e-6
"""A chord is tilted by this share, so that it has one place for every price of money."""
_ROUNDS = 12
_HALVINGS = 40
_ENOUGH = 1e-6
_FEW = 8
_NEAR = 0.8
"""Chords further from the price of money than by this factor are not tried on the other side."""
_LEAST = 1e-300


def fill_bent(value: Function, marginal: Function, turn: Floats, total_minor: Ints, lo: Ints, hi: Ints) -> Ints:
    """Whole amounts (W, A) between `lo` and `hi` that sum to `total_minor` (W,) with the largest sum of returns.

    Args:
        value: returns, (..., W, A) amounts to (..., W, A) values.
        marginal: their derivative, which falls from `turn` on.
        turn: (W, A) where the chord from `lo` touches; `lo` where the return falls off from there on.
        total_minor: (W,) to give out.
        lo: (W, A) lower bounds.
        hi: (W, A) upper bounds.

    Raises:
        ValueError: bounds that allow no such split; the first world it concerns is named.
    """
    touching = np.minimum(turn, hi)
    width = touching - lo
    # Less than a unit is no chord.
    bent = width >= 1.0
    rise = value(touching) - value(lo.astype(np.float64))
    chord = np.where(bent, rise / np.where(bent, width, 1.0), 0.0)

    def along(amounts: Floats) -> Floats:
        left = (touching - amounts) / np.where(bent, width, 1.0)
        return np.where(bent & (left > 0.0), chord * (1.0 + _TILT * left), marginal(amounts))

    sides = Sides(value, marginal, total_minor, lo, hi, np.ceil(touching).astype(np.int64), bent, chord)
    first = waterfilling.fill(along, total_minor, lo, hi)
    return sides.improved(first) if bent.any() else first


@dataclass(frozen=True, eq=False, slots=True)
class Sides:
    """Who of the ad sets that begin slowly stays at the lower bound, and who is beyond where its chord touches."""

    value: Function
    marginal: Function
    total_minor: Ints
    lo: Ints
    hi: Ints
    end: Ints
    """Whole amounts (W, A) at the end of the chord."""
    bent: Bools
    chord: Floats
    """Mean return (W, A) along the chord."""

    def improved(self, first: Ints) -> Ints:
        """The best amounts (W, A) found from `first`, which may stand on chords."""
        best, worth = first, self.worth(first)
        partial = self.bent & (first > self.lo) & (first < self.end)
        above = self.bent & (first >= self.end)
        for start in [above, above | partial] if partial.any() else [above]:
            amounts, reached = self.filled(start, first)
            better = reached > worth
            best, worth = np.where(better[:, None], amounts, best), np.maximum(reached, worth)
            above = np.where(better[:, None], start, above)
        going = ~self._proven(best, worth, above)
        for _ in range(_ROUNDS):
            other = above ^ (self._least_at_home(best, above) & going[:, None])
            going &= (other != above).any(axis=-1)
            if not going.any():
                break
            amounts, reached = self.filled(other, best)
            going &= reached > worth
            above, best = np.where(going[:, None], other, above), np.where(going[:, None], amounts, best)
            worth = np.where(going, reached, worth)
        return self._or_by_parts(best, worth, above) if best.shape[-1] <= _FEW else best

    def _or_by_parts(self, best: Ints, worth: Floats, above: Bools) -> Ints:
        """`best` (W, A), or where nothing proves it, what dynamic programming finds if that is better."""
        open_worlds = ~self._proven(best, worth, above)
        if not open_worlds.any():
            return best
        total, lo, hi = (array.astype(np.float64) for array in (self.total_minor, self.lo, self.hi))
        most = np.minimum(hi, lo + (total - lo.sum(axis=-1))[:, None])
        found = fill_jumps(self.value, total, lo, most, open_worlds)
        whole = np.clip(np.floor(found).astype(np.int64), self.lo, self.hi)
        whole = np.where(open_worlds[:, None], whole, best)
        order = np.argsort(whole - found, axis=-1, kind="stable")
        waterfilling.settle(whole, self.total_minor - whole.sum(axis=-1), order, self.lo, self.hi)
        exact, _ = self.filled(self.bent & (whole >= self.end), whole)
        for other in (whole, exact):
            reached = self.worth(other)
            best = np.where((reached > worth)[:, None], other, best)
            worth = np.maximum(reached, worth)
        return best

    def _proven(self, amounts: Ints, worth: Floats, above: Bools) -> Bools:
        """Worlds (W,) in which no amounts are worth more, up to a millionth: the Lagrangian dual is a bound."""
        price = self._price(amounts, above)
        left, right = np.where(self.bent, self.end, self.lo).astype(np.float64), self.hi.astype(np.float64)
        left = np.minimum(left, right)
        for _ in range(_HALVINGS):
            middle = 0.5 * (left + right)
            more = self.marginal(middle) > price
            left, right = np.where(more, middle, left), np.where(more, right, middle)
        lowest = self.lo.astype(np.float64)
        profit = np.maximum(self.value(right) - price * right, self.value(lowest) - price * lowest)
        bound = price[:, 0] * self.total_minor + profit.sum(axis=-1)
        proven: Bools = worth >= bound - _ENOUGH * np.abs(bound)
        return proven

    def filled(self, above: Bools, otherwise: Ints) -> tuple[Ints, Floats]:
        """The best amounts with these `above` (W, A), and their worth (W,); `otherwise` where bounds allow none."""
        low = np.where(above, self.end, self.lo)
        high = np.where(self.bent & ~above, self.lo, self.hi)
        fits = (low.sum(axis=-1) <= self.total_minor) & (self.total_minor <= high.sum(axis=-1))
        low, high = (np.where(fits[:, None], side, otherwise) for side in (low, high))
        amounts = waterfilling.fill(self.marginal, self.total_minor, low, high)
        return amounts, self.worth(amounts)

    def worth(self, amounts: Ints) -> Floats:
        """What amounts (W, A) return together, (W,)."""
        together: Floats = self.value(amounts.astype(np.float64)).sum(axis=-1)
        return together

    def _least_at_home(self, amounts: Ints, above: Bools) -> Bools:
        """Of each world the ad set (W, A) whose chord speaks most for the other side, or least against it."""
        price = self._price(amounts, above)
        ratio = np.divide(self.chord, price, out=np.full(self.chord.shape, np.inf), where=price > 0.0)
        for_other = np.where(self.bent, np.where(above, 1.0 / np.maximum(ratio, _LEAST), ratio), 0.0)
        most = for_other.max(axis=-1, keepdims=True)
        first = for_other.argmax(axis=-1)[:, None] == np.arange(for_other.shape[-1])
        chosen: Bools = first & (most > _NEAR)
        return chosen

    def _price(self, amounts: Ints, above: Bools) -> Floats:
        """What the next unit returns to whoever may have it, (W, 1)."""
        open_ended = (amounts < self.hi) & (above | ~self.bent)
        returns = np.where(open_ended, self.marginal(amounts.astype(np.float64)), 0.0)
        price: Floats = returns.max(axis=-1, keepdims=True)
        return price

"""The oracle's search where ad sets' values depend on more than their own budgets: see `simulator.oracle`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator import waterfilling
from simulator.hull_filling import fill_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.world import World

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_ROUNDS = 8
_PARTS = (1.0, 0.5, 0.25, 0.1, 0.03)
"""How far towards the filled point a step may go; the best is taken."""
_ENOUGH = 1e-7
_CHOICES = 2
_NARROW = 3.0
"""Between bounds so close there is one hill."""
_STEP = 1e-4
_MOST_FACTOR = 4.0
_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Search:
    """The general case. Points (W, K) are money by campaign; where there are no campaigns, by ad set."""

    world: World
    given: Ints
    """(W,) What there is to give out."""
    total: Floats
    """(W,) As much of it as can do anything."""
    lo: Ints
    hi: Ints
    useful: Ints
    """Upper bounds (W, A), lowered to `lo` where no money does anything."""
    first: Ints
    """Index of the first ad set of every campaign, (K,)."""
    weights: Floats
    spend_all: bool

    @classmethod
    def of(cls, world: World, total: Ints, lo: Ints, hi: Ints, weights: Floats, *, spend_all: bool) -> Search:
        """The search for what `simulator.oracle.best_budgets` is asked."""
        size = getattr(world.scenario.mechanisms.get("campaign_budget"), "ad_sets_per_campaign", 1)
        works = world.expected_spend_minor(np.maximum(hi, 1)) > 0.0
        useful = np.where(works, hi, lo)
        most = np.minimum(total, useful.sum(axis=-1)).astype(np.float64)
        return cls(world, total, most, lo, hi, useful, np.arange(0, lo.shape[-1], size), weights, spend_all)

    def run(self) -> Ints:
        """Whole budgets (W, A)."""
        search, best = self, self.alone()
        for _ in range(_CHOICES if len(self.first) < self.lo.shape[-1] else 0):
            search = search.chosen(best)
            best = search.alone()
        if search.world.interacts:
            best = search.among_siblings(best)
        return self._or_present(search.whole(search.spread(best)))

    def _or_present(self, found: Ints) -> Ints:
        """`found` (W, A), or the present budgets where they are allowed and better: they may lie on every threshold."""
        present = np.where(self.hi > self.lo, self.world.budgets_minor, self.lo)
        whole = present.sum(axis=-1)
        allowed = ((self.lo <= present) & (present <= self.hi)).all(axis=-1)
        allowed &= (whole == self.given) if self.spend_all else (whole <= self.given)
        worth = self.values(self.world, np.stack([found, present]).astype(np.float64)).sum(axis=-1)
        return np.where((allowed & (worth[1] > worth[0]))[:, None], present, found)

    def alone(self) -> Floats:
        """The best point (W, K) when prices are held where the present budgets put them."""
        present = np.maximum(self._sums(self.world.budgets_minor), 1.0)
        return self._filled(self._in_proportion(present), np.ones_like(present))

    def chosen(self, point: Floats) -> Search:
        """The search without the ad sets that their campaigns do better without, one by one, at `point` (W, K).

        An ad set that has no budget takes no part in its campaign; one with any gets what the platform likes.
        """
        search, campaign = self, np.searchsorted(self.first, np.arange(self.lo.shape[-1]), side="right") - 1
        each = np.eye(len(campaign), dtype=np.bool_)[:, None, :]
        for _ in range(int(np.bincount(campaign).max()) - 1):
            now = search.values(search.world, search.spread(point))[:, campaign]
            variants = replace(search, useful=np.where(each, search.lo, search.useful))
            found = variants.values(search.world, variants.spread(np.minimum(point, variants.bounds()[1])))
            gain = np.take_along_axis(found, campaign[:, None, None], axis=-1)[..., 0].T - now
            # Of equal ones only the first goes.
            gain -= _ENOUGH * np.abs(now) * (1.0 + np.arange(len(campaign)))
            most = np.maximum.reduceat(gain, search.first, axis=-1)[:, campaign]
            goes = (gain == most) & (gain > 0.0) & (search.lo == 0)
            if not goes.any():
                break
            search = replace(search, useful=np.where(goes, search.lo, search.useful))
        most_useful = np.minimum(search.given, search.useful.sum(axis=-1)).astype(np.float64)
        return replace(search, total=most_useful)

    def among_siblings(self, best: Floats) -> Floats:
        """The best point reached uphill from `best` (W, K), and from the most promising other start."""
        point, worth = self._climbed(best)
        low, high = self.bounds()
        wide = (high > _NARROW * low).any(axis=-1)
        if not wide.any():
            return point
        present = np.maximum(self._sums(self.world.budgets_minor), 1.0)
        evenly = self._in_proportion(np.ones_like(present))
        starts = self._in_proportion(present), evenly, self._without_one(point), self._on_one()
        other, reached = self._climbed(self._best_of(np.stack(starts)))
        return np.where((wide & (reached > worth))[:, None], other, point)

    def _without_one(self, point: Floats) -> Floats:
        """`point` (W, K) with all the money of the one that can best be spared given to the others."""
        low, high = self.bounds()
        others = 1.0 - np.eye(point.shape[-1])[:, None, :]
        room = others * (high - point)
        part = (point - low).T[..., None] / np.maximum(room.sum(axis=-1, keepdims=True), 1.0)
        return self._best_of(np.where(others > 0.0, point + np.minimum(part, 1.0) * room, low))

    def _on_one(self) -> Floats:
        """All that bounds allow (W, K) on the one that does most with it, and the rest in equal shares of room."""
        low, high = self.bounds()
        left = (self.total - low.sum(axis=-1))[:, None]
        one = np.eye(low.shape[-1])[:, None, :]
        most = one * np.minimum(high - low, left)
        room = (1.0 - one) * (high - low)
        part = (left - most.sum(axis=-1, keepdims=True)) / np.maximum(room.sum(axis=-1, keepdims=True), 1.0)
        return self._best_of(low + most + np.minimum(part, 1.0) * room)

    def _best_of(self, points: Floats) -> Floats:
        """The one of (G, W, K) that is worth most, (W, K)."""
        best = self._judged(points).argmax(axis=0)
        chosen: Floats = np.take_along_axis(points, best[None, :, None], axis=0)[0]
        return chosen

    def _climbed(self, start: Floats) -> tuple[Floats, Floats]:
        """Uphill from `start` until no world gains any more, and what is reached (W,). Who has stopped stays."""
        point, worth = start, self._judged(start[None])[0]
        going = np.ones(len(start), dtype=np.bool_)
        parts = np.array(_PARTS)[:, None, None]
        for _ in range(_ROUNDS):
            tried = point + parts * (self._filled(point, self._kept(point), fine=False) - point)
            found = self._judged(tried)
            chosen = found.argmax(axis=0)
            reached = np.take_along_axis(found, chosen[None], axis=0)[0]
            step = np.take_along_axis(tried, chosen[None, :, None], axis=0)[0]
            going &= reached > worth + _ENOUGH * np.abs(worth)
            point, worth = np.where(going[:, None], step, point), np.where(going, reached, worth)
            if not going.any():
                break
        return point, worth

    def _filled(self, point: Floats, kept: Floats, *, fine: bool = True) -> Floats:
        """The best point when prices are held as at `point` and a share `kept` (W, K) of every value counts."""
        held = self.world.at_prices_of(self.spread(point))

        def value(amounts: Floats) -> Floats:
            return self.values(held, self.spread(amounts), kept)

        return fill_values(value, self.total, *self.bounds(), spend_all=self.spend_all, fine=fine)

    def _kept(self, point: Floats) -> Floats:
        """Share (W, K) of a marginal value that is left when what it takes from other ad sets is counted."""
        campaigns = point.shape[-1]
        step = _STEP * np.maximum(self.total / campaigns, 1.0)[:, None] * np.ones_like(point)
        low = np.maximum(point - step, 0.0)
        held = self.world.at_prices_of(self.spread(point))
        own = self._brought(held, self.spread(np.stack([low, point + step])))
        gain = own[1] - own[0]
        single = np.eye(campaigns)[:, None, :]
        ends = [self.spread(np.where(single > 0.0, end, point)) for end in (low, point + step)]
        all_told = [self._brought(self.world, end).sum(axis=-1) for end in ends]
        share = (all_told[1] - all_told[0]).T / np.where(gain > 0.0, gain, 1.0)
        kept: Floats = np.where(gain > 0.0, np.clip(share, 0.0, _MOST_FACTOR), 1.0)
        return kept

    def _judged(self, points: Floats) -> Floats:
        """What (G, W, K) are worth, (G, W)."""
        worth: Floats = self.values(self.world, self.spread(points)).sum(axis=-1)
        return worth

    def values(self, world: World, budgets: Floats, kept: Floats | float = 1.0) -> Floats:
        """What counts of the campaigns (..., W, K): value, or profit where money may stay idle."""
        values = kept * self._brought(world, budgets)
        return values if self.spend_all else values - self._sums(world.expected_spend_minor(budgets))

    def _brought(self, world: World, budgets: Floats) -> Floats:
        """What the campaigns bring in, (..., W, K)."""
        return self._sums(self.weights * world.expected_value_minor(budgets))

    def bounds(self) -> tuple[Floats, Floats]:
        """Least and most money of every campaign, (W, K)."""
        return self._sums(self.lo), self._sums(self.useful)

    def _in_proportion(self, wish: Floats) -> Floats:
        """The total in proportion to `wish` (W, K), as far as bounds allow."""
        return fill_values(lambda amounts: wish * np.log(amounts + 1.0), self.total, *self.bounds())

    def _sums(self, by_ad_set: Floats | Ints) -> Floats:
        """(..., A) added up by campaign, (..., K)."""
        if len(self.first) == by_ad_set.shape[-1]:
            return by_ad_set.astype(np.float64)
        return np.add.reduceat(by_ad_set.astype(np.float64), self.first, axis=-1)

    def spread(self, points: Floats) -> Floats:
        """Budgets (..., W, A) with the sums `points` (..., W, K): each campaign's evenly between its bounds."""
        count = self.lo.shape[-1]
        if len(self.first) == count:
            return points
        low, high = self.bounds()
        room = high - low
        part = (points - low) / np.where(room > 0.0, room, 1.0)
        by_ad_set = np.repeat(part, np.diff(self.first, append=count), axis=-1)
        return np.maximum(self.lo + by_ad_set * (self.useful - self.lo), 0.0)

    def whole(self, budgets: Floats) -> Ints:
        """Whole minor units within the bounds by largest remainders; what does nothing anywhere goes anywhere."""
        whole = np.clip(np.floor(budgets + _ROUNDING).astype(np.int64), self.lo, self.useful)
        order = np.argsort(whole - budgets, axis=-1, kind="stable")
        wanted = np.minimum(np.rint(budgets.sum(axis=-1)).astype(np.int64), self.given)
        waterfilling.settle(whole, wanted - whole.sum(axis=-1), order, self.lo, self.useful)
        if self.spend_all:
            waterfilling.settle(whole, self.given - whole.sum(axis=-1), order, self.lo, self.hi)
        return whole

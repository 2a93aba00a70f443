"""Stated response curves: what an ad set's money brings is a known function of it, and nothing else is between them.

With x the spend in multiples of the ad set's scale, expected orders go as f(x) / f(1), where f is one of

* saturating power: x^b / (1 + c x^b): a Hill curve x^h / (x^h + k^h) with c = k^-h, a pure power with c = 0,
  an S-curve where b > 1;
* logarithm: log(1 + x / k);
* exponential saturation: 1 - exp(-x / k).

Impressions follow the curve, clicks per impression move as x^-e, and orders per click as x^e: saturation is seen in
clicks up to that power.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Places = NDArray[np.intp]

POWER, LOGARITHM, EXPONENTIAL = range(3)
"""Kinds of curves, as in `Curves.kind`."""

_LEAST = 1e-12
"""Stands for no money at all where a power of it is taken."""
_HALVINGS = 48


@dataclass(frozen=True, eq=False)
class Curves:
    """The curves of ad sets, arrays (W, A) or (n,).

    `scale_minor` is the spend at which `impressions_at_scale` are shown; `kind` is one of the constants above. Of the
    parameters a kind does not have, `power` b and `rate` 1 / k are 1, and `limit` c is 0. `click_gap` is e.
    """

    scale_minor: Floats
    impressions_at_scale: Floats
    kind: Ints
    power: Floats
    limit: Floats
    rate: Floats
    click_gap: Floats

    def impressions(self, spend: Floats) -> Floats:
        """Expected impressions (..., W, A) of `spend` minor units (..., W, A) at usual prices."""
        shown = self._height(spend / self.scale_minor)
        shown *= self._unit
        return shown

    def marginal_impressions(self, spend: Floats) -> Floats:
        """Derivative of `impressions` by spend; infinite at no spend where the curve is a power below one."""
        slope = self._slope(spend / self.scale_minor)
        slope *= self._unit / self.scale_minor
        return slope

    def orders_per_click(self, spend: Floats) -> Floats:
        """Factor (..., W, A) on orders per click at this spend, and one over that on clicks per impression."""
        factor: Floats = np.maximum(spend / self.scale_minor, _LEAST) ** self.click_gap
        return factor

    def worth_starting_at(self, spend: Floats) -> Floats:
        """The least spend (..., W, A) from which on the curve's mean return over `spend` no longer rises.

        `spend` itself where the curve falls off from there on. Between the two, more money is worth it at once or not
        at all: the curve lies below its chord (`simulator.bent_filling`).
        """
        low = np.broadcast_to(spend, np.broadcast_shapes(spend.shape, self.scale_minor.shape)) / self.scale_minor
        bent = (low < self._inflection) & np.ones(low.shape, dtype=np.bool_)
        if not bent.any():
            return low * self.scale_minor
        column = np.nonzero(bent)[-self.scale_minor.ndim :]
        some = self.take(np.ravel_multi_index(column, self.scale_minor.shape))
        found = low.copy()
        found[bent] = some._touching(low[bent])  # noqa: SLF001 - its own kind
        return found * self.scale_minor

    @cached_property
    def concave(self) -> bool:
        """Whether no curve is steeper later than at its beginning."""
        return not bool((self._inflection > 0.0).any())

    def take(self, places: Places) -> Curves:
        """The curves at flat places (n,)."""
        return Curves(*(getattr(self, entry.name).reshape(-1).take(places) for entry in fields(self)))

    def of_worlds(self, worlds: Places) -> Curves:
        """The curves (m, A) of some worlds (m,)."""
        return Curves(*(getattr(self, entry.name)[worlds] for entry in fields(self)))

    @cached_property
    def _inflection(self) -> Floats:
        """Where a curve is steepest, in scales: 0 for a concave one."""
        steep = np.maximum(self.power, 1.0)
        ratio = (steep - 1.0) / ((steep + 1.0) * np.maximum(self.limit, _LEAST))
        place: Floats = np.where(self.kind == POWER, ratio ** (1.0 / steep), 0.0)
        return place

    def _touching(self, low: Floats) -> Floats:
        """Where the chord from `low` (n,), in scales, touches curves that bend upwards there, by halving."""
        start = self._height(low)
        left, right = self._inflection, 2.0 * self._inflection
        for _ in range(_HALVINGS):
            right = np.where(self._rises(low, start, right), 2.0 * right, right)
        for _ in range(_HALVINGS):
            middle = 0.5 * (left + right)
            rises = self._rises(low, start, middle)
            left, right = np.where(rises, middle, left), np.where(rises, right, middle)
        return right

    def _rises(self, low: Floats, start: Floats, x: Floats) -> NDArray[np.bool_]:
        """Whether the chord from `low` to `x` is still flatter than the curve at `x`."""
        rises: NDArray[np.bool_] = self._height(x) - start < self._slope(x) * (x - low)
        return rises

    @cached_property
    def _kinds(self) -> tuple[int, ...]:
        return tuple(np.unique(self.kind).tolist())

    @cached_property
    def _unit(self) -> Floats:
        """Impressions for each unit of f."""
        return self.impressions_at_scale / self._height(np.ones(self.scale_minor.shape))

    def _height(self, x: Floats) -> Floats:
        """The curve f at `x` scales."""
        return self._chosen([_HEIGHTS[kind](x, self) for kind in self._kinds])

    def _slope(self, x: Floats) -> Floats:
        """Its derivative."""
        return self._chosen([_SLOPES[kind](x, self) for kind in self._kinds])

    def _chosen(self, by_kind: list[Floats]) -> Floats:
        found = by_kind[0]
        for kind, values in zip(self._kinds[1:], by_kind[1:], strict=True):
            found = np.where(self.kind == kind, values, found)
        return found


def _power(x: Floats, curves: Curves) -> Floats:
    grown = np.maximum(x, _LEAST) ** curves.power
    height: Floats = np.where(x > 0.0, grown / (1.0 + curves.limit * grown), 0.0)
    return height


def _power_slope(x: Floats, curves: Curves) -> Floats:
    x = np.maximum(x, _LEAST)
    grown = x**curves.power
    slope: Floats = curves.power * grown / (x * (1.0 + curves.limit * grown) ** 2)
    return slope


def _logarithm(x: Floats, curves: Curves) -> Floats:
    height: Floats = np.log1p(x * curves.rate)
    return height


def _logarithm_slope(x: Floats, curves: Curves) -> Floats:
    slope: Floats = curves.rate / (1.0 + x * curves.rate)
    return slope


def _exponential(x: Floats, curves: Curves) -> Floats:
    height: Floats = -np.expm1(-x * curves.rate)
    return height


def _exponential_slope(x: Floats, curves: Curves) -> Floats:
    slope: Floats = curves.rate * np.exp(-x * curves.rate)
    return slope


_HEIGHTS = {POWER: _power, LOGARITHM: _logarithm, EXPONENTIAL: _exponential}
_SLOPES = {POWER: _power_slope, LOGARITHM: _logarithm_slope, EXPONENTIAL: _exponential_slope}

"""Stated curves: an ad set's orders are a given function of its spend, in place of auction and audience.

For questions about policies: families of curves that a model was or was not built for, with levels that are known. The
defaults are those of an independent prototype of budget allocation, half Hill curves and half powers; there, as here,
how many clicks and how many orders saturate differ by a small power. All levels are assumptions, chosen near published
ones: returns of 1 to 5, costs per order of 12 to 90 USD (simulator.curves has the formulas).

Impressions at the scale are those of the auction, and the click rate is what the stated return asks for. What tires
people is in the curve: exposures, of today or of days before, cost nothing beyond it. Bids, hours and campaign budgets
still steer by the auction's prices, as a platform does that takes its market for a usual one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from simulator import auction
from simulator.curves import EXPONENTIAL, LOGARITHM, POWER, Curves
from simulator.mechanism import Mechanism, Setting, param

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.population import Population

    Floats = NDArray[np.float64]

_FAMILIES = ("hill", "power", "logarithm", "exponential", "s_curve")
_KINDS = np.array([POWER, POWER, LOGARITHM, EXPONENTIAL, POWER])
_FAMILY, _SHAPE, _KNEE, _POWER, _GAP, _RETURN = range(6)
_WIDEST_GAP = 0.5


@dataclass(frozen=True, slots=True)
class StatedCurves(Mechanism):
    """Weights of the families, what their curves are like, and what they return. Spends are in scales of the ad set."""

    hill: float = param(0.5, "weight of Hill curves x^h / (x^h + k^h) among ad sets", low=0.0, high=1e3)
    power: float = param(0.5, "weight of powers x^b", low=0.0, high=1e3)
    logarithm: float = param(0.0, "weight of logarithms log(1 + x / k)", low=0.0, high=1e3)
    exponential: float = param(0.0, "weight of exponential saturation 1 - exp(-x / k)", low=0.0, high=1e3)
    s_curve: float = param(0.0, "weight of S-curves: Hill curves that begin slowly", low=0.0, high=1e3)
    hill_shapes: tuple[float, ...] = param((0.7, 1.2), "least and most h of Hill curves, uniform", low=0.1, high=5.0)
    s_shapes: tuple[float, ...] = param((1.3, 2.0), "least and most h of S-curves, uniform", low=0.1, high=5.0)
    half: float = param(1.2, "median k of both: spend at which half of the most is reached", low=0.01, high=100.0)
    half_spread: float = param(0.5, "sd of the log of that k between ad sets", low=0.0, high=3.0)
    power_mean: float = param(0.6, "mean b of powers", low=0.05, high=1.0)
    power_spread: float = param(0.13, "sd of b between ad sets", low=0.0, high=1.0)
    power_bounds: tuple[float, ...] = param((0.3, 0.86), "least and most b", low=0.05, high=1.0)
    logarithm_knee: float = param(0.4, "median k of logarithms", low=0.001, high=100.0)
    exponential_knee: float = param(0.9, "median k of exponential saturation", low=0.001, high=100.0)
    knee_spread: float = param(0.4, "sd of the log of these two k between ad sets", low=0.0, high=3.0)
    click_gap: float = param(-0.04, "mean power of spend by which orders per click move", low=-0.5, high=0.5)
    click_gap_spread: float = param(0.1, "sd of that power between ad sets; it stays within 0.5", low=0.0, high=1.0)
    roas: float = param(2.3, "median order value per unit of money at the scale", low=0.01, high=100.0)
    roas_spread: float = param(0.45, "sd of the log of that return between ad sets", low=0.0, high=3.0)
    roas_bounds: tuple[float, ...] = param((0.8, 7.0), "least and most of that return", low=0.01, high=100.0)

    def __post_init__(self) -> None:
        """Refuse weights of nothing, and ranges that are none."""
        Mechanism.__post_init__(self)
        if not sum(self._weights):
            raise ValueError(f"stated_curves needs a family of a weight above zero: {', '.join(_FAMILIES)}")
        for name in ("hill_shapes", "s_shapes", "power_bounds", "roas_bounds"):
            ends = getattr(self, name)
            if len(ends) != 2 or ends[0] > ends[1]:  # noqa: PLR2004 - least and most
                raise ValueError(f"stated_curves.{name} must be the least and the most, got {list(ends)}")

    def settle(self, setting: Setting) -> Population:
        """The population with its curves, and with click rates that give the stated returns."""
        was = setting.population
        draws = setting.streams.normals("stated_curves", 0, 6, setting.shape[1])
        shown = auction.impressions(was.scale_minor, was.rate, was.depth, was.exponent)
        returns = _between(self.roas * np.exp(self.roas_spread * draws[_RETURN]), self.roas_bounds)
        worth = was.conversion_rate * was.order_value_minor
        clicks = returns * was.scale_minor / (shown * worth)
        return replace(was, click_rate=np.minimum(clicks, 1.0), curves=self._curves(was.scale_minor, shown, draws))

    @property
    def _weights(self) -> tuple[float, ...]:
        return tuple(getattr(self, name) for name in _FAMILIES)

    def _curves(self, scale_minor: Floats, shown: Floats, draws: Floats) -> Curves:
        """Curves (W, A) from draws (6, W, A)."""
        ends = np.cumsum(self._weights) / sum(self._weights)
        # Searching to the right of equal ends leaves out families without weight.
        family = np.searchsorted(ends[:-1], special.ndtr(draws[_FAMILY]), side="right")
        place = special.ndtr(draws[_SHAPE])
        shapes = [low + (high - low) * place for low, high in (self.hill_shapes, self.s_shapes)]
        power = _between(self.power_mean + self.power_spread * draws[_POWER], self.power_bounds)
        flat = np.ones_like(power)
        bend = np.choose(family, [shapes[0], power, flat, flat, shapes[1]])
        half = self.half * np.exp(self.half_spread * draws[_KNEE])
        knee = np.exp(-self.knee_spread * draws[_KNEE])
        steep = np.isin(family, (_FAMILIES.index("hill"), _FAMILIES.index("s_curve")))
        return Curves(
            scale_minor=scale_minor,
            impressions_at_scale=shown,
            kind=_KINDS[family],
            power=bend,
            limit=np.where(steep, half**-bend, 0.0),
            rate=np.choose(family, [flat, flat, knee / self.logarithm_knee, knee / self.exponential_knee, flat]),
            click_gap=np.clip(self.click_gap + self.click_gap_spread * draws[_GAP], -_WIDEST_GAP, _WIDEST_GAP),
        )


def _between(values: Floats, ends: tuple[float, ...]) -> Floats:
    return np.clip(values, ends[0], ends[1])


MECHANISM: type[Mechanism] = StatedCurves

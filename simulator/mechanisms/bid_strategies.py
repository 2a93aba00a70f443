"""Bid strategies: lowest cost spends the whole budget, the others only as much as keeps their promise.

Meta ("About bid strategies", Business Help Centre) keeps a cost per result goal and a ROAS goal on average, and a bid
cap in every auction; with a goal that cannot be kept it may spend little or nothing. In the daily landscape of
`simulator.auction` that is, for spend s with conversions C(s), impressions I(s), value V(s) and marginal price v(s):
cost cap s <= level C(s); bid cap v(s) <= level C(s) / I(s); minimum ROAS V(s) >= level s. All three are kept by every
smaller spend as well, because each further unit of money brings less.

No distribution of levels that people set is published. Levels are multiples of what lets the ad set spend just its own
scale on a usual day; the defaults are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import special

from simulator import auction
from simulator.mechanism import Mechanism, Morning, Outlook, Setting, param
from simulator.mechanisms._promises import largest_kept
from simulator.mechanisms._usual import usual_conversions, usual_impressions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from simulator.population import Population

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

LOWEST_COST, COST_CAP, BID_CAP, MINIMUM_ROAS = range(4)
"""Codes of the strategies."""

_CODES = {"cost_cap": COST_CAP, "bid_cap": BID_CAP, "minimum_roas": MINIMUM_ROAS}
_DRAWS = 3


@dataclass(frozen=True, eq=False, slots=True)
class Bids:
    """What each ad set promises, (W, A)."""

    strategy: NDArray[np.int64]
    """A code: LOWEST_COST, COST_CAP, BID_CAP or MINIMUM_ROAS."""
    level: NDArray[np.float64]
    """Minor units per conversion for the caps, value per spend for MINIMUM_ROAS; LOWEST_COST ignores it."""


def usual_levels(population: Population, concentration: float) -> NDArray[np.float64]:
    """Levels (4, W, A), by code, at which an ad set spends just its own scale on a usual day.

    Units as in `Bids.level`; 1 for LOWEST_COST, which has none.
    """
    conversions = usual_conversions(population, concentration)
    scale = population.scale_minor
    price = auction.marginal_price(scale, population.rate, population.depth, population.exponent)
    bid = price * usual_impressions(population) / conversions
    roas = conversions * population.order_value_minor / scale
    return np.stack([np.ones_like(scale), scale / conversions, bid, roas])


def with_levels(state: Bids, levels: ArrayLike, strategies: ArrayLike | None = None) -> Bids:
    """The same ad sets with other levels (W, A), and other strategies (W, A) where given, from today on.

    Raises:
        ValueError: a wrong shape, a level that is not finite and positive, or no code of a strategy.
    """
    level = np.array(levels, dtype=np.float64)
    strategy = state.strategy if strategies is None else np.array(strategies, dtype=np.int64)
    for name, values in (("levels", level), ("strategies", strategy)):
        if values.shape != state.level.shape:
            raise ValueError(f"{name} must have shape (worlds, ad sets) = {state.level.shape}, got {values.shape}")
    _refuse(~(np.isfinite(level) & (level > 0)), level, "levels must be finite and positive")
    _refuse((strategy < LOWEST_COST) | (strategy > MINIMUM_ROAS), strategy, "strategies must be codes from 0 to 3")
    return replace(state, strategy=strategy, level=level)


@dataclass(frozen=True, slots=True)
class BidStrategies(Mechanism):
    """Some ad sets have a cap or a goal, and spend less than their budget where it binds."""

    order: ClassVar[int] = 60

    strategy: str = param(
        "cost_cap",
        "what ad sets with a promise promise; mixed draws one for each",
        options=(*_CODES, "mixed"),
    )
    share: float = param(1.0, "share of ad sets with a promise; the others are lowest cost", low=0.0, high=1.0)
    level: float = param(
        1.0, "median level, as a multiple of that which lets an ad set spend its scale", above=0.0, high=1e6
    )
    level_spread: float = param(0.25, "standard deviation of the log of levels between ad sets", low=0.0, high=3.0)

    def begin(self, setting: Setting) -> Bids:
        """Draw who promises what."""
        draws = setting.streams.normals("bid_strategies", 0, _DRAWS, setting.shape[1])
        promised, which = special.ndtr(draws[:2])
        kinds = tuple(_CODES.values()) if self.strategy == "mixed" else (_CODES[self.strategy],)
        picked = np.array(kinds, dtype=np.int64)[np.minimum((which * len(kinds)).astype(np.int64), len(kinds) - 1)]
        strategy = np.where(promised < self.share, picked, LOWEST_COST)
        usual = usual_levels(setting.population, setting.scenario.concentration)
        level = np.take_along_axis(usual, strategy[None], axis=0)[0]
        return Bids(strategy, level * self.level * np.exp(self.level_spread * draws[2]))

    def allot(
        self,
        state: Bids,
        morning: Morning,  # noqa: ARG002 - the hook's signature
        budgets: NDArray[np.float64],
        outlook: Outlook,
    ) -> NDArray[np.float64]:
        """The most that keeps each ad set's promise, and never more than its budget."""
        promised = state.strategy != LOWEST_COST
        if not promised.any():
            return budgets
        return largest_kept(lambda some: _promise(state, some & promised, some, outlook), budgets, fall=0.3)


def _promise(state: Bids, promised: Bools, some: Bools, outlook: Outlook) -> Callable[[Floats], Floats]:
    """The slack (n,) of `some` (..., W, A) as a function of all spends; zero for those who have not `promised`."""
    figures, asked = outlook.at(promised), promised[some]
    strategy = np.broadcast_to(state.strategy, some.shape)[promised]
    level = np.broadcast_to(state.level, some.shape)[promised]
    present = frozenset(np.unique(strategy).tolist())

    def slack(spend: Floats) -> Floats:
        found = np.zeros(asked.shape)
        allowed, taken = _compared(strategy, level, present, spend, spend[promised], figures)
        with np.errstate(divide="ignore", invalid="ignore"):  # an ad set without an ad has neither costs nor results
            ratio = np.log(allowed / taken)
        found[asked] = np.where(np.isnan(ratio), 0.0, ratio)
        return found

    return slack


def _compared(
    strategy: NDArray[np.int64],
    level: Floats,
    present: frozenset[int],
    spend: Floats,
    own: Floats,
    figures: Outlook,
) -> tuple[Floats, Floats]:
    """What promises allow and what the `own` spend takes, (n,); of strategies that nobody has nothing is computed."""
    brought = figures.brings(spend)
    allowed, taken = level * brought.conversions, own
    if BID_CAP in present:
        bids = figures.marginal_price_minor(spend) * brought.impressions
        taken = np.where(strategy == BID_CAP, bids, taken)
    if MINIMUM_ROAS in present:
        returned = strategy == MINIMUM_ROAS
        allowed = np.where(returned, brought.value_minor, allowed)
        taken = np.where(returned, level * own, taken)
    return allowed, taken


def _refuse(wrong: NDArray[np.bool_], values: NDArray[np.generic], rule: str) -> None:
    if wrong.any():
        world, ad_set = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"{rule}: world {world}, ad set {ad_set} has {values[world, ad_set]}")


MECHANISM: type[Mechanism] = BidStrategies

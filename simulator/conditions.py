"""What a day is like before anyone decides: weather, calendar and mechanisms, multiplied into one value."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from simulator.ads import over_ads
from simulator.hourly import Market
from simulator.mechanism import Factors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


class Pressure(Protocol):
    """What ad sets that are shown to the same people do to each other's prices."""

    def __call__(self, exposures: Floats, worlds: NDArray[np.intp] | None = None) -> Floats:
        """Factor on prices, shaped like `exposures` (..., W, A), or (n, A) of some `worlds` (n,)."""


@dataclass(frozen=True, eq=False, slots=True)
class Conditions:
    """Factors that hold for one day; they broadcast to (W, A, C), those without a comment as in `Factors`."""

    impressions: Floats
    """On impressions that money buys: one over the price."""
    clicks: Floats
    conversions: Floats
    supply: Floats | float = 1.0
    order_value: Floats | float = 1.0
    conversion_noise: Floats | float = 0.0
    """Log standard deviation of the day's conversion luck, all in all."""
    spend_limit_minor: Floats | float = math.inf
    """(W, A)"""
    delivers: Bools | bool = True
    share: Floats | None = None
    """Shares of an ad set's money by ad, (W, A, C), summing to one over the ads that deliver; None: it has one ad."""
    stock: Floats | None = None
    tracked: Floats | float = 1.0
    recorded: Floats | float = 1.0
    late_share: float = 0.0
    view_orders: Floats | float = 0.0
    pressure: Pressure | None = None
    """Factor (..., W, A) on prices by exposures per person (..., W, A), where ad sets compete with each other."""
    market: Market | None = None
    """The day's market by the hour, prices and supply included, where delivery is by the hour."""

    @property
    def by_ad(self) -> Floats:
        """Impressions of each ad for each impression that the ad set would have at the usual price, (W, A, C)."""
        return self.impressions if self.share is None else self.impressions * self.share

    @property
    def plainly_reported(self) -> bool:
        """Whether every order is a click's, comes within the window and is reported."""
        trivial = (self.tracked, 1.0), (self.recorded, 1.0), (self.late_share, 0.0), (self.view_orders, 0.0)
        return all(isinstance(value, float) and value == usual for value, usual in trivial)


def multiplied(usual: Conditions, factors: Iterable[Factors]) -> Conditions:
    """The conditions with all factors in.

    Raises:
        ValueError: two mechanisms set the same thing that cannot be multiplied.
    """
    conditions = usual
    for factor in factors:
        for name in ("share", "stock"):
            if getattr(conditions, name) is not None and getattr(factor, name) is not None:
                raise ValueError(f"two mechanisms of one scenario set {name!r}: switch one of them off")
        conditions = replace(
            conditions,
            impressions=conditions.impressions / factor.price,
            clicks=conditions.clicks * factor.clicks,
            conversions=conditions.conversions * factor.conversions,
            supply=conditions.supply * factor.supply,
            order_value=conditions.order_value * factor.order_value,
            conversion_noise=np.hypot(conditions.conversion_noise, factor.conversion_noise),
            spend_limit_minor=np.minimum(conditions.spend_limit_minor, factor.spend_limit_minor),
            delivers=np.logical_and(conditions.delivers, factor.delivers),
            share=conditions.share if factor.share is None else factor.share,
            stock=conditions.stock if factor.stock is None else factor.stock,
            tracked=_times(conditions.tracked, factor.tracked),
            recorded=_times(conditions.recorded, factor.recorded),
            late_share=1.0 - (1.0 - conditions.late_share) * (1.0 - factor.late_share),
            view_orders=_plus(conditions.view_orders, factor.view_orders),
        )
    return conditions


def shared_out(conditions: Conditions, ads: int) -> Conditions:
    """The same with money shares (W, A, C) that sum to one over the ads that deliver (to zero where none does)."""
    shape = (*np.broadcast_shapes(conditions.impressions.shape, conditions.clicks.shape)[:2], ads)
    weight = np.ones(shape) if conditions.share is None else np.broadcast_to(conditions.share, shape)
    weight = np.where(conditions.delivers, weight, 0.0)
    total = over_ads(weight)[..., None]
    return replace(conditions, share=weight / np.where(total > 0.0, total, 1.0))


def _times(one: Floats | float, other: Floats | float) -> Floats | float:
    """The product; what leaves things as they are stays a plain number."""
    return one if isinstance(other, float) and other == 1.0 else one * other


def _plus(one: Floats | float, other: Floats | float) -> Floats | float:
    return one if isinstance(other, float) and other == 0.0 else one + other

"""What a day is like before anyone decides: weather, calendar and mechanisms, multiplied into one value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from operator import add, mul, truediv
from typing import TYPE_CHECKING, Any, Protocol

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
    stock_worth: Floats | None = None
    """What the stock has been worth already, in first exposures per person, (W, A, C)."""
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
    """The conditions with all factors in; what leaves things as they are stays a plain number, and costs nothing.

    Raises:
        ValueError: two mechanisms set the same thing that cannot be multiplied.
    """
    conditions = usual
    for factor in factors:
        for name in ("share", "stock"):
            if getattr(conditions, name) is not None and getattr(factor, name) is not None:
                raise ValueError(f"two mechanisms of one scenario set {name!r}: switch one of them off")
        changes = {}
        for name, value, usually in _figures(factor):
            if value is not usually and not (isinstance(value, float) and value == usually):
                place, combined = _TOGETHER[name]
                changes[place] = combined(getattr(conditions, place), value)
        conditions = replace(conditions, **changes)
    return conditions


def shared_out(conditions: Conditions, ads: int) -> Conditions:
    """The same with money shares (W, A, C) that sum to one over the ads that deliver (to zero where none does)."""
    shape = (*np.broadcast_shapes(conditions.impressions.shape, conditions.clicks.shape)[:2], ads)
    weight = np.ones(shape) if conditions.share is None else np.broadcast_to(conditions.share, shape)
    weight = np.where(conditions.delivers, weight, 0.0)
    total = over_ads(weight)[..., None]
    return replace(conditions, share=weight / np.where(total > 0.0, total, 1.0))


def _figures(factor: Factors) -> Iterator[tuple[str, Any, Any]]:
    """Name, value, and the value that changes nothing."""
    for entry in fields(Factors):
        yield entry.name, getattr(factor, entry.name), entry.default


def _second(_: Any, other: Any) -> Any:
    return other


def _either(one: float, other: float) -> float:
    """The share that one or the other takes."""
    return 1.0 - (1.0 - one) * (1.0 - other)


_TOGETHER: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "supply": ("supply", mul),
    "price": ("impressions", truediv),
    "clicks": ("clicks", mul),
    "conversions": ("conversions", mul),
    "order_value": ("order_value", mul),
    "conversion_noise": ("conversion_noise", np.hypot),
    "spend_limit_minor": ("spend_limit_minor", np.minimum),
    "delivers": ("delivers", np.logical_and),
    "share": ("share", _second),
    "stock": ("stock", _second),
    "tracked": ("tracked", mul),
    "recorded": ("recorded", mul),
    "late_share": ("late_share", _either),
    "view_orders": ("view_orders", add),
}
"""Where a factor goes in the conditions, and how it comes together with those of other mechanisms."""

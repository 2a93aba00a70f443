"""Types of audience: how many people there are, what they cost, and how they click and buy.

An ad set's name says which type it has (`simulator.audience_types`). A type makes an ad set's market so many times
larger and dearer, and is otherwise the same market; rates are factors on top.

Sources. Retargeting: cost per order 30-50 % below that of cold audiences, with smaller audiences and higher prices
(practitioners). Lookalikes: Meta recommends 1,000-5,000 people to start from (1,000-50,000 formerly), rather the best
customers than all, and says that a larger share is less similar (Business Help Centre, "About lookalike audiences");
practitioners find 3-5 % within 5-10 % of the cost per order of 1 %. Levels are assumptions of that order, chosen so
that the account as a whole spends about as much as without types.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.audience_types import AUDIENCE_TYPES, audience_types
from simulator.mechanism import Factors, Mechanism, Morning, Setting, param
from simulator.mechanisms.segments import Cells, with_money

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.population import Population

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

RINGS = 10
"""Rings of a lookalike, by whole percents of the country."""
_TYPES = ", ".join(AUDIENCE_TYPES)
_CLOSEST_SHARE = 0.01
_HALF_KNOWN = 500.0
"""People in a seed audience at which half of what it could teach is known: an assumption."""
_LEAST_RATE = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Reach:
    """Whom lookalikes reach: their rings as `cells` (W, A, 10), against the audience as it began.

    `lookalike` (A,) says which ad sets have rings at all; `moved` whether anybody has changed them since.
    """

    cells: Cells
    lookalike: Bools
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Audiences(Mechanism):
    """Prices, sizes and rates by type of audience. Levels are in the order of the types: see `AUDIENCE_TYPES`."""

    people: tuple[float, ...] = param(
        (1.3, 0.6, 0.15, 1.0, 2.0), f"size of the market: {_TYPES}", low=0.001, high=1000.0
    )
    price: tuple[float, ...] = param(
        (0.95, 1.1, 1.5, 1.0, 0.85), f"price per impression: {_TYPES}", low=0.001, high=1000.0
    )
    clicks: tuple[float, ...] = param(
        (0.95, 1.1, 1.5, 1.0, 0.9), f"clicks per impression: {_TYPES}", low=0.001, high=1000.0
    )
    conversions: tuple[float, ...] = param(
        (0.9, 1.25, 1.75, 0.95, 0.9), f"orders per click: {_TYPES}", low=0.001, high=1000.0
    )
    lookalike_shares: tuple[float, ...] = param(
        (0.01, 0.05, 0.1), "shares of the country that lookalikes take in turn", low=_CLOSEST_SHARE, high=1.0
    )
    lookalike_growth: float = param(0.35, "power of its share by which a lookalike's market grows", low=0.0, high=3.0)
    seed_people: float = param(5000.0, "people in the audiences that lookalikes are made from", low=100.0, high=1e9)
    seed_quality: float = param(1.0, "how good those people are: 1 the best customers, 0 anybody", low=0.0, high=1.0)
    ring_spread: float = param(
        0.0, "sd between ad sets of how log orders per click fall with a ring's log percentage", low=0.0, high=2.0
    )

    def __post_init__(self) -> None:
        """Refuse levels that do not name every type, and lookalikes without a share."""
        Mechanism.__post_init__(self)
        for name in ("people", "price", "clicks", "conversions"):
            if len(getattr(self, name)) != len(AUDIENCE_TYPES):
                raise ValueError(f"audiences.{name} must have {len(AUDIENCE_TYPES)} values: {_TYPES}")
        if not self.lookalike_shares:
            raise ValueError("audiences.lookalike_shares must name at least one share, for example 0.01")

    def settle(self, setting: Setting) -> Population:
        """The population with its types: a market n(spend) becomes people * n(spend / (people * price))."""
        was = setting.population
        people, price, clicks, conversions = self.levels(setting.shape[1])
        return replace(
            was,
            scale_minor=was.scale_minor * people * price,
            depth=was.depth * people * price,
            rate=was.rate / price,
            audience=was.audience * people,
            click_rate=was.click_rate * clicks,
            conversion_rate=was.conversion_rate * conversions * self._fallen(setting),
        )

    def begin(self, setting: Setting) -> Reach:
        """Every lookalike reaches the share of the country that it began with."""
        ad_sets = setting.shape[1]
        lookalike = np.array([kind == "lookalike" for kind in audience_types(ad_sets)])
        percent = np.arange(1, RINGS + 1)
        within = np.where(lookalike[:, None], percent <= np.rint(100 * self._shares(ad_sets))[:, None], percent == 1)
        # Sizes and rates are those of the people a further percent adds: of audiences within audiences.
        people, price, clicks, orders = (self._rings(ad_sets, *factors) for factors in ((), (1,), (2,), (2, 3)))
        price, clicks, orders = price / people, clicks / people, orders / clicks
        rate = orders * np.exp(self._falls(setting)[..., None] * np.log(percent))
        usual = people * within
        clicked = usual * clicks
        whole = usual.sum(axis=-1, keepdims=True)
        cells = Cells(
            mix=np.broadcast_to(people / whole, rate.shape),
            price=np.broadcast_to(price * whole / (usual * price).sum(axis=-1, keepdims=True), rate.shape),
            clicks=np.broadcast_to(clicks * whole / clicked.sum(axis=-1, keepdims=True), rate.shape),
            conversions=rate * clicked.sum(axis=-1, keepdims=True) / (clicked * rate).sum(axis=-1, keepdims=True),
            excluded=np.broadcast_to(~within, rate.shape),
            exponent=setting.population.exponent,
        )
        return Reach(cells, lookalike)

    def morning(self, state: Reach, morning: Morning) -> Factors | None:  # noqa: ARG002 - a hook
        """What the people are like whom lookalikes reach now, against those they reached when they began."""
        if not state.moved:
            return None
        supply, price, clicks, conversions = (
            np.where(state.lookalike, figure, 1.0)[..., None] for figure in state.cells.remaining
        )
        # As in `settle`: people who cost more take more money at the same pressure.
        return Factors(supply=supply * price, price=price, clicks=clicks, conversions=conversions)

    def _falls(self, setting: Setting) -> Floats:
        """Power (W, A) by which an ad set's orders per click go with the percentage, beside what is usual."""
        falls: Floats = self.ring_spread * setting.streams.normals("audiences", 0, 1, setting.shape[1])[0]
        return falls

    def _fallen(self, setting: Setting) -> Floats:
        """What that makes of the orders per click (W, A) of the whole audience; 1 at one percent."""
        fallen: Floats = np.exp(self._falls(setting) * np.log(self._shares(setting.shape[1]) / _CLOSEST_SHARE))
        return fallen

    def _rings(self, ad_sets: int, *factors: int) -> Floats:
        """People of each ring times their price (1), clicks (2) or conversions (3), (A, 10), for every ad set."""
        upto = np.zeros((RINGS + 1, ad_sets))
        for percent in range(1, RINGS + 1):
            table = self._table(ad_sets, np.full(ad_sets, percent * _CLOSEST_SHARE))
            upto[percent] = percent**self.lookalike_growth * np.prod(table[list(factors)], axis=0)
        return np.maximum(np.diff(upto, axis=0).T, _LEAST_RATE)

    def _shares(self, ad_sets: int) -> Floats:
        """Share of the country (A,) that each ad set's lookalike began with; 1 % where it is none."""
        kinds = audience_types(ad_sets)
        alike = [i for i, kind in enumerate(kinds) if kind == "lookalike"]
        shares = np.full(ad_sets, _CLOSEST_SHARE)
        shares[alike] = np.array(self.lookalike_shares)[np.arange(len(alike)) % len(self.lookalike_shares)]
        return shares

    def levels(self, ad_sets: int) -> NDArray[np.float64]:
        """Factors (4, A) on people, price, clicks and conversions, against an ad set without a type.

        A lookalike lies between anybody (the broad audience) and people just like the best customers, by its quality.
        """
        return self._table(ad_sets, self._shares(ad_sets))

    def _table(self, ad_sets: int, every_share: Floats) -> Floats:
        """Factors as `levels`, if lookalikes took these shares (A,) of the country."""
        kinds = np.array([AUDIENCE_TYPES.index(kind) for kind in audience_types(ad_sets)])
        table = np.array([self.people, self.price, self.clicks, self.conversions])[:, kinds]
        alike = np.flatnonzero(kinds == AUDIENCE_TYPES.index("lookalike"))
        shares = every_share[alike]
        quality = lookalike_quality(self.seed_people, self.seed_quality, shares)
        broad = np.array([self.price, self.clicks, self.conversions])[:, [AUDIENCE_TYPES.index("broad")]]
        table[0, alike] *= (shares / _CLOSEST_SHARE) ** self.lookalike_growth
        table[1:, alike] = broad ** (1.0 - quality) * table[1:, alike] ** quality
        return table


def with_rings(state: Reach, money: Floats) -> Reach:
    """The same lookalikes, which reach the rings that have money: so many times what the platform gives by itself.

    Args:
        state: whom they reach now.
        money: (W, A, 10), not negative; of ad sets that are no lookalikes nothing is read.

    Raises:
        ValueError: another shape, numbers that are negative or not finite, or a lookalike without any ring.
    """
    nobody = np.zeros(RINGS)
    nobody[0] = 1.0
    if money.shape == state.cells.mix.shape:
        money = np.where(state.lookalike[:, None], money, nobody)
    return replace(state, cells=with_money(state.cells, money), moved=True)


def lookalike_quality(
    seed_people: NDArray[np.float64] | float, seed_quality: float, share: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """How like the best customers a lookalike audience is, (...): 1 just like them, 0 like anybody.

    Rises with the seed and saturates (0.67 of it at 1,000 people, 0.99 at 50,000), falls with the logarithm of the
    share, and is nothing when everybody is included.

    Args:
        seed_people: people in the seed audience.
        seed_quality: 0 to 1, how good they are as customers.
        share: share of the country's people that the lookalike includes, 0.01 to 1.
    """
    learned = np.asarray(seed_people) / (np.asarray(seed_people) + _HALF_KNOWN)
    near = np.log(share) / math.log(_CLOSEST_SHARE)
    quality: NDArray[np.float64] = seed_quality * learned * near
    return quality


MECHANISM: type[Mechanism] = Audiences

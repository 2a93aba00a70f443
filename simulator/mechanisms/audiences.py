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
from simulator.mechanism import Mechanism, Setting, param

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.population import Population

_TYPES = ", ".join(AUDIENCE_TYPES)
_CLOSEST_SHARE = 0.01
_HALF_KNOWN = 500.0
"""People in a seed audience at which half of what it could teach is known: an assumption."""


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
            conversion_rate=was.conversion_rate * conversions,
        )

    def levels(self, ad_sets: int) -> NDArray[np.float64]:
        """Factors (4, A) on people, price, clicks and conversions, against an ad set without a type.

        A lookalike lies between anybody (the broad audience) and people just like the best customers, by its quality.
        """
        kinds = np.array([AUDIENCE_TYPES.index(kind) for kind in audience_types(ad_sets)])
        table = np.array([self.people, self.price, self.clicks, self.conversions])[:, kinds]
        alike = np.flatnonzero(kinds == AUDIENCE_TYPES.index("lookalike"))
        shares = np.array(self.lookalike_shares)[np.arange(len(alike)) % len(self.lookalike_shares)]
        quality = lookalike_quality(self.seed_people, self.seed_quality, shares)
        broad = np.array([self.price, self.clicks, self.conversions])[:, [AUDIENCE_TYPES.index("broad")]]
        table[0, alike] *= (shares / _CLOSEST_SHARE) ** self.lookalike_growth
        table[1:, alike] = broad ** (1.0 - quality) * table[1:, alike] ** quality
        return table


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

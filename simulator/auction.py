"""Price pressure: each further unit of money buys dearer impressions.

Replays of a real bid landscape (iPinYou season 2, advertiser 1458) show impressions growing as spend to the power
0.65 over the useful range, and in proportion to spend at its cheap end. Both are in one formula, concave in spend:
I(s) = r d ((1 + s/d)^e - 1) / e, with r the impressions per unit of money at the cheap end and d the depth of the
cheap end.

The same formula is an auction. An ad wins an impression if its total value, bid x estimated action rate + quality, is
above that of its highest competitor, and pays what it takes to win ("About ad auctions", Meta Business Help Centre; a
second price). Where impressions that can be had at a bid of v or less number n(v) = (r d/e) ((v r)^(e/(1-e)) - 1) from
v = 1/r on, and one bid is held all day, the day costs s(v) = d ((v r)^(1/(1-e)) - 1), the integral of v dn, and buys
I(s(v)) = n(v). Solved for v, the bid that spends s is (1/r) (1 + s/d)^(1-e): the price of one more impression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def impressions(
    spend: NDArray[np.float64],
    rate: NDArray[np.float64],
    depth: NDArray[np.float64],
    exponent: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Impressions that `spend` buys in a day; all arrays broadcast.

    Args:
        spend: money, minor units.
        rate: impressions per minor unit for the first, cheapest unit.
        depth: minor units over which the cheap end lasts.
        exponent: long-run exponent of impressions on spend, in (0, 1).
    """
    growth = np.asarray(spend / depth)
    growth += 1.0
    growth = growth**exponent
    growth -= 1.0
    bought: NDArray[np.float64] = rate * depth * growth
    bought /= exponent
    return bought


def marginal_impressions(
    spend: NDArray[np.float64],
    rate: NDArray[np.float64],
    depth: NDArray[np.float64],
    exponent: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Derivative of `impressions` by spend: falls from `rate` towards zero."""
    slope: NDArray[np.float64] = rate * (1.0 + spend / depth) ** (exponent - 1.0)
    return slope


def marginal_price(
    spend: NDArray[np.float64],
    rate: NDArray[np.float64],
    depth: NDArray[np.float64],
    exponent: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Minor units for one more impression when `spend` is spent, which is the bid (per impression) that spends it."""
    price: NDArray[np.float64] = (1.0 + spend / depth) ** (1.0 - exponent) / rate
    return price


def spend_at_bid(
    bid_minor: NDArray[np.float64],
    rate: NDArray[np.float64],
    depth: NDArray[np.float64],
    exponent: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Minor units spent on a day with a bid of `bid_minor` per impression: the inverse of `marginal_price`.

    Nothing below the cheapest price there is, 1 / rate.
    """
    cost: NDArray[np.float64] = depth * (np.maximum(bid_minor * rate, 1.0) ** (1.0 / (1.0 - exponent)) - 1.0)
    return cost


def impressions_at_bid(
    bid_minor: NDArray[np.float64],
    rate: NDArray[np.float64],
    depth: NDArray[np.float64],
    exponent: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Impressions won on a day with a bid of `bid_minor` per impression."""
    won = np.maximum(bid_minor * rate, 1.0) ** (exponent / (1.0 - exponent)) - 1.0
    shown: NDArray[np.float64] = rate * depth / exponent * won
    return shown

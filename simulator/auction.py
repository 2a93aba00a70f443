"""Price pressure: each further unit of money buys dearer impressions.

Replays of a real bid landscape (iPinYou season 2, advertiser 1458) show impressions growing as spend to the power
0.65 over the useful range, and in proportion to spend at its cheap end. Both are in one formula, concave in spend:
I(s) = r d ((1 + s/d)^e - 1) / e, with r the impressions per unit of money at the cheap end and d the depth of the
cheap end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
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
    bought: NDArray[np.float64] = rate * depth * ((1.0 + spend / depth) ** exponent - 1.0) / exponent
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

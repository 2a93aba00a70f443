"""Creative fatigue: a person's likelihood to click falls as (repeats + 1)^-0.43.

The exponent is from Meta's study of creative fatigue (about -45 % by the fourth exposure). Summed over a person's
exposures and averaged over the negative binomial of `reach`, an audience yields
E[sum_{j<=n} j^-g] = sum_j j^-g P(n >= j). Writing j^-g as a mixture of geometric weights turns that into a mixture of
"people reached" terms with positive weights, so effective impressions are concave in impressions, as they must be.

Exposures of earlier days come first: with a stock of s per person, today's mean of x is worth E(s + x) - E(s).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLICK_EXPONENT = 0.43
"""How fast the likelihood to click falls with repeats."""

_NODES = 6
_CELLS = 1 << 15
"""Worked on at a time: they stay in the processor's cache."""


@cache
def _mixture() -> tuple[tuple[float, float], ...]:
    """Nodes u and weights w with sum(w u) = 1: effective = audience * sum w (1 - missed(u * mean exposures)).

    Gauss-Jacobi for the weight u^(g-1) on [0, 1], which takes out the singularity at zero.
    """
    x, w = special.roots_jacobi(_NODES, 0.0, CLICK_EXPONENT - 1.0)
    u = (x + 1.0) / 2.0
    weights = w * (-np.log1p(-u) / u) ** (CLICK_EXPONENT - 1.0) / u
    weights /= np.sum(weights * u)
    return tuple(zip(u.tolist(), weights.tolist(), strict=True))


def effective_impressions(
    impressions: NDArray[np.float64],
    audience: NDArray[np.float64],
    concentration: float,
    stock: NDArray[np.float64] | None = None,
    stock_worth: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Impressions weighted by how fresh they are: as many first exposures would give the same clicks.

    Args:
        impressions: shown today.
        audience: people.
        concentration: shape of the exposure distribution between people.
        stock: earlier exposures per person that still tire; None for none. Who saw more before sees more today.
        stock_worth: the stock's `fresh_exposures`, where they are at hand.
    """
    mean = impressions / audience
    if stock is None:
        return audience * fresh_exposures(mean, concentration)
    fresh = fresh_exposures(stock + mean, concentration)
    fresh -= fresh_exposures(stock, concentration) if stock_worth is None else stock_worth
    fresh *= audience
    return fresh


def marginal_freshness(
    impressions: NDArray[np.float64],
    audience: NDArray[np.float64],
    concentration: float,
    stock: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Derivative of `effective_impressions` by impressions: 1 for the first of all, falling."""
    mean = impressions / audience if stock is None else stock + impressions / audience
    total = np.zeros(np.shape(mean))
    for u, weight in _mixture():
        total += weight * u * (1.0 + u * mean / concentration) ** (-concentration - 1.0)
    return total


def fresh_exposures(mean: NDArray[np.float64], concentration: float) -> NDArray[np.float64]:
    """What `mean` exposures per person are worth, in first exposures per person."""
    total = np.zeros(np.shape(mean))
    means, worth = np.ascontiguousarray(mean).reshape(-1), total.reshape(-1)
    for start in range(0, means.size, _CELLS):
        some = slice(start, start + _CELLS)
        part = np.empty(means[some].shape)
        # Per node the share reached, 1 - (1 + u m / k)^-k, all in place.
        for u, weight in _mixture():
            np.multiply(means[some], u / concentration, out=part)
            np.log1p(part, out=part)
            part *= -concentration
            np.expm1(part, out=part)
            part *= weight
            worth[some] -= part
    return total

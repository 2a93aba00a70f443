"""Order values: what n orders are worth together, gamma distributed around n times the mean order.

A large variation expresses orders of which most are worth nothing: leads that close with probability p and deals that
vary by v have a coefficient of variation of sqrt((1 + v^2) / p - 1).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LEAST_SHAPE = 2.0
_FEW = 256


def value_minor(
    orders: NDArray[np.int64],
    mean_minor: NDArray[np.float64],
    variation: float,
    normals: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Value of `orders` orders, whole minor units; zero orders are worth nothing.

    The sum of n gamma orders is gamma with shape n / variation^2; its quantile at the normal draw is Wilson and
    Hilferty's (1931) cube, within a per cent from a shape of 2 on, and below that the exact one.

    Args:
        orders: (...) number of orders.
        mean_minor: (...) mean order value, minor units.
        variation: coefficient of variation of one order.
        normals: (...) N(0, 1) draws.
    """
    worth: Floats = np.asarray(orders * mean_minor)
    if variation > 0.0:
        root, below = _roots(orders, variation)
        factor = normals / root
        factor -= below
        factor += 1.0
        np.maximum(factor, 0.0, out=factor)
        factor *= factor * factor
        if 1.0 / variation**2 < _LEAST_SHAPE:
            shape = orders / variation**2
            rough = (orders > 0) & (shape < _LEAST_SHAPE)
            factor[rough] = special.gammaincinv(shape[rough], special.ndtr(normals[rough])) / shape[rough]
        worth *= factor
    return np.rint(worth, out=worth).astype(np.int64)


def _roots(orders: NDArray[np.int64], variation: float) -> tuple[Floats, Floats]:
    """Three times the root of the shape, and one over its square: looked up where no cell has many orders."""
    if orders.max(initial=0) < _FEW:
        root, below = _first_roots(variation)
        return root.take(orders), below.take(orders)
    root = np.sqrt(np.maximum(orders, 1)) * (3.0 / variation)
    return root, 1.0 / (root * root)


@cache
def _first_roots(variation: float) -> tuple[Floats, Floats]:
    root = np.sqrt(np.maximum(np.arange(_FEW), 1)) * (3.0 / variation)
    return root, 1.0 / (root * root)

"""Order values: what n orders are worth together, gamma distributed around n times the mean order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def value_minor(
    orders: NDArray[np.int64],
    mean_minor: NDArray[np.float64],
    variation: float,
    normals: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Value of `orders` orders, whole minor units; zero orders are worth nothing.

    The sum of n gamma orders is gamma with shape n / variation^2; its quantile at the normal draw is Wilson and
    Hilferty's (1931) cube, within a per cent for a variation of one half.

    Args:
        orders: (...) number of orders.
        mean_minor: (...) mean order value, minor units.
        variation: coefficient of variation of one order.
        normals: (...) N(0, 1) draws.
    """
    worth = orders * mean_minor
    if variation > 0.0:
        root = np.sqrt(np.maximum(orders, 1)) * (3.0 / variation)
        cube = np.maximum(normals / root - 1.0 / (root * root) + 1.0, 0.0)
        worth *= cube * cube * cube
    return np.rint(worth, out=worth).astype(np.int64)

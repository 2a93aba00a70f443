"""Means, variances and slopes of arrays in which NaN stands for what is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def log_ratio(top: Floats, bottom: Floats) -> Floats:
    """Logs of ratios, NaN where nothing is there."""
    there = (top > 0) & (bottom > 0)
    return np.where(there, np.log(np.where(there, top, 1.0)) - np.log(np.where(there, bottom, 1.0)), np.nan)


def mean_of(values: Floats, axis: int | tuple[int, ...] = -1) -> Floats:
    """Mean of what is there; NaN, without a warning, where nothing is."""
    there = np.isfinite(values)
    count = there.sum(axis=axis)
    total = np.where(there, values, 0.0).sum(axis=axis)
    mean: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean


def variance_of(values: Floats, axis: int | tuple[int, ...] = -1) -> Floats:
    """Variance of what is there, with n - 1; NaN for fewer than two."""
    there = np.isfinite(values)
    count = there.sum(axis=axis)
    away = np.where(there, values - np.expand_dims(mean_of(values, axis), axis), 0.0)
    return np.where(count > 1, (away**2).sum(axis=axis) / np.maximum(count - 1, 1), np.nan)


def correlation(x: Floats, y: Floats) -> Floats:
    """Correlation along the last axis, of the pairs that are there."""
    both = np.isfinite(x) & np.isfinite(y)
    x, y = np.where(both, x, np.nan), np.where(both, y, np.nan)
    root = np.sqrt(variance_of(x) * variance_of(y))
    return np.where(root > 0, slope(x, y) * variance_of(x) / np.where(root > 0, root, 1.0), np.nan)


def slope(x: Floats, y: Floats) -> Floats:
    """Least-squares slope along the last axis, of the pairs that are there."""
    both = np.isfinite(x) & np.isfinite(y)
    x, y = (np.where(both, v, np.nan) for v in (x, y))
    dx, dy = (np.where(both, v - mean_of(v)[..., None], 0.0) for v in (x, y))
    square = (dx * dx).sum(axis=-1)
    return np.where(square > 0, (dx * dy).sum(axis=-1) / np.where(square > 0, square, 1.0), np.nan)

"""Overdispersed counts by inverse distribution function, from normals that were drawn beforehand.

With the draw fixed, a count rises with its mean and depends on nothing else: one ad set's budget cannot change
another's luck, and two policies on one seed differ only by what they did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGE = 20.0
_MOST = 150


def mean_one(normals: NDArray[np.float64], spread: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Log-normal factors with mean one and log standard deviation `spread`."""
    factors: NDArray[np.float64] = np.exp(spread * normals - spread**2 / 2)
    return factors


def counts(mean: NDArray[np.float64], normals: NDArray[np.float64]) -> NDArray[np.int64]:
    """Poisson counts: the quantile of `mean` at the normal draw's probability.

    Exact below a mean of 20; above it the Cornish-Fisher expansion to third order, corrected for rounding, which is
    one count off in about one draw in a thousand.
    """
    root = np.sqrt(mean)
    square = normals * normals
    flatter = normals * (square + 2.0) / (72.0 * np.maximum(root, 1.0))
    expansion = np.rint(mean + root * normals + (square - 1.0) / 6.0 - flatter)
    result = np.maximum(expansion, 0.0).astype(np.int64)
    small = mean < _LARGE
    if small.any():
        result[small] = _inverted(mean[small], special.ndtr(normals[small]))
    return result


def few(mean: NDArray[np.float64], uniforms: NDArray[np.float64]) -> NDArray[np.int64]:
    """Poisson counts as `counts`, from uniform draws: cheaper where most means are small."""
    result = np.zeros(mean.shape, dtype=np.int64)
    missing = uniforms - np.exp(-mean)
    places = np.flatnonzero(missing.reshape(-1) > 0.0)
    flat, means, chosen = result.reshape(-1), mean.reshape(-1)[places], uniforms.reshape(-1)[places]
    large = means >= _LARGE
    if large.any():
        flat[places[large]] = counts(means[large], special.ndtri(chosen[large]))
        places, means, chosen = places[~large], means[~large], chosen[~large]
    flat[places] = _inverted(means, chosen)
    return result


def _inverted(mean: NDArray[np.float64], probability: NDArray[np.float64]) -> NDArray[np.int64]:
    """Smallest n with P(N <= n) >= probability, by adding up terms; only cells not yet done are carried on."""
    result = np.zeros(mean.shape, dtype=np.int64)
    term = np.exp(-mean)
    missing = probability - term
    cells = np.flatnonzero(missing > 0.0)
    mean, term, missing = mean[cells], term[cells], missing[cells]
    n = 0
    # A probability that rounds to one is never reached by the sum; no Poisson of a mean below 20 gets past 150.
    while cells.size and n < _MOST:
        n += 1
        term = term * mean / n
        missing = missing - term
        result[cells] = n
        still = missing > 0.0
        cells, mean, term, missing = cells[still], mean[still], term[still], missing[still]
    return result

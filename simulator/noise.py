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
_TERMS = 3
_NEARLY_ONE = 1.0 - 1e-15


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


def occurring(
    mean: NDArray[np.float64], uniforms: NDArray[np.float64], parts: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Poisson counts from uniform draws, only where they are not zero: flat places, and the counts there.

    The same quantiles as `counts`; cheaper where most counts are zero.

    Args:
        mean: (...) means.
        uniforms: draws in (0, 1), (...), or (K, ...) with `parts`.
        parts: factors on the mean, each of the K broadcasts to (...): means that are never in memory all at once.
    """
    found = [_some(mean, uniforms)] if parts is None else list(map(_some, map(mean.__mul__, parts), uniforms))
    places = np.concatenate([k * mean.size + some for k, (some, _, _) in enumerate(found)])
    means, chosen = (np.concatenate([one[i] for one in found]) for i in (1, 2))
    large = means >= _LARGE
    if not large.any():
        return places, _inverted(means, chosen)
    number = np.empty(places.shape, dtype=np.int64)
    number[large] = counts(means[large], special.ndtri(chosen[large]))
    number[~large] = _inverted(means[~large], chosen[~large])
    return places, number


def _some(
    mean: NDArray[np.float64], uniforms: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Flat places where a count is not zero, with the means and uniforms there."""
    means, draws = mean.reshape(-1), uniforms.reshape(-1)
    # No count of mean m is above zero unless u > exp(-m), which is at least 1 - m: few are looked at more closely.
    places = np.flatnonzero(means + draws > _NEARLY_ONE)
    some, chosen = means[places], draws[places]
    above = chosen > np.exp(-some)
    return places[above], some[above], chosen[above]


def _inverted(mean: NDArray[np.float64], probability: NDArray[np.float64]) -> NDArray[np.int64]:
    """Smallest n with P(N <= n) >= probability, by adding up terms; from time to time finished cells are put aside."""
    result = np.zeros(mean.shape, dtype=np.int64)
    term = np.exp(-mean)
    missing = probability - term
    cells, n = None, 0
    count = np.zeros(mean.shape)
    # A probability that rounds to one is never reached by the sum; no Poisson of a mean below 20 gets past 150.
    while n < _MOST:
        for _ in range(_TERMS):
            np.add(count, missing > 0.0, out=count)
            n += 1
            term *= mean
            term *= 1.0 / n
            missing -= term
        still = np.flatnonzero(missing > 0.0)
        if cells is None:
            result[:] = count
            cells = still
        else:
            result[cells] = count
            cells = cells[still]
        if not still.size:
            break
        count, mean, term, missing = count[still], mean[still], term[still], missing[still]
    return result

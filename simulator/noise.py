"""Overdispersed counts by inverse distribution function, from normals that were drawn beforehand.

With the draw fixed, a count rises with its mean and depends on nothing else: one ad set's budget cannot change
another's luck, and two policies on one seed differ only by what they did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    places = np.concatenate([k * mean.size + some for k, (some, *_) in enumerate(found)])
    means, chosen, none = (np.concatenate([one[i] for one in found]) for i in (1, 2, 3))
    missing = chosen - none
    large = means >= _LARGE
    if not large.any():
        return places, _counted(means, none, missing)
    number = np.empty(places.shape, dtype=np.int64)
    number[large] = counts(means[large], special.ndtri(chosen[large]))
    number[~large] = _counted(means[~large], none[~large], missing[~large])
    return places, number


def _some(mean: NDArray[np.float64], uniforms: NDArray[np.float64]) -> tuple[NDArray[Any], ...]:
    """Flat places where a count is not zero, with the means, the uniforms and the chance of zero there."""
    means, draws = mean.reshape(-1), uniforms.reshape(-1)
    # No count of mean m is above zero unless u > exp(-m), which is at least 1 - m: few are looked at more closely.
    places = np.flatnonzero(means + draws > _NEARLY_ONE)
    some, chosen = means[places], draws[places]
    none = np.exp(-some)
    above = np.flatnonzero(chosen > none)
    return places[above], some[above], chosen[above], none[above]


def _inverted(mean: NDArray[np.float64], probability: NDArray[np.float64]) -> NDArray[np.int64]:
    """Smallest n with P(N <= n) >= probability."""
    none = np.exp(-mean)
    missing = probability - none
    result = np.zeros(mean.shape, dtype=np.int64)
    some = np.flatnonzero(missing > 0.0)
    result[some] = _counted(mean[some], none[some], missing[some])
    return result


def _counted(mean: NDArray[np.float64], term: NDArray[np.float64], missing: NDArray[np.float64]) -> NDArray[np.int64]:
    """Counts above zero by adding up terms, given the term for zero and what it leaves missing of the probability.

    From time to time finished cells are put aside; after the first term, because one is what most counts are.
    """
    result = np.ones(mean.shape, dtype=np.int64)
    term = term * mean
    missing = missing - term
    cells = np.flatnonzero(missing > 0.0)
    count, mean, term, missing = np.ones(cells.shape), mean[cells], term[cells], missing[cells]
    n = 1
    # A probability that rounds to one is never reached by the sum; no Poisson of a mean below 20 gets past 150.
    while cells.size and n < _MOST:
        for _ in range(_TERMS):
            np.add(count, missing > 0.0, out=count)
            n += 1
            term *= mean
            term *= 1.0 / n
            missing -= term
        result[cells] = count
        still = np.flatnonzero(missing > 0.0)
        cells = cells[still]
        count, mean, term, missing = count[still], mean[still], term[still], missing[still]
    return result

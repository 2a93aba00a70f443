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

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Places = NDArray[np.intp]

_LARGE = 20.0
_MOST = 150
_NEARLY_ONE = 1.0 - 1e-15
_OFTEN = 0.3
"""Share of counts above zero from which on it is quicker to look at all cells closely."""
_TERMS, _CELLS, _MANY_TERMS = 3, 3000, 9
"""Terms that are added before finished cells are put aside, and how many where few cells are left."""


def mean_one(normals: Floats, spread: Floats | float) -> Floats:
    """Log-normal factors with mean one and log standard deviation `spread`."""
    factors: Floats = np.asarray(spread * normals)
    factors -= spread**2 / 2
    return np.exp(factors, out=factors)


def counts(mean: Floats, normals: Floats) -> Ints:
    """Poisson counts: the quantile of `mean` at the normal draw's probability.

    Exact below a mean of 20; above it the Cornish-Fisher expansion to third order, corrected for rounding, which is
    one count off in about one draw in a thousand.
    """
    root = np.sqrt(mean)
    square = normals * normals
    flatter = square + 2.0
    flatter *= normals
    steep = np.maximum(root, 1.0)
    steep *= 72.0
    flatter /= steep
    # mean + root n + (n^2 - 1) / 6 - flatter, in place
    expansion = np.multiply(root, normals, out=root)
    expansion += mean
    square -= 1.0
    square /= 6.0
    expansion += square
    expansion -= flatter
    result: Ints = np.rint(expansion, out=expansion).astype(np.int64)
    np.maximum(result, 0, out=result)
    small = np.flatnonzero(mean < _LARGE)
    if small.size:
        result.reshape(-1)[small] = _inverted(mean.take(small), special.ndtr(normals.take(small)))
    return result


def occurring(mean: Floats, uniforms: Floats, parts: Floats) -> tuple[list[Places], Ints]:
    """Poisson counts from uniform draws, only where they are not zero.

    The same quantiles as `counts`; cheaper where many counts are zero.

    Args:
        mean: (...) means.
        uniforms: draws in (0, 1), (K, ...).
        parts: factors on the mean, each of the K broadcasts to (...): means that are never in memory all at once.

    Returns:
        flat places in (...) for each of the K parts, and the counts there, one part after the other.
    """
    places: list[Places] = []
    several: list[tuple[Any, ...]] = []
    many: list[tuple[Any, ...]] = []
    before, often = 0, True
    for part, draws in zip(parts, uniforms, strict=True):
        found, means, none, missing = (_some if often else _few)((mean * part).reshape(-1), draws.reshape(-1))
        if means.max(initial=0.0) >= _LARGE:
            large = np.flatnonzero(means >= _LARGE)
            many.append((large + before, means.take(large), draws.take(found.take(large))))
            missing[large] = 0.0
        more, *rest = _above_one(means, none, missing)
        several.append((more + before, *rest))
        places.append(found)
        before += found.size
        # Parts mostly come in falling order.
        often = found.size > _OFTEN * draws.size
    number = np.ones(before, dtype=np.int64)
    if many:
        large, means, chosen = (np.concatenate(arrays) for arrays in zip(*many, strict=True))
        number[large] = counts(means, special.ndtri(chosen))
    more, means, term, missing = (np.concatenate(arrays) for arrays in zip(*several, strict=True))
    number[more] = _added_up(means, term, missing)
    return places, number


def _some(mean: Floats, draws: Floats) -> tuple[NDArray[Any], ...]:
    """Flat places where a count is not zero; the mean there, the chance of zero, and what it leaves missing."""
    none = np.negative(mean)
    np.exp(none, out=none)
    missing = draws - none
    places = np.flatnonzero(missing > 0.0)
    return places, *(values.take(places) for values in (mean, none, missing))


def _few(mean: Floats, draws: Floats) -> tuple[NDArray[Any], ...]:
    """The same, faster where most counts are zero."""
    # No count of mean m is above zero unless u > exp(-m), which is at least 1 - m: few are looked at more closely.
    places = np.flatnonzero(mean + draws > _NEARLY_ONE)
    found, *rest = _some(mean.take(places), draws.take(places))
    return places.take(found), *rest


def _inverted(mean: Floats, probability: Floats) -> Ints:
    """Smallest n with P(N <= n) >= probability."""
    result = np.zeros(mean.shape, dtype=np.int64)
    places, means, none, missing = _some(mean, probability)
    result[places] = 1
    more, *rest = _above_one(means, none, missing)
    result[places.take(more)] = _added_up(*rest)
    return result


def _above_one(mean: Floats, none: Floats, missing: Floats) -> tuple[NDArray[Any], ...]:
    """Places where a count is above one; the mean there, the chance of one, and what is missing after it.

    Given the chance of zero and what it leaves missing of the probability. Writes over both.
    """
    none *= mean
    missing -= none
    places = np.flatnonzero(missing > 0.0)
    return places, *(values.take(places) for values in (mean, none, missing))


def _added_up(mean: Floats, term: Floats, missing: Floats) -> Ints:
    """Counts above one by adding up terms, given the term for one and what is missing of the probability after it.

    From time to time finished cells are put aside. Writes over `term` and `missing`.
    """
    result = np.full(mean.shape, 2, dtype=np.int64)
    count: NDArray[np.uint8] = np.full(mean.shape, 2, dtype=np.uint8)
    cells: Places = np.arange(mean.size)
    n = 2
    # A probability that rounds to one is never reached by the sum; no Poisson of a mean below 20 gets past 150.
    while cells.size and n < _MOST:
        for _ in range(_TERMS if cells.size > _CELLS else _MANY_TERMS):
            term *= mean
            term *= 1.0 / n
            missing -= term
            count += (missing > 0.0).view(np.uint8)
            n += 1
        result[cells] = count
        still = np.flatnonzero(missing > 0.0)
        cells, count = cells.take(still), count.take(still)
        mean, term, missing = (values.take(still) for values in (mean, term, missing))
    return result

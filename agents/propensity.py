"""Probabilities, before the draw, of what a Thompson draw decides: which k of n are on top.

Scores are drawn independently, one per ad. With f_i and F_i their densities and distribution functions,

    P(i among the top k) = integral f_i(z) P(fewer than k of the others exceed z) dz
    P(S is the top)      = integral sum_{i in S} f_i(z) prod_{j in S, j != i} (1 - F_j(z)) prod_{l not in S} F_l(z) dz

are integrated by Gauss-Legendre between points that lie around every ad's own mean at its own scale, so that a well
known ad among badly known ones costs no accuracy. Counting wins in drawn samples, as others do, takes 10^6 draws for
three digits. Shapes: (..., C); every row is worked on alone, whatever the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy.special import betainc, betaln, ndtr

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray, IntArray

_AROUND = (-7.0, -3.5, -1.75, 0.0, 1.75, 3.5, 7.0)
"""Break points around a mean, in standard deviations; Beta distributions have a longer upper tail."""
_AROUND_BETA = (*_AROUND, 16.0)
_POINTS = 6
_CELLS = 1 << 18
"""Numbers worked on at a time."""
_SMALLEST = 1e-300

Law: TypeAlias = "Callable[[FloatArray], tuple[FloatArray, FloatArray]]"
"""Points (..., 1, N) to distribution function and density of every ad there, (..., C, N)."""


@dataclass(frozen=True, eq=False, slots=True)
class Scores:
    """Independent scores of C ads: means and standard deviations above zero, (..., C).

    They are normal, or where `beta` gives the two parameters (..., C) of Beta distributions, those.
    """

    mean: FloatArray
    sd: FloatArray
    beta: tuple[FloatArray, FloatArray] | None = None


def inclusion(scores: Scores, free: BoolArray, slots: IntArray) -> FloatArray:
    """Probability (..., C) of being among the `slots` (...) highest of the `free` ads (..., C); 0 for the others."""

    def work(rows: Scores, among: BoolArray, k: IntArray) -> FloatArray:
        return _inclusion(rows, among, k[..., 0])

    return _by_rows(work, scores, free, slots[..., None], free.shape)


def set_probability(scores: Scores, free: BoolArray, chosen: BoolArray) -> FloatArray:
    """Probability (...) that the `chosen` ones (..., C) are the highest of the `free` ads; 1 where none is chosen."""

    def work(rows: Scores, among: BoolArray, top: BoolArray) -> FloatArray:
        return _set_probability(rows, among, top)[:, None]

    return _by_rows(work, scores, free, chosen & free, (*free.shape[:-1], 1))[..., 0]


def _by_rows(
    work: Callable[..., FloatArray], scores: Scores, free: BoolArray, other: Any, shape: tuple[int, ...]
) -> FloatArray:
    """`work` on blocks of rows (B, C), so that memory stays small."""
    ads = free.shape[-1]
    rows = int(np.prod(free.shape[:-1], dtype=np.int64))
    if not ads:
        return np.ones(shape)

    def flat(array: Any) -> Any:
        return np.ascontiguousarray(array).reshape(rows, array.shape[-1])

    mean, sd, among, extra = flat(scores.mean), flat(scores.sd), flat(free), flat(other)
    beta = None if scores.beta is None else (flat(scores.beta[0]), flat(scores.beta[1]))
    found = np.empty((rows, shape[-1]))
    step = max(_CELLS // (ads * (len(_AROUND_BETA) * ads - 1) * _POINTS), 1)
    for start in range(0, rows, step):
        some = slice(start, start + step)
        part = None if beta is None else (beta[0][some], beta[1][some])
        found[some] = work(Scores(mean[some], sd[some], part), among[some], extra[some])
    return found.reshape(shape)


def _inclusion(scores: Scores, free: BoolArray, slots: IntArray) -> FloatArray:
    ads, most = free.shape[-1], int(slots.max(initial=0))
    weight, below, density = _nodes(scores, free)
    before, after = _exceeding(below, most), _exceeding(below[:, ::-1], most)
    inside = np.zeros(free.shape)
    for i in range(ads):
        fewer = np.zeros(weight.shape)
        for t in range(most):
            exactly = np.zeros(weight.shape)
            for s in range(t + 1):
                exactly += before[i][s] * after[ads - 1 - i][t - s]
            fewer += np.where(t < slots[:, None], exactly, 0.0)
        inside[:, i] = (weight * density[:, i] * fewer).sum(axis=-1)
    everyone = free.sum(axis=-1) <= slots
    return np.where(free, np.where(everyone[:, None], 1.0, np.clip(inside, 0.0, 1.0)), 0.0)


def _exceeding(below: FloatArray, most: int) -> list[list[FloatArray]]:
    """For i = 0, 1, ... the probabilities (B, N) that exactly 0, 1, ..., most - 1 of the first i ads exceed a point."""
    state = [np.ones(below[:, 0].shape), *(np.zeros(below[:, 0].shape) for _ in range(1, most))]
    found = [state]
    for j in range(below.shape[1] - 1):
        above = 1.0 - below[:, j]
        state = [state[0] * below[:, j], *(state[t] * below[:, j] + state[t - 1] * above for t in range(1, most))]
        found.append(state)
    return found


def _set_probability(scores: Scores, free: BoolArray, chosen: BoolArray) -> FloatArray:
    weight, below, density = _nodes(scores, free)
    side = np.where(chosen[..., None], 1.0 - below, below)
    # One of the chosen is at the point, the other chosen above it and the rest below: a sum over which one it is.
    none, one = np.ones(weight.shape), np.zeros(weight.shape)
    for i in range(free.shape[-1]):
        lowest = np.where(chosen[:, i, None], density[:, i], 0.0)
        one = one * side[:, i] + none * lowest
        none = none * side[:, i]
    # What was drawn can be drawn: a probability below the smallest number is that number, for those who divide by it.
    found = np.clip((weight * one).sum(axis=-1), _SMALLEST, 1.0)
    certain = ~chosen.any(axis=-1) | ~(free & ~chosen).any(axis=-1)
    return np.where(certain, 1.0, found)


def _nodes(scores: Scores, free: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights (B, N) of points, and distribution function and density (B, C, N) there; others than `free` are -inf."""
    around = np.array(_AROUND if scores.beta is None else _AROUND_BETA)
    where = scores.mean[..., None] + scores.sd[..., None] * around
    if scores.beta is not None:
        where = np.clip(where, 0.0, 1.0)
    lowest = np.where(free[..., None], where, np.inf).min(axis=(-2, -1), keepdims=True)
    where = np.where(free[..., None], where, np.where(np.isfinite(lowest), lowest, 0.0))
    edges = np.sort(where.reshape(len(where), -1), axis=-1)
    x, w = np.polynomial.legendre.leggauss(_POINTS)
    half = 0.5 * (edges[:, 1:] - edges[:, :-1])[..., None]
    points = (0.5 * (edges[:, 1:] + edges[:, :-1])[..., None] + half * x).reshape(len(edges), 1, -1)
    weights = (half * w).reshape(len(edges), -1)
    below, density = _normal(scores, points) if scores.beta is None else _beta(scores.beta, points)
    there = free[..., None]
    return weights, np.where(there, below, 1.0), np.where(there, density, 0.0)


def _normal(scores: Scores, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    sd = scores.sd[..., None]
    z = (points - scores.mean[..., None]) / sd
    return ndtr(z), np.exp(-0.5 * z * z) / (np.sqrt(2.0 * np.pi) * sd)


def _beta(parameters: tuple[FloatArray, FloatArray], points: FloatArray) -> tuple[FloatArray, FloatArray]:
    a, b = (each[..., None] for each in parameters)
    inner = np.clip(points, 1e-300, 1.0 - 1e-16)
    log_density = (a - 1.0) * np.log(inner) + (b - 1.0) * np.log1p(-inner) - betaln(a, b)
    return betainc(a, b, inner), np.exp(log_density)

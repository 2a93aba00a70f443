"""Statements about the next unit of money, from independent normal beliefs about log marginal returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from agents.vocabulary import Beliefs

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray

_Z80 = 1.2815515655446004
"""Standard normal quantile of 0.9: an 80 % interval has this half-width."""
_LOOKS = (24, 32, 64)
"""Cells of the grids: the last is summed on, those before it tell where the largest is likely to lie."""
_EVEN = 0.5
"""Of a grid's cells, the share that is spread evenly: what shows no mass on a coarse look may do on a finer one."""
_CELLS = 1 << 19
"""Numbers worked on at a time."""


def log_normal_beliefs(log_mean: FloatArray, log_sd: FloatArray, active: BoolArray) -> Beliefs:
    """Beliefs (..., A) whose logarithm is normal; the point given is the median. Inactive ad sets are never best."""
    return Beliefs(
        marginal_roas=np.exp(log_mean),
        low=np.exp(log_mean - _Z80 * log_sd),
        high=np.exp(log_mean + _Z80 * log_sd),
        p_best=probability_best(log_mean, log_sd, active),
    )


def probability_best(mean: FloatArray, sd: FloatArray, candidates: BoolArray) -> FloatArray:
    """Probability (..., A) that each of independent N(mean, sd^2), sd > 0, is the largest among `candidates`.

    P(i is best) = integral of density_i(z) * prod_(j != i) P(j < z), on a grid that spans all that matters and is fine
    where the largest is likely to lie, so that a well known one among badly known ones costs no accuracy. Sums to 1
    where there is a candidate.
    """
    if not mean.size:
        return np.zeros(mean.shape)
    rows = (-1, 1, mean.shape[-1])
    means, sds, among = mean.reshape(rows), sd.reshape(rows), candidates.reshape(rows)
    step = max(_CELLS // (_LOOKS[-1] * mean.shape[-1]), 1)
    blocks = [_best(means[i : i + step], sds[i : i + step], among[i : i + step]) for i in range(0, len(means), step)]
    return np.concatenate(blocks).reshape(mean.shape)


def _best(mean: FloatArray, sd: FloatArray, candidates: BoolArray) -> FloatArray:
    """Probabilities (B, A) of rows (B, 1, A)."""
    edges = _ends(mean, sd, candidates)
    height = np.concatenate([np.zeros_like(edges[:, :1]), np.ones_like(edges[:, :1])], axis=1)
    for cells in _LOOKS[:-1]:
        edges = _risen(edges, height, cells)
        height = np.exp(_log(ndtr((edges[..., None] - mean) / sd), candidates).sum(axis=-1))
    edges = _risen(edges, height, _LOOKS[-1])
    below = ndtr((edges[..., None] - mean) / sd)
    logs = _log(0.5 * (below[:, 1:] + below[:, :-1]), candidates)
    others = logs.sum(axis=-1, keepdims=True) - logs
    mass = np.diff(below, axis=1) * np.exp(np.minimum(others, 0.0, out=others), out=others)
    found = np.where(candidates[:, 0], mass.sum(axis=1), 0.0)
    total = found.sum(axis=-1, keepdims=True)
    share: FloatArray = found / np.where(total > 0, total, 1.0)
    return share


def _ends(mean: FloatArray, sd: FloatArray, candidates: BoolArray) -> FloatArray:
    """Points (B, 2) between which the largest of each row (B, 1, A) lies."""
    top = np.where(candidates, mean + 5.0 * sd, -np.inf).max(axis=-1, initial=-np.inf)
    # The largest is never below the best lower end: nothing of the integral lies further down.
    bottom = np.where(candidates, mean - 5.0 * sd, -np.inf).max(axis=-1, initial=-np.inf)
    some = np.isfinite(top)
    return np.concatenate([np.where(some, bottom, 0.0), np.where(some, top, 1.0)], axis=1)


def _risen(points: FloatArray, heights: FloatArray, cells: int) -> FloatArray:
    """Edges (B, cells + 1) between which a function that has `heights` at `points`, (B, N), rises about evenly.

    It is taken to be straight between the points; a share of it rises evenly whatever it does.
    """
    even = np.linspace(0.0, 1.0, points.shape[1])
    heights = (1.0 - _EVEN) * heights + _EVEN * even
    low, high = heights[:, :1], heights[:, -1:]
    wanted = low + (high - low) * np.linspace(0.0, 1.0, cells + 1)
    after = np.clip((heights[:, None] <= wanted[..., None]).sum(axis=-1), 1, points.shape[1] - 1)
    before = after - 1
    left, right = (np.take_along_axis(points, i, axis=1) for i in (before, after))
    under, over = (np.take_along_axis(heights, i, axis=1) for i in (before, after))
    edges: FloatArray = left + (right - left) * np.clip((wanted - under) / (over - under), 0.0, 1.0)
    return edges


def _log(probability: FloatArray, candidates: BoolArray) -> FloatArray:
    """Logs of probabilities; zero, as of one, for others than candidates."""
    logs = np.log(np.maximum(probability, 1e-300, out=probability), out=probability)
    return np.where(candidates, logs, 0.0)

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
_GRID = 48


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

    P(i is best) = integral of density_i(z) * prod_(j != i) P(j < z), on a grid that spans all that matters. Sums to 1
    where there is a candidate.
    """
    top = np.where(candidates, mean + 5.0 * sd, -np.inf).max(axis=-1, keepdims=True, initial=-np.inf)
    # The largest is never below the best lower end: nothing of the integral lies further down.
    bottom = np.where(candidates, mean - 5.0 * sd, -np.inf).max(axis=-1, keepdims=True, initial=-np.inf)
    top, bottom = np.where(np.isfinite(top), top, 1.0), np.where(np.isfinite(bottom), bottom, 0.0)
    mass = np.zeros(mean.shape)
    before = _below(bottom, mean, sd)
    for step in range(1, _GRID + 1):
        edge = bottom + (top - bottom) * (step / _GRID)
        now = _below(edge, mean, sd)
        middle = np.where(candidates, np.log(np.maximum(0.5 * (before + now), 1e-300)), 0.0)
        mass += (now - before) * np.exp(np.minimum(middle.sum(axis=-1, keepdims=True) - middle, 0.0))
        before = now
    mass = np.where(candidates, mass, 0.0)
    total = mass.sum(axis=-1, keepdims=True)
    share: FloatArray = mass / np.where(total > 0, total, 1.0)
    return share


def _below(edge: FloatArray, mean: FloatArray, sd: FloatArray) -> FloatArray:
    probability: FloatArray = ndtr((edge - mean) / sd)
    return probability

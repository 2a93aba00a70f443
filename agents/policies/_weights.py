"""What policies of weights share: what is in force, the answer, and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from agents.breakdown_response import Z80, Relative
from agents.policies._words import check_single
from agents.vocabulary import Observation, Weights

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray

_SAME = 0.005
"""Weights this near to 1 are left unsaid."""


def concluded(
    observation: Observation,
    keys: tuple[str, ...],
    weights: FloatArray,
    r: Relative,
    in_force: FloatArray,
    *,
    gain: FloatArray | None = None,
    propensities: FloatArray | None = None,
) -> Weights:
    """The answer: `weights` where ad sets may be changed, elsewhere what is `in_force`, both (..., A, K)."""
    adjustable = observation.ad_sets.adjustable
    kept = np.where(adjustable[..., None], weights, in_force)
    kept.flags.writeable = False
    return Weights(
        keys=keys,
        weights=kept,
        mean=r.at(0.0),
        low=r.at(-Z80),
        high=r.at(Z80),
        gain=None if gain is None else np.where(adjustable, gain, 0.0),
        propensities=None if propensities is None else np.where(adjustable[..., None], propensities, kept > 0),
    )


def unobserved(observation: Observation, keys: tuple[str, ...]) -> Weights:
    """The answer where nothing was observed by these keys: as the platform does it by itself, in full doubt."""
    shape = (*observation.ad_sets.budgets_minor.shape, len(keys))
    ones, doubt = np.ones(shape), Relative(np.zeros(shape), np.ones(shape))
    return concluded(observation, keys, ones, doubt, ones, gain=np.zeros(shape[:-1]))


def worth_it(gain: FloatArray, spread: FloatArray, least: float) -> BoolArray:
    """Whether a gain (...) is large enough, and above zero with nine chances in ten."""
    enough: BoolArray = (gain >= least) & (gain > Z80 * spread)
    return enough


def surely_below(r: Relative, share: float, probability: float) -> BoolArray:
    """Whether keys (..., K) bring less than this share of the average with at least this probability."""
    surely: BoolArray = ndtr((np.log(max(share, 1e-9)) - r.log_mean) / r.log_sd) >= probability
    return surely


def worst_of(r: Relative, candidates: BoolArray, money: FloatArray, most: float) -> BoolArray:
    """Those of the candidates (..., K), the worst first, that have at most this share of the money together."""
    order = np.argsort(r.log_mean, axis=-1, kind="stable")
    there = np.take_along_axis(candidates, order, axis=-1)
    given_up = (np.take_along_axis(money, order, axis=-1) * there).cumsum(axis=-1)
    chosen = np.zeros(candidates.shape, dtype=np.bool_)
    np.put_along_axis(chosen, order, there & (given_up <= most), axis=-1)
    return chosen


def weight_sentences(observation: Observation, answer: Weights, what: str, least: int = 3) -> tuple[str, ...]:
    """One sentence per ad set (A,) of a single account: the keys that get most and least, and why.

    Args:
        observation: what the answer was given to.
        answer: weights, beliefs and gains.
        what: the name of a key, such as "hour".
        least: how many keys are named at most on either side.

    Raises:
        ValueError: the observation is a batch of accounts.
    """
    check_single(observation)
    return tuple(_sentence(observation, answer, what, least, i) for i in range(len(observation.ad_sets)))


def _sentence(observation: Observation, answer: Weights, what: str, least: int, i: int) -> str:
    sets = observation.ad_sets
    if not sets.active[i] or sets.protected[i]:
        return f"left as set by {what}: {'protected' if sets.active[i] else 'paused'}"
    weights = answer.weights[i]
    moved = np.flatnonzero(np.abs(weights - 1.0) > _SAME)
    if not moved.size:
        return f"no weights by {what}: {_why_not(answer, what, i)}"
    order = moved[np.argsort(weights[moved], kind="stable")]
    down = [int(k) for k in order[:least] if weights[k] < 1.0]
    up = [int(k) for k in order[::-1][:least] if weights[k] > 1.0]
    parts = [f"more for {', '.join(_key(answer, i, k) for k in up)}"] if up else []
    parts += [f"less for {', '.join(_key(answer, i, k) for k in down)}"] if down else []
    rest = moved.size - len(up) - len(down)
    more = f"; {rest} more changes" if rest else ""
    gained = "" if answer.gain is None else f"; expected: {100 * float(answer.gain[i]):+.1f} % results"
    return f"{'; '.join(parts)}{more}{gained} with the same money"


def _why_not(answer: Weights, what: str, i: int) -> str:
    if not answer.keys or not (answer.high[i] > 0).any():
        return f"nothing was observed by {what}"
    widest = float((answer.high[i] / answer.low[i]).max())
    return f"too little is known of a gain (80 % intervals span up to {widest:.1f}-fold)"


def _key(answer: Weights, i: int, k: int) -> str:
    money = "no money" if answer.weights[i, k] == 0 else f"{100 * (float(answer.weights[i, k]) - 1):+.0f} % money"
    mean, low, high = (float(a[i, k]) for a in (answer.mean, answer.low, answer.high))
    return f"{answer.keys[k]} ({money}, brings {mean:.2f} of the average, 80 %: {low:.2f} to {high:.2f})"

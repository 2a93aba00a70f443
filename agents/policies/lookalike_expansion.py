"""How far a lookalike audience reaches: ring after ring, each tried with little money before it is kept.

A ring is the people between two percentages of likeness to the seed. Results fall with the percentage: a log-linear
decay with spread is the prior, and what it really is, is learnt across the account's ad sets and then of each
(`agents.breakdown_response`). More people are cheaper people, so a ring need not be as good as those inside it: it pays
where money brings at least the elasticity's share of what it brings on average. The next ring is opened by Thompson
sampling (Russo et al., A Tutorial on Thompson Sampling, 2018): as likely as it is to pay, and that is its propensity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.special import ndtr

from agents.breakdown_response import Counted, Relative, count, relative
from agents.policies._params import check_delay, check_number, check_whole
from agents.policies._weights import concluded, unobserved
from agents.policies._words import check_single
from agents.population import DELAY
from agents.vocabulary import Decides, Lever, Observation, Rng, Weights

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, Breakdown, FloatArray

BREAKDOWN = "lookalike_percent"
_WANDER = 0.2
"""Variance by which rings leave the straight line, against that of its slope, per unit of log percentage."""
_RECENT_DAYS = 7
_EARLIEST = 0.25
"""Share of a trial's results after which it may end."""


@dataclass(frozen=True, slots=True)
class LookalikeExpansion:
    """Open, try, keep or close the rings of lookalike audiences, from the inside out.

    Attributes:
        elasticity: d log results / d log money; a ring pays from this share of the average on. More than elsewhere:
            an ad set with a high one loses by every ring, and one with a low one gains little.
        decay: expected fall of log results per money when the percentage grows e-fold.
        test_share: most of an ad set's money that goes to a ring on trial.
        test_results: results that an average ring would have brought when its trial ends at the latest; after a
            quarter of them it ends as soon as it is sure whether the ring pays.
        sure_probability: what is sure; a ring that surely does not pay is closed.
        rest_days: days without money before a closed ring may be tried again.
        window_days: days of history that count, all alike: what has changed since is forgotten with them.
        delay: share of conversions that arrive 0, 1, 2, ... days after the click.
    """

    lever: ClassVar[Lever] = Lever.AUDIENCES

    elasticity: float = 0.75
    decay: float = 0.15
    test_share: float = 0.15
    test_results: float = 20.0
    sure_probability: float = 0.8
    rest_days: int = 14
    window_days: int = 90
    delay: tuple[float, ...] = DELAY

    def __post_init__(self) -> None:
        check_number("elasticity", self.elasticity, 0.05, 0.95)
        check_number("decay", self.decay, 0, 3)
        check_number("test_share", self.test_share, 0.001, 0.9)
        check_number("test_results", self.test_results, 0, 1e6)
        check_number("sure_probability", self.sure_probability, 0.5, 1)
        check_whole("rest_days", self.rest_days, 0, 400)
        check_whole("window_days", self.window_days, 1, 400)
        object.__setattr__(self, "delay", check_delay(self.delay))

    def decide(self, observation: Observation, rng: Rng) -> Weights:
        """Weights (..., A, K): 1 for rings that are kept, less for one on trial, 0 for the others."""
        cut = observation.breakdowns.get(BREAKDOWN)
        if cut is None or not cut.keys:
            return unobserved(observation, ())
        spend = np.ascontiguousarray(cut.spend_minor, dtype=np.float64)
        in_force = _in_force(cut, spend)
        counted = count(
            observation.history, cut, delay=self.delay, elasticity=self.elasticity, window_days=self.window_days
        )
        percent = _percent(cut.keys)
        x = np.log(percent / percent[0])
        kernel = x[:, None] * x + _WANDER * np.minimum(x[:, None], x)
        r = relative(counted, kernel, -self.decay * x).centred(np.where(in_force > 0, counted.share, 0.0))
        pays = ndtr((r.log_mean - np.log(self.elasticity)) / r.log_sd)
        due, sure = _due(counted), np.maximum(pays, 1.0 - pays) >= self.sure_probability
        tried = (due >= self.test_results) | (sure & (due >= _EARLIEST * self.test_results))
        kept = self._kept(in_force > 0, tried, pays)
        chance = self._chance(observation, kept, tried, spend, pays)
        drawn = ndtr(rng.standard_normal(spend.shape[:-2])[..., None]) < chance
        trial = (kept & ~tried & ~_innermost(kept)) | drawn
        weights = np.where(trial, self._trial_weight(kept, trial, counted.share), np.where(kept, 1.0, 0.0))
        return concluded(
            observation,
            cut.keys,
            weights,
            r,
            in_force,
            gain=self._gain(weights, in_force, counted, r),
            propensities=np.where(kept, 1.0, chance),
        )

    def _kept(self, is_open: BoolArray, tried: BoolArray, pays: FloatArray) -> BoolArray:
        """Open rings without those that do not pay, nor what lies outside of one."""
        poor = is_open & tried & (1.0 - pays >= self.sure_probability)
        stays = (is_open & ~poor) | _innermost(is_open)
        unbroken: BoolArray = np.logical_and.accumulate(stays, axis=-1)
        return unbroken

    def _chance(
        self, observation: Observation, kept: BoolArray, tried: BoolArray, spend: FloatArray, pays: FloatArray
    ) -> FloatArray:
        """Probability (..., A, K) that a ring is opened today: only the next one, rested, and one trial at a time."""
        rested = ~(spend[..., max(len(observation.history.days) - self.rest_days, 0) :] > 0).any(axis=-1)
        kept_rings = kept.sum(axis=-1, keepdims=True)
        following = np.arange(kept.shape[-1]) == kept_rings
        alive = (spend[..., -_RECENT_DAYS:] > 0).any(axis=-1).any(axis=-1, keepdims=True)
        on_trial = (kept & ~tried & ~_innermost(kept)).any(axis=-1, keepdims=True)
        return np.where(following & rested & alive & ~on_trial, pays, 0.0)

    def _trial_weight(self, kept: BoolArray, trial: BoolArray, share: FloatArray) -> FloatArray:
        """Weight at which rings on trial get `test_share` of the money; a new one is taken for as large as others."""
        usual = np.where(kept & ~trial, share, 0.0)
        whole, rings = usual.sum(axis=-1, keepdims=True), (kept & ~trial).sum(axis=-1, keepdims=True)
        mean = np.where(whole > 0, whole, 1.0) / np.maximum(rings, 1)
        size = np.where(trial, np.where(share > 0, share, mean), 0.0).sum(axis=-1, keepdims=True)
        part = self.test_share / (1.0 - self.test_share)
        weight = part * np.where(whole > 0, whole, 1.0) / np.where(size > 0, size, 1.0)
        return np.minimum(weight, 1.0)

    def _gain(self, weights: FloatArray, in_force: FloatArray, counted: Counted, r: Relative) -> FloatArray:
        """Expected share of results (..., A) that these weights add to those in force; unknown rings count nothing."""
        after, before = (self._results(one, counted.share, r.mean) for one in (weights, in_force))
        gain: FloatArray = np.where(before > 0, after / np.where(before > 0, before, 1.0) - 1.0, 0.0)
        return gain

    def _results(self, weights: FloatArray, share: FloatArray, r: FloatArray) -> FloatArray:
        money = (share * weights).sum(axis=-1)
        results = (share * weights**self.elasticity * r).sum(axis=-1)
        return np.where(money > 0, results / np.where(money > 0, money, 1.0) ** self.elasticity, 0.0)

    def explain(self, observation: Observation, answer: Weights) -> tuple[str, ...]:
        """One sentence per ad set (A,)."""
        check_single(observation)
        return tuple(self._sentence(observation, answer, i) for i in range(len(observation.ad_sets)))

    def _sentence(self, observation: Observation, answer: Weights, i: int) -> str:
        sets = observation.ad_sets
        if not sets.active[i] or sets.protected[i]:
            return f"rings left as set: {'protected' if sets.active[i] else 'paused'}"
        if not answer.keys:
            return "no rings: nothing was observed by percentage"
        weights = answer.weights[i]
        kept, trial = np.flatnonzero(weights == 1.0), np.flatnonzero((weights > 0) & (weights < 1))
        words = f"keep the rings up to {answer.keys[int(kept[-1])]} %" if kept.size else "keep no ring whole"
        for k in trial:
            chance = "" if answer.propensities is None else f"; chance {100 * float(answer.propensities[i, k]):.0f} %"
            words += f"; try {answer.keys[int(k)]} % at {float(weights[k]):.2f} of its money{chance}"
        outside = int(np.flatnonzero(weights > 0)[-1]) + 1
        if outside < len(answer.keys):
            mean, low, high = (float(a[i, outside]) for a in (answer.mean, answer.low, answer.high))
            words += f"; money in {answer.keys[outside]} % would bring {mean:.2f} of the average "
            words += f"(80 %: {low:.2f} to {high:.2f}), it pays from {self.elasticity:.2f} on"
        return words


def _percent(keys: tuple[str, ...]) -> FloatArray:
    """The outer percentage of each ring, (K,), as its key says.

    Raises:
        ValueError: a key that is no positive number, or rings that are not in order.
    """
    try:
        percent = np.array([float(key) for key in keys])
    except ValueError:
        raise ValueError(f"rings are named by their percentage, such as 1, 2, 3; got {', '.join(keys)}") from None
    if not (percent > 0).all() or not (np.diff(percent) > 0).all():
        raise ValueError(f"rings must be positive percentages from the inside out, got {', '.join(keys)}")
    return percent


def _innermost(like: BoolArray) -> BoolArray:
    """True for the first ring, the seed's nearest: it is never closed."""
    first: BoolArray = np.broadcast_to(np.arange(like.shape[-1]) == 0, like.shape)
    return first


def _in_force(cut: Breakdown, spend: FloatArray) -> FloatArray:
    """Weights (..., A, K) of yesterday; where nobody knows them, 1 for what had money in the last week."""
    if cut.weights is not None:
        return np.ascontiguousarray(cut.weights[..., -1])
    return np.where((spend[..., -_RECENT_DAYS:] > 0).any(axis=-1), 1.0, 0.0)


def _due(counted: Counted) -> FloatArray:
    """Results (..., A, K) that the money of each ring would have brought at the ad set's average."""
    money = counted.money.sum(axis=-1, keepdims=True)
    level = counted.results.sum(axis=-1, keepdims=True) / np.where(money > 0, money, 1.0)
    due: FloatArray = counted.money * level
    return due


POLICY: type[Decides[Weights]] = LookalikeExpansion

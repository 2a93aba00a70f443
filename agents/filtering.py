"""One counting process of many ad sets, followed through the days in log space: a level and an elasticity each.

With x = log(spend / usual spend):

    log E[count] = level_t + elasticity * x - curvature * x^2 / 2 + log(exposure) + common_t
    level_t = level_(t-1) + N(0, drift^2)
    common_t = lasting_t + passing_t + weekday_(t mod 7)

* counts are overdispersed (negative binomial); how much is estimated, each ad set's own shrunk to its account's and
  that to the population's;
* `exposure` is what could be counted: spend of one, clicks, or the share of a day's conversions that has arrived, the
  Poisson exposure correction of Vernade, Cappe and Perchet (Stochastic Bandit Models for Delayed Conversions, 2017);
* `common_t` is what moves all ad sets of an account together: a lasting part that wanders, a passing one that is
  mostly gone the next day (promotions, outages), and weekdays;
* a run of surprises of one sign (exponentially weighted CUSUM) reopens the level: only the level is forgotten, never
  what was learnt about the elasticity.

A day's update is Gaussian around the mode of its posterior: the start is the conjugate gamma answer (West, Harrison and
Migon, Dynamic Generalized Linear Models and Bayesian Forecasting, 1985), which one Fisher scoring step then corrects,
so that a day costs one exponential and one logarithm. Arrays stay in the processor's cache: accounts go through in
blocks, which changes no bit, as no sum crosses an account.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.vocabulary import BoolArray, FloatArray

WEEK = 7
_BLOCK = 8_192
"""Ad sets that go through together: two dozen arrays of them fit a core's second-level cache."""
_SURPRISE_DECAY, _SURPRISE_GAIN, _SURPRISE_LIMIT = 0.8, 0.6, 3.0
_MOST_SURPRISE = 4.0
_MOST_SCATTER = 9.0
_STEP = 3.0
_LEAST_VARIANCE = 1e-12
_LASTING_DRIFT = 0.02
_PASSING_MEMORY = 0.6
_WEEKDAY_SD = 0.12
_ACCOUNT_TRUST, _OWN_TRUST = 40.0, 15.0
"""Days of typical scatter that the population's dispersion counts for in an account, and the account's in an ad set."""
_DAY_TRUST = 10.0
"""Days that the population's spread of passing days counts for in an account."""
_LEAST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Process:
    """What is the same for all ad sets, in natural logarithms.

    `shock_sd` is by how much a level is reopened, `day_sd` the spread of what passes on an account's days.
    """

    curvature: float
    shock_sd: float
    day_sd: float


@dataclass(frozen=True, eq=False, slots=True)
class Prior:
    """What is believed before the first day, each (..., A) or (..., 1): levels, elasticities and their spreads.

    `overdispersion` is one over the negative binomial's size, `drift` the spread of a level's step from day to day.
    """

    level: FloatArray
    level_sd: FloatArray
    elasticity: FloatArray
    elasticity_sd: FloatArray
    overdispersion: FloatArray
    drift: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """What a process shows, days first and contiguous, (D, ..., A): counts, exposures (zero: nothing to see), and x.

    `first_weekday` is the weekday of the first day, Monday 0.
    """

    counts: FloatArray
    exposures: FloatArray
    x: FloatArray
    first_weekday: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """Gaussian belief about levels and elasticities on the day being decided: (..., A) each."""

    level: FloatArray
    elasticity: FloatArray
    level_var: FloatArray
    covariance: FloatArray
    elasticity_var: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Followed:
    """A process after its last day.

    `state` and `overdispersion` are (..., A). Of what the account's ad sets share, (..., 1): `lasting` is its level,
    `tomorrow` the deviation from it that the day being decided will show, and `tomorrow_var` the variance of that.
    """

    state: State
    overdispersion: FloatArray
    lasting: FloatArray
    tomorrow: FloatArray
    tomorrow_var: FloatArray


def follow(process: Process, evidence: Evidence, prior: Prior) -> Followed:
    """The belief after all days of `evidence`, one day ahead of the last.

    Days before an ad set's first exposure teach nothing and age nothing.
    """
    days, *batch, ad_sets = evidence.counts.shape
    rows = int(np.prod(batch, dtype=np.int64))
    flat = [a.reshape(days, rows, ad_sets) for a in (evidence.counts, evidence.exposures, evidence.x)]
    start = [np.broadcast_to(getattr(prior, f.name), (*batch, ad_sets)).reshape(rows, ad_sets) for f in fields(prior)]
    size = max(1, _BLOCK // max(ad_sets, 1))
    blocks = [
        _through(process, [a[:, i : i + size] for a in flat], [a[i : i + size] for a in start], evidence.first_weekday)
        for i in range(0, max(rows, 1), size)
    ]
    return _assembled(blocks, tuple(batch))


def multiplied(processes: Sequence[Followed]) -> Followed:
    """Processes that each count per unit of the one before, as one: the last one's counts per exposure of the first.

    Their states are taken for independent.
    """
    first, *rest = processes
    for process in rest:
        states = zip(*((getattr(p.state, f.name) for f in fields(State)) for p in (first, process)), strict=True)
        first = Followed(
            State(*(a + b for a, b in states)),
            (1.0 + first.overdispersion) * (1.0 + process.overdispersion) - 1.0,
            *(getattr(first, n) + getattr(process, n) for n in ("lasting", "tomorrow", "tomorrow_var")),
        )
    return first


def _assembled(blocks: list[tuple[FloatArray, ...]], batch: tuple[int, ...]) -> Followed:
    """Blocks of rows as one, in the batch's shape."""
    whole = [np.concatenate(parts).reshape(*batch, parts[0].shape[-1]) for parts in zip(*blocks, strict=True)]
    return Followed(State(*whole[:5]), *whole[5:])


def _through(
    process: Process, evidence: list[FloatArray], start: list[FloatArray], first_weekday: int
) -> tuple[FloatArray, ...]:
    """The days of one block of accounts (D, w, A)."""
    counts, exposures, x = evidence
    seen = exposures > 0.0
    days = len(counts)
    first = np.where(seen.any(axis=0), seen.argmax(axis=0), days) if days else np.zeros(start[0].shape, dtype=np.intp)
    run = _Run(process, start)
    begin = int(first.min(initial=days))
    for day in range(begin, days):
        begun = first <= day
        run.day(counts[day], exposures[day], x[day], begun, (first_weekday + day) % WEEK)
    lasting, tomorrow, variance = run.account.ahead((first_weekday + days) % WEEK)
    return run.level, run.b, run.p00, run.p01, run.p11, run.scatter, lasting, tomorrow, variance


class _Account:
    """What the ad sets of each account (w, 1) share: three parts, their variances kept as if they were independent."""

    def __init__(self, rows: int, day_sd: float) -> None:
        self.usual_var = day_sd**2
        self.stationary = np.full((rows, 1), self.usual_var)
        self.excess, self.seen = np.zeros((rows, 1)), np.zeros((rows, 1))
        self.lasting, self.passing = np.zeros((rows, 1)), np.zeros((rows, 1))
        self.lasting_var, self.passing_var = np.zeros((rows, 1)), np.full((rows, 1), self.usual_var)
        self.weekday, self.weekday_var = np.zeros((WEEK, rows, 1)), np.full((WEEK, rows, 1), _WEEKDAY_SD**2)

    def expected(self, begun: BoolArray, weekday: int) -> FloatArray:
        """A night passes; what the day ahead is expected to share (w, 1). Accounts that have not begun do not age."""
        self.passing *= _PASSING_MEMORY
        self.passing_var = self.stationary - _PASSING_MEMORY**2 * (self.stationary - self.passing_var)
        self.lasting_var += _LASTING_DRIFT**2 * begun
        expected: FloatArray = self.lasting + self.passing + self.weekday[weekday]
        return expected

    def learnt(self, score: FloatArray, precision: FloatArray, weekday: int) -> FloatArray:
        """The deviation (w, 1) from what was expected, given the ad sets' pooled residuals; parts take their share."""
        whole = self.lasting_var + self.passing_var + self.weekday_var[weekday]
        moved: FloatArray = np.clip(score / (precision + 1.0 / whole), -1.0, 1.0)
        known = 1.0 + precision * whole
        part, weight = moved / whole, precision / known
        self._passed(np.minimum((score / known) ** 2, _MOST_SCATTER * weight), weight, known, whole)
        if weekday == 0:
            trust = _DAY_TRUST / self.usual_var**2
            more = (self.excess - self.seen * self.usual_var) / (self.seen + trust)
            self.stationary = np.maximum(self.usual_var + more, _LEAST_SHARE * self.usual_var)
        self.lasting += self.lasting_var * part
        self.passing += self.passing_var * part
        self.weekday[weekday] += self.weekday_var[weekday] * part
        self.lasting_var *= 1.0 - self.lasting_var * weight
        self.passing_var *= 1.0 - self.passing_var * weight
        self.weekday_var[weekday] *= 1.0 - self.weekday_var[weekday] * weight
        return moved

    def _passed(self, square: FloatArray, weight: FloatArray, known: FloatArray, whole: FloatArray) -> None:
        """What a day's squared deviation says of the variance of what passes: moments, by precision (all (w, 1))."""
        ratio = self.passing_var / self.stationary
        self.excess += ratio * (square - weight / known - weight * weight * (whole - self.passing_var))
        self.seen += (ratio * weight) ** 2

    def ahead(self, weekday: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The account's level, the day ahead's deviation from it, and the variance of both together, (w, 1) each."""
        usual = over_days(self.weekday) / WEEK
        passing_var = self.stationary - _PASSING_MEMORY**2 * (self.stationary - self.passing_var)
        variance = self.lasting_var + passing_var + self.weekday_var[weekday]
        return self.lasting + usual, _PASSING_MEMORY * self.passing + self.weekday[weekday] - usual, variance


class _Run:
    """The running belief (w, A) of a block of accounts; arrays are changed in place."""

    def __init__(self, process: Process, start: list[FloatArray]) -> None:
        level, level_sd, elasticity, elasticity_sd, overdispersion, drift = start
        self.process = process
        self.level, self.b = level.copy(), elasticity.copy()
        self.p00, self.p01, self.p11 = level_sd**2, np.zeros(level.shape), elasticity_sd**2
        self.drift_var = drift**2
        self.surprise = np.zeros(level.shape)
        self.population, self.scatter = overdispersion.copy(), overdispersion.copy()
        self.excess, self.weight = np.zeros(level.shape), np.zeros(level.shape)
        self.account = _Account(len(level), process.day_sd)

    def day(self, n: FloatArray, exposure: FloatArray, x: FloatArray, begun: BoolArray, weekday: int) -> None:
        """One day: counts `n`, exposures and x, and which ad sets have begun; (w, A) each."""
        h1 = self.p11 * x
        h1 += self.p01
        h0 = self.p01 * x
        h0 += self.p00
        v = h1 * x
        v += h0
        np.maximum(v, _LEAST_VARIANCE, out=v)
        mean = self._expected(x, self.account.expected(np.asarray(begun.any(axis=-1, keepdims=True)), weekday))
        mean *= exposure
        common = self.account.learnt(*self._pooled(n, mean, v), weekday)
        mean *= np.exp(common)
        e, gain = self._mode(n, mean, v)
        jump = self._surprised(n, mean, v)
        if weekday == 0:
            self._weigh_scatter()
        e /= v
        self.level += h0 * e
        self.b += h1 * e
        self.p11 -= h1 * h1 * gain
        gain *= h0
        self.p01 -= gain * h1
        self.p00 -= gain * h0
        self.p00 += jump
        self.p00 += self.drift_var * begun

    def _expected(self, x: FloatArray, common: FloatArray) -> FloatArray:
        """Expected counts of an exposure of one, by the belief so far."""
        mean = self.process.curvature * -0.5 * x
        mean += self.b
        mean *= x
        mean += self.level
        mean += common
        return np.exp(mean, out=mean)

    def _pooled(self, n: FloatArray, mean: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Score and precision (w, 1) of what moved all ad sets of an account that day, pooled by precision."""
        flat = mean * self.scatter
        flat += 1.0
        np.divide(1.0, flat, out=flat)
        weight = mean * flat
        trust = v * weight
        trust += 1.0
        np.divide(1.0, trust, out=trust)
        flat *= trust
        weight *= trust
        precision = weight.sum(axis=-1, keepdims=True)
        np.subtract(n, mean, out=weight)
        weight *= flat
        return weight.sum(axis=-1, keepdims=True), precision

    def _mode(self, n: FloatArray, mean: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The most likely deviation of log E[count], given its prior N(0, v) and the count, and the gain there."""
        flat = mean * self.scatter
        flat += 1.0
        np.divide(v, flat, out=flat)
        ratio = flat * n
        ratio += 1.0
        flat *= mean
        flat += 1.0
        ratio /= flat
        e = np.log(ratio)
        moved = np.multiply(ratio, mean, out=ratio)
        np.multiply(moved, self.scatter, out=flat)
        flat += 1.0
        np.divide(1.0, flat, out=flat)
        score = n - moved
        score *= flat
        score *= v
        score -= e
        weight = np.multiply(moved, flat, out=moved)
        np.multiply(weight, v, out=flat)
        flat += 1.0
        score /= flat
        e += score
        np.clip(e, -_STEP, _STEP, out=e)
        weight /= flat
        return e, weight

    def _surprised(self, n: FloatArray, mean: FloatArray, v: FloatArray) -> FloatArray:
        """Variance to add to the level after a run of surprises; what the surprise says of the scatter is kept."""
        share = self.scatter + v
        share *= mean
        share += 1.0
        spread = mean * share
        np.maximum(spread, _LEAST_VARIANCE, out=spread)
        np.divide(mean, share, out=share)
        z: FloatArray = (n - mean) / np.sqrt(spread)
        self._scattered(z * z, share)
        np.clip(z, -_MOST_SURPRISE, _MOST_SURPRISE, out=z)
        self.surprise *= _SURPRISE_DECAY
        self.surprise += _SURPRISE_GAIN * z
        jumped = np.abs(self.surprise) > _SURPRISE_LIMIT
        self.surprise[jumped] = 0.0
        return np.where(jumped, self.process.shock_sd**2, 0.0)

    def _scattered(self, square: FloatArray, precision: FloatArray) -> None:
        """What squared surprises say of the scatter, weighted by one over their relative variance, `precision`."""
        np.minimum(square, _MOST_SCATTER, out=square)
        square -= 1.0
        square *= precision
        precision *= precision
        square += precision * self.scatter
        self.excess += square
        self.weight += precision

    def _weigh_scatter(self) -> None:
        """Once a week the account's estimate of the overdispersion, and its ad sets', each shrunk to the one above."""
        trust = _ACCOUNT_TRUST * self.population**-2
        # What is added is exactly zero before anything was seen.
        more = self.excess - self.weight * self.population
        weight = self.weight.sum(axis=-1, keepdims=True) + trust
        account = self.population + more.sum(axis=-1, keepdims=True) / weight
        np.maximum(account, _LEAST_SHARE * self.population, out=account)
        more = self.excess - self.weight * account
        self.scatter = account + more / (self.weight + _OWN_TRUST * account**-2)
        np.maximum(self.scatter, _LEAST_SHARE * account, out=self.scatter)


def over_days(days_first: FloatArray) -> FloatArray:
    """Sum (..., A) over days, one after the other: numpy adds a single ad set's in another order than those of many."""
    total: FloatArray = np.zeros(days_first.shape[1:])
    for day in days_first:
        total = total + day
    return total

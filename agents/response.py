"""How results answer to budgets: a level and an elasticity per ad set, followed through the days in log space.

Two counting processes are followed in the same way and multiplied: clicks per unit of spend, which are many and
saturate early, and conversions per click, which are few and late. Given the clicks, conversions say nothing more about
the first process, so the joint posterior is the product of the two.

For each, with x = log(spend / usual spend):

    log E[count] = level_t + elasticity * x - curvature * x^2 / 2 + log(exposure) + common_t
    level_t = level_(t-1) + N(0, drift^2)

* counts are overdispersed (negative binomial);
* `exposure` is the share of a day's conversions that has arrived by this morning, from the delay distribution: the
  Poisson exposure correction of Vernade, Cappe and Perchet (Stochastic Bandit Models for Delayed Conversions, 2017);
* `common_t` is what moved all ad sets of the account on one day (weekday, promotion, tracking outage);
* a run of surprises of one sign (exponentially weighted CUSUM) reopens the level: only the level is forgotten, never
  what was learnt about the elasticity.

The filter is a Gaussian approximation with one Newton solve a day, and is run anew over the whole window each morning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from agents.vocabulary import BoolArray, FloatArray, History, IntArray

_COMMON_SD = 0.15
_SURPRISE_DECAY, _SURPRISE_GAIN, _SURPRISE_LIMIT = 0.8, 0.6, 2.5
_NEWTON_STEPS = 4
_LASTING_DAYS = 14


@dataclass(frozen=True, slots=True)
class Process:
    """Prior of one counting process: all in natural logarithms, `drift` per day."""

    elasticity: float
    elasticity_sd: float
    curvature: float
    level_sd: float
    drift: float
    dispersion: float
    shock_sd: float


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """Gaussian belief about one process on the day being decided: means, variances and covariance, each (..., A)."""

    level: FloatArray
    elasticity: FloatArray
    level_var: FloatArray
    covariance: FloatArray
    elasticity_var: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """What a process shows, days first and contiguous, (D, ..., A): counts, exposures (zero: nothing to see), and x."""

    counts: FloatArray
    exposures: FloatArray
    x: FloatArray


def follow(process: Process, evidence: Evidence, level: FloatArray) -> State:
    """The belief after all days of `evidence`, starting from `level` (..., A), one day ahead of the last."""
    b = np.full_like(level, process.elasticity)
    p00 = np.full_like(level, process.level_sd**2)
    p01 = np.zeros_like(level)
    p11 = np.full_like(level, process.elasticity_sd**2)
    surprise = np.zeros_like(level)
    commons = []
    for n, exposure, x in zip(evidence.counts, evidence.exposures, evidence.x, strict=True):
        mean = exposure * np.exp(level + b * x - 0.5 * process.curvature * x * x)
        h0, h1 = p00 + p01 * x, p01 + p11 * x
        var = h0 + h1 * x
        common = _common(mean, n, var, process.dispersion)
        commons.append(np.where(mean.sum(axis=-1, keepdims=True) > 0, common, np.nan))
        mean = mean * np.exp(common)
        e = _mode(mean, n, var, process.dispersion)
        moved = mean * np.exp(e)
        weight = moved / (1.0 + moved / process.dispersion)
        gain = weight / (1.0 + weight * var)
        level, b = level + h0 * e / var, b + h1 * e / var
        reopened, surprise = _reopened(surprise, mean, n, var, process)
        p00 = p00 - h0 * h0 * gain + reopened + process.drift**2
        p01, p11 = p01 - h0 * h1 * gain, p11 - h1 * h1 * gain
    return State(level + _lasting(commons), b, p00, p01, p11)


def _lasting(commons: Sequence[FloatArray]) -> FloatArray:
    """What the last two weeks' common movements share, (..., 1): it is the account's level, not the days'."""
    recent = np.stack(commons[-_LASTING_DAYS:])
    seen = ~np.isnan(recent)
    shared: FloatArray = _over_days(np.where(seen, recent, 0.0)) / np.maximum(_over_days(seen), 1.0)
    return shared


def _common(mean: FloatArray, n: FloatArray, var: FloatArray, dispersion: float) -> FloatArray:
    """What moved all ad sets of an account that day, (..., 1): their residuals pooled by precision, shrunk to zero."""
    weight = mean / (1.0 + mean / dispersion)
    trust = 1.0 / (1.0 + var * weight)
    score = ((n - mean) / (1.0 + mean / dispersion) * trust).sum(axis=-1, keepdims=True)
    precision = (weight * trust).sum(axis=-1, keepdims=True)
    pooled: FloatArray = np.clip(score / (precision + 1.0 / _COMMON_SD**2), -1.0, 1.0)
    return pooled


def _mode(mean: FloatArray, n: FloatArray, var: FloatArray, dispersion: float) -> FloatArray:
    """The most likely deviation of log E[count], given its prior N(0, var) and the count: Fisher scoring."""
    e = np.zeros_like(mean)
    for _ in range(_NEWTON_STEPS):
        moved = mean * np.exp(e)
        flat = 1.0 + moved / dispersion
        e = e + np.clip((var * (n - moved) / flat - e) / (1.0 + var * moved / flat), -1.0, 1.0)
    return e


def _reopened(
    surprise: FloatArray, mean: FloatArray, n: FloatArray, var: FloatArray, process: Process
) -> tuple[FloatArray, FloatArray]:
    """Variance to add to the level after a run of surprises, and the run as it now stands."""
    spread = mean * (1.0 + mean / process.dispersion) + mean * mean * var
    seen = mean > 0
    z = np.clip((n - mean) / np.sqrt(np.where(seen, spread, 1.0)), -4.0, 4.0)
    run = np.where(seen, _SURPRISE_DECAY * surprise + _SURPRISE_GAIN * z, surprise)
    jumped = np.abs(run) > _SURPRISE_LIMIT
    return np.where(jumped, process.shock_sd**2, 0.0), np.where(jumped, 0.0, run)


@dataclass(frozen=True, eq=False, slots=True)
class Curves:
    """Value per day as a function of spend, one log-quadratic curve per ad set: all arrays (..., A).

    log value(s) = level + elasticity * x - curvature * x^2 / 2,  x = log(s / anchor_minor); value in minor units.
    """

    anchor_minor: FloatArray
    state: State
    curvature: float

    def drawn(self, z_level: FloatArray, z_elasticity: FloatArray, temperature: float) -> Curves:
        """One posterior draw from standard normals (..., A), its deviation from the mean scaled by `temperature`."""
        s = self.state
        sd = np.sqrt(s.level_var)
        slope = s.covariance / s.level_var
        rest = np.sqrt(np.maximum(s.elasticity_var - slope * s.covariance, 0.0))
        shift = temperature * sd * z_level
        state = State(
            s.level + shift,
            s.elasticity + slope * shift + temperature * rest * z_elasticity,
            s.level_var,
            s.covariance,
            s.elasticity_var,
        )
        return Curves(self.anchor_minor, state, self.curvature)

    def elasticity_at(self, spend_minor: FloatArray) -> FloatArray:
        """Slope of log value over log spend at `spend_minor` > 0, kept inside (0, 1): more pays, but less and less."""
        return np.clip(self.state.elasticity - self.curvature * np.log(spend_minor / self.anchor_minor), 0.05, 0.95)

    def log_marginal(self, spend_minor: FloatArray) -> FloatArray:
        """Log of the value of the next unit of money at `spend_minor` > 0."""
        x = np.log(spend_minor / self.anchor_minor)
        log_value = self.state.level + self.state.elasticity * x - 0.5 * self.curvature * x * x
        return log_value + np.log(self.elasticity_at(spend_minor)) - np.log(spend_minor)

    def log_marginal_sd(self, spend_minor: FloatArray) -> FloatArray:
        """Standard deviation of `log_marginal`, to first order in the state."""
        s = self.state
        slope = np.log(spend_minor / self.anchor_minor) + 1.0 / self.elasticity_at(spend_minor)
        return np.sqrt(s.level_var + 2.0 * slope * s.covariance + slope * slope * s.elasticity_var)


def fit_curves(
    history: History,
    budgets_minor: IntArray,
    *,
    clicks: Process,
    conversions: Process,
    delay: Sequence[float],
) -> Curves:
    """The curves that the window supports; without history, the account's average return and the prior elasticity.

    Args:
        history: D days of A ad sets.
        budgets_minor: (..., A), present budgets: the scale of ad sets that have not spent yet.
        clicks: prior of clicks per unit of spend.
        conversions: prior of conversions per click.
        delay: share of a day's conversions that arrive 0, 1, 2, ... days after the click.
    """
    spend, clicked, converted = (_days_first(a) for a in (history.spend_minor, history.clicks, history.conversions))
    arrived = _arrived(history.maturity_days, delay)
    spent = spend > 0
    anchor = _usual_spend(spend, spent, budgets_minor)
    x = np.where(spent, np.log(np.maximum(spend, 1.0) / anchor), 0.0)
    # An account whose platform reports no clicks is followed on conversions alone: they take the clicks' place.
    blind = _total(clicked) < _total(converted)
    leading, reach = np.where(blind, converted, clicked), np.where(blind, arrived, 1.0)
    per_click = np.where(spent, (leading + 0.5) * np.where(blind, 1.0, arrived), 0.0)
    first = Evidence(np.where(spent, leading, 0.0), np.where(spent, reach, 0.0), x)
    second = Evidence(np.where(spent, converted, 0.0), per_click, x)
    rate = (_total(first.counts) + 0.5) / np.maximum(_total(spend * reach), 1.0)
    upper = follow(clicks, first, np.log(rate * anchor))
    ratio = (_total(second.counts) + 0.5) / (_total(per_click) + 0.5)
    lower = follow(conversions, second, np.log(ratio) + np.zeros_like(anchor))
    order_value = np.log(_order_value(history, _total(spend)))
    state = State(
        upper.level + lower.level + order_value,
        upper.elasticity + lower.elasticity,
        upper.level_var + lower.level_var,
        upper.covariance + lower.covariance,
        upper.elasticity_var + lower.elasticity_var,
    )
    return Curves(anchor, state, clicks.curvature + conversions.curvature)


def _days_first(array: IntArray) -> FloatArray:
    """(..., A, D) as contiguous floats (D, ..., A): one layout, whatever the batch."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 0), dtype=np.float64)


def _total(days_first: FloatArray) -> FloatArray:
    """The account's sum over days and ad sets, (..., 1)."""
    total: FloatArray = _over_days(days_first).sum(axis=-1, keepdims=True)
    return total


def _over_days(days_first: FloatArray | BoolArray) -> FloatArray:
    """Sum over days, one after the other: numpy adds those of a single ad set in another order than those of many."""
    total: FloatArray = np.zeros(days_first.shape[1:])
    for day in days_first:
        total = total + day
    return total


def _arrived(maturity_days: IntArray, delay: Sequence[float]) -> FloatArray:
    """Share of a cell's conversions that has arrived, days first."""
    cumulative = np.minimum(np.cumsum(np.asarray(delay, dtype=np.float64)), 1.0)
    cumulative[-1] = 1.0
    return np.ascontiguousarray(np.moveaxis(cumulative[np.minimum(maturity_days, len(delay) - 1)], -1, 0))


def _usual_spend(spend: FloatArray, spent: BoolArray, budgets_minor: IntArray) -> FloatArray:
    """Mean spend of the days with spend; the present budget where there are none."""
    days = _over_days(spent)
    mean = _over_days(spend) / np.maximum(days, 1.0)
    usual: FloatArray = np.where(days > 0, mean, np.maximum(budgets_minor, 1).astype(np.float64))
    return usual


def _order_value(history: History, spend: FloatArray) -> FloatArray:
    """Value of a conversion in minor units (..., A), shrunk to the account's by three conversions' worth.

    Three is the variance of a single order over the variance between ad sets, as usual in shops (0.5^2 / 0.3^2).
    Before the first conversion of an account, one is taken to pay back all that was spent so far.
    """
    value, count = _days_first(history.value_minor), _days_first(history.conversions)
    all_count = _total(count)
    typical = np.where(all_count > 0, _total(value) / np.maximum(all_count, 1.0), spend)
    own = (_over_days(value) + 3.0 * typical) / (_over_days(count) + 3.0)
    positive: FloatArray = np.maximum(own, 1e-6)
    return positive

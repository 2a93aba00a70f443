"""What the day being decided will have brought once it has settled: clicks, conversions and value for given budgets.

A count is negative binomial around an expectation that is itself uncertain, log-normal as the filter believes it: level
and elasticity, a day's drift, the weekday, and the luck that all ad sets of the account share. What is spent differs
from the budget; the platform's habit is read off yesterday. Integrals over the expectation are Gauss-Hermite sums.

The coverage of these distributions is measured in `experiments.calibration`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.filtering import Followed, State
    from agents.response import Response
    from agents.vocabulary import FloatArray, History, IntArray

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_LEAST_DISPERSION = 1e-6
_HALVINGS = 30
_ORDER_VARIATION = 0.5
"""Coefficient of variation of one order's value."""
_USUAL_SHARE, _SHARE_SD = 0.976, 0.055
"""Of a budget, what is spent on a usual day (geometric mean), and the daily spread of its log."""
_LASTING_SHARE = 0.35
"""Spread of a habit's change in a night, as a share of the spread of habits between ad sets."""
_FURTHEST = 3.0
_CLEARLY = 2.0


@dataclass(frozen=True, eq=False, slots=True)
class Counts:
    """A predictive distribution of counts, (..., A) each.

    The expectation is log-normal around `exp(log_median)`; given it, counts have a variance of
    expectation + overdispersion * expectation^2.
    """

    log_median: FloatArray
    log_sd: FloatArray
    overdispersion: FloatArray

    @property
    def mean(self) -> FloatArray:
        """The expected count."""
        expected: FloatArray = np.exp(self.log_median + 0.5 * self.log_sd**2)
        return expected

    @property
    def variance(self) -> FloatArray:
        """The variance of the count, counting and all uncertainty included."""
        mean = self.mean
        spread: FloatArray = mean + mean**2 * ((1.0 + self.overdispersion) * np.exp(self.log_sd**2) - 1.0)
        return spread

    def nodes(self) -> Iterator[tuple[FloatArray, float]]:
        """Expectations (..., A) and their weights, for integrals over what is not known."""
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            yield np.exp(self.log_median + self.log_sd * node), float(weight)

    def cdf(self, counts: FloatArray | IntArray) -> FloatArray:
        """P(count <= `counts`); zero below zero."""
        counts = np.asarray(counts, dtype=np.float64)
        size = 1.0 / np.maximum(self.overdispersion, _LEAST_DISPERSION)
        upto = np.floor(np.maximum(counts, 0.0)) + 1.0
        whole: FloatArray = np.zeros(np.broadcast_shapes(counts.shape, self.log_median.shape))
        for expected, weight in self.nodes():
            whole = whole + weight * special.betainc(size, upto, size / (size + expected))
        return np.where(counts < 0.0, 0.0, np.minimum(whole, 1.0))

    def quantile(self, probability: FloatArray | float) -> FloatArray:
        """The smallest count (..., A) with P(count <= it) >= `probability`.

        Raises:
            ValueError: `probability` is not inside (0, 1).
        """
        p = np.asarray(probability, dtype=np.float64)
        _check_inside(p)
        low = np.full(np.broadcast_shapes(p.shape, self.log_median.shape), -1.0)
        high = np.ceil(self.mean + 4.0 * np.sqrt(self.variance)) + low + 1.0
        while bool((short := self.cdf(high) < p).any()):
            high = np.where(short, 2.0 * high + 1.0, high)
        while bool((high - low > 1.0).any()):
            middle = np.floor(0.5 * (low + high))
            enough = self.cdf(middle) >= p
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        least: FloatArray = high
        return least

    def transform(self, counts: IntArray, uniforms: FloatArray) -> FloatArray:
        """The randomised probability integral transform of what happened: uniform where the forecast is right.

        A count has the probabilities between P(below it) and P(up to it); `uniforms` in (0, 1) choose among them
        (Czado, Gneiting and Held, Predictive Model Assessment for Count Data, 2009).
        """
        below, upto = self.cdf(counts - 1), self.cdf(counts)
        within: FloatArray = below + uniforms * (upto - below)
        return within

    def drawn(self, draws: int, rng: np.random.Generator) -> FloatArray:
        """Counts (`draws`, ..., A) from this distribution."""
        size = 1.0 / np.maximum(self.overdispersion, _LEAST_DISPERSION)
        shape = (draws, *self.log_median.shape)
        mean = np.exp(self.log_median + self.log_sd * rng.standard_normal(shape))
        counts: FloatArray = rng.poisson(mean * rng.gamma(size, 1.0 / size, shape)).astype(np.float64)
        return counts


@dataclass(frozen=True, eq=False, slots=True)
class Amounts:
    """A predictive distribution of money (..., A): what so many orders are worth, each of its own value.

    Given the expected number of orders it is nothing, or gamma by mean and variance. `order_value_minor` is an order's
    mean value, `order_value_var` the variance of its log.
    """

    orders: Counts
    order_value_minor: FloatArray
    order_value_var: FloatArray

    @property
    def mean(self) -> FloatArray:
        """The expected amount."""
        expected: FloatArray = self.order_value_minor * self.orders.mean
        return expected

    @property
    def none(self) -> FloatArray:
        """The chance of nothing at all."""
        return self.orders.cdf(np.zeros(self.orders.log_median.shape, dtype=np.int64))

    def cdf(self, amounts: FloatArray | IntArray) -> FloatArray:
        """P(amount <= `amounts`); zero below zero."""
        amounts = np.asarray(amounts, dtype=np.float64)
        scaled = np.maximum(amounts, 0.0) / self.order_value_minor
        doubt = np.expm1(self.order_value_var)
        size = 1.0 / np.maximum(self.orders.overdispersion, _LEAST_DISPERSION)
        whole: FloatArray = np.zeros(np.broadcast_shapes(amounts.shape, self.order_value_minor.shape))
        for expected, weight in self.orders.nodes():
            none = np.exp(-size * np.log1p(expected / size))
            some = -np.expm1(-size * np.log1p(expected / size))
            square = (1.0 + doubt) * (expected**2 * (1.0 + 1.0 / size) + expected * (1.0 + _ORDER_VARIATION**2))
            mean = expected / np.maximum(some, _LEAST_DISPERSION)
            shape = mean**2 / np.maximum(square / np.maximum(some, _LEAST_DISPERSION) - mean**2, _LEAST_DISPERSION)
            whole = whole + weight * (none + some * special.gammainc(shape, scaled * shape / mean))
        return np.where(amounts < 0.0, 0.0, np.minimum(whole, 1.0))

    def quantile(self, probability: FloatArray | float) -> FloatArray:
        """The smallest amount (..., A) with P(amount <= it) >= `probability`, to a millionth of the mean.

        Raises:
            ValueError: `probability` is not inside (0, 1).
        """
        p = np.asarray(probability, dtype=np.float64)
        _check_inside(p)
        mean = self.mean
        low = np.zeros(np.broadcast_shapes(p.shape, mean.shape))
        high = low + mean
        while bool((short := self.cdf(high) < p).any()):
            high = np.where(short, 2.0 * high, high)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            enough = self.cdf(middle) >= p
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return np.where(p <= self.none, 0.0, high)

    def transform(self, amounts: IntArray, uniforms: FloatArray) -> FloatArray:
        """As `Counts.transform`: only having nothing is a matter of chance here."""
        upto = self.cdf(amounts)
        return np.where(np.asarray(amounts) > 0, upto, uniforms * upto)

    def drawn(self, draws: int, rng: np.random.Generator) -> FloatArray:
        """Amounts (`draws`, ..., A) from this distribution, orders of gamma values."""
        orders = self.orders.drawn(draws, rng)
        per_order = 1.0 / _ORDER_VARIATION**2
        worth = rng.gamma(orders * per_order, 1.0 / per_order)
        doubt = np.sqrt(self.order_value_var) * rng.standard_normal(orders.shape)
        amounts: FloatArray = self.order_value_minor * worth * np.exp(doubt - 0.5 * self.order_value_var)
        return amounts


@dataclass(frozen=True, eq=False, slots=True)
class Delivery:
    """Share of a budget that will be spent: its log, and the spread of that, (..., A) each."""

    log_share: FloatArray
    log_sd: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Forecast:
    """What the day being decided will have brought once all of it is known.

    Where no clicks are reported, `clicks` is about conversions.
    """

    clicks: Counts
    conversions: Counts
    value_minor: Amounts


def forecast(response: Response, budgets_minor: IntArray, delivery: Delivery) -> Forecast:
    """Predictive distributions (..., A) for the day after the last that `response` has seen.

    Args:
        response: what is believed this morning.
        budgets_minor: (..., A), those that will be in force; at least one minor unit is taken.
        delivery: how much of them will be spent.
    """
    curves, upper, lower = response.curves, response.clicks, response.conversions
    x = np.log(np.maximum(budgets_minor, 1) / curves.anchor_minor) + delivery.log_share
    clicks = _counts((upper,), upper.state, x, curves.curvature, delivery)
    orders = replace(
        curves.state,
        level=upper.state.level + lower.state.level,
        level_var=curves.state.level_var - response.order_value_var,
    )
    conversions = _counts((upper, lower), orders, x, curves.curvature, delivery)
    return Forecast(clicks, conversions, Amounts(conversions, response.order_value_minor, response.order_value_var))


def habitual_delivery(history: History, budgets_minor: IntArray) -> Delivery:
    """What yesterday says of how spend follows budgets, each ad set's habit shrunk to the usual share.

    Where a platform moves money between ad sets, yesterday's shares differ by more than luck, and are mostly kept.

    Args:
        history: of at least a day, else the usual share is taken.
        budgets_minor: (..., A), those in force yesterday.
    """
    usual = np.full(budgets_minor.shape, np.log(_USUAL_SHARE))
    if not history.days:
        return Delivery(usual, np.full(usual.shape, _SHARE_SD))
    spend = history.spend_minor[..., -1].astype(np.float64)
    seen = (spend > 0.0) & (budgets_minor > 0)
    off = np.where(seen, np.log(np.maximum(spend, 1.0) / np.maximum(budgets_minor, 1)) - usual, 0.0)
    np.clip(off, -_FURTHEST, _FURTHEST, out=off)
    number = np.maximum(seen.sum(axis=-1, keepdims=True), 1.0)
    luck = _SHARE_SD**2 * (1.0 + _CLEARLY * np.sqrt(2.0 / number))
    between = np.maximum((off**2).sum(axis=-1, keepdims=True) / number - luck, 0.0)
    trust = np.where(seen, between / (between + _SHARE_SD**2), 0.0)
    doubt = np.where(seen, _LASTING_SHARE**2, 1.0) * between
    return Delivery(usual + trust * off, np.sqrt(_SHARE_SD**2 * (1.0 + trust) + doubt))


def _counts(
    processes: tuple[Followed, ...], state: State, x: FloatArray, curvature: float, delivery: Delivery
) -> Counts:
    """The count that one process makes, or two multiplied, at x = log(spend / anchor)."""
    slope = np.maximum(state.elasticity - curvature * x, 0.0)
    level, variance, scatter = state.level, (slope * delivery.log_sd) ** 2, np.ones(x.shape)
    for process in processes:
        level = level + process.lasting + process.tomorrow
        variance = variance + process.tomorrow_var
        scatter = scatter * (1.0 + process.overdispersion)
    variance = variance + state.level_var + 2.0 * x * state.covariance + x * x * state.elasticity_var
    log_median = level + state.elasticity * x - 0.5 * curvature * x * x
    return Counts(log_median, np.sqrt(np.maximum(variance, 0.0)), scatter - 1.0)


def _check_inside(probability: FloatArray) -> None:
    if not bool(((probability > 0.0) & (probability < 1.0)).all()):
        raise ValueError(f"probability must lie between 0 and 1, got {probability}")

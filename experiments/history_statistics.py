"""Statistics of an account's daily figures: each takes `Figures` of W accounts and gives (W,), NaN where not defined.

The same functions look at an exported history and at simulated worlds, so what is crude about them is equally crude on
both sides. Rates of conversions look at settled days only. Variances leave out what counting alone explains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.with_gaps import correlation, log_ratio, mean_of, slope, variance_of
from simulator.seasonality import WEEKDAY_DEMAND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experiments.account_history import Figures

    Floats = NDArray[np.float64]

_WEEK = 7
_FEW_ORDERS = 5.0
_LEAST_CORRELATED = 5
_PATTERN = np.array(WEEKDAY_DEMAND) - np.mean(WEEKDAY_DEMAND)


def totals(figures: Figures, name: str, *, settled: bool = False) -> Floats:
    """Sums (W, A) over days, all or settled ones."""
    values: Floats = getattr(figures, name)
    total: Floats = (values * figures.settled if settled else values).sum(axis=-1)
    return total


def account_days(figures: Figures, name: str) -> Floats:
    """Sums (W, D) over ad sets."""
    total: Floats = getattr(figures, name).sum(axis=-2)
    return total


def log_scales(figures: Figures) -> Floats:
    """Log mean spend of a day with delivery, (W, A)."""
    return log_ratio(totals(figures, "spend"), figures.there.sum(axis=-1).astype(np.float64))


def log_prices(figures: Figures) -> Floats:
    """Log CPM, (W, A)."""
    return log_ratio(1000.0 * totals(figures, "spend"), totals(figures, "impressions"))


def log_click_rates(figures: Figures) -> Floats:
    """Log CTR, (W, A)."""
    return log_ratio(totals(figures, "clicks"), totals(figures, "impressions"))


def log_conversion_rates(figures: Figures) -> Floats:
    """Log conversions per click, (W, A); half an order at the account's rate is added, for ad sets without any."""
    orders, clicks = (totals(figures, name, settled=True) for name in ("conversions", "clicks"))
    rate = orders.sum(axis=-1, keepdims=True) / np.maximum(clicks.sum(axis=-1, keepdims=True), 1.0)
    return log_ratio(orders + 0.5, clicks + 0.5 / np.maximum(rate, 1e-9))


def log_order_values(figures: Figures) -> Floats:
    """Log value per conversion, (W, A); NaN below five conversions."""
    orders = totals(figures, "conversions")
    return np.where(orders >= _FEW_ORDERS, log_ratio(totals(figures, "value"), orders), np.nan)


def log_returns(figures: Figures) -> Floats:
    """Log of value per spend, (W, A), settled days."""
    return log_ratio(totals(figures, "value", settled=True), totals(figures, "spend", settled=True))


def log_repeats(figures: Figures) -> Floats:
    """Log of mean frequency of a day less one, (W, A); NaN without reach."""
    if figures.reach is None:
        return np.full(figures.spend.shape[:2], np.nan)
    people = figures.reach.sum(axis=-1)
    return log_ratio(figures.impressions.sum(axis=-1) - people, people)


def pull(figures: Figures) -> Floats:
    """Slope of log spend on log ROAS between ad sets: how far money goes where it returns more."""
    return np.where(
        figures.spend.shape[1] >= _LEAST_CORRELATED, slope(log_returns(figures), log_scales(figures)), np.nan
    )


def price_wobble(figures: Figures) -> Floats:
    """Variance of log CPM from day to day, common days apart."""
    return _wobble(log_ratio(figures.spend, figures.impressions))


def click_wobble(figures: Figures) -> Floats:
    """Variance of log CTR from day to day beyond counting, common days apart."""
    counting = mean_of(np.where(figures.clicks > 0, 1.0 / np.maximum(figures.clicks, 1.0), np.nan), axis=(-2, -1))
    return _wobble(log_ratio(figures.clicks, figures.impressions)) - counting


def spend_wobble(figures: Figures) -> Floats:
    """Variance of log spend from day to day, by the median, so that edits of budgets do not count."""
    steps = np.abs(np.diff(log_ratio(figures.spend, np.ones_like(figures.spend)), axis=-1))
    middle: Floats = np.nanmedian(steps.reshape(len(steps), -1), axis=-1)
    return (middle / 0.6745) ** 2 / 2.0


def conversion_wobble(figures: Figures) -> Floats:
    """Variance of conversion luck beyond counting: squared deviations less the mean, per squared mean."""
    days = figures.settled
    orders, clicks = figures.conversions[..., days], figures.clicks[..., days]
    own = orders.sum(axis=-1, keepdims=True) / np.maximum(clicks.sum(axis=-1, keepdims=True), 1.0)
    expected = own * clicks
    common = orders.sum(axis=-2, keepdims=True) / np.maximum(expected.sum(axis=-2, keepdims=True), 1e-9)
    expected = expected * common
    left = ((orders - expected) ** 2 - expected).sum(axis=(-2, -1))
    squares = (expected**2).sum(axis=(-2, -1))
    return np.where(squares > 0, left / np.maximum(squares, 1e-12), np.nan)


def order_wobble(figures: Figures) -> Floats:
    """Squared coefficient of variation of one order's value."""
    orders = figures.conversions
    mean = totals(figures, "value") / np.maximum(totals(figures, "conversions"), 1.0)
    seen = (orders > 0) & (mean[..., None] > 0)
    usual = np.where(seen, mean[..., None] * orders, 1.0)
    away = np.where(seen, orders * (figures.value / usual - 1.0) ** 2, 0.0)
    count = seen.sum(axis=(-2, -1))
    return np.where(count > 0, away.sum(axis=(-2, -1)) / np.maximum(count, 1), np.nan)


def weekday_rates(figures: Figures) -> Floats:
    """Log conversion rate of each weekday against the mean of all, (W, 7), settled days."""
    orders, clicks = account_days(figures, "conversions"), account_days(figures, "clicks")
    on = [(figures.weekdays == weekday) & figures.settled for weekday in range(_WEEK)]
    rates = np.stack([log_ratio(orders[:, d].sum(axis=-1), clicks[:, d].sum(axis=-1)) for d in on], axis=-1)
    return rates - mean_of(rates)[:, None]


def weekday_strength(figures: Figures) -> Floats:
    """Slope of weekdays' conversion rates on the usual pattern: 1 as measured, below zero turned around."""
    slope: Floats = (weekday_rates(figures) * _PATTERN).sum(axis=-1) / (_PATTERN**2).sum()
    return slope


def common_wobble(figures: Figures) -> Floats:
    """Variance between days of the account's log conversion rate, weekdays and counting apart."""
    left, orders = _common_days(figures)
    counting = mean_of(np.where(orders > 0, 1.0 / np.maximum(orders, 1.0), np.nan))
    return variance_of(left) - counting


def common_memory(figures: Figures) -> Floats:
    """Correlation of neighbouring days of the account's log conversion rate, weekdays apart."""
    left, _ = _common_days(figures)
    return correlation(left[:, 1:], left[:, :-1])


def drift_of_clicks(figures: Figures) -> Floats:
    """Variance between ad sets of the change of log CTR from the first to the last third of days, beyond counting."""
    moved, counting = _moved(figures)
    return variance_of(moved) - mean_of(counting)


def largest_move(figures: Figures) -> Floats:
    """Largest change of an ad set's log CTR, against the account's, from the first to the last third of days."""
    moved, _ = _moved(figures)
    apart = np.abs(moved - mean_of(moved)[:, None])
    largest: Floats = np.where(np.isfinite(apart), apart, 0.0).max(axis=-1)
    return largest


def trend(figures: Figures, top: str, bottom: str) -> Floats:
    """Slope of the account's log ratio over days, per 28 days, settled days."""
    days = figures.settled
    values = log_ratio(account_days(figures, top)[:, days], account_days(figures, bottom)[:, days])
    return 28.0 * slope(np.broadcast_to(np.arange(values.shape[-1], dtype=np.float64), values.shape), values)


def young_share(figures: Figures) -> Floats:
    """Conversions of the three youngest days, as a share of what their clicks bring once settled."""
    days = np.isin(figures.ages, (1, 2, 3))
    rate = totals(figures, "conversions", settled=True) / np.maximum(totals(figures, "clicks", settled=True), 1.0)
    expected = (rate[..., None] * figures.clicks[..., days]).sum(axis=(-2, -1))
    known = figures.conversions[..., days].sum(axis=(-2, -1))
    return np.where(expected > 0, known / np.maximum(expected, 1e-9), np.nan)


def spend_exponent(figures: Figures, name: str) -> Floats:
    """Slope of a log figure on log spend within ad sets, pooled; settled days."""
    days = figures.settled
    spend = log_ratio(figures.spend[..., days], np.ones_like(figures.spend[..., days]))
    figure: Floats = getattr(figures, name)[..., days]
    values = log_ratio(figure, np.ones_like(figure))
    both = np.isfinite(spend) & np.isfinite(values)
    spend, values = np.where(both, spend, np.nan), np.where(both, values, np.nan)
    x, y = (v - mean_of(v)[..., None] for v in (spend, values))
    flat = x.reshape(len(x), -1), y.reshape(len(y), -1)
    return slope(*flat)


def largest_share(figures: Figures) -> Floats:
    """Share of the money that the largest ad set spends."""
    spend = totals(figures, "spend")
    share: Floats = spend.max(axis=-1) / spend.sum(axis=-1)
    return share


def days_without_orders(figures: Figures) -> Floats:
    """Share of settled ad set days with delivery and no conversion."""
    there = figures.there & figures.settled
    none = (there & (figures.conversions == 0)).sum(axis=(-2, -1))
    share: Floats = none / np.maximum(there.sum(axis=(-2, -1)), 1)
    return share


def daily_cost_variation(figures: Figures) -> Floats:
    """Coefficient of variation of the account's daily cost per conversion, settled days."""
    days = figures.settled
    spend, orders = (account_days(figures, name)[:, days] for name in ("spend", "conversions"))
    cost = np.where(orders > 0, spend / np.maximum(orders, 1.0), np.nan)
    return np.sqrt(variance_of(cost)) / mean_of(cost)


def between(first: Floats, second: Floats) -> Floats:
    """Correlation between ad sets of two logs (W, A); NaN for fewer than five ad sets."""
    if first.shape[-1] < _LEAST_CORRELATED:
        return np.full(len(first), np.nan)
    return correlation(first, second)


def _wobble(values: Floats) -> Floats:
    """Variance (W,) of logs (W, A, D) from day to day: half the mean squared step, each day's common step apart."""
    steps = np.diff(values, axis=-1)
    own = steps - mean_of(steps, axis=-2)[:, None, :]
    return mean_of(own.reshape(len(own), -1) ** 2) / 2.0


def _common_days(figures: Figures) -> tuple[Floats, Floats]:
    """The account's log conversion rate by settled day, weekdays' means taken out, and its conversions (W, D)."""
    days = figures.settled
    orders, clicks = (account_days(figures, name)[:, days] for name in ("conversions", "clicks"))
    left, weekdays = log_ratio(orders, clicks), figures.weekdays[days]
    for weekday in range(_WEEK):
        on = weekdays == weekday
        left[:, on] -= mean_of(left[:, on])[:, None]
    return left, orders


def _moved(figures: Figures) -> tuple[Floats, Floats]:
    """Change of log CTR from the first to the last third of days, and its variance by counting, (W, A)."""
    third = figures.spend.shape[-1] // 3
    ends = (slice(0, third), slice(-third, None))
    clicks = [figures.clicks[..., part].sum(axis=-1) for part in ends]
    shown = [figures.impressions[..., part].sum(axis=-1) for part in ends]
    moved = log_ratio(clicks[1], shown[1]) - log_ratio(clicks[0], shown[0])
    counting = np.where(np.isfinite(moved), sum(1.0 / np.maximum(part, 1.0) for part in clicks), np.nan)
    return moved, counting

"""Where a fitted scenario is like the account's history, and where it is not.

Worlds simulated from the fit show how much each statistic varies by itself; the history's value is fine inside the
middle 90 % of them, doubtful outside, and poor outside the middle 99 %.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from experiments import history_statistics as look
from experiments.account_history import simulated_figures
from experiments.fitted_parameters import FITTED
from experiments.with_gaps import log_ratio, mean_of, variance_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experiments.account_history import AccountHistory, Figures
    from experiments.fit_world import Fit
    from simulator.scenario import Scenario

    Floats = NDArray[np.float64]

Verdict = Literal["ok", "doubtful", "poor"]
WORLDS = 400
_FIRST_SEED = 100_000
_LEAST_WORLDS = 100
_MOST_CELLS = 2_000_000
_TURN = 25
_LEVELS = (0.005, 0.05, 0.95, 0.995)
_DAYS_OF_WEEK = "some days of the week are worth more or less here than the usual pattern says"


@dataclass(frozen=True, slots=True)
class Check:
    """One statistic (W,) and what it may mean where simulated worlds do not show it."""

    name: str
    statistic: Callable[[Figures], Floats]
    meaning: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A statistic of the history against simulated worlds."""

    name: str
    value: float
    low: float
    high: float
    """The middle 90 % of simulated worlds."""
    verdict: Verdict
    meaning: str


def _ratio(top: str, bottom: str, times: float = 1.0) -> Callable[[Figures], Floats]:
    """The account's ratio over settled days."""

    def statistic(figures: Figures) -> Floats:
        sums = (look.totals(figures, name, settled=True).sum(axis=-1) for name in (top, bottom))
        return times * np.exp(log_ratio(*sums))

    return statistic


def _root(statistic: Callable[[Figures], Floats]) -> Callable[[Figures], Floats]:
    return lambda figures: np.sqrt(np.maximum(statistic(figures), 0.0))


def _spread(values: Callable[[Figures], Floats]) -> Callable[[Figures], Floats]:
    return lambda figures: np.sqrt(variance_of(values(figures)))


def _trend(top: str, bottom: str) -> Callable[[Figures], Floats]:
    return lambda figures: look.trend(figures, top, bottom)


def _best_weekday_gap(figures: Figures) -> Floats:
    rates = look.weekday_rates(figures)
    gap: Floats = rates.max(axis=-1) - rates.min(axis=-1)
    return gap


CHECKS = (
    Check("spend a day", lambda f: look.account_days(f, "spend").mean(axis=-1), "budgets are unlike people's usual"),
    Check("CPM", _ratio("spend", "impressions", 1000.0), "prices differ from ad set to ad set in another way"),
    Check("CTR", _ratio("clicks", "impressions"), "click rates go with spend in another way"),
    Check("CVR", _ratio("conversions", "clicks"), "conversion rates go with spend in another way"),
    Check("value per conversion", _ratio("value", "conversions"), "order values go with spend in another way"),
    Check("ROAS", _ratio("value", "spend"), "money lies with better or worse ad sets than people's usual errors give"),
    Check("sd of log CPM between ad sets", _spread(look.log_prices), "audiences of several kinds: see `audiences`"),
    Check("sd of log CTR between ad sets", _spread(look.log_click_rates), "ads of several kinds: see `creatives`"),
    Check("sd of log CVR between ad sets", _spread(look.log_conversion_rates), "funnels of several kinds"),
    Check(
        "correlation of log CTR and log CPM",
        lambda f: look.between(look.log_click_rates(f), look.log_prices(f)),
        "better ads are cheaper in auctions by total value: see `creatives`",
    ),
    Check(
        "correlation of log spend and log ROAS",
        lambda f: look.between(look.log_scales(f), look.log_returns(f)),
        "people place money better or worse than the usual: see human_pull and human_error",
    ),
    Check("share of the largest ad set", look.largest_share, "one ad set is of another kind than the others"),
    Check("frequency less one", lambda f: np.exp(mean_of(look.log_repeats(f))), "audiences are of other sizes"),
    Check("day-to-day sd of log CPM", _root(look.price_wobble), "prices jump: see `competition` and `holidays`"),
    Check("day-to-day sd of log CTR", _root(look.click_wobble), "clicks come in bursts"),
    Check("day-to-day sd of conversions", _root(look.conversion_wobble), "conversions come in bursts or in bulk"),
    Check("day-to-day sd of log spend", _root(look.spend_wobble), "budgets are moved by hand or by rules every day"),
    Check("CV of daily cost per conversion", look.daily_cost_variation, "good and bad days that all ad sets share"),
    Check("memory of the account's days", look.common_memory, "good and bad days come in longer or shorter runs"),
    Check("ad set days without conversion", look.days_without_orders, "tracking was down, or ad sets differ more"),
    Check(
        "weekday pattern of CVR", look.weekday_strength, "weekdays do not follow the usual pattern, or turn it around"
    ),
    Check("best less worst weekday, log CVR", _best_weekday_gap, _DAYS_OF_WEEK),
    Check(
        "trend of log CTR, 28 days",
        _trend("clicks", "impressions"),
        "the whole account rises or falls: drift is common",
    ),
    Check(
        "trend of log CVR, 28 days",
        _trend("conversions", "clicks"),
        "the whole account rises or falls: drift is common",
    ),
    Check(
        "trend of log CPM, 28 days", _trend("spend", "impressions"), "prices have another season or a new competitor"
    ),
    Check(
        "largest change of one ad set's CTR", look.largest_move, "an ad set was changed or wore out: see shock_share"
    ),
    Check(
        "exponent of impressions on spend",
        lambda f: look.spend_exponent(f, "impressions"),
        "saturation is stronger or weaker than calibrated, or budgets followed prices",
    ),
    Check(
        "exponent of conversions on spend",
        lambda f: look.spend_exponent(f, "conversions"),
        "saturation is stronger or weaker than calibrated, or budgets followed results",
    ),
    Check("young days' share of conversions", look.young_share, "delays differ, or tracking changed last week"),
)
"""A new comparison is one entry."""


def compare(history: AccountHistory, fit: Fit, *, worlds: int = WORLDS) -> tuple[Finding, ...]:
    """Every check of a history against worlds of a fit; what the history does not have is left out.

    Parameters vary between the worlds by their standard errors: what is not known well is not held against the fit.

    Args:
        history: of an account.
        fit: to that account.
        worlds: how many are simulated; below 100, the verdict "poor" would rest on a handful.
    """
    simulated: list[list[Floats]] = [[] for _ in CHECKS]
    for seeds in _chunks(max(worlds, _LEAST_WORLDS), len(history.ad_sets) * history.days):
        figures = simulated_figures(_varied(fit, seeds[0]), seeds, history)
        for values, check in zip(simulated, CHECKS, strict=True):
            values.append(check.statistic(figures))
    found = []
    for check, parts in zip(CHECKS, simulated, strict=True):
        value, worlds_values = float(check.statistic(history.figures)[0]), np.concatenate(parts)
        there = worlds_values[np.isfinite(worlds_values)]
        if np.isfinite(value) and there.size >= _LEAST_WORLDS // 2:
            found.append(_finding(check, value, there))
    return tuple(found)


def _varied(fit: Fit, seed: int) -> Scenario:
    """The fitted scenario with every parameter drawn anew within its standard error and bounds."""
    rng = np.random.default_rng(seed)
    errors = {found.parameter: found.standard_error for found in fit.estimates if not found.kept}
    drawn = {}
    for entry in FITTED:
        draw, error = rng.standard_normal(), errors.get(entry.parameter)
        if error is not None:
            value = float(getattr(fit.scenario, entry.parameter)) + draw * error
            drawn[entry.parameter] = min(max(value, entry.low), entry.high)
    return fit.scenario.having(**drawn)


def _chunks(worlds: int, cells: int) -> list[range]:
    """Seeds in turns of 25, or fewer where a turn's figures would not fit into memory."""
    size, last = max(1, min(_TURN, _MOST_CELLS // cells)), _FIRST_SEED + worlds
    return [range(first, min(first + size, last)) for first in range(_FIRST_SEED, last, size)]


def _finding(check: Check, value: float, simulated: Floats) -> Finding:
    least, low, high, most = (float(q) for q in np.quantile(simulated, _LEVELS))
    slack = 1e-9 * max(abs(value), abs(low), abs(high))
    verdict: Verdict = "ok"
    if not low - slack <= value <= high + slack:
        verdict = "doubtful" if least - slack <= value <= most + slack else "poor"
    return Finding(check.name, value, low, high, verdict, check.meaning)

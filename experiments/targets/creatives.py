"""Creatives: how different ads of one account are, and how unevenly money is spread over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from experiments.laboratory import Laboratory
from experiments.sim_to_real import Target
from experiments.with_gaps import correlation, log_ratio, mean_of, variance_of
from simulator.concentration import Concentration, concentration_figures, lives_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_WINDOW_DAYS = 14
_LEAST_SHOWN = 500
_LEAST_CLICKS = 5
_MOTION_DAYS = 150
_KAG = "KAG, Facebook ads 2017, one campaign"
_IRA = "IRA, 1,992 Facebook ads 2015-2017"
_MOTION = "Motion 2026: 578,750 creatives, 6,015 accounts"


def _rates(laboratory: Laboratory) -> tuple[Floats, Floats]:
    """Log CTR and log CPM (W, N) of ads with 500 impressions and 5 clicks in two weeks, NaN for the others."""
    report = laboratory.sample("creatives").world.report_ads(_WINDOW_DAYS)
    spend, shown, clicks = (
        report[name].sum(axis=-1).reshape(len(laboratory.seeds), -1).astype(np.float64)
        for name in ("spend_minor", "impressions", "clicks")
    )
    seen = (shown >= _LEAST_SHOWN) & (clicks >= _LEAST_CLICKS)
    return np.where(seen, log_ratio(clicks, shown), np.nan), np.where(seen, log_ratio(spend, shown), np.nan)


def _click_spread(laboratory: Laboratory) -> float:
    return float(np.sqrt(mean_of(variance_of(_rates(laboratory)[0]))))


def _price_spread(laboratory: Laboratory) -> float:
    return float(np.sqrt(mean_of(variance_of(_rates(laboratory)[1]))))


def _correlation(laboratory: Laboratory) -> float:
    return float(mean_of(correlation(*_rates(laboratory))))


def _rate_dispersion(laboratory: Laboratory) -> float | None:
    """Shape of the negative binomial of conversions given clicks across ads, by moments, pooled over accounts."""
    report = laboratory.sample("creatives", "audiences", "segments").world.report_ads(_WINDOW_DAYS)
    clicks, orders = (
        report[name].sum(axis=-1).reshape(len(laboratory.seeds), -1).astype(np.float64)
        for name in ("clicks", "conversions")
    )
    expected = clicks * orders.sum(axis=-1, keepdims=True) / clicks.sum(axis=-1, keepdims=True)
    left = float(((orders - expected) ** 2 - expected).sum())
    return float((expected**2).sum()) / left if left > 0 else None


def _lives(pick: Callable[[Concentration], float]) -> Callable[[Laboratory], float]:
    """A figure of five months' creatives, as long as Motion's window."""

    def measure(laboratory: Laboratory) -> float:
        key = "lives"
        if key not in laboratory.notes:
            laboratory.notes[key] = concentration_figures(lives_in(laboratory.world("creatives"), _MOTION_DAYS))
        return 100.0 * pick(laboratory.notes[key])

    return measure


TARGETS = (
    Target("sd of log CTR between ads", 0.36, 1.04, f"{_KAG} 0.36; {_IRA} 1.04", _click_spread, 0.1),
    Target("sd of log CPM between ads", 0.32, 1.42, f"{_KAG} 0.32; {_IRA} 1.42", _price_spread, 0.1),
    Target("correlation of log CTR and log CPM", -0.33, -0.33, _IRA, _correlation, 0.3),
    Target("NB shape of conversions between ads", 1.9, 1.9, _KAG, _rate_dispersion, 0.5),
    Target("winners among creatives", 4.0, 8.8, _MOTION, _lives(lambda found: found.winners), unit="%"),
    Target("money of winners", 23.0, 64.0, f"{_MOTION}, by size", _lives(lambda found: found.winners_spend), unit="%"),
    Target("creatives off before 28 days", 50.0, 53.0, _MOTION, _lives(lambda found: found.losers), 0.2, "%"),
    Target(
        "money of the top 6 % of ads", 25.0, 71.0, f"{_KAG} 25; {_IRA} 71", _lives(lambda found: found.top_6), unit="%"
    ),
    Target("money of the top 20 % of ads", 58.0, 58.0, _KAG, _lives(lambda found: found.top_20), 0.3, "%"),
    Target(
        "creatives with little or no money", 50.0, 50.0, f"{_MOTION}: about half", _lives(lambda f: f.little), 0.3, "%"
    ),
)
